"""Report windows: runs of whole months, four by default (domain.md section 5), from the authority's start month.

Where the parts of an authority's year are not equally long (Reading's second and third quarter are one round, domain.md
section 2), each has a name and its own months.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_KEY = re.compile(r"(\d{4})-(\d{2})")
_FIRST_YEAR, _LAST_YEAR = 2000, 2200


class WindowUnknown(ValueError):
    """The text names no window of this rhythm; the sentence says which months windows start in."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    month: int

    @property
    def key(self) -> str:
        """Return it as `2026-06`."""
        return f"{self.year:04}-{self.month:02}"

    @property
    def start(self) -> date:
        """Return its first day."""
        return date(self.year, self.month, 1)

    @property
    def label(self) -> str:
        """Return it as `June 2026`."""
        return f"{calendar.month_name[self.month]} {self.year}"

    @property
    def short(self) -> str:
        """Return it as `Jun 26`."""
        return f"{calendar.month_abbr[self.month]} {self.year % 100:02}"

    def plus(self, months: int) -> Month:
        """Return the month so many months later (earlier where negative)."""
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month a day lies in."""
        return cls(day.year, day.month)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A run of whole months that a report looks back on: `first` and the `length - 1` months after it.

    `rhythm` is what it was cut by; `name` what the authority calls it, if anything.
    """

    first: Month
    length: int
    rhythm: Rhythm = field(compare=False, repr=False)
    name: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """Return what addresses name it by: its first month, `2026-06`."""
        return self.first.key

    @property
    def start(self) -> date:
        """Return its first day."""
        return self.first.start

    @property
    def end(self) -> date:
        """Return the first day after it."""
        return self.first.plus(self.length).start

    @property
    def starts_at(self) -> datetime:
        """Return the moment it begins in England, in UTC."""
        return datetime.combine(self.start, time(), LONDON).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """Return the first moment after it in England, in UTC."""
        return datetime.combine(self.end, time(), LONDON).astimezone(UTC)

    @property
    def months(self) -> tuple[Month, ...]:
        """Return its months in order."""
        return tuple(self.first.plus(step) for step in range(self.length))

    @property
    def label(self) -> str:
        """Return it in words: `June to September 2026`, `Q4 (January to March 2027)`."""
        return f"{self.name} ({self._months_label})" if self.name else self._months_label

    @property
    def _months_label(self) -> str:
        last = self.months[-1]
        if self.length == 1:
            return self.first.label
        if self.first.year == last.year:
            return f"{calendar.month_name[self.first.month]} to {last.label}"
        return f"{self.first.label} to {last.label}"

    def back(self, windows: int = 1) -> Window:
        """Return the window so many windows before (after, where negative)."""
        found = self
        for _ in range(abs(windows)):
            found = found.rhythm.containing(
                (found.first.plus(-1) if windows > 0 else found.first.plus(found.length)).start
            )
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """A part of every year: its first month (1 to 12), its months, and what it is called, if anything."""

    first: int
    length: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How an authority cuts its year: into parts that follow each other and make up twelve months.

    Raises `ValueError` where the months of a year cannot be cut so.
    """

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        found = [(part.first - 1 + step) % 12 for part in self.parts for step in range(part.length)]
        if sorted(found) != list(range(12)):
            raise ValueError("the windows of a rhythm make up a year: each month is in one of them")

    @classmethod
    def of(cls, start_month: int = 10, length: int = 4) -> Rhythm:
        """Return a rhythm of windows of `length` months, one of them starting in `start_month`.

        Raises `ValueError` where the months of a year cannot be cut so.
        """
        if not 1 <= start_month <= 12 or length not in {1, 2, 3, 4, 6, 12}:  # noqa: PLR2004 - a year
            raise ValueError("windows start in a month 1 to 12 and are 1, 2, 3, 4, 6 or 12 months long")
        return cls(tuple(Part((start_month - 1 + step) % 12 + 1, length) for step in range(0, 12, length)))

    def containing(self, day: date) -> Window:
        """Return the window a day lies in."""
        month = Month.of(day)
        for part in self.parts:
            into = (month.month - part.first) % 12
            if into < part.length:
                return Window(month.plus(-into), part.length, self, part.name)
        raise AssertionError(month)  # the parts make up a year

    @staticmethod
    def has(window: Window) -> bool:
        """Say whether an address can name the window: what a stranger's event dates in the year 1 lies in none."""
        return _FIRST_YEAR <= window.first.year <= _LAST_YEAR

    def parse(self, key: str) -> Window:
        """Return the window that an address names by its first month.

        Raises:
            WindowUnknown: it is no month, or no window starts in it.

        """
        found = _KEY.fullmatch(key)
        if found is not None:
            year, month = int(found[1]), int(found[2])
            if _FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12:  # noqa: PLR2004 - December
                window = self.containing(date(year, month, 1))
                if window.first == Month(year, month):
                    return window
        names = ", ".join(calendar.month_name[start] for start in sorted(part.first for part in self.parts))
        raise WindowUnknown(f"No reporting window starts there. Windows start in {names}: write the year and month.")


def london_date(moment: datetime) -> date:
    """Return the business date of a moment."""
    return moment.astimezone(LONDON).date()
