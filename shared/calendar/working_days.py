"""The clock of an audit escalation: so many working days from the day a concern was raised.

domain.md section 4: working days exclude weekends, the bank holidays of England and Wales, and the authority's own
closure days. The London date of the raise is day 0, whether it is a working day or not; the next working day is day
1; the deadline is the end of day N, London time. An authority may have it otherwise (`Reckoning`): to the minute
within working hours, or with the next working day as day 0 of what is raised on a day that is none.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from shared.calendar.bank_holidays import DATA_VERSION, FIRST_DAY, LAST_DAY, bank_holidays

LONDON = ZoneInfo("Europe/London")
END_OF_DAY = time(23, 59, 59, 999999)
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


class BeyondCalendar(Exception):
    """A date lies where bank holidays are not published: no deadline is given rather than a guessed one."""


class OffDay(StrEnum):
    """Which day is day 0 of what is raised on a day that is no working day."""

    DAY_ZERO = "day-zero"
    NEXT_WORKING_DAY = "next-working-day-is-day-zero"


@dataclass(frozen=True, slots=True)
class Hours:
    """Working hours in London time, the same on every working day; `opens` lies before `closes`."""

    opens: time
    closes: time

    def within(self, moment: time) -> time:
        """Give the moment itself, to the minute, or the hours' own end where it lies outside them."""
        return min(max(moment.replace(second=0, microsecond=0), self.opens), self.closes)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How an authority reckons a clock.

    Without `hours` it ends with day N. With them it runs within working hours alone, to the minute: what is raised at
    16:40 is due at 16:40 on day N, what is raised before opening or after closing counts from there. `opens` is when
    people are at work, for reminders. `off_day` says which day is day 0 of what is raised on a day off.
    """

    opens: time = time(9)
    hours: Hours | None = None
    off_day: OffDay = OffDay.DAY_ZERO


USUAL = Reckoning()
"""Appendix E as it is shipped: the London date of the raise is day 0, due at the end of day N."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something is due and how that was reckoned.

    `due_at` is in London time: the last microsecond of `due_on`, or to the minute within its working hours. `counted`
    are the working days 1 to N, `left_out` the days between that did not count, each with the reason;
    `calendar_version` names the holidays and closures used.
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
            way_out = (
                f"the calendar begins in {FIRST_DAY:%Y} and no version goes further back: check the date."
                if day < FIRST_DAY
                else "install a version of Sightline with a newer calendar."
            )
            raise BeyondCalendar(
                f"The bank holidays of England and Wales are known here from {FIRST_DAY} to {LAST_DAY} and {day} lies "
                f"outside, so no deadline is reckoned: {way_out}"
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

    def due(self, raised_at: datetime, days: int, reckoning: Reckoning = USUAL) -> Deadline:
        """Reckon the deadline `days` working days (1 or more) after the moment of the raise.

        Raises `BeyondCalendar` where the bank holidays are not published, `ValueError` for a time without its zone or
        fewer days than one.
        """
        if days < 1:
            raise ValueError("a clock runs at least one working day")
        raised = _in_london(raised_at)
        zero, left_out = self._day_zero(raised.date(), reckoning)
        counted, between = self._count(zero, days)
        at = END_OF_DAY if reckoning.hours is None else self._minute(raised, zero, reckoning.hours)
        return self._deadline(counted[-1], at, counted, [*left_out, *between])

    def by_end_of(self, arose_at: datetime, days: int, reckoning: Reckoning = USUAL) -> Deadline:
        """Reckon by when something is to be decided: the end of the working day it arose on, or of a later one.

        With 0 `days` that is the same working day; what arises on a day off, or after closing where working hours
        count, has until the end of the next. Raises as `due` does.
        """
        if days < 0:
            raise ValueError("a decision cannot be due before it came up")
        arose = _in_london(arose_at)
        end = END_OF_DAY if reckoning.hours is None else reckoning.hours.closes
        zero, left_out = self._day_zero(arose.date(), reckoning)
        if days:
            counted, between = self._count(zero, days)
            return self._deadline(counted[-1], end, counted, [*left_out, *between])
        in_time = zero > arose.date() or reckoning.hours is None or arose.time() < end
        if in_time and self.is_working_day(zero):
            return self._deadline(zero, end, [zero], [one for one in left_out if one[0] != zero])
        counted, between = self._count(zero, 1)
        return self._deadline(counted[-1], end, counted, [*left_out, *between])

    def before(self, due_on: date, days: int, opens: time) -> datetime:
        """Give the opening of the working day `days` working days before a due day; with 0, of the due day itself.

        Raises `BeyondCalendar` as `why_not` does.
        """
        return datetime.combine(self._step(due_on, days, -_ONE_DAY), opens, LONDON)

    def after(self, due_on: date, days: int, opens: time) -> datetime:
        """Give the opening of the working day `days` working days after a due day; raises as `before` does."""
        return datetime.combine(self._step(due_on, days, _ONE_DAY), opens, LONDON)

    def _day_zero(self, day: date, reckoning: Reckoning) -> tuple[date, list[tuple[date, str]]]:
        """Give day 0, and the days from the raise up to it where it is another day."""
        why = self.why_not(day)
        if why is None or reckoning.off_day is OffDay.DAY_ZERO:
            return day, []
        left_out: list[tuple[date, str]] = []
        while why is not None:
            left_out.append((day, why))
            day += _ONE_DAY
            why = self.why_not(day)
        return day, [*left_out, (day, "day 0, since it was raised on a day that is no working day")]

    def _minute(self, raised: datetime, zero: date, hours: Hours) -> time:
        """Give the minute of the last day: on a day off nothing is used up of day 1, so it ends with day N."""
        if zero > raised.date():
            return hours.opens
        return hours.within(raised.time()) if self.is_working_day(zero) else hours.closes

    def _count(self, day: date, days: int) -> tuple[list[date], list[tuple[date, str]]]:
        counted: list[date] = []
        left_out: list[tuple[date, str]] = []
        while len(counted) < days:
            day += _ONE_DAY
            why = self.why_not(day)
            if why is None:
                counted.append(day)
            else:
                left_out.append((day, why))
        return counted, left_out

    def _step(self, day: date, days: int, step: timedelta) -> date:
        while days:
            day += step
            days -= self.is_working_day(day)
        return day

    def _deadline(self, due_on: date, at: time, counted: list[date], left_out: list[tuple[date, str]]) -> Deadline:
        return Deadline(
            due_at=datetime.combine(due_on, at, LONDON),
            due_on=due_on,
            counted=tuple(counted),
            left_out=tuple(left_out),
            calendar_version=self.version,
        )


def _in_london(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("the moment of the raise needs its time zone")
    london_date(moment)
    return moment.astimezone(LONDON)


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
