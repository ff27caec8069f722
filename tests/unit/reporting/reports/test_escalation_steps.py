"""How long the steps of audit escalations took: medians over the window, by a calendar looked up by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.reporting.reports.figures import Count
from services.reporting.reports.sections.escalation_steps import median_of, working_days_of
from shared.calendar.working_days import WorkingCalendar


def at(day: int, hour: int = 12, month: int = 4) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (at(1), at(1, 17), 0),
        (at(1), at(2), 1),
        (at(2), at(7), 1),  # over Easter: Good Friday is the 3rd, Easter Monday the 6th of April 2026
        (at(1, 23), at(7), 1),  # 23:00 UTC is the 2nd in London, as the clocks are forward: the 7th alone is left
        (at(10), at(13), 1),  # a week-end
        (at(2), at(1), 0),
    ],
    ids=["the same day", "the next day", "over Easter", "before midnight in UTC alone", "over a week-end", "backwards"],
)
def test_working_days_count_from_the_day_after(start: datetime, end: datetime, days: int) -> None:
    assert working_days_of(WorkingCalendar(), [(start, end)]) == [days]


def test_beyond_the_calendar_nothing_is_guessed() -> None:
    assert working_days_of(WorkingCalendar(), [(at(1), datetime(2199, 1, 1, tzinfo=UTC))]) == []


def test_a_median_needs_ten_cases_whose_number_may_be_shown() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 100.0]
    assert median_of(values, Count(value=10)).value == 5.5
    assert median_of(values[:9], Count(value=9)).missing == "too-few"
    assert median_of(values, Count(value=None, suppressed=True)).missing == "suppressed"
    assert median_of([], Count(value=0)).missing == "no-cases"
