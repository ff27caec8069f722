"""Every published version is listed to those who may open it, newest window first, a page at a time."""

from __future__ import annotations

from typing import Any

import pytest

from services.reporting.pages.access import BOARD_READERS, REPORT_READERS
from shared.web.principal import Role
from tests.integration.reporting.reports.test_publishing import WINDOW, Office, office
from tests.integration.reporting.reports.test_successors import succeed

__all__ = ["office"]
pytestmark = pytest.mark.stack

PATH = "/v1/publications"


async def listed(office: Office, role: str = "director", **query: Any) -> list[tuple[str, str, int, int | None]]:
    answer = await office.client(role).get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return [(one["window"], one["kind"], one["version"], one["superseded_by"]) for one in answer.json()["items"]]


async def published(office: Office) -> None:
    """Publish the board's report of the first window; both kinds of the second, and a successor of them."""
    await office.publish("quality-board", "2026-02")
    for kind in ("triannual", "quality-board"):
        await office.publish(kind)
    await office.late_audits(60)
    assert (await succeed(office, although_hidden=True)).status_code == 201


ALL = [
    (WINDOW, "triannual", 2, None),
    (WINDOW, "quality-board", 2, None),
    (WINDOW, "triannual", 1, 2),
    (WINDOW, "quality-board", 1, 2),
    ("2026-02", "quality-board", 1, None),
]


async def test_every_version_is_listed_and_each_address_leads_to_it(office: Office) -> None:
    assert await listed(office) == []
    page = (await office.client("director").get("/publications")).text
    assert "No report that you may open is published yet." in page
    await published(office)
    assert await listed(office) == ALL
    assert await listed(office, window="2026-02") == ALL[-1:]
    director = office.client("director")
    for one in (await director.get(PATH)).json()["items"]:
        shown = await director.get(one["address"].replace("?", ".json?"))
        assert shown.json()["publication"]["sha256"] == one["sha256"]
        assert shown.json()["publication"]["version"] == one["version"]
    page = (await director.get("/publications")).text
    assert page.count("Superseded by version 2") == 2
    assert "Newest (events came late)" in page
    assert 'href="/publications"' in (await director.get("/")).text


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_pages_follow_each_other_without_hole_or_repeat(office: Office, size: int) -> None:
    await published(office)
    director, found, after = office.client("director"), [], None
    while True:
        query = {"limit": size} | ({"after": after} if after else {})
        answer = (await director.get(PATH, params=query)).json()
        assert len(answer["items"]) <= size
        found += [(one["window"], one["kind"], one["version"], one["superseded_by"]) for one in answer["items"]]
        after = answer["after"]
        if after is None:
            break
    assert found == ALL
    wrong = await director.get(PATH, params={"after": "anywhere"})
    assert (wrong.status_code, wrong.json()["problems"][0]["place"]) == (422, "query/after")
    assert (await director.get(PATH, params={"window": "2026-03"})).status_code == 422


@pytest.mark.parametrize("role", sorted(Role))
async def test_each_role_is_told_of_what_it_may_open(office: Office, role: Role) -> None:
    await office.publish("triannual")
    await office.publish("quality-board")
    answer = await office.client(role).get(PATH)
    page = await office.client(role).get("/publications", headers={"Accept": "text/html"})
    if role not in REPORT_READERS:
        assert (answer.status_code, page.status_code) == (403, 403)
        return
    kinds = {one["kind"] for one in answer.json()["items"]}
    assert kinds == ({"triannual", "quality-board"} if role in BOARD_READERS else {"triannual"})
    assert ("Quality Assurance Board" in page.text) == (role in BOARD_READERS)
    elsewhere = office.client(role, "eastmarch")
    assert (await elsewhere.get(PATH)).json() == {"items": [], "after": None}
    assert (await elsewhere.get(PATH, params={"authority": "westshire"})).status_code == 404
