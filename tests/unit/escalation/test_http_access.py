"""Who may do and see what: roles, districts and authorities, deny by default (G11)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

QA = {Role.QA_OFFICER, Role.QA_MANAGER}
READERS = QA | {Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.ASSISTANT_DIRECTOR, Role.PRINCIPAL_SOCIAL_WORKER}
READERS |= {Role.DIRECTOR}  # the second line, who is sent a link
FINDERS = {Role.AUDITOR, Role.MODERATOR}
DECIDERS = QA | {Role.SERVICE_MANAGER}
MANAGERS = DECIDERS | {Role.TEAM_MANAGER, Role.ASSISTANT_DIRECTOR}
ACTION = UUID(int=201)

ROUTES: dict[tuple[str, str], set[Role]] = {
    ("GET", ""): READERS | FINDERS,
    ("GET", o.ID): READERS | FINDERS,
    ("POST", ""): MANAGERS,
    ("POST", f"{o.ID}/decision-not-required"): QA,
    ("POST", f"{o.ID}/raise"): QA | {Role.SERVICE_MANAGER},
    ("POST", f"{o.ID}/reclassification"): QA | {Role.SERVICE_MANAGER},
    ("POST", f"{o.ID}/actions"): {Role.TEAM_MANAGER},
    ("POST", f"{o.ID}/actions/{ACTION}/completion"): {Role.TEAM_MANAGER},
    ("POST", f"{o.ID}/oversight"): {Role.SERVICE_MANAGER},
    ("POST", f"{o.ID}/sign-off"): {Role.SERVICE_MANAGER},
    ("POST", f"{o.ID}/closure"): {Role.SERVICE_MANAGER},
    ("POST", f"{o.ID}/causes"): MANAGERS,
    ("POST", f"{o.ID}/child"): MANAGERS,
    ("POST", f"{o.ID}/discussion"): DECIDERS | FINDERS | {Role.TEAM_MANAGER},
    ("POST", f"{o.ID}/copy"): QA | FINDERS,
    ("POST", f"{o.ID}/actions-discussed"): {Role.SERVICE_MANAGER},
    ("POST", f"{o.ID}/actions/{ACTION}/withdrawal"): {Role.TEAM_MANAGER, Role.SERVICE_MANAGER},
    ("POST", f"{o.ID}/answer"): DECIDERS | FINDERS | {Role.TEAM_MANAGER},
    ("POST", f"{o.ID}/reopening"): DECIDERS,
    ("POST", f"{o.ID}/withdrawal"): DECIDERS,
    ("POST", f"{o.ID}/re-audit"): DECIDERS,
}
"""The requirement: which roles may use which route."""


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[o.Office]:
    rig = Rig(now=s.january(15, 18))
    await rig.do(s.consider(s.cause(1)), s.raise_(), s.add_action())
    async with o.office(rig.casework, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_route_is_for_its_roles_and_for_nobody_else(office: o.Office, method: str, path: str) -> None:
    let_through = set()
    for role in Role:
        who = o.Person(role)
        answer = await (office.get(who, path) if method == "GET" else office.post(who, path))
        refused = answer.status_code == 403 and "role-not-allowed" in answer.text
        if not refused:
            let_through.add(role)
            assert answer.status_code < 500
    assert let_through == ROUTES[method, path]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_nobody_comes_in_without_a_token(office: o.Office, method: str, path: str) -> None:
    answer = await office.client.request(method, f"/v1/escalations{path}", json={} if method == "POST" else None)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), [one for one in ROUTES if one[1]])
async def test_another_districts_escalation_is_not_theirs(office: o.Office, method: str, path: str) -> None:
    for role in ROUTES[method, path]:
        who = o.Person(role, ("north/hillside", "south"))
        body = {
            "reason": "x",
            "kind": "x",
            "category": "safeguarding",
            "owner": {"role": "practitioner", "reference": str(UUID(int=9))},
            "cause": "complaint",
            "with_whom": ["practitioner"],
            "answer": "confirmed",
            "second_person": str(UUID(int=2)),
            "due_on": "2026-03-01",
        }
        fitting = {name: body[name] for name in NEEDED.get(path, ())}
        answer = await (office.get(who, path) if method == "GET" else office.post(who, path, fitting))
        assert answer.status_code == 403
        assert "not-in-scope" in answer.text


NEEDED = {
    f"{o.ID}/decision-not-required": ("reason",),
    f"{o.ID}/reclassification": ("reason", "category"),
    f"{o.ID}/actions": ("kind", "owner"),
    f"{o.ID}/causes": ("cause", "category"),
    f"{o.ID}/discussion": ("with_whom",),
    f"{o.ID}/actions/{ACTION}/withdrawal": ("reason",),
    f"{o.ID}/answer": ("answer",),
    f"{o.ID}/reopening": ("reason",),
    f"{o.ID}/withdrawal": ("reason", "second_person"),
    f"{o.ID}/re-audit": ("due_on",),
}


async def test_another_authoritys_escalation_is_not_found(office: o.Office) -> None:
    there = await office.get(o.STRANGER, o.ID)
    nowhere = await office.get(o.STRANGER, f"/{UUID(int=5)}")
    assert there.status_code == nowhere.status_code == 404
    assert there.json()["detail"].split()[0] != ""
    assert there.json()["type"] == nowhere.json()["type"]
    assert (await office.get(o.STRANGER)).json() == {"escalations": [], "next": None}


async def test_starting_one_elsewhere_is_not_theirs(office: o.Office) -> None:
    answer = await office.post(o.DSM_HILLSIDE, "", o.STARTED)
    assert (answer.status_code, "not-in-scope" in answer.text) == (403, True)


async def test_a_list_holds_what_lies_within_the_scope(office: o.Office) -> None:
    for who, expected in ((o.QA, 1), (o.DSM, 1), (o.TEAM_MANAGER, 1), (o.AD, 1), (o.DSM_HILLSIDE, 0)):
        listed = (await office.get(who)).json()["escalations"]
        assert len(listed) == expected, who


async def test_a_list_of_a_district(office: o.Office) -> None:
    assert len((await office.get(o.QA, district="north/riverside")).json()["escalations"]) == 1
    assert len((await office.get(o.QA, district="north/hillside")).json()["escalations"]) == 0
    assert len((await office.get(o.TEAM_MANAGER, district="north/riverside")).json()["escalations"]) == 1
    elsewhere = await office.get(o.DSM_HILLSIDE, district="north/riverside")
    assert (elsewhere.status_code, "not-in-scope" in elsewhere.text) == (403, True)


async def test_a_line_of_the_list(office: o.Office) -> None:
    [line] = (await office.get(o.DSM, status="raised", overdue=False)).json()["escalations"]
    assert line == {
        "escalation_id": str(s.ESCALATION),
        "status": "raised",
        "category": "practice",
        "team": "north/riverside/riverside-assessment",
        "service": "childrens-social-work",
        "audit_id": str(s.AUDIT),
        "raised_at": "2026-01-14T10:00:00Z",
        "due_at": "2026-01-21T23:59:59.999999Z",
        "overdue": False,
        "consider_by": None,
        "undecided": False,
        "next_step": "completion",
        "waits_for": "team-manager",
        "closed_at": None,
        "reopening_asked": False,
        "reaudit": "none",
    }


async def test_pages_follow_each_other(office: o.Office) -> None:
    for number in (1, 2):
        await office.done(o.QA, "", o.STARTED, key=f"start-{number}")
    first = (await office.get(o.QA, limit=2)).json()
    assert len(first["escalations"]) == 2
    second = (await office.get(o.QA, limit=2, after=first["next"])).json()
    assert len(second["escalations"]) == 1
    assert second["next"] is None


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 501}, {"status": "lost"}, {"district": "../x"}])
async def test_a_list_asked_for_wrongly(office: o.Office, query: dict[str, str]) -> None:
    answer = await office.get(o.QA, **query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_only_the_service_manager_of_the_district_signs_off_though_their_scope_covers_the_team(
    office: o.Office,
) -> None:
    of_the_team = o.Person(Role.SERVICE_MANAGER, ("north/riverside/riverside-assessment",), UUID(int=11))
    answer = await office.post(of_the_team, f"{o.ID}/sign-off")
    assert answer.status_code == 403
    assert "not-yours" in answer.text


async def test_a_director_sees_state_and_clock_and_no_text(tmp_path: Path) -> None:
    """The second line is sent a link: it opens, and holds nothing that was written about the child."""
    rig = Rig(now=s.january(15, 18))
    await rig.do(s.consider(s.cause(1)), s.raise_(), s.add_action(), s.complete_action())
    async with o.office(rig.casework, tmp_path) as office:
        await office.done(o.DSM, f"{o.ID}/oversight", {"text": "Seen at home, and safe."})
        director = o.Person(Role.DIRECTOR, reference=UUID(int=10))
        seen = await office.get(director, o.ID)
        assert seen.status_code == 200
        assert (seen.json()["status"], seen.json()["clock"]["working_days"]) == ("raised", 5)
        assert seen.json()["oversight"]["text"] is None
        page = await office.page(director, f"/escalations{o.ID}")
        assert page.status_code == 200
        assert "Seen at home" not in seen.text + page.text
        assert "Seen at home" in (await office.get(o.DSM, o.ID)).text
