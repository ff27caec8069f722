"""Findings in words, computed from printed figures alone: a sentence never says more than its figures may.

A comparison needs 30 cases on each side and says whether chance would explain the difference (two proportions, 95%).
Where a figure is suppressed a sentence says `most` or nothing, never the number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from services.reporting.reports.figures import Share
from services.reporting.reports.window_figures import Printed

FEWEST_FOR_COMPARISON = 30
_Z_95 = 1.959963984540054
_ONES = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class Change:
    """How a percentage moved from one group of cases to another, and whether by more than chance explains."""

    before: int
    now: int
    beyond_chance: bool

    @property
    def verb(self) -> str:
        """Return how it moved: rose, fell, or stayed."""
        if self.now == self.before:
            return "stayed"
        return "rose" if self.now > self.before else "fell"

    @property
    def judgement(self) -> str:
        """Return whether it is a signal or noise, in words."""
        if self.beyond_chance:
            return "more than chance alone would explain"
        return "no more than chance would explain"


def change(before: Share, now: Share) -> Change | None:
    """Compare two percentages; None where either is missing or rests on fewer than 30 cases."""
    old, new = before.of.value, now.of.value
    if before.percent is None or now.percent is None or before.part.value is None or now.part.value is None:
        return None
    if old is None or new is None or min(old, new) < FEWEST_FOR_COMPARISON:
        return None
    together = (before.part.value + now.part.value) / (old + new)
    error = math.sqrt(together * (1 - together) * (1 / old + 1 / new))
    difference = now.part.value / new - before.part.value / old
    return Change(before.percent, now.percent, error > 0 and abs(difference) / error >= _Z_95)


def supported(share: Share, fewest: int = FEWEST_FOR_COMPARISON) -> bool:
    """Tell whether a percentage may stand in a headline: it is there, and its n is large enough."""
    return share.percent is not None and share.of.value is not None and share.of.value >= fewest


def of_n(share: Share) -> str:
    """Return a percentage with its n: `57% of 612`; only for one that is there."""
    return f"{share.percent}% of {number(share.of.value or 0)}"


def out_of(share: Share) -> str:
    """Return a part of a whole: `34 of 41`; only for one that is there."""
    return f"{number(share.part.value or 0)} of {number(share.of.value or 0)}"


def mostly(printed: Printed, part: str, whole: str) -> bool:
    """Tell whether `most` may be said of a suppressed share: it is true, and does not settle the number.

    It must be true in another world as well that gives the part another value.
    """
    ledger = printed.ledger
    if not ledger.shows(whole) or 2 * ledger.value(part) <= ledger.value(whole):
        return False
    if ledger.shows(part):
        return True
    return any(
        world[part] != ledger.value(part) and 2 * world[part] > world[whole] for world in ledger.other_worlds([part])
    )


def number(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,}"


def spelled(value: int) -> str:
    """Return a small whole number in words, a larger one in figures."""
    return _ONES[value] if 0 <= value < len(_ONES) else number(value)


def listed(items: list[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    if len(items) < 2:  # noqa: PLR2004 - one item needs no joining
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def plural(value: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 team`, `11 teams`."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"
