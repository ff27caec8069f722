"""The XmR chart: points and a thin line, mean solid, limits dashed, signals larger, of another shape and colour."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from services.reporting.pages.charts.svg import dot, line, picture, shape, text
from services.reporting.reports.figures import ControlChart, Point, exact_percent, whole_percent

_TOP, _BOTTOM, _HEIGHT = 48.0, 288.0, 330.0
_LEFT, _RIGHT = 12.0, 97.0
_STEP = 10
_DIAMOND = "M0 -8 L8 0 L0 8 L-8 0 Z"
_SQUARE = "M-7 -7 H7 V7 H-7 Z"
_LABELS = 6
_LINE = 16
"""A mark's words stand a line below those of the one before it."""
_NEAR = 3
"""A label at a side has so many points above or below it."""


def draw_control(chart: ControlChart) -> Markup:
    """Return the chart; a month without a printed percentage is a gap."""
    low, high = _range(chart)
    parts = [*_grid(low, high), *_months(chart)]
    stretches = list(_stretches(chart))
    for stretch in stretches:
        parts.extend(_limits(chart, stretch, low, high, alone=len(stretches) == 1))
    parts.extend(_marks(chart))
    places = [_x(number, len(chart.points)) for number in range(len(chart.points))]
    for number in range(1, len(chart.points)):
        before, after = exact_percent(chart.points[number - 1].share), exact_percent(chart.points[number].share)
        if before is not None and after is not None:
            parts.append(
                line(places[number - 1], _y(before, low, high), places[number], _y(after, low, high), "joined")
            )
    for x, point in zip(places, chart.points, strict=True):
        value = exact_percent(point.share)
        if value is not None:
            parts.append(_point(point, x, _y(value, low, high)))
    return picture(chart.id, chart.title, chart.alternative, _HEIGHT, parts, kind="control")


def _range(chart: ControlChart) -> tuple[int, int]:
    values = [float(point.share.percent) for point in chart.points if point.share.percent is not None]
    values.extend(value for one in _stretches(chart) for value in (one.lower, one.upper))
    if not values:
        return 0, 100
    low = max(0, _STEP * math.floor((min(values) - 2) / _STEP))
    high = min(100, _STEP * math.ceil((max(values) + 2) / _STEP))
    return low, max(high, low + 2 * _STEP)


def _x(number: int, points: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (number / (points - 1) if points > 1 else 0.5)


def _y(value: float, low: float, high: float) -> float:
    return _BOTTOM - (value - low) / (high - low) * (_BOTTOM - _TOP)


def _grid(low: int, high: int) -> Iterator[Markup]:
    for value in range(low, high + 1, _STEP if high - low <= 6 * _STEP else 2 * _STEP):
        y = _y(value, low, high)
        yield line(_LEFT - 2, y, 100, y, "grid")
        yield text(0, y + 5, f"{value}%", "note")


def _months(chart: ControlChart) -> Iterator[Markup]:
    step = max(1, math.ceil(len(chart.points) / _LABELS))
    for number in range(0, len(chart.points), step):
        x = _x(number, len(chart.points))
        yield line(x, _BOTTOM, x, _BOTTOM + 6, "axis")
        kind = "note tight" if number // step % 2 else "note"
        anchor = "start" if number == 0 else "end" if number == len(chart.points) - 1 else "middle"
        yield text(x, _BOTTOM + 24, chart.points[number].short, kind, anchor)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Mean and limits from one place across to another, in percent of the width; the newest is told by its words."""

    start: float
    stop: float
    mean: float
    lower: float
    upper: float
    trial: bool
    newest: bool


def _stretches(chart: ControlChart) -> Iterator[_Stretch]:
    """Yield the stretches with limits: the whole chart, or its phases, which meet halfway between two months."""
    if not chart.phases:
        if chart.mean is not None and chart.lower is not None and chart.upper is not None:
            yield _Stretch(_LEFT - 2, 100, chart.mean, chart.lower, chart.upper, chart.trial, newest=True)
        return
    months = [point.key for point in chart.points]
    borders = [_LEFT - 2, *(_before(months.index(one.month), len(months)) for one in chart.phases[1:]), 100]
    for phase, start, stop in zip(chart.phases, borders, borders[1:], strict=False):
        if phase.mean is not None and phase.lower is not None and phase.upper is not None:
            newest = phase is chart.phases[-1]
            yield _Stretch(start, stop, phase.mean, phase.lower, phase.upper, phase.trial, newest=newest)


def _before(number: int, points: int) -> float:
    return (_x(number, points) + _x(max(0, number - 1), points)) / 2


def _limits(chart: ControlChart, stretch: _Stretch, low: int, high: int, *, alone: bool) -> Iterator[Markup]:
    words = "trial limit" if stretch.trial else "limit"
    for value, label, kind in (
        (stretch.upper, f"Upper {words}", "limit"),
        (stretch.mean, "Mean", "mean"),
        (stretch.lower, f"Lower {words}", "limit"),
    ):
        name = f"{label} {whole_percent(value)}%"
        y = _y(value, low, high)
        yield line(stretch.start, y, stretch.stop, y, kind)
        if not stretch.newest:
            continue  # an earlier phase's numbers are in the words beneath the chart
        sides = {"limit": (label.startswith("Lower"),), "mean": (False, True)}[kind]
        below, at_left = max(
            itertools.product(sides, (False, True) if alone else (False,)),
            key=lambda place: _room(chart, _y(value, low, high) + (12 if place[0] else -12), low, high, left=place[1]),
        )
        x, anchor = (_LEFT + 1, "start") if at_left else (100, "end")
        yield text(x, y + 17 if below else y - 7, name, "note backed", anchor)


def _room(chart: ControlChart, centre: float, low: int, high: int, *, left: bool) -> float:
    """Return how far the joined points at one side stay from a label's middle line, in the picture's own units."""
    near = chart.points[:_NEAR] if left else chart.points[-_NEAR:]
    values = [float(one.share.percent) for one in near if one.share.percent is not None]
    between = [(before + after) / 2 for before, after in itertools.pairwise(values)]
    return min((abs(_y(value, low, high) - centre) for value in (*values, *between)), default=_HEIGHT)


def _marks(chart: ControlChart) -> Iterator[Markup]:
    for place, mark in enumerate(chart.marks):
        number = next((at for at, point in enumerate(chart.points) if point.key == mark.month), None)
        if number is None:
            continue
        x, down = _before(number, len(chart.points)), _LINE if place % 2 else 0
        yield line(x, 22 + down, x, _BOTTOM, "change")
        middle = 50  # percent: the side with more room takes the words
        yield text(x, 14 + down, mark.words, "note", "start" if x < middle else "end")


def _point(point: Point, x: float, y: float) -> Markup:
    if point.signal is None:
        return dot(x, y, 4.5, "point")
    if point.favourable:
        return shape(x, y, _SQUARE, "signal improvement")
    return shape(x, y, _DIAMOND, "signal concern")
