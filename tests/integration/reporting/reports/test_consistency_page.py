"""The consistency page: for the QA unit alone, of the rows' own pairs, in each form, and as it was known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.reporting.reports.windows import Rhythm
from tests.integration.reporting.reports.conftest import Reader, World
from tests.integration.reporting.reports.made_up import GRADES
from tests.integration.reporting.reports.truth import Truth

pytestmark = pytest.mark.stack

PATH = "/reports/consistency"
Readers = Callable[..., Reader]


def table_of(document: dict[str, Any], id_: str) -> dict[str, Any]:
    [found] = [
        block
        for section in document["report"]["sections"]
        for block in section["blocks"]
        if block["type"] == "table" and block["id"] == id_
    ]
    return {row["key"]: row["cells"] for row in found["rows"]}


@pytest.mark.parametrize("role", ["qa-officer", "qa-manager"])
async def test_the_matrix_and_its_n_are_what_the_rows_say(world: World, reader: Readers, role: str) -> None:
    window = Rhythm.of().parse("2026-06")
    pairs = Truth(world.facts, window.start, window.end).pairs(pool=True)
    answer = await reader(role).json(PATH, window=window.key)
    assert answer.status_code == 200
    matrix = table_of(answer.json(), "matrix")
    counted = {(given, seen): matrix[given][seen]["value"] for given in GRADES for seen in GRADES}
    assert counted == {(given, seen): pairs.count((given, seen)) for given in GRADES for seen in GRADES}
    row = table_of(answer.json(), "moderators")["all"]
    assert row["n"]["value"] == len(pairs)
    exact = sum(given == seen for given, seen in pairs)
    assert row["exact"]["value"] == int(100 * exact / len(pairs) + 0.5)
    assert row["exact"]["low"] < row["exact"]["value"] < row["exact"]["high"]
    services = table_of(answer.json(), "by-service")
    assert sum(cells["n"]["value"] for cells in services.values()) == len(pairs)


@pytest.mark.parametrize("role", ["director", "board-member", "service-manager", "analyst", "auditor", "operator"])
async def test_nobody_outside_the_unit_gets_it(reader: Readers, role: str) -> None:
    for path in (PATH, f"{PATH}.json", f"{PATH}.csv", f"{PATH}/changes"):
        answer = await reader(role).client.get(path, params={"window": "2026-06", "known_at": "2026-07-10"})
        assert answer.status_code == 403, path


async def test_the_page_is_offered_and_says_what_it_is(reader: Readers) -> None:
    home = await reader("qa-officer").page("/")
    assert f'href="{PATH}?authority=westshire&amp;window=2026-06"' in home.text
    assert PATH not in (await reader("director").page("/")).text
    page = await reader("qa-officer").page(PATH, window="2026-06")
    assert page.status_code == 200
    assert "For the QA unit only" in page.text
    assert "Nobody has 20 cases." in page.text
    triannual = await reader("qa-officer").page("/reports/triannual", window="2026-06")
    assert f'href="{PATH}?authority=westshire&amp;window=2026-06"' in triannual.text


async def test_without_a_window_it_leads_to_the_latest(reader: Readers) -> None:
    answer = await reader("qa-officer").page(PATH)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{PATH}?authority=westshire&window=2026-")


async def test_csv_and_another_moment_and_what_changed_since(reader: Readers) -> None:
    officer = reader("qa-officer")
    listed = (await officer.client.get(f"{PATH}.csv", params={"window": "2026-06", "table": "by-kind"})).text
    assert "Weighted kappa" in listed
    then = await officer.json(PATH, window="2026-06", known_at="2026-08-01")
    now = await officer.json(PATH, window="2026-06")
    n_then, n_now = (table_of(one.json(), "moderators")["all"]["n"]["value"] for one in (then, now))
    assert 0 < n_then < n_now
    changes = (await officer.json(f"{PATH}/changes", window="2026-06", known_at="2026-08-01")).json()
    found = [one for one in changes["changes"] if one["row"] == "All of the pool" and one["figure"] == "Cases (n)"]
    assert [(one["then"]["value"], one["now"]["value"]) for one in found] == [(n_then, n_now)]


async def test_a_window_without_gradings_says_so(reader: Readers) -> None:
    page = await reader("qa-officer", "newport").page(PATH, window="2026-06")
    assert page.status_code == 200
    assert "was graded twice" in page.text
