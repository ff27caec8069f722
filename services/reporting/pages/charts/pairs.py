"""Two bars a row from a common middle line: how often a strength, how often to develop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from markupsafe import Markup

from services.reporting.pages import wording
from services.reporting.pages.charts.svg import box, line, picture, text
from services.reporting.reports.figures import Count, Pair, PairChart

_ROW, _TOP, _THICK = 50, 24, 16
_MIDDLE = 50.0
_LONGEST = 36.0
"""The longest bar takes so many percent of the width: the rest of its half is for its number."""

_LINE, _LETTERS = 20, 32
"""A label of more letters is written in two lines, so that it fits a phone."""


def draw_pairs(chart: PairChart) -> Markup:
    """Return the chart; a hidden number has no bar, only its `c`."""
    largest = max((side.value or 0 for pair in chart.pairs for side in (pair.left, pair.right)), default=0)
    parts: list[Markup] = [
        text(_MIDDLE - 1, 16, chart.left_label, "heading", "end"),
        text(_MIDDLE + 1, 16, chart.right_label, "heading"),
    ]
    y = 32.0
    for pair in chart.pairs:
        lines = wrap(pair.label, max(_LETTERS, (len(pair.label) * 2) // 3))
        parts.extend(_row(pair, lines, y, largest))
        y += _ROW + _LINE * (len(lines) - 1)
    return picture(chart.id, chart.title, chart.alternative, y, parts, kind="pairs")


def _row(pair: Pair, lines: Sequence[str], y: float, largest: int) -> Iterator[Markup]:
    for number, one in enumerate(lines):
        yield text(_MIDDLE, y + 14 + _LINE * number, one, "label", "middle")
    y += _LINE * (len(lines) - 1)
    for side, direction, kind in ((pair.left, -1, "left"), (pair.right, 1, "right")):
        yield from _bar(side, direction, kind, y, largest)
    yield line(_MIDDLE, y + _TOP - 4, _MIDDLE, y + _TOP + _THICK + 4, "axis")


def _bar(side: Count, direction: int, kind: str, y: float, largest: int) -> Iterator[Markup]:
    width = _LONGEST * side.value / largest if side.value and largest else 0.0
    if width:
        yield box(_MIDDLE if direction > 0 else _MIDDLE - width, y + _TOP, width, _THICK, kind)
    anchor = "start" if direction > 0 else "end"
    yield text(_MIDDLE + direction * (width + 1), y + _TOP + 13, wording.count(side), "value", anchor)
