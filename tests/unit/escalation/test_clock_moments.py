"""When somebody is reminded or told of a clock: expected moments are written from the calendar by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation.app.policy import Policies, Policy
from services.escalation.domain.model import Clock, RequiredStep
from shared.authority.escalation import EscalationPolicy
from shared.authority.settings import Authorities, parse_settings
from shared.calendar.working_days import BeyondCalendar, WorkingCalendar
from tests.unit.escalation.rig import DOCUMENT

LONDON = ZoneInfo("Europe/London")
DSM, DSM_HILLSIDE, AD = UUID(int=4), UUID(int=6), UUID(int=7)


def policy(**fields: Any) -> Policy:
    return Policy("northmoor/1", 1, EscalationPolicy.model_validate(fields), WorkingCalendar())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def moments(clock: Clock) -> list[str]:
    said = [f"{moment.code} {moment.at.astimezone(LONDON):%m-%d %H:%M}" for moment in clock.chasers]
    line = clock.second_line
    return said if line is None else [*said, f"{line.code} {line.at.astimezone(LONDON):%m-%d %H:%M}"]


def test_by_default_reminded_the_working_day_before_and_on_the_day_and_the_second_line_the_day_after() -> None:
    clocks = policy().clocks(at("2026-12-23T16:40"))
    assert moments(clocks.practice) == [
        "1-working-days-before 12-31 09:00",
        "0-working-days-before 01-04 09:00",
        "second-line 01-05 09:00",
    ]
    assert moments(clocks.safeguarding) == ["0-working-days-before 12-24 09:00", "second-line 12-29 09:00"]
    assert [moment.to for moment in clocks.practice.chasers] == [("service-manager",)] * 2
    assert clocks.practice.second_line is not None
    assert clocks.practice.second_line.to == ("director",)


def test_hours_before_are_hours_by_the_clock_also_over_a_clock_change() -> None:
    clock = policy(chasers=[{"before": {"hours": 24}, "to": ["qa-manager"]}], clock_ends="working-hours").clocks(
        at("2026-03-27T12:00")
    )
    # due on Monday 30 March at noon, in summer time; a day of 24 hours before, on Sunday, at noon too
    assert moments(clock.safeguarding)[0] == "24-hours-before 03-29 12:00"
    over = policy(chasers=[{"before": {"hours": 48}, "to": ["qa-manager"]}], clock_ends="working-hours").clocks(
        at("2026-03-27T12:00")
    )
    assert moments(over.safeguarding)[0] == "48-hours-before 03-28 11:00"


def test_a_reminder_before_the_raise_is_none() -> None:
    chasers = [{"before": {"working_days": 3}, "to": ["qa-manager"]}, {"before": {"hours": 200}, "to": ["director"]}]
    clocks = policy(chasers=chasers, second_line=None).clocks(at("2026-11-24T10:00"))
    assert moments(clocks.safeguarding) == []
    assert moments(clocks.practice) == ["3-working-days-before 11-26 09:00"]


def test_a_second_line_so_many_hours_after() -> None:
    line = {"after": {"hours": 4}, "to": ["assistant-director", "director"]}
    second = (
        policy(second_line=line, clock_ends="working-hours").clocks(at("2026-11-24T10:00")).safeguarding.second_line
    )
    assert second is not None
    assert second.at == at("2026-11-25T14:00")
    assert second.to == ("assistant-director", "director")


def test_the_second_line_is_never_told_before_the_breach() -> None:
    line = {"after": {"working_days": 0}, "to": ["director"]}
    clock = policy(second_line=line).clocks(at("2026-11-24T10:00")).safeguarding
    assert clock.second_line is not None
    assert clock.second_line.at == clock.due_at


def test_where_the_calendar_ends_the_second_line_is_told_at_the_breach_and_the_raise_stands() -> None:
    short = policy(clock_days={"safeguarding": 1, "practice": 1})
    clock = short.clocks(at("2028-12-28T10:00")).safeguarding
    assert clock.due_on == date(2028, 12, 29)
    assert clock.second_line is not None
    assert clock.second_line.at == clock.due_at


@pytest.mark.parametrize(
    ("arose", "safeguarding", "practice"),
    [
        ("2026-11-24T10:00", "2026-11-24", "2026-11-25"),
        ("2026-11-28T10:00", "2026-11-30", "2026-11-30"),
        ("2026-12-24T18:00", "2026-12-24", "2026-12-29"),
    ],
)
def test_to_be_decided_by(arose: str, safeguarding: str, practice: str) -> None:
    clocks = policy().consideration_clocks(at(arose))
    assert (str(clocks.safeguarding.due_on), str(clocks.practice.due_on)) == (safeguarding, practice)
    assert clocks.practice.started_at == at(arose)


def test_a_safeguarding_concern_of_the_same_day_is_chased_that_afternoon() -> None:
    """Decided by the end of the day it came up, so the morning's reminder is past: the next is nine hours before."""
    reminded = moments(policy().consideration_clocks(at("2026-11-24T10:00")).safeguarding)
    assert reminded == ["9-hours-before 11-24 14:59", "second-line 11-25 09:00"]
    in_the_evening = moments(policy().consideration_clocks(at("2026-11-24T18:00")).safeguarding)
    assert in_the_evening == ["second-line 11-25 09:00"]


def test_a_consideration_is_chased_on_its_last_morning_and_has_a_second_line() -> None:
    assert moments(policy().consideration_clocks(at("2026-11-24T10:00")).practice) == [
        "0-working-days-before 11-25 09:00",
        "second-line 11-26 09:00",
    ]


def test_a_concern_beyond_the_calendar_is_kept_without_a_clock_and_a_raise_there_is_refused() -> None:
    far = datetime(2031, 1, 6, tzinfo=UTC)
    assert policy().consideration_clocks_if_known(far, far) is None
    with pytest.raises(BeyondCalendar):
        policy().clocks(far)


def test_recorded_in_time_until_the_end_of_the_next_working_day() -> None:
    assert policy().record_by(at("2026-11-27T10:00")) == at("2026-11-30T23:59:59.999999")
    assert policy(record_within_working_days=0).record_by(at("2026-11-27T10:00")) == at("2026-11-27T23:59:59.999999")


def test_the_steps_are_those_the_authority_requires() -> None:
    assert policy().steps_required == tuple(RequiredStep)
    assert policy(steps_required=["copy"]).steps_required == (RequiredStep.COPY,)


def test_who_is_told_is_who_is_there_on_that_day() -> None:
    away = "cover:\n  - {{person: {dsm}, by: {other}, from: 2026-12-21, to: 2026-12-31}}\n"
    text = DOCUMENT.format(key="northmoor") + away.format(dsm=DSM, other=DSM_HILLSIDE).replace("{{", "{").replace(
        "}}", "}"
    )
    policies = Policies(Authorities([parse_settings(text, "northmoor")]))
    told = ("northmoor", "service-manager", "north/riverside")
    assert policies.people(*told, at("2026-12-20T23:59")) == [DSM]
    assert policies.people(*told, at("2026-12-21T00:00")) == [DSM_HILLSIDE]
    covering = ("northmoor", DSM_HILLSIDE, "service-manager", "north/riverside")
    assert policies.covered_by(*covering, at("2026-12-21T00:00")) == DSM
    assert policies.covered_by(*covering, at("2027-01-01T00:00")) is None
    assert policies.people("northmoor", "director", "north/riverside/riverside-assessment", at("2026-12-21T00:00"))


roles = st.lists(st.sampled_from(["service-manager", "qa-manager", "director"]), min_size=1, max_size=2, unique=True)
spans = st.one_of(
    st.integers(0, 6).map(lambda days: {"working_days": days}), st.integers(1, 100).map(lambda hours: {"hours": hours})
)
chasers = st.lists(
    st.fixed_dictionaries({"before": spans, "to": roles}), max_size=4, unique_by=lambda one: str(one["before"])
)
policies = st.fixed_dictionaries(
    {
        "clock_days": st.integers(1, 4).flatmap(
            lambda short: st.integers(short, 9).map(lambda long: {"safeguarding": short, "practice": long})
        ),
        "clock_ends": st.sampled_from(["end-of-day", "working-hours"]),
        "raised_on_non_working_day": st.sampled_from(["day-zero", "next-working-day-is-day-zero"]),
        "chasers": chasers,
        "consider": chasers.map(lambda found: {"chasers": found}),
        "second_line": st.one_of(st.none(), st.fixed_dictionaries({"after": spans, "to": roles})),
    }
)
raises = st.datetimes(datetime(2015, 1, 1), datetime(2028, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zones beside


@settings(max_examples=100, deadline=None)
@given(policies, raises)
def test_whatever_the_policy_reminders_come_within_the_clock_and_the_second_line_after_it(
    fields: dict[str, Any], raised_at: datetime
) -> None:
    made = policy(**fields)
    for clocks in (made.clocks(raised_at), made.consideration_clocks(raised_at)):
        assert clocks.safeguarding.due_at <= clocks.practice.due_at
        for clock in (clocks.safeguarding, clocks.practice):
            reminded = [moment.at for moment in clock.chasers]
            assert reminded == sorted(reminded)
            assert all(raised_at < one < clock.due_at for one in reminded)
            assert len({moment.code for moment in clock.chasers}) == len(clock.chasers)
            assert (clock.second_line is None) == (fields["second_line"] is None)
            assert clock.second_line is None or clock.second_line.at >= clock.due_at
