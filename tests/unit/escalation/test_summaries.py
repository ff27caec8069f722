"""The searchable row: status, category, where, due and overdue, found in one query by scope."""

from __future__ import annotations

import pytest

from services.escalation.app.summaries import Status, summariser
from services.escalation.domain import events
from services.escalation.domain.states import NotConsidered
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig
from tests.unit.escalation.spec import run, state_after

summarise = summariser(Rig().grace)


@pytest.mark.parametrize(
    ("history", "status", "wakes"),
    [
        ((s.OPENED,), Status.CONSIDERING, False),
        (s.NOT_REQUIRED, Status.NOT_REQUIRED, False),
        (s.RAISED_PRACTICE, Status.RAISED, True),
        (s.SIGNED_OFF, Status.SIGNED_OFF, False),
        (s.CLOSED, Status.CLOSED, False),
        (tuple(run(s.RAISED_PRACTICE, s.mark_overdue(s.january(22)))), Status.RAISED, False),
    ],
)
def test_each_state_has_its_word_and_only_a_running_clock_wakes(
    history: tuple[events.Event, ...], status: Status, wakes: bool
) -> None:
    summary = summarise(state_after(*history))
    assert summary is not None
    assert summary.status == status
    assert (summary.wake_at is not None) is wakes


def test_nothing_considered_has_no_row() -> None:
    assert summarise(NotConsidered()) is None


def test_what_a_row_says() -> None:
    summary = summarise(state_after(*s.RAISED_SAFEGUARDING))
    assert summary is not None
    assert summary.data == {
        "category": "safeguarding",
        "paths": ["north", "north/riverside", "north/riverside/riverside-assessment"],
        "team": "north/riverside/riverside-assessment",
        "service": "childrens-social-work",
        "audit_id": str(s.AUDIT),
        "case_reference": str(s.PLACE.case_reference),
        "audit_withdrawn": False,
        "case_number": "none",
        "child_erased": False,
        "considered_at": None,
        "consider_by": None,
        "raised_at": "2026-01-14T10:00:00+00:00",
        "due_at": "2026-01-15T23:59:59.999999+00:00",
        "within_clock": None,
        "closed_at": None,
        "reopened": 0,
        "reopening_asked": False,
        "reaudit": "none",
        "reaudit_audit_id": None,
        "reaudit_due_on": None,
        "clock_number": 1,
        "recorded_late": False,
        "next_step": "actions",
        "waits_for": "team-manager",
        "raised_by": str(s.QA.reference),
        "found_by": [str(s.QA.reference)],
        "next_moment": {"kind": "overdue", "code": "overdue", "at": "2026-01-15T23:59:59.999999+00:00"},
        "reckoned_by": {"calendar_version": "test", "policy_version": "northmoor/1"},
    }
