"""Who may open which page, and what of it is theirs: roles and scopes, deny by default."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation.pages import scene

READERS = {
    Role.QA_OFFICER,
    Role.QA_MANAGER,
    Role.TEAM_MANAGER,
    Role.SERVICE_MANAGER,
    Role.ASSISTANT_DIRECTOR,
    Role.PRINCIPAL_SOCIAL_WORKER,
    Role.DIRECTOR,
}
FINDERS = {Role.AUDITOR, Role.MODERATOR}
PAGES = {
    "/": READERS | FINDERS,
    "/districts/north/riverside": READERS,
    "/escalations": READERS | FINDERS,
    "/escalations.csv": READERS | FINDERS,
    f"/escalations/{scene.OVERDUE}": READERS | FINDERS,
}
"""The requirement: which roles may open which page."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[o.Office]:
    async with scene.opened(Path(tmp_path_factory.mktemp("keys"))) as one:
        yield one


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_for_its_roles_and_a_refusal_is_a_page(office: o.Office, path: str) -> None:
    let_through = set()
    for role in Role:
        answer = await office.page(o.Person(role), path)
        assert answer.status_code < 500
        refused = answer.status_code == 403 and "This is for the roles" in answer.text
        if not refused:
            let_through.add(role)
        if answer.status_code >= 400:
            assert answer.headers["content-type"].startswith("text/html")
            assert "<h1>" in answer.text
    assert let_through == PAGES[path]


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_comes_in_without_signing_in(office: o.Office, path: str) -> None:
    answer = await office.client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert "Please sign in" in answer.text


ALL = {"a1", "a2", "a3", "a4", "a5", "a6"}
RIVERSIDE = ALL - {"a4"}
WHO_SEES_WHAT = {
    "the QA unit all": (o.QA, ALL),
    "a service manager the own district": (o.DSM, RIVERSIDE),
    "another service manager the other": (o.DSM_HILLSIDE, {"a4"}),
    "an assistant director the own area": (o.AD, ALL),
    "one of another area none of these": (o.Person(Role.ASSISTANT_DIRECTOR, ("south",)), set()),
    "a team manager the own team": (o.TEAM_MANAGER, RIVERSIDE),
    "an auditor what they found, wherever it is": (scene.FOUND_BY, ALL),
    "another auditor nothing": (o.Person(Role.AUDITOR, ("*",), UUID(int=13)), set()),
    "somebody without a scope nothing": (o.Person(Role.QA_OFFICER, ()), set()),
    "another authority nothing": (o.STRANGER, set()),
}


@pytest.mark.parametrize("who", WHO_SEES_WHAT)
async def test_lists_hold_what_is_the_readers_own(office: o.Office, who: str) -> None:
    person, expected = WHO_SEES_WHAT[who]
    table = (await office.page(person, "/escalations.csv")).content.decode("utf-8-sig")
    assert {row["audit_escalation"][-2:] for row in csv.DictReader(io.StringIO(table))} == expected
    listed = (await office.page(person, "/escalations")).text
    assert {one for one in ALL if f"/escalations/00000000-0000-0000-0000-0000000000{one}" in listed} == expected
    answered = (await office.get(person)).json()["escalations"]
    assert {one["escalation_id"][-2:] for one in answered} == expected


@pytest.mark.parametrize("who", WHO_SEES_WHAT)
async def test_one_opens_for_whom_it_is_listed(office: o.Office, who: str) -> None:
    person, expected = WHO_SEES_WHAT[who]
    for one in sorted(ALL):
        answer = await office.page(person, f"/escalations/00000000-0000-0000-0000-0000000000{one}")
        assert (answer.status_code == 200) is (one in expected), one
        assert answer.status_code in ({200} if one in expected else {404} if person is o.STRANGER else {403})


async def test_a_board_opens_within_the_readers_own(office: o.Office) -> None:
    for person, status in ((o.DSM, 200), (o.AD, 200), (o.TEAM_MANAGER, 200), (o.DSM_HILLSIDE, 403), (o.QA, 200)):
        assert (await office.page(person, "/districts/north/riverside")).status_code == status, person
    refused = await office.page(o.DSM_HILLSIDE, "/districts/north/riverside")
    assert "<h1>Not in your part of the authority</h1>" in refused.text
    for path in ("/districts/north/nowhere", "/districts/south/riverside"):
        assert (await office.page(o.QA, path)).status_code == 404


async def test_filters_do_not_widen_what_is_ones_own(office: o.Office) -> None:
    assert (await office.page(o.DSM, "/escalations", district="north/hillside")).status_code == 403
    assert (await office.get(o.DSM, district="north/hillside")).status_code == 403
    assert "a4" not in (await office.page(o.DSM, "/escalations", district="north")).text


async def test_who_found_a_cause_sees_how_it_stands_and_no_more(office: o.Office) -> None:
    page = (await office.page(scene.FOUND_BY, f"/escalations/{scene.SAFEGUARDING}")).text
    assert "Raised" in page
    assert "Complete each action" in page
    for hidden in ("Visit the child", "QA officer", "The six steps", "Practitioner", "happened"):
        assert hidden not in page
    closed = (await office.page(scene.FOUND_BY, f"/escalations/{scene.CLOSED}")).text
    assert "You asked for it to be reopened" in closed
