"""Shaded tables: the shade follows what is printed, and a hidden cell is drawn alike whatever is behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.pages import shading
from services.reporting.pages.view import pages
from services.reporting.reports.figures import Cell, Column, Count, Row, Table

GRADES = ("inadequate", "requires-improvement", "good", "outstanding")


def table(name: str, printed: Mapping[tuple[str, str], int | None], whole: int = 999) -> Table:
    """Return a table with a total row and column; None is hidden."""
    keys = list(dict.fromkeys(row for row, _ in printed))
    across = list(dict.fromkeys(column for _, column in printed))

    def cells(row: str) -> dict[str, Cell]:
        found: dict[str, Cell] = {
            column: Count(value=printed[row, column], suppressed=printed[row, column] is None) for column in across
        }
        return {**found, "all": Count(value=whole)}

    total: dict[str, Cell] = {column: Count(value=whole) for column in (*across, "all")}
    return Table(
        id=name,
        caption="Caption",
        row_heading="Row",
        columns=tuple(Column(key=one, label=one) for one in (*across, "all")),
        rows=(
            *(Row(key=one, label=one, cells=cells(one)) for one in keys),
            Row(key="all", label="All", cells=total, whole=True),
        ),
    )


def drawn(one: Table) -> list[tuple[str, str]]:
    """Return each cell of the page's table: its classes and its text."""
    template = pages().from_string('{% from "parts.html" import table %}{{ table(one) }}')
    return re.findall(r'<td(?: class="([^"]*)")?>([^<]*)</td>', template.render(one=one))


GRID = {("early-help", "north"): 40, ("early-help", "south"): 0, ("care", "north"): None, ("care", "south"): 11}


def test_a_gap_a_hidden_and_a_full_cell_are_told_apart_at_once() -> None:
    marked = table("coverage-grid", GRID)
    assert drawn(marked) == [
        ("shade shade-4", "40"), ("shade gap", "none"), ("", "999"),
        ("shade hidden-mark", "c"), ("shade shade-2", "11"), ("", "999"),
        ("", "999"), ("", "999"), ("", "999"),
    ]  # fmt: skip
    assert shading.how_to_read(marked) == (
        "The darker a cell, the more audits; “none”, outlined: not one was completed; hatched: hidden, drawn alike "
        "whatever the number."
    )


def test_a_matrix_outlines_where_both_gave_the_same_grade_and_prints_its_zeros() -> None:
    printed: dict[tuple[str, str], int | None] = {pair: 8 * (pair[0] == pair[1]) for pair in product(GRADES, GRADES)}
    matrix = table("moderation-matrix", printed)
    found = drawn(matrix)
    assert found[0] == ("shade shade-4 same-grade", "8")
    assert found[1] == ("shade shade-0", "0")
    assert sum("same-grade" in classes for classes, _ in found) == len(GRADES)
    assert "outlined: both gave the same grade" in shading.how_to_read(matrix)
    assert "hatched" not in shading.how_to_read(matrix)


def test_any_other_table_is_as_it_was() -> None:
    assert drawn(table("themes-by-theme", GRID))[:4] == [("", "40"), ("", "0"), ("", "999"), ("hidden", "c")]


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.integers(0, 400), min_size=9, max_size=9),
    hidden=st.sets(st.integers(0, 8), min_size=1, max_size=8),
)
def test_a_hidden_cell_is_drawn_alike_whatever_stands_around_it(values: list[int], hidden: set[int]) -> None:
    """Its mark is one class without a step; and no shown cell's shade rests on more than the shown ones."""
    places = list(product("abc", "xyz"))
    shown = {at: None if n in hidden else values[n] for n, at in enumerate(places)}
    found = drawn(table("coverage-grid", shown))
    assert {classes for classes, text in found if text == "c"} == {"shade hidden-mark"}
    zeros_instead = {at: value or 0 for at, value in shown.items()}
    assert [one for one in found if one[1].isdigit()] == [
        one for one in drawn(table("coverage-grid", zeros_instead)) if one[1].isdigit()
    ]


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.integers(1, 5000), min_size=4, max_size=4))
def test_more_is_never_lighter(values: list[int]) -> None:
    printed: dict[tuple[str, str], int | None] = dict(zip(product("ab", "xy"), values, strict=True))
    one = table("coverage-grid", printed)
    steps = sorted(
        (value, int(shading.shade(one, row, column).removeprefix("shade shade-")))
        for row in one.rows[:-1]
        for column in one.columns[:-1]
        if (value := printed[row.key, column.key]) is not None
    )
    assert [step for _, step in steps] == sorted(step for _, step in steps)
    assert steps[-1][1] == max(step for _, step in steps) == 2 * 2
