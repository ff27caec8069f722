"""The slope chart: a line a theme from the window before to this one, named at its end.

Only lines of which both ends are printed are drawn. A line that moved by more than chance explains has the accent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from markupsafe import Markup

from services.reporting.pages import wording
from services.reporting.pages.charts.svg import dot, line, picture, text
from services.reporting.reports.figures import SlopeChart, SlopeLine

_TOP, _TALL = 52.0, 220.0
_LEFT, _RIGHT, _WORDS = 11.0, 46.0, 50.0
_LETTERS, _LINE, _APART = 20, 19, 8
_SHORT = 14
"""A heading of more letters needs a line of its own on the narrowest screen."""

_MIDDLE = 5
"""A number's middle stands so far above the line that its letters stand on."""


def draw_slope(chart: SlopeChart) -> Markup:
    """Return the chart, as tall as its names need."""
    ends = sorted(chart.lines, key=lambda one: (-(one.now.value or 0), one.label))
    names = [wrap(f"{wording.decimal(one.now)} {one.label}", _LETTERS) for one in ends]
    heights = [len(name) * _LINE + _APART for name in names]
    tall = max(_TALL, sum(heights) - heights[-1])
    highest = max(max(one.before.value or 0, one.now.value or 0) for one in chart.lines) or 1
    bottom = _TOP + tall

    def y(value: float | None) -> float:
        return bottom - tall * (value or 0) / highest

    parts: list[Markup] = [
        text(0, 16, chart.before_label, "heading"),
        _heading_of_now(chart),
        line(_LEFT, _TOP, _LEFT, bottom, "grid"),
        line(_RIGHT, _TOP, _RIGHT, bottom, "grid"),
    ]
    for one in sorted(chart.lines, key=lambda one: one.beyond_chance):
        parts.extend(_slope(one, y(one.before.value), y(one.now.value)))
    starts = sorted(chart.lines, key=lambda one: (-(one.before.value or 0), one.label))
    for one, place in zip(starts, _apart([y(one.before.value) for one in starts], [_LINE] * len(starts)), strict=True):
        parts.append(text(_LEFT - 3, place + _MIDDLE, wording.decimal(one.before), _kind("value", one), "end"))
    places = _apart([y(one.now.value) for one in ends], heights)
    for one, name, place in zip(ends, names, places, strict=True):
        for number, words in enumerate(name):
            parts.append(text(_WORDS, place + _MIDDLE + number * _LINE, words, _kind("label", one)))
    height = max(bottom, places[-1] + heights[-1]) + _APART
    return picture(chart.id, chart.title, chart.alternative, height, parts, kind="slope")


def _heading_of_now(chart: SlopeChart) -> Markup:
    """Return the heading over the right ends; a line lower where the left one's is long, for a phone's width."""
    y = 36 if len(chart.before_label) > _SHORT else 16
    if len(chart.now_label) > _LETTERS + 2:
        return text(100, y, chart.now_label, "heading", "end")
    return text(_RIGHT, y, chart.now_label, "heading")


def _slope(one: SlopeLine, before: float, now: float) -> Iterator[Markup]:
    yield line(_LEFT, before, _RIGHT, now, _kind("slope-line", one))
    yield dot(_LEFT, before, 4.5, _kind("slope-end", one))
    yield dot(_RIGHT, now, 4.5, _kind("slope-end", one))


def _kind(kind: str, one: SlopeLine) -> str:
    return f"{kind} moved" if one.beyond_chance else kind


def _apart(places: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Return places, from the top down, moved so that each leaves the one before it its height; none above the top."""
    found: list[float] = []
    for number, place in enumerate(places):
        least = found[-1] + heights[number - 1] if found else _TOP
        found.append(max(place, least))
    return found
