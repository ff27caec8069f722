"""The clocks of Appendix E on the real calendar: one and five working days, over Christmas, Easter and clock changes.

Expected days are from the published list of bank holidays (gov.uk): 25 and 28 December 2026 (substitute for Boxing
Day), 1 January 2027, Good Friday 3 and Easter Monday 6 April 2026, 31 August 2026. British summer time began on
29 March 2026 and ended on 25 October 2026.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.escalation.app.policy import Policy
from services.escalation.domain.model import Category
from shared.authority.escalation import Clock, EscalationPolicy
from shared.calendar.working_days import BeyondCalendar, WorkingCalendar

PRACTICE, SAFEGUARDING = Category.PRACTICE, Category.SAFEGUARDING


def policy(closures: dict[date, str] | None = None, *, practice: int = 5, safeguarding: int = 1) -> Policy:
    return Policy(
        version="northmoor/1",
        settings_version=1,
        escalation=EscalationPolicy(clock_days=Clock(practice=practice, safeguarding=safeguarding)),
        calendar=WorkingCalendar(closures or {}),
    )


@pytest.mark.parametrize(
    ("raised", "category", "due"),
    [
        # An ordinary week: Wednesday to Thursday, and to the Wednesday after.
        ("2026-01-14T10:00:00+00:00", SAFEGUARDING, "2026-01-15T23:59:59.999999+00:00"),
        ("2026-01-14T10:00:00+00:00", PRACTICE, "2026-01-21T23:59:59.999999+00:00"),
        # Just before midnight, and on a Sunday: the day of the raise is day 0 whatever it is.
        ("2026-01-14T23:59:59.999999+00:00", SAFEGUARDING, "2026-01-15T23:59:59.999999+00:00"),
        ("2026-01-15T00:00:00+00:00", SAFEGUARDING, "2026-01-16T23:59:59.999999+00:00"),
        ("2026-01-18T12:00:00+00:00", SAFEGUARDING, "2026-01-19T23:59:59.999999+00:00"),
        # Half past midnight in London is still the evening before in UTC in summer.
        ("2026-06-01T23:30:00+00:00", SAFEGUARDING, "2026-06-03T22:59:59.999999+00:00"),
        # Christmas: 24, 29, 30, 31 December and 4 January count.
        ("2026-12-23T16:40:00+00:00", PRACTICE, "2027-01-04T23:59:59.999999+00:00"),
        ("2026-12-24T15:00:00+00:00", SAFEGUARDING, "2026-12-29T23:59:59.999999+00:00"),
        # Easter: Maundy Thursday to the Tuesday after, in summer time by then.
        ("2026-04-02T09:00:00+00:00", SAFEGUARDING, "2026-04-07T22:59:59.999999+00:00"),
        ("2026-04-02T09:00:00+00:00", PRACTICE, "2026-04-13T22:59:59.999999+00:00"),
        # Over the change to summer time and back: the due moment is midnight in London.
        ("2026-03-27T16:00:00+00:00", SAFEGUARDING, "2026-03-30T22:59:59.999999+00:00"),
        ("2026-10-23T14:00:00+00:00", SAFEGUARDING, "2026-10-26T23:59:59.999999+00:00"),
        # A summer bank holiday week-end.
        ("2026-08-28T16:00:00+00:00", SAFEGUARDING, "2026-09-01T22:59:59.999999+00:00"),
    ],
)
def test_due_moments(raised: str, category: Category, due: str) -> None:
    clock = policy().clocks(datetime.fromisoformat(raised)).of(category)
    assert clock.due_at == datetime.fromisoformat(due)


def test_anyone_can_see_why_it_is_that_day() -> None:
    clock = policy().clocks(datetime(2026, 12, 23, 16, 40, tzinfo=UTC)).practice
    assert clock.counted == (
        date(2026, 12, 24), date(2026, 12, 29), date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 4),
    )  # fmt: skip
    assert [day.date for day in clock.left_out] == [
        date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 27), date(2026, 12, 28),
        date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3),
    ]  # fmt: skip
    assert all(day.why for day in clock.left_out)
    assert clock.started_at == datetime(2026, 12, 23, 16, 40, tzinfo=UTC)
    assert clock.due_on == date(2027, 1, 4)
    assert clock.calendar_version
    assert clock.policy_version == "northmoor/1"


def test_the_authoritys_own_closure_days_do_not_count() -> None:
    clock = policy({date(2026, 12, 24): "Christmas Eve closure"}).clocks(datetime(2026, 12, 23, 16, 40, tzinfo=UTC))
    assert clock.safeguarding.due_on == date(2026, 12, 29)
    assert ("Christmas Eve closure", date(2026, 12, 24)) in {(day.why, day.date) for day in clock.safeguarding.left_out}


def test_clock_lengths_are_the_authoritys() -> None:
    clocks = policy(practice=10, safeguarding=2).clocks(datetime(2026, 1, 14, 10, tzinfo=UTC))
    assert (clocks.safeguarding.due_on, clocks.practice.due_on) == (date(2026, 1, 16), date(2026, 1, 28))
    assert (clocks.safeguarding.working_days, clocks.practice.working_days) == (2, 10)


def test_beyond_the_published_bank_holidays_no_clock_is_guessed() -> None:
    with pytest.raises(BeyondCalendar):
        policy().clocks(datetime(2040, 1, 4, 10, tzinfo=UTC))
