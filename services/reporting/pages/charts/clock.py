"""The clock chart: medians in working days on one scale, with the limits as lines across it.

A median that is not printed has no place on the scale: its whole row is hatched, or says why there is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from markupsafe import Markup

from services.reporting.pages import wording
from services.reporting.pages.charts.svg import box, dot, filled, hatch, line, picture, text
from services.reporting.reports.figures import ClockChart, ClockStep

_TOP, _ROW, _LABEL, _THICK = 52, 60, 17, 16
_BAR = 27
_RIGHT = 88.0
"""Percent of the width: the rest is for the words of a mark at the end of the scale."""
_LEAST_DAYS = 2
_MOST_TICKS = 6
_HALF, _THIRD = 50, 33


def draw_clock(chart: ClockChart) -> Markup:
    """Return the chart: a row a step, from its start at 0 to its median."""
    days = _days(chart)
    bottom = _TOP + len(chart.steps) * _ROW
    hatched = f"chart-{chart.id}-hatch"
    limits = sorted(chart.limits, key=lambda one: one.days)
    places = [_x(limit.days, days) for limit in limits]
    parts: list[Markup] = [hatch(hatched, "hidden-ground"), *_scale(days, bottom)]
    parts.extend(line(x, 40, x, bottom, "reference") for x in places)
    for number, step in enumerate(chart.steps):
        parts.extend(_step(step, _TOP + number * _ROW, days, places, f"url(#{hatched})"))
    parts.extend(line(x, 20, x, 40, "reference") for x in places[1:])
    for number, (limit, x) in enumerate(zip(limits, places, strict=True)):
        y = 14 if number else 34  # the nearer limit's words stand a line lower, over the further one's line
        parts.append(text(x, y, limit.label, "note strong backed", _anchor(x)))
    return picture(chart.id, chart.title, chart.alternative, bottom + 30, parts)


def _anchor(x: float) -> str:
    """Return the side of its line on which a limit's words have room, at the narrowest width too."""
    return "start" if x < _THIRD else "end" if x > 2 * _THIRD else "middle"


def _days(chart: ClockChart) -> int:
    """Return how far the scale goes: beyond each limit and each printed median."""
    medians = [one.median.value for one in chart.steps if one.median.value is not None]
    return max(_LEAST_DAYS, math.floor(max([*(limit.days for limit in chart.limits), *medians])) + 1)


def _x(value: float, days: int) -> float:
    return _RIGHT * value / days


def _scale(days: int, bottom: float) -> Iterator[Markup]:
    step = math.ceil(days / _MOST_TICKS)
    for value in range(0, days + 1, step):
        x = _x(value, days)
        yield line(x, _TOP, x, bottom, "grid")
        yield text(x, bottom + 20, str(value), "note", "middle" if value else "start")


def _step(step: ClockStep, y: float, days: int, limits: list[float], hatched: str) -> Iterator[Markup]:
    yield text(0, y + _LABEL, step.label, "label backed")
    value = step.median.value
    if value is None:
        yield box(0, y + _BAR, _RIGHT, _THICK, "unknown")
        if step.median.missing == "suppressed":
            yield filled(0, y + _BAR, _RIGHT, _THICK, hatched)
        yield text(_HALF, y + _BAR + 13, wording.decimal(step.median), "value backed", "middle")
        return
    x = _x(value, days)
    yield box(0, y + _BAR, x, _THICK, "fill")
    yield from (line(at, y + _BAR, at, y + _BAR + _THICK, "crossing") for at in limits if at < x)
    yield dot(x, y + _BAR + _THICK / 2, 6, "fill ringed")
    yield text(x + 2, y + _BAR + 13, wording.decimal(step.median), "value backed")
