"""Clocks to the minute, considerations and days off, against a count of working minutes made minute by minute.

The bank holidays here come by rule (`by_rule.py`); `test_working_days.py` has them from the published list.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.calendar.working_days import BeyondCalendar, Hours, OffDay, Reckoning, WorkingCalendar
from tests.unit.calendar.by_rule import bank_holidays_by_rule

LONDON = ZoneInfo("Europe/London")
PLAIN = WorkingCalendar()
OFF = bank_holidays_by_rule(2015, 2028)
NINE_TO_FIVE = Hours(time(9), time(17))
TO_THE_MINUTE = Reckoning(hours=NINE_TO_FIVE)
NEXT = Reckoning(off_day=OffDay.NEXT_WORKING_DAY)
NEXT_TO_THE_MINUTE = Reckoning(hours=NINE_TO_FIVE, off_day=OffDay.NEXT_WORKING_DAY)
WAYS = {"usual": Reckoning(), "minute": TO_THE_MINUTE, "next": NEXT, "next-minute": NEXT_TO_THE_MINUTE}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def working(day: date) -> bool:
    return day.isoweekday() < 6 and day not in OFF


def minutes_between(start: datetime, end: datetime) -> int:
    """Whole minutes within nine to five of working days from a moment to another, counted one day at a time."""
    total, day = 0, start.astimezone(LONDON).date()
    while day <= end.astimezone(LONDON).date():
        if working(day):
            opens, closes = (datetime.combine(day, at, LONDON).astimezone(UTC) for at in (time(9), time(17)))
            stretch = min(end.astimezone(UTC), closes) - max(start.astimezone(UTC), opens)
            total += max(0, int(stretch.total_seconds() // 60))
        day += timedelta(days=1)
    return total


@pytest.mark.parametrize(
    ("raised", "days", "due"),
    [
        ("2026-11-24T16:40", 1, "2026-11-25T16:40"),
        ("2026-11-24T16:40:59", 1, "2026-11-25T16:40"),
        ("2026-11-24T07:15", 1, "2026-11-25T09:00"),  # before opening it counts from the opening
        ("2026-11-24T23:59", 1, "2026-11-25T17:00"),  # after closing nothing is used up of the next day
        ("2026-11-27T16:00", 1, "2026-11-30T16:00"),  # over a week-end
        ("2026-11-29T12:00", 1, "2026-11-30T17:00"),  # on a Sunday: Monday is day 1, whole
        ("2026-12-23T16:40", 5, "2027-01-04T16:40"),
        ("2022-09-16T10:00", 1, "2022-09-20T10:00"),  # over the State Funeral
        ("2026-03-27T12:00", 1, "2026-03-30T12:00"),  # over the change to summer time: still noon in London
        ("2026-10-23T12:00", 1, "2026-10-26T12:00"),
    ],
)
def test_to_the_minute_within_working_hours(raised: str, days: int, due: str) -> None:
    assert PLAIN.due(moment(raised), days, TO_THE_MINUTE).due_at == moment(due)


@pytest.mark.parametrize(
    ("raised", "usual", "with_next"),
    [
        ("2026-11-29T12:00", "2026-11-30", "2026-12-01"),  # a Sunday
        ("2026-11-28T00:00", "2026-11-30", "2026-12-01"),  # a Saturday
        ("2026-11-27T23:59", "2026-11-30", "2026-11-30"),  # a Friday is a working day
        ("2026-12-25T09:00", "2026-12-29", "2026-12-30"),  # Christmas Day; the 28th is a substitute
        ("2026-04-03T09:00", "2026-04-07", "2026-04-08"),  # Good Friday
        ("2023-05-08T09:00", "2023-05-09", "2023-05-10"),  # the Coronation
    ],
)
def test_raised_on_a_day_off(raised: str, usual: str, with_next: str) -> None:
    assert PLAIN.due(moment(raised), 1).due_on == date.fromisoformat(usual)
    later = PLAIN.due(moment(raised), 1, NEXT)
    assert later.due_on == date.fromisoformat(with_next)
    zero = [day for day, why in later.left_out if why.startswith("day 0")]
    assert zero == ([date.fromisoformat(usual)] if usual != with_next else [])


@pytest.mark.parametrize(
    ("arose", "same_day", "next_day"),
    [
        ("2026-11-24T10:00", "2026-11-24", "2026-11-25"),
        ("2026-11-24T23:59:59.999999", "2026-11-24", "2026-11-25"),
        ("2026-11-27T10:00", "2026-11-27", "2026-11-30"),
        ("2026-11-29T10:00", "2026-11-30", "2026-11-30"),  # a Sunday is no working day: by the end of the next
        ("2026-12-24T10:00", "2026-12-24", "2026-12-29"),
        ("2026-12-25T10:00", "2026-12-29", "2026-12-29"),
    ],
)
def test_considered_by_the_end_of_a_working_day(arose: str, same_day: str, next_day: str) -> None:
    """issue 5, Triggers: safeguarding by the end of the same working day, practice by the end of the next."""
    assert PLAIN.by_end_of(moment(arose), 0).due_at == moment(f"{same_day}T23:59:59.999999")
    assert PLAIN.by_end_of(moment(arose), 1).due_at == moment(f"{next_day}T23:59:59.999999")


@pytest.mark.parametrize(
    ("arose", "same_day", "next_day"),
    [
        ("2026-11-24T10:00", "2026-11-24T17:00", "2026-11-25T17:00"),
        ("2026-11-24T17:00", "2026-11-25T17:00", "2026-11-25T17:00"),  # the office closes: nothing is left of today
        ("2026-11-29T10:00", "2026-11-30T17:00", "2026-11-30T17:00"),
    ],
)
def test_considered_within_working_hours(arose: str, same_day: str, next_day: str) -> None:
    assert PLAIN.by_end_of(moment(arose), 0, TO_THE_MINUTE).due_at == moment(same_day)
    assert PLAIN.by_end_of(moment(arose), 1, TO_THE_MINUTE).due_at == moment(next_day)


def test_considered_where_the_next_working_day_is_day_zero() -> None:
    sunday = moment("2026-11-29T10:00")
    assert PLAIN.by_end_of(sunday, 0, NEXT).due_on == date(2026, 11, 30)
    assert PLAIN.by_end_of(sunday, 1, NEXT).due_on == date(2026, 12, 1)


def test_reminders_come_at_the_opening_of_working_days() -> None:
    due_on = date(2026, 12, 29)  # 28 December is a substitute day
    assert PLAIN.before(due_on, 0, time(9)) == moment("2026-12-29T09:00")
    assert PLAIN.before(due_on, 1, time(9)) == moment("2026-12-24T09:00")
    assert PLAIN.after(due_on, 1, time(8, 30)) == moment("2026-12-30T08:30")
    assert PLAIN.after(date(2026, 12, 24), 1, time(9)) == moment("2026-12-29T09:00")


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_reckoning_goes_beyond_what_is_published(way: str) -> None:
    for raised, days in (("2028-12-29T10:00", 1), ("2028-12-30T10:00", 1), ("2014-12-31T10:00", 1)):
        with pytest.raises(BeyondCalendar, match="2028-12-31"):
            PLAIN.due(moment(raised), days, WAYS[way])
        with pytest.raises(BeyondCalendar, match="2028-12-31"):
            PLAIN.by_end_of(moment(raised), days, WAYS[way])
    with pytest.raises(BeyondCalendar):
        PLAIN.after(date(2028, 12, 29), 1, time(9))


def test_nothing_is_due_before_it_came_up() -> None:
    with pytest.raises(ValueError, match="before it came up"):
        PLAIN.by_end_of(moment("2026-11-24T10:00"), -1)
    with pytest.raises(ValueError, match="time zone"):
        PLAIN.by_end_of(datetime(2026, 11, 24, 10, 0), 1)  # noqa: DTZ001 - the mistake under test


moments = st.datetimes(datetime(2015, 1, 1), datetime(2028, 10, 30), timezones=st.just(UTC))  # noqa: DTZ001 - zones beside
days = st.integers(min_value=1, max_value=15)
ways = st.sampled_from(sorted(WAYS))


@settings(max_examples=100, deadline=None)
@given(moments, days, st.sampled_from(["minute", "next-minute"]))
def test_exactly_so_many_working_days_of_minutes_lie_between(raised: datetime, count: int, way: str) -> None:
    """Eight hours a day, and none more or fewer: what is raised outside hours uses nothing up."""
    whole = raised.replace(second=0, microsecond=0)
    due = PLAIN.due(raised, count, WAYS[way]).due_at
    assert minutes_between(whole, due) == count * 8 * 60
    assert time(9) <= due.time() <= time(17)
    assert working(due.date())


@settings(max_examples=100, deadline=None)
@given(moments, days, ways)
def test_later_is_never_due_earlier_and_more_days_always_later(raised: datetime, count: int, way: str) -> None:
    due = PLAIN.due(raised, count, WAYS[way])
    assert raised < due.due_at
    assert due.due_at < PLAIN.due(raised, count + 1, WAYS[way]).due_at
    assert due.due_at <= PLAIN.due(raised + timedelta(hours=7), count, WAYS[way]).due_at
    assert due.due_on == due.counted[-1] == due.due_at.date()


@settings(max_examples=100, deadline=None)
@given(moments, days)
def test_to_the_minute_is_never_later_than_the_end_of_the_day(raised: datetime, count: int) -> None:
    assert PLAIN.due(raised, count, TO_THE_MINUTE).due_at <= PLAIN.due(raised, count).due_at
    assert PLAIN.due(raised, count, TO_THE_MINUTE).counted == PLAIN.due(raised, count).counted
    assert PLAIN.due(raised, count).due_at <= PLAIN.due(raised, count, NEXT).due_at


@settings(max_examples=100, deadline=None)
@given(moments, ways)
def test_safeguarding_is_never_considered_later_than_practice(arose: datetime, way: str) -> None:
    safeguarding, practice = (PLAIN.by_end_of(arose, number, WAYS[way]) for number in (0, 1))
    assert arose <= safeguarding.due_at <= practice.due_at
    assert working(safeguarding.due_on)


@settings(max_examples=100, deadline=None)
@given(moments, days, ways)
def test_every_day_from_the_raise_to_the_due_day_is_accounted_for_once(raised: datetime, count: int, way: str) -> None:
    due = PLAIN.due(raised, count, WAYS[way])
    named = [*due.counted, *(day for day, _ in due.left_out)]
    start = raised.astimezone(LONDON).date()
    first = start if "next" in way and not working(start) else start + timedelta(days=1)
    assert sorted(named) == [first + timedelta(days=number) for number in range((due.due_on - first).days + 1)]
