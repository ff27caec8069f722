"""A past moment as a reader names it: a day, taken to its end in England, or a moment with its offset from UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import Query

from shared.calendar.working_days import LONDON
from shared.web.problems import Problem, invalid

KnownAtParameter = Annotated[
    str | None,
    Query(
        description="For the QA unit: the report as it was known then (by when things were recorded, not when they "
        "happened): a day such as 2026-02-14, or a moment such as 2026-02-14T09:30:00+00:00",
        max_length=40,
    ),
]


def known_at_of(text: str | None, now: datetime) -> datetime | None:
    """Return the moment a request names, in UTC; None where it names none.

    Raises:
        Problem: it is neither a day nor a moment with its offset, or it lies ahead (422).

    """
    if not text:
        return None
    found = _day(text) or _moment(text)
    if found is None:
        raise _fault("It is neither a day nor a moment with its offset from UTC.")
    if found > now:
        if _day(text) is not None and found - timedelta(days=1) < now:
            return now  # today, as far as it has come
        raise _fault("It lies ahead, so nobody knows it yet.")
    return found


def for_qa_unit_only(what: str) -> Problem:
    """403: others read published reports, which stay as they were put before the boards."""
    return Problem(
        403,
        "for-the-qa-unit",
        detail=f"{what} for the QA unit alone. You read reports as they were published; leave it out of the address.",
    )


def _day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-02-14") else None
    except ValueError:
        return None
    return None if day is None else datetime.combine(day, time.max, LONDON).astimezone(UTC)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that an address made a blank
    except ValueError:
        return None
    return None if found.tzinfo is None else found.astimezone(UTC)


def no_moment() -> Problem:
    """422: a comparison needs the moment to compare with."""
    return _fault("It is missing.")


def _fault(message: str) -> Problem:
    way_out = "Name a day such as 2026-02-14, or a moment such as 2026-02-14T09:30:00+00:00, not after now."
    return invalid(
        [{"field": "known_at", "place": "query/known_at", "message": message, "way_out": way_out}],
        detail="That moment cannot be looked back to.",
    )
