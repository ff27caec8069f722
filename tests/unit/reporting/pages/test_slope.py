"""The change of themes: rates of printed counts alone, drawn only where both windows print theirs."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.pages.charts import draw
from services.reporting.reports.figures import Count, Decimal, SlopeChart, Table
from services.reporting.reports.printed_before import Printed
from services.reporting.reports.sections import theme_change
from services.reporting.reports.sections.context import Context
from services.reporting.reports.windows import Rhythm

SVG = "{http://www.w3.org/2000/svg}"
THEMES = ("drift", "supervision", "plan", "voice")
Mentions = Mapping[str, int | None]


def made(
    before: Mentions | None, now: Mentions, audits: tuple[int | None, int | None] = (200, 200)
) -> tuple[SlopeChart | Table, ...]:
    """Return the blocks of a window in which `now` was named, after one whose report printed `before`."""
    counts = {f"development at theme {theme}": value for theme, value in now.items()} | {"completed": audits[1]}
    earlier = None
    if before is not None:
        printed = {f"development at theme {theme}": value for theme, value in before.items()}
        earlier = Printed({**printed, "completed": audits[0]})
    context = SimpleNamespace(
        earlier=earlier,
        figures=SimpleNamespace(count=lambda key: Count(value=counts[key], suppressed=counts[key] is None)),
        names=SimpleNamespace(theme=str.capitalize),
        settings=SimpleNamespace(name="Westshire"),
        window=Rhythm.of(2, 4).parse("2026-06"),
    )
    return theme_change.blocks(cast("Context", context), list(now))


def table_of(blocks: tuple[SlopeChart | Table, ...]) -> dict[str, list[float | None]]:
    [table] = [one for one in blocks if isinstance(one, Table)]
    return {
        row.key: [cell.value for cell in row.cells.values() if isinstance(cell, Count | Decimal)] for row in table.rows
    }


def chart_of(blocks: tuple[SlopeChart | Table, ...]) -> SlopeChart:
    [chart] = [one for one in blocks if isinstance(one, SlopeChart)]
    return chart


def test_rates_are_mentions_per_hundred_audits_of_their_own_window() -> None:
    blocks = made({"drift": 24, "supervision": 30}, {"drift": 46, "supervision": 21, "plan": 7}, (200, 140))
    assert table_of(blocks) == {
        "drift": [24, 12, 46, 33],  # 46 of 140 is 32.86
        "supervision": [30, 15, 21, 15],
        "plan": [0, 0, 7, 5],
    }


def test_a_theme_that_moved_beyond_chance_is_the_title_and_has_the_accent() -> None:
    """24 and 46 of 200: 22 apart, with a standard error of 8.4; 40 and 41 are no different."""
    chart = chart_of(made({"drift": 24, "plan": 40}, {"drift": 46, "plan": 41}))
    assert chart.title == "Drift: to develop rose from 12 to 23 mentions per 100 audits"
    assert [(line.key, line.beyond_chance) for line in chart.lines] == [("plan", False), ("drift", True)]
    drawing = ET.fromstring(draw(chart))
    lines = [one for one in drawing.iter(f"{SVG}line") if "slope-line" in one.attrib["class"]]
    [moved] = [one for one in lines if "moved" in one.attrib["class"]]
    assert float(moved.attrib["y1"].removesuffix("rem")) > float(moved.attrib["y2"].removesuffix("rem"))
    assert "Drift 12, now 23" in chart.alternative


def test_without_a_change_beyond_chance_the_title_says_so() -> None:
    chart = chart_of(made({"drift": 24, "plan": 40}, {"drift": 30, "plan": 41}))
    assert chart.title == "To develop: no theme was named more or less often than chance would explain"


@pytest.mark.parametrize("audits", [(29, 200), (200, 29), (None, 200), (200, None)])
def test_too_few_audits_or_a_hidden_number_of_them_make_no_comparison(audits: tuple[int | None, int | None]) -> None:
    assert made({"drift": 24, "plan": 40}, {"drift": 30, "plan": 41}, audits) == ()


def test_a_window_whose_predecessor_is_not_published_has_none() -> None:
    assert made(None, {"drift": 30, "plan": 41}) == ()


@settings(max_examples=60, deadline=None)
@given(
    before=st.dictionaries(st.sampled_from(THEMES), st.one_of(st.none(), st.integers(0, 90)), min_size=1),
    now=st.dictionaries(st.sampled_from(THEMES), st.one_of(st.none(), st.integers(0, 90)), min_size=4),
)
def test_only_themes_that_both_windows_print_are_drawn_and_as_they_are_printed(before: Mentions, now: Mentions) -> None:
    blocks = made(before, now)
    printed = table_of(blocks)
    for theme, (then, then_rate, today, today_rate) in printed.items():
        assert (then is None) == (then_rate is None) == (theme in before and before[theme] is None)
        assert (today is None) == (today_rate is None) == (now[theme] is None)
    for chart in (one for one in blocks if isinstance(one, SlopeChart)):
        assert all(None not in printed[line.key] for line in chart.lines)
        assert {line.key: [line.before.value, line.now.value] for line in chart.lines} == {
            line.key: printed[line.key][1::2] for line in chart.lines
        }
        words = ["".join(one.itertext()) for one in ET.fromstring(draw(chart)).iter(f"{SVG}text")]
        for theme, cells in printed.items():
            assert any(one.endswith(theme.capitalize()) for one in words) <= (None not in cells)
