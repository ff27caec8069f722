"""What happens to an audit escalation beside its main road: late records, reopened, withdrawn, a re-audit asked for."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.reporting.facts.rows import AuditRow, EscalationRow
from tests.support.fact_stories import Json
from tests.unit.reporting.facts.builders import folded
from tests.unit.reporting.facts.test_fold import (
    BY,
    CONSIDERED,
    ESCALATION_PLACE,
    MONDAY,
    OTHER,
    OUTCOME,
    RAISED,
    SIGNED_OFF,
    clock,
    escalation,
    story,
)


def told(name: str, **data: object) -> tuple[str, Json]:
    return name, ESCALATION_PLACE | data


REOPENED = told("escalation-reopened.v1", clock=clock(5), reason="new-evidence", reopened_by=BY)
WITHDRAWN = told("escalation-withdrawn.v1", reason="wrong-child", withdrawn_by=BY, second_person={"role": "qa-manager"})
CLOSED = told("escalation-closed.v1", assistant_director_told_at=MONDAY.isoformat(), closed_by=BY)
NOT_REQUIRED = told("escalation-not-required.v1", reason="known", decided_by=BY)


def test_reopened_it_has_a_new_clock_and_the_breach_of_the_old_one_is_not_forgotten() -> None:
    """Signed off late, then reopened on the fifth day: raised when it was first raised."""
    row = escalation(CONSIDERED, RAISED, SIGNED_OFF, CLOSED, REOPENED)
    assert (row.state, row.within_clock, row.closed_at, row.signed_off_at) == ("raised", None, None, None)
    assert (row.reopened, row.breached_before, row.raised_at) == (1, True, MONDAY + timedelta(days=1))
    in_time = ("actions-signed-off.v1", SIGNED_OFF[1] | {"within_clock": True})
    again = escalation(CONSIDERED, RAISED, SIGNED_OFF, REOPENED, in_time, REOPENED)
    assert (again.reopened, again.breached_before) == (2, True)
    assert not escalation(CONSIDERED, RAISED, in_time, REOPENED).breached_before


def test_withdrawn_it_keeps_why_and_considered_again_it_was_never_raised() -> None:
    row = escalation(CONSIDERED, RAISED, WITHDRAWN)
    assert (row.state, row.withdrawn_because, row.withdrawn_at) == (
        "withdrawn", "wrong-child", MONDAY + timedelta(days=2),
    )  # fmt: skip
    again = escalation(CONSIDERED, RAISED, SIGNED_OFF, WITHDRAWN, CONSIDERED)
    assert (again.state, again.raised_at, again.within_clock, again.withdrawn_at) == ("considered", None, None, None)
    assert escalation(CONSIDERED, RAISED, SIGNED_OFF, WITHDRAWN, CONSIDERED, NOT_REQUIRED).state == "not-required"


def test_steps_recorded_late_are_counted_and_the_sign_off_is_known_by_itself() -> None:
    late = {"recorded_late": True}
    row = escalation(CONSIDERED, (RAISED[0], RAISED[1] | late), (SIGNED_OFF[0], SIGNED_OFF[1] | late))
    assert (row.recorded_late, row.sign_off_recorded_late) == (2, True)
    assert escalation(CONSIDERED, (RAISED[0], RAISED[1] | late), SIGNED_OFF).sign_off_recorded_late is False
    assert escalation(CONSIDERED, RAISED).sign_off_recorded_late is None


def test_the_moments_of_the_steps_come_with_what_tells_them() -> None:
    hours = [(MONDAY + timedelta(hours=number)).isoformat() for number in range(4)]
    raised = RAISED[1] | {"considered_at": hours[0], "discussed_at": hours[1], "consider_by": hours[2]}
    signed = SIGNED_OFF[1] | {"copy_sent_at": hours[2], "actions_discussed_at": hours[3]}
    row = escalation(("escalation-raised.v1", raised), ("actions-signed-off.v1", signed))
    assert row.considered_at == MONDAY, "raised at once, nobody told of its consideration before"
    assert (row.discussed_at, row.consider_by) == (MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2))
    assert (row.copy_sent_at, row.actions_discussed_at) == (MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=3))


def test_a_due_moment_that_was_reckoned_anew_holds() -> None:
    before = (MONDAY + timedelta(days=5)).isoformat()
    row = escalation(
        CONSIDERED,
        RAISED,
        told("escalation-clock-recomputed.v1", clock=clock(6), due_before=before, because="settings"),
    )
    assert (row.due_at, row.working_days) == (MONDAY + timedelta(days=6), 6)


def test_a_re_audit_is_known_by_its_newest_request_and_the_audit_by_what_it_looks_at_again() -> None:
    asked = told("re-audit-requested.v1", due_on="2026-03-01", requested_by=BY)
    later = told("re-audit-requested.v1", due_on="2026-04-01", requested_by=BY)
    row = escalation(CONSIDERED, RAISED, asked, later)
    assert (row.re_audit_asked_at, row.re_audit_due_on) == (MONDAY + timedelta(days=3), date(2026, 4, 1))
    again = folded([story(("audit-completed.v1", OUTCOME | {"re_audit_of": OTHER}))])
    [audit] = again.ledgers["audits"].current.values()
    assert isinstance(audit, AuditRow)
    assert audit.re_audit_of == UUID(OTHER)


@pytest.mark.parametrize(
    "first", [REOPENED, WITHDRAWN, told("action-withdrawn.v1", action_id=OTHER, reason="x", withdrawn_by=BY)]
)
def test_what_is_heard_first_begins_a_row(first: tuple[str, Json]) -> None:
    """A hole in the log is no reason to lose what follows."""
    row = escalation(first)
    assert isinstance(row, EscalationRow)
    assert row.audit_id == UUID(OTHER)


def test_how_often_the_second_line_was_told_is_counted_over_its_rounds_and_not_where_it_was_raised_in_error() -> None:
    moments = {"told_at": MONDAY.isoformat(), "due_at": MONDAY.isoformat()}
    undecided = told("second-line-told.v1", clock="consideration", told=["director"], **moments)
    breached = told("second-line-told.v1", clock="sign-off", told=["director"], **moments)
    assert escalation(CONSIDERED, RAISED).second_line_told == 0
    assert escalation(CONSIDERED, undecided, RAISED, breached).second_line_told == 2
    assert escalation(CONSIDERED, RAISED, breached, SIGNED_OFF, REOPENED).second_line_told == 1
    assert escalation(CONSIDERED, RAISED, breached, WITHDRAWN, CONSIDERED).second_line_told == 0
