"""How far ahead a plan may reach: a due day centuries away is a slip of the pen, and nobody would ever be late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from services.audit.domain.refusals import Problem

FURTHEST_YEARS: Final = 10


def furthest(today: date) -> date:
    """Return the furthest day that a plan made today may name: the same day in ten years."""
    try:
        return today.replace(year=today.year + FURTHEST_YEARS)
    except ValueError:  # made on a leap day
        return today.replace(year=today.year + FURTHEST_YEARS, day=28)


def too_far_ahead(place: str, day: date | None, today: date, what: str = "it is due") -> Iterator[Problem]:
    """Yield the fault of a plan's day that lies further ahead; `what` says of what, as the sentence begins."""
    if day is not None and day > furthest(today):
        way_out = f"Give a day up to {furthest(today).isoformat()}; check the year."
        yield Problem(place, f"{what} more than ten years ahead", way_out)
