"""How moments and dates are written for people, as England's clocks and calendars show them."""

from __future__ import annotations

from datetime import date, datetime

from shared.calendar.working_days import LONDON


def long_date(day: date) -> str:
    """Return a date in words: `23 November 2026`."""
    return f"{day.day} {day:%B %Y}"


def day(when: datetime) -> str:
    """Return the day of a moment (aware) in England: `23 November 2026`."""
    return long_date(when.astimezone(LONDON).date())


def moment(when: datetime) -> str:
    """Return a moment (aware) as England's clocks show it: `23 November 2026, 14:05`."""
    local = when.astimezone(LONDON)
    return f"{long_date(local.date())}, {local:%H:%M}"
