"""The bank holidays of England and Wales by rule: Easter, the Mondays, the days with substitutes, the proclaimed ones.

Written from the rules and from no list: the Banking and Financial Dealings Act 1971 (schedule 1, and what has been
proclaimed under it each year: New Year's Day and the early May Monday), the Gregorian computus as it was published
anonymously in Nature in 1876, and the proclamations of single days. A holiday that falls on a week-end has the next
week-day that is free as its substitute.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

MONDAY = 1
PROCLAIMED = {
    date(2022, 6, 3),  # Platinum Jubilee
    date(2022, 9, 19),  # State Funeral of Queen Elizabeth II
    date(2023, 5, 8),  # Coronation of King Charles III
}
MOVED = {
    (2020, "early May"): date(2020, 5, 8),  # 75 years after VE Day
    (2022, "spring"): date(2022, 6, 2),  # beside the Platinum Jubilee
}


def easter(year: int) -> date:
    """Easter Sunday, by the computus of Nature, 1876."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), f = divmod(b, 4), (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    golden = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * golden) // 451
    month, day = divmod(h + golden - 7 * m + 114, 31)
    return date(year, month, day + 1)


def bank_holidays_of(year: int) -> set[date]:
    """Every bank holiday of a year, substitutes in place of the days on week-ends."""
    sunday = easter(year)
    mondays = {
        "early May": _first_monday(date(year, 5, 1)),
        "spring": _last_monday(date(year, 5, 31)),
        "summer": _last_monday(date(year, 8, 31)),
    }
    fixed = _with_substitutes([date(year, 1, 1)]) | _with_substitutes([date(year, 12, 25), date(year, 12, 26)])
    moved = {MOVED.get((year, name), day) for name, day in mondays.items()}
    single = {day for day in PROCLAIMED if day.year == year}
    return fixed | moved | single | {sunday - timedelta(days=2), sunday + timedelta(days=1)}


def bank_holidays_by_rule(first: int, last: int) -> frozenset[date]:
    """The bank holidays of the years from the first to the last."""
    return frozenset(day for year in range(first, last + 1) for day in bank_holidays_of(year))


def _with_substitutes(days: list[date]) -> set[date]:
    kept = {day for day in days if day.isoweekday() < 6}
    for day in sorted(set(days) - kept):
        kept.add(next(free for free in _following(day) if free.isoweekday() < 6 and free not in kept))
    return kept


def _following(day: date) -> Iterator[date]:
    return (day + timedelta(days=number) for number in range(1, 8))


def _first_monday(day: date) -> date:
    return day + timedelta(days=(MONDAY - day.isoweekday()) % 7)


def _last_monday(day: date) -> date:
    return day - timedelta(days=(day.isoweekday() - MONDAY) % 7)
