"""The clock of an audit escalation: so many working days from the day a concern was raised.

domain.md section 4: working days exclude weekends, the bank holidays of England and Wales, and the authority's own
closure days. The London date of the raise is day 0, whether it is a working day or not; the next working day is day
1; the deadline is the end of day N, London time.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from shared.calendar.bank_holidays import DATA_VERSION, FIRST_DAY, LAST_DAY, bank_holidays

LONDON = ZoneInfo("Europe/London")
END_OF_DAY = time(23, 59, 59, 999999)
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


class BeyondCalendar(Exception):
    """A date lies where bank holidays are not published: no deadline is given rather than a guessed one."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something is due and how that was reckoned.

    `due_at` is the last microsecond of `due_on` in London time; `counted` are the working days 1 to N, `left_out` the
    days between that did not count, each with the reason; `calendar_version` names the holidays and closures used.
    """

    due_at: datetime
    due_on: date
    counted: tuple[date, ...]
    left_out: tuple[tuple[date, str], ...]
    calendar_version: str


class WorkingCalendar:
    """The working days of one authority.

    `closures` are the authority's own closure days, each with its reason. `version` names the edition kept in each
    deadline; by default the bank holidays' edition and a digest of the closures.
    """

    def __init__(self, closures: Mapping[date, str] | None = None, version: str | None = None) -> None:
        self.closures = MappingProxyType(dict(sorted((closures or {}).items())))
        self.version = version or f"{DATA_VERSION}+{_digest(self.closures)}"

    def why_not(self, day: date) -> str | None:
        """Give the reason why a day is no working day, or None when it is one.

        Raises `BeyondCalendar` for a day before 2015 or after the published bank holidays.
        """
        if not FIRST_DAY <= day <= LAST_DAY:
            raise BeyondCalendar(
                f"The bank holidays of England and Wales are known here from {FIRST_DAY} to {LAST_DAY} and {day} lies "
                "outside, so no deadline is reckoned: install a version of Sightline with a newer calendar."
            )
        holiday = bank_holidays().get(day)
        if holiday is not None:
            return holiday
        if day.weekday() >= _SATURDAY:
            return f"{day:%A}"
        return self.closures.get(day)

    def is_working_day(self, day: date) -> bool:
        """Tell whether the day counts; raises `BeyondCalendar` as `why_not` does."""
        return self.why_not(day) is None

    def due(self, raised_at: datetime, days: int) -> Deadline:
        """Reckon the deadline `days` working days (1 or more) after the moment of the raise.

        Raises `BeyondCalendar` where the bank holidays are not published, `ValueError` for a time without its zone or
        fewer days than one.
        """
        if raised_at.tzinfo is None:
            raise ValueError("the moment of the raise needs its time zone")
        if days < 1:
            raise ValueError("a clock runs at least one working day")
        day = london_date(raised_at)
        self.why_not(day)
        counted: list[date] = []
        left_out: list[tuple[date, str]] = []
        while len(counted) < days:
            day += _ONE_DAY
            why = self.why_not(day)
            if why is None:
                counted.append(day)
            else:
                left_out.append((day, why))
        return Deadline(
            due_at=datetime.combine(day, END_OF_DAY, LONDON),
            due_on=day,
            counted=tuple(counted),
            left_out=tuple(left_out),
            calendar_version=self.version,
        )


def london_date(moment: datetime) -> date:
    """Give the date it is in London at a moment (aware); raises `BeyondCalendar` where that is no date."""
    try:
        return moment.astimezone(LONDON).date()
    except OverflowError:
        raise BeyondCalendar("This moment lies before the year 1 or after the year 9999: correct its date.") from None


def _digest(closures: Mapping[date, str]) -> str:
    """Name a set of closure days: the same days give the same eight characters."""
    listed = "\n".join(day.isoformat() for day in sorted(closures))
    return hashlib.sha256(listed.encode()).hexdigest()[:8]
