"""XmR charts, which tell a signal from noise (design.md section 8; NHS England, Making Data Count)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

LIMIT_FACTOR = 2.66
"""Natural process limits lie this many average moving ranges from the mean (3 / d2, d2 = 1.128)."""

TRIAL_BELOW = 12
"""Under so many points the limits are trial limits, and the chart says so."""

RUN = 7
FEWEST_POINTS = 4
"""Under so many points there are no limits at all: a mean of two months means nothing."""


class Signal(StrEnum):
    """Why a point is a signal."""

    ABOVE = "above the upper limit"
    BELOW = "below the lower limit"
    RUN_ABOVE = "in a run above the mean"
    RUN_BELOW = "in a run below the mean"
    RISING = "in a rising run"
    FALLING = "in a falling run"
    NEAR_UPPER = "close to the upper limit"
    NEAR_LOWER = "close to the lower limit"

    @property
    def rule(self) -> str:
        """Return the rule it broke, in words."""
        return {
            Signal.ABOVE: "a point above the upper limit",
            Signal.BELOW: "a point below the lower limit",
            Signal.RUN_ABOVE: "seven or more in a row above the mean",
            Signal.RUN_BELOW: "seven or more in a row below the mean",
            Signal.RISING: "seven or more rising in a row",
            Signal.FALLING: "seven or more falling in a row",
            Signal.NEAR_UPPER: "two of three in a row close to the upper limit",
            Signal.NEAR_LOWER: "two of three in a row close to the lower limit",
        }[self]

    @property
    def high(self) -> bool:
        """Tell whether it says that values are higher than chance explains."""
        return self in {Signal.ABOVE, Signal.RUN_ABOVE, Signal.RISING, Signal.NEAR_UPPER}


@dataclass(frozen=True, slots=True)
class Chart:
    """Mean, limits and the first signal at each point, in the unit of the values. Large moving ranges are kept in."""

    mean: float
    lower: float
    upper: float
    trial: bool
    signals: tuple[Signal | None, ...]


def control_chart(values: Sequence[float], floor: float | None = None, ceiling: float | None = None) -> Chart | None:
    """Return the chart of values in time order, or None under four points.

    Limits are kept between `floor` and `ceiling` where given (a percentage has no 104). Moving ranges are taken
    between neighbouring values given, so a suppressed month is simply left out. A point on the mean breaks a run.
    """
    if len(values) < FEWEST_POINTS:
        return None
    mean = sum(values) / len(values)
    ranges = [abs(after - before) for before, after in pairwise(values)]
    width = LIMIT_FACTOR * sum(ranges) / len(ranges)
    lower = mean - width if floor is None else max(floor, mean - width)
    upper = mean + width if ceiling is None else min(ceiling, mean + width)
    found: list[Signal | None] = [None] * len(values)
    _mark(found, _near(values, mean, width))
    _mark(found, _trends(values))
    _mark(found, _runs(values, mean))
    _mark(found, [_outside(value, lower, upper) for value in values])
    return Chart(mean, lower, upper, len(values) < TRIAL_BELOW, tuple(found))


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a chart with limits of its own, from the value at `start` until before `stop`.

    `chart` is None while it has fewer than four values.
    """

    start: int
    stop: int
    chart: Chart | None


def phases(
    values: Sequence[float], starts: Sequence[int], floor: float | None = None, ceiling: float | None = None
) -> tuple[Phase, ...]:
    """Return the phases of values in time order: each of `starts` is the place of the first value of a new one.

    Limits are recalculated from a phase's own values alone: no moving range, run or trend goes across a border (NHS
    England, Making Data Count, on recalculating limits). Without a start there is one phase.
    """
    borders = [0, *sorted({start for start in starts if 0 < start < len(values)}), len(values)]
    return tuple(
        Phase(start, stop, control_chart(values[start:stop], floor, ceiling)) for start, stop in pairwise(borders)
    )


def _mark(found: list[Signal | None], signals: Sequence[Signal | None]) -> None:
    for place, signal in enumerate(signals):
        if signal is not None:
            found[place] = signal


def _outside(value: float, lower: float, upper: float) -> Signal | None:
    if value > upper:
        return Signal.ABOVE
    return Signal.BELOW if value < lower else None


def _runs(values: Sequence[float], mean: float) -> list[Signal | None]:
    found: list[Signal | None] = [None] * len(values)
    for signal, side in ((Signal.RUN_ABOVE, 1), (Signal.RUN_BELOW, -1)):
        _fill(found, [(value - mean) * side > 0 for value in values], RUN, signal)
    return found


def _trends(values: Sequence[float]) -> list[Signal | None]:
    """Seven points rising in a row have six steps between them."""
    found: list[Signal | None] = [None] * len(values)
    for signal, side in ((Signal.RISING, 1), (Signal.FALLING, -1)):
        steps = [(after - before) * side > 0 for before, after in pairwise(values)]
        start = 0
        for place in range(len(steps) + 1):
            if place == len(steps) or not steps[place]:
                if place - start >= RUN - 1:
                    found[start : place + 1] = [signal] * (place + 1 - start)
                start = place + 1
    return found


def _near(values: Sequence[float], mean: float, width: float) -> list[Signal | None]:
    """Two of three neighbouring points in the outer third between mean and limit, on the same side."""
    found: list[Signal | None] = [None] * len(values)
    for signal, side in ((Signal.NEAR_UPPER, 1), (Signal.NEAR_LOWER, -1)):
        outer = [(value - mean) * side > width * 2 / 3 > 0 for value in values]
        for start in range(len(values) - 2):
            if sum(outer[start : start + 3]) >= 2:  # noqa: PLR2004 - two of three is the rule's name
                for place in range(start, start + 3):
                    if outer[place]:
                        found[place] = signal
    return found


def _fill(found: list[Signal | None], holds: Sequence[bool], length: int, signal: Signal) -> None:
    start = 0
    for place in range(len(holds) + 1):
        if place == len(holds) or not holds[place]:
            if place - start >= length:
                found[start:place] = [signal] * (place - start)
            start = place + 1
