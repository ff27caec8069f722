"""Two bars a row from a common middle line: how often a strength, how often to develop."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from services.reporting.pages import wording
from services.reporting.pages.charts.svg import box, line, picture, text
from services.reporting.reports.figures import Count, Pair, PairChart

_ROW, _TOP, _THICK = 50, 24, 16
_MIDDLE = 50.0
_LONGEST = 40.0
"""The longest bar takes so many percent of the width: the rest of its half is for its number."""


def draw_pairs(chart: PairChart) -> Markup:
    """Return the chart; a hidden number has no bar, only its `c`."""
    largest = max((side.value or 0 for pair in chart.pairs for side in (pair.left, pair.right)), default=0)
    height = 32 + len(chart.pairs) * _ROW
    parts: list[Markup] = [
        text(_MIDDLE - 1, 16, chart.left_label, "heading", "end"),
        text(_MIDDLE + 1, 16, chart.right_label, "heading"),
    ]
    for number, pair in enumerate(chart.pairs):
        parts.extend(_row(pair, 32 + number * _ROW, largest))
    return picture(chart.id, chart.title, chart.alternative, height, parts, kind="pairs")


def _row(pair: Pair, y: float, largest: int) -> Iterator[Markup]:
    yield text(_MIDDLE, y + 14, pair.label, "label", "middle")
    for side, direction, kind in ((pair.left, -1, "left"), (pair.right, 1, "right")):
        yield from _bar(side, direction, kind, y, largest)
    yield line(_MIDDLE, y + _TOP - 4, _MIDDLE, y + _TOP + _THICK + 4, "axis")


def _bar(side: Count, direction: int, kind: str, y: float, largest: int) -> Iterator[Markup]:
    width = _LONGEST * side.value / largest if side.value and largest else 0.0
    if width:
        yield box(_MIDDLE if direction > 0 else _MIDDLE - width, y + _TOP, width, _THICK, kind)
    anchor = "start" if direction > 0 else "end"
    yield text(_MIDDLE + direction * (width + 1), y + _TOP + 13, wording.count(side), "value", anchor)
