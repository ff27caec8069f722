"""Private events are stored for ever: their names and fields are read back whatever becomes of the code."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from pydantic import ValidationError

from services.escalation.domain import events
from services.escalation.domain.evolution import HistoryBroken, evolve
from services.escalation.domain.model import Answer, Changed
from services.escalation.domain.states import NotConsidered
from tests.unit.escalation import scenes as s

EVERY_EVENT: tuple[events.Event, ...] = (
    s.OPENED,
    events.CauseJoined(at=s.CONSIDERED, causes=(s.cause(2),), category=s.PRACTICE, policy_version=s.POLICY),
    events.ConsiderationReopened(at=s.CONSIDERED, causes=(s.cause(3),), category=s.PRACTICE, policy_version=s.POLICY),
    events.AuditWithdrawalNoted(at=s.CONSIDERED),
    events.StandingGradeNoted(at=s.CONSIDERED, grade="good"),
    events.CaseReferenceNoted(at=s.CONSIDERED, case_reference=s.AUDIT),
    events.CaseNumberRefused(at=s.CONSIDERED, reason="number-refused"),
    events.CaseNumberCorrected(at=s.CONSIDERED, case_number="s1.Zm9v", by=s.QA),
    events.ChildErasureNoted(at=s.CONSIDERED),
    events.DiscussionRecorded(at=s.CONSIDERED, with_whom=("practitioner",), by=s.AUDITOR),
    s.NOT_REQUIRED[1],
    s.was_raised(),
    events.EscalationReclassified(
        at=s.RAISED, category=s.PRACTICE, from_category=s.SAFEGUARDING, reason="x", by=s.DSM, second_person=s.QA
    ),
    events.CopySent(at=s.RAISED, to=s.TOLD, by=s.QA),
    events.ActionsDiscussed(at=s.RAISED, by=s.DSM),
    s.was_added(),
    s.was_completed(),
    events.ActionWithdrawn(at=s.RAISED, action_id=s.AUDIT, reason="no-longer-needed", by=s.DSM, text="s1.Zm9v"),
    s.OVERSIGHT,
    s.SIGNED,
    events.EscalationBecameOverdue(at=s.END_OF_15, due_at=s.END_OF_15),
    events.ConsiderationBecameOverdue(at=s.END_OF_15, due_at=s.END_OF_15),
    events.ChaserSent(at=s.RAISED, moment="x", fell_due_at=s.RAISED, due_at=s.END_OF_15, to=("service-manager",)),
    events.SecondLineTold(
        at=s.RAISED, clock="consideration", fell_due_at=s.RAISED, due_at=s.END_OF_15, to=("director",)
    ),
    events.ClockRecomputed(at=s.RAISED, clocks=s.CLOCKS, because="calendar"),
    s.CLOSED[-1],
    events.ClosingAnswered(at=s.RAISED, answer=Answer.CONFIRMED, by=s.AUDITOR),
    events.EscalationReopened(
        at=s.RAISED, category=s.PRACTICE, clocks=s.CLOCKS, told=s.TOLD, reason="actions-not-effective", by=s.QA
    ),
    events.EscalationWithdrawn(at=s.RAISED, reason="raised-in-error", by=s.DSM, second_person=s.QA),
    events.ReAuditRequested(at=s.RAISED, due_on=s.RAISED.date(), by=s.QA),
    events.ReAuditNoted(at=s.RAISED, audit_id=s.AUDIT, grade="good"),
    events.ReAuditGradeNoted(at=s.RAISED, audit_id=s.AUDIT, grade="good", because=Changed.MODERATION),
    events.ReAuditWithdrawalNoted(at=s.RAISED, audit_id=s.AUDIT),
)

NAMES = [
    "consideration-opened",
    "cause-joined",
    "consideration-reopened",
    "audit-withdrawal-noted",
    "standing-grade-noted",
    "case-reference-noted",
    "case-number-refused",
    "case-number-corrected",
    "child-erasure-noted",
    "discussion-recorded",
    "escalation-found-not-required",
    "escalation-raised",
    "escalation-reclassified",
    "copy-sent",
    "actions-discussed",
    "action-added",
    "action-completed",
    "action-withdrawn",
    "oversight-recorded",
    "actions-signed-off",
    "escalation-became-overdue",
    "consideration-became-overdue",
    "chaser-sent",
    "second-line-told",
    "clock-recomputed",
    "escalation-closed",
    "closing-answered",
    "escalation-reopened",
    "escalation-withdrawn",
    "re-audit-requested",
    "re-audit-noted",
    "re-audit-grade-noted",
    "re-audit-withdrawal-noted",
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


def test_what_was_stored_before_steps_owners_and_versions_were_kept_is_read() -> None:
    """As the first version wrote them: every field that joined since has a default."""
    for event in (*s.NOT_REQUIRED, s.was_raised(), s.was_added(), s.SIGNED, s.OVERSIGHT):
        name, data = events.to_json(event)
        stored = json.loads(data)
        joined = {
            "settings_version",
            "recorded_late",
            "steps_required",
            "clock",
            "owner",
            "text",
            "covering",
            "case_number",
        }
        old = {field: value for field, value in stored.items() if field not in joined}
        if name != "escalation-raised":
            old.pop("recorded_at")
        for cause in old.get("causes", ()):
            del cause["by"], cause["report_id"]
        read = events.from_json(name, json.dumps(old).encode())
        assert read.recorded_late is False
        assert read.settings_version is None
        if isinstance(read, events.ActionAdded):
            assert read.owner is None


def test_plain_text_does_not_fit_where_a_sealed_one_does() -> None:
    with pytest.raises(ValidationError):
        events.OversightRecorded(at=s.RAISED, by=s.DSM, text="Spoke to Mrs Smith about it")


def test_a_history_nobody_decided_is_not_folded() -> None:
    with pytest.raises(HistoryBroken, match="actions-signed-off cannot follow NotConsidered"):
        evolve(NotConsidered(), s.SIGNED)
