from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.calendar.working_days import BeyondCalendar, WorkingCalendar
from tests.unit.calendar.by_rule import bank_holidays_by_rule
from tests.unit.calendar.published import PUBLISHED

LONDON = ZoneInfo("Europe/London")
FIRST, LAST = date(2015, 1, 1), date(2028, 12, 31)
PLAIN = WorkingCalendar()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def working_days_after(day: date, closures: frozenset[date] = frozenset()) -> list[date]:
    """Every working day after a date, straight from the published list."""
    days = (day + timedelta(days=number) for number in range(1, (LAST - day).days + 1))
    return [one for one in days if one.isoweekday() <= 5 and one not in PUBLISHED and one not in closures]


def test_the_published_list_and_the_rules_agree() -> None:
    assert bank_holidays_by_rule(FIRST.year, LAST.year) == PUBLISHED


def test_every_day_is_as_published() -> None:
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        assert PLAIN.is_working_day(day) is (day.isoweekday() <= 5 and day not in PUBLISHED), day


@pytest.mark.parametrize(
    ("raised", "days", "due"),
    [
        ("2026-11-24T10:00", 1, "2026-11-25"),  # a Tuesday
        ("2026-11-24T10:00", 5, "2026-12-01"),
        ("2026-11-27T23:59", 1, "2026-11-30"),  # a Friday night
        ("2026-11-28T12:00", 1, "2026-11-30"),  # a Saturday is day 0 all the same
        ("2026-11-29T00:00", 1, "2026-11-30"),
        ("2026-12-23T16:40", 5, "2027-01-04"),  # over Christmas and New Year
        ("2026-12-25T09:00", 1, "2026-12-29"),  # raised on Christmas Day
        ("2026-04-02T17:00", 1, "2026-04-07"),  # over Easter
        ("2027-12-24T08:00", 1, "2027-12-29"),  # two substitute days after the weekend
        ("2025-05-23T08:00", 5, "2025-06-02"),  # over the spring bank holiday
        ("2020-04-30T10:00", 2, "2020-05-04"),  # the first Monday of May 2020 was a working day
        ("2020-05-07T10:00", 1, "2020-05-11"),  # and Friday 8 May, VE Day, was not
        ("2022-05-27T10:00", 1, "2022-05-30"),  # the last Monday of May 2022 was a working day
        ("2022-06-01T10:00", 1, "2022-06-06"),  # 2 and 3 June: spring holiday and Platinum Jubilee
        ("2022-09-16T10:00", 1, "2022-09-20"),  # the State Funeral on Monday 19 September
        ("2023-05-05T10:00", 1, "2023-05-09"),  # the Coronation holiday on Monday 8 May
        ("2023-04-28T10:00", 5, "2023-05-09"),  # 1 and 8 May within one clock
        ("2021-12-24T10:00", 5, "2022-01-05"),  # four bank holidays, three of them substitutes
        ("2016-12-30T10:00", 1, "2017-01-03"),  # New Year's Day on a Sunday, Monday in its place
        ("2015-12-24T23:59", 1, "2015-12-29"),  # Boxing Day 2015 on a Saturday, raised a minute before midnight
        ("2018-03-29T23:59", 5, "2018-04-09"),  # Maundy Thursday
        ("2024-03-31T12:00", 1, "2024-04-02"),  # Easter Sunday, on which the clocks go forward
        ("2026-10-25T01:30", 1, "2026-10-26"),  # the hour that comes twice, on a Sunday
    ],
)
def test_deadlines_counted_by_hand(raised: str, days: int, due: str) -> None:
    assert PLAIN.due(moment(raised), days).due_on == date.fromisoformat(due)


def test_a_deadline_says_what_counted_and_what_did_not() -> None:
    deadline = PLAIN.due(moment("2026-12-23T16:40"), 5)
    assert [str(day) for day in deadline.counted] == [
        "2026-12-24",
        "2026-12-29",
        "2026-12-30",
        "2026-12-31",
        "2027-01-04",
    ]
    assert [(str(day), why) for day, why in deadline.left_out] == [
        ("2026-12-25", "Christmas Day"),
        ("2026-12-26", "Boxing Day"),
        ("2026-12-27", "Sunday"),
        ("2026-12-28", "Boxing Day (observed)"),
        ("2027-01-01", "New Year's Day"),
        ("2027-01-02", "Saturday"),
        ("2027-01-03", "Sunday"),
    ]
    assert deadline.due_at.isoformat() == "2027-01-04T23:59:59.999999+00:00"


def test_the_day_is_london_s_also_under_summer_time() -> None:
    late = datetime(2026, 6, 29, 23, 30, tzinfo=UTC)  # in London it is Tuesday 30 June, 00:30
    deadline = PLAIN.due(late, 1)
    assert deadline.due_on == date(2026, 7, 1)
    assert deadline.due_at.isoformat() == "2026-07-01T23:59:59.999999+01:00"
    assert deadline.due_at.astimezone(UTC) == datetime(2026, 7, 1, 22, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(("raised", "offset"), [("2026-03-27T12:00", "+01:00"), ("2026-10-23T12:00", "+00:00")])
def test_a_clock_change_within_the_clock_moves_the_offset_and_not_the_day(raised: str, offset: str) -> None:
    deadline = PLAIN.due(moment(raised), 1)
    assert deadline.due_at.isoformat().endswith(f"T23:59:59.999999{offset}")
    assert deadline.due_on.isoweekday() == 1


def test_closure_days_are_left_out_with_their_reason() -> None:
    closed = WorkingCalendar({date(2026, 12, 24): "Christmas Eve closure"})
    deadline = closed.due(moment("2026-12-23T16:40"), 1)
    assert deadline.due_on == date(2026, 12, 29)
    assert deadline.left_out[0] == (date(2026, 12, 24), "Christmas Eve closure")


def test_the_version_names_the_bank_holidays_and_the_closures() -> None:
    one = WorkingCalendar({date(2026, 12, 24): "Christmas Eve closure"})
    same = WorkingCalendar({date(2026, 12, 24): "worded differently"})
    other = WorkingCalendar({date(2026, 12, 23): "Christmas Eve closure"})
    assert PLAIN.version.startswith("england-and-wales/2026.1+")
    assert one.version == same.version == one.due(moment("2026-11-24T10:00"), 1).calendar_version
    assert len({PLAIN.version, one.version, other.version}) == 3


@pytest.mark.parametrize(
    ("raised", "days"),
    [("2028-12-29T10:00", 1), ("2028-12-22T10:00", 5), ("2029-01-02T10:00", 1), ("2014-12-31T10:00", 1)],
)
def test_beyond_the_published_years_no_deadline_is_guessed(raised: str, days: int) -> None:
    with pytest.raises(BeyondCalendar, match="2028-12-31") as refused:
        PLAIN.due(moment(raised), days)
    before = raised.startswith("2014")  # no later version helps there
    assert ("newer calendar" in str(refused.value)) is not before
    assert ("begins in 2015" in str(refused.value)) is before


def test_the_last_published_days_still_count() -> None:
    assert PLAIN.due(moment("2028-12-28T10:00"), 1).due_on == date(2028, 12, 29)


def test_a_moment_needs_its_zone_and_a_clock_its_days() -> None:
    with pytest.raises(ValueError, match="time zone"):
        PLAIN.due(datetime(2026, 11, 24, 10, 0), 1)  # noqa: DTZ001 - the mistake under test
    with pytest.raises(ValueError, match="at least one"):
        PLAIN.due(moment("2026-11-24T10:00"), 0)


moments = st.datetimes(datetime(2015, 1, 1), datetime(2028, 9, 30), timezones=st.just(UTC))  # noqa: DTZ001 - zones beside
days = st.integers(min_value=1, max_value=30)
closures = st.frozensets(st.dates(FIRST, date(2028, 10, 31)), max_size=12)


@settings(max_examples=100, deadline=None)
@given(moments, days, closures)
def test_the_deadline_is_the_nth_working_day_of_the_published_list(
    raised: datetime, count: int, closed: frozenset[date]
) -> None:
    deadline = WorkingCalendar(dict.fromkeys(closed, "closed")).due(raised, count)
    start = raised.astimezone(LONDON).date()
    expected = working_days_after(start, closed)[:count]
    assert list(deadline.counted) == expected
    between = {start + timedelta(days=number) for number in range(1, (deadline.due_on - start).days + 1)}
    assert {day for day, _ in deadline.left_out} == between - set(expected)
    assert all(why for _, why in deadline.left_out)


@settings(max_examples=60, deadline=None)
@given(moments, days, days, closures)
def test_clocks_add_up(raised: datetime, first: int, second: int, closed: frozenset[date]) -> None:
    calendar = WorkingCalendar(dict.fromkeys(closed, "closed"))
    halfway = calendar.due(raised, first)
    assert calendar.due(halfway.due_at, second).due_at == calendar.due(raised, first + second).due_at


@settings(max_examples=60, deadline=None)
@given(moments, st.timedeltas(timedelta(0), timedelta(days=30)), days, closures, closures)
def test_later_is_never_due_earlier_and_closures_never_shorten(
    raised: datetime, later: timedelta, count: int, closed: frozenset[date], more: frozenset[date]
) -> None:
    calendar = WorkingCalendar(dict.fromkeys(closed, "closed"))
    assert calendar.due(raised, count).due_at <= calendar.due(raised + later, count).due_at
    assert calendar.due(raised, count).due_at < calendar.due(raised, count + 1).due_at
    both = WorkingCalendar(dict.fromkeys(closed | more, "closed"))
    assert calendar.due(raised, count).due_at <= both.due(raised, count).due_at


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2015, 1, 8), date(2028, 9, 30)), days)
def test_raised_on_a_day_off_is_as_raised_on_the_working_day_before(day: date, count: int) -> None:
    before = day
    while before.isoweekday() > 5 or before in PUBLISHED:
        before -= timedelta(days=1)
    noon = datetime.min.time().replace(hour=12)
    assert (
        PLAIN.due(datetime.combine(day, noon, LONDON), count).due_on
        == PLAIN.due(datetime.combine(before, noon, LONDON), count).due_on
    )


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_outside_every_calendar_is_beyond_this_one(text: str) -> None:
    with pytest.raises(BeyondCalendar, match="correct its date"):
        PLAIN.due(datetime.fromisoformat(text), 1)
