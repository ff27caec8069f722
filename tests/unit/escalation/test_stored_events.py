"""Private events are stored for ever: their names and fields are read back whatever becomes of the code."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from pydantic import ValidationError

from services.escalation.domain import events
from services.escalation.domain.evolution import HistoryBroken, evolve
from services.escalation.domain.states import NotConsidered
from tests.unit.escalation import scenes as s

EVERY_EVENT: tuple[events.Event, ...] = (
    s.OPENED,
    events.CauseJoined(at=s.CONSIDERED, causes=(s.cause(2),), category=s.PRACTICE, policy_version=s.POLICY),
    events.ConsiderationReopened(at=s.CONSIDERED, causes=(s.cause(3),), category=s.PRACTICE, policy_version=s.POLICY),
    events.AuditWithdrawalNoted(at=s.CONSIDERED),
    events.StandingGradeNoted(at=s.CONSIDERED, grade="good"),
    s.NOT_REQUIRED[1],
    s.was_raised(),
    events.EscalationReclassified(
        at=s.RAISED, category=s.PRACTICE, from_category=s.SAFEGUARDING, reason="x", by=s.DSM, second_person=s.QA
    ),
    s.was_added(),
    s.was_completed(),
    s.OVERSIGHT,
    s.SIGNED,
    events.EscalationBecameOverdue(at=s.END_OF_15, due_at=s.END_OF_15),
    s.CLOSED[-1],
)

NAMES = [
    "consideration-opened",
    "cause-joined",
    "consideration-reopened",
    "audit-withdrawal-noted",
    "standing-grade-noted",
    "escalation-found-not-required",
    "escalation-raised",
    "escalation-reclassified",
    "action-added",
    "action-completed",
    "oversight-recorded",
    "actions-signed-off",
    "escalation-became-overdue",
    "escalation-closed",
]


def test_every_event_there_is_stands_here_under_its_name() -> None:
    assert {type(event) for event in EVERY_EVENT} == set(get_args(events.Event))
    assert [event.type for event in EVERY_EVENT] == NAMES


@pytest.mark.parametrize("event", EVERY_EVENT, ids=NAMES)
def test_what_was_stored_is_read_back(event: events.Event) -> None:
    name, data = events.to_json(event)
    assert events.from_json(name, data) == event


def test_an_event_under_another_name_is_not_read() -> None:
    _, data = events.to_json(s.OVERSIGHT)
    with pytest.raises(ValueError, match="oversight-recorded"):
        events.from_json("escalation-closed", data)


def test_what_is_no_event_of_ours_is_not_read() -> None:
    with pytest.raises(ValidationError):
        events.from_json("audit-completed", json.dumps({"type": "audit-completed"}).encode())


def test_free_text_does_not_fit_into_an_event() -> None:
    with pytest.raises(ValidationError):
        events.EscalationFoundNotRequired(at=s.RAISED, reason="Spoke to Mrs Smith about it", by=s.QA)


def test_a_history_nobody_decided_is_not_folded() -> None:
    with pytest.raises(HistoryBroken, match="actions-signed-off cannot follow NotConsidered"):
        evolve(NotConsidered(), s.SIGNED)
