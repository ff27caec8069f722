"""One area or service alone, and windows of another length: live, for the QA unit, and counted from the rows by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.conftest import Reader, World
from tests.integration.reporting.reports.made_up import Facts, Row
from tests.integration.reporting.reports.truth import Truth

pytestmark = pytest.mark.stack

ReaderOf = Callable[..., Reader]
PATH = "/reports/triannual"
WINDOW = "2026-06"
SUMMER = (date(2026, 6, 1), date(2026, 10, 1))


def only(facts: Facts, holds: Callable[[Row], bool]) -> Facts:
    """The rows of the units for which something holds."""
    kept: Mapping[str, list[Row]] = {
        name: [row for row in getattr(facts, name) if holds(row)]
        for name in ("audits", "moderations", "disputes", "escalations", "recommendations")
    }
    return replace(facts, **kept)


def cells(document: Any) -> dict[tuple[str, str, str], Any]:
    return {
        (block["id"], row["key"], column): cell
        for section in document["report"]["sections"]
        for block in section["blocks"]
        if block["type"] == "table"
        for row in block["rows"]
        for column, cell in row["cells"].items()
    }


def holds_to(document: Any, truth: Truth) -> None:
    expected, shown = truth.counts(), cells(document)
    places = {
        ("activity-by-district", "all", "completed"): "completed",
        ("activity-by-district", "all", "allocated"): "allocated",
        ("grades", "good-or-better", "after"): "good",
        ("grades", "all", "after"): "graded",
        ("voices", "child_feedback", "count"): "child_feedback",
        ("recommendations", "all", "made"): "recommendations made",
        ("escalations-by-category", "all", "raised"): "escalations raised",
    }
    compared = 0
    for place, name in places.items():
        cell = shown.get(place)
        if cell is not None and not cell["suppressed"]:
            assert cell["value"] == expected[name], name
            compared += 1
    assert compared >= 4


@pytest.mark.parametrize(("dimension", "key"), [("area", "north"), ("service", "children-in-care")])
async def test_one_part_alone_is_what_its_rows_say(reader: ReaderOf, world: World, dimension: str, key: str) -> None:
    answer = await reader("qa-officer").json(PATH, window=WINDOW, **{dimension: key})
    assert answer.status_code == 200, answer.text
    holds_to(answer.json(), Truth(only(world.facts, lambda row: row[dimension] == key), *SUMMER))
    assert answer.json()["report"]["cut"]
    labels = {row for table, row, _ in cells(answer.json()) if table == "activity-by-district"}
    if dimension == "area":
        assert not [row for row in labels if row.startswith(("south", "east"))]


@pytest.mark.parametrize(
    ("months", "window", "first", "after"),
    [
        ("1", "2026-07", date(2026, 7, 1), date(2026, 8, 1)),
        ("3", "2026-07", date(2026, 7, 1), date(2026, 10, 1)),
        ("12", "2025-10", date(2025, 10, 1), date(2026, 10, 1)),
    ],
)
async def test_windows_of_another_length_are_what_their_rows_say(
    *, reader: ReaderOf, world: World, months: str, window: str, first: date, after: date
) -> None:
    answer = await reader("qa-officer").json(PATH, window=window, months=months)
    assert answer.status_code == 200, answer.text
    holds_to(answer.json(), Truth(world.facts, first, after))


async def test_the_page_says_that_it_is_for_the_qa_unit_alone_and_its_links_keep_the_part(reader: ReaderOf) -> None:
    person = reader("qa-manager")
    page = (await person.page(PATH, window=WINDOW, area="north")).text
    assert "<strong>For the QA unit alone</strong>" in page
    assert "North alone" in page
    for suffix in (".json", ".csv"):
        assert f"{PATH}{suffix}?authority=westshire&amp;window={WINDOW}&amp;area=north" in page
    whole = (await person.page(PATH, window=WINDOW)).text
    assert "For the QA unit alone" not in whole
    file = await person.client.get(f"{PATH}.csv", params={"window": WINDOW, "service": "early-help"})
    assert 'filename="westshire-triannual-2026-06-early-help-alone.csv"' in file.headers["Content-Disposition"]


async def test_without_a_window_the_newest_of_that_length_is_led_to(reader: ReaderOf) -> None:
    answer = await reader("qa-officer").page(PATH, months="3", area="north")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{PATH}?authority=westshire&window=2026-07&area=north&months=3"


@pytest.mark.parametrize("cut", [{"area": "north"}, {"service": "early-help"}, {"months": "12"}, {"area": "nowhere"}])
async def test_nobody_else_gets_a_part(reader: ReaderOf, cut: dict[str, str]) -> None:
    for role in ("director", "analyst", "board-member"):
        answer = await reader(role).json(PATH, window=WINDOW, **cut)
        assert answer.status_code == 403, role
        assert "for the QA unit alone" in answer.json()["detail"]
    published = await reader("qa-officer").json(PATH, window=WINDOW, version="1", **cut)
    assert published.status_code == 403


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        ({"area": "nowhere"}, "It has north, south, east."),
        ({"service": "school"}, "It has childrens-social-work, children-in-care, early-help"),
        ({"area": "north", "service": "early-help"}, "Name one of the two."),
        ({"months": "1", "window": "2026-13"}, "No reporting window starts there."),
    ],
)
async def test_an_unknown_part_is_told_with_the_known_ones(reader: ReaderOf, cut: dict[str, str], said: str) -> None:
    answer = await reader("qa-officer").json(PATH, **{"window": WINDOW, **cut})
    assert answer.status_code == 422
    [problem] = answer.json()["problems"]
    assert said in f"{problem['message']} {problem['way_out']}"


def test_the_story_has_audits_in_each_part() -> None:
    assert {area.key for area in made_up.settings().areas} == {"north", "south", "east"}
