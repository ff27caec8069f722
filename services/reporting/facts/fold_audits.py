"""How the events of an audit itself become rows (contracts: shared/contracts/audit.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from services.reporting.facts.ledger import Facts, Stamp, begun, known_since
from services.reporting.facts.refusal import bigint, json_text, same_stream
from services.reporting.facts.rows import (
    AnswersRow,
    AuditRow,
    ConcernFlagRow,
    SectionResultRow,
    ThemeMentionRow,
)
from shared.contracts import audit
from shared.contracts.base import PublicEvent


def _begun(
    envelope: Stamp,
    event: audit.AuditPlace,
    known_from: datetime,
    state: str,
    allocation: audit.AuditAllocatedV1 | None = None,
) -> AuditRow:
    """Return an audit of which its place is known and, where it was allocated, to whom and why."""
    return AuditRow(
        audit_id=envelope.subject,
        **begun(envelope, event, known_from),
        kind=event.kind,
        cycle=event.cycle,
        child_status=event.child_status,
        case_reference=event.case_reference,
        auditor_reference=None if allocation is None else allocation.auditor_reference,
        tool=None if allocation is None else allocation.tool,
        tool_version=None if allocation is None else allocation.tool_version,
        selected_because=None if allocation is None else allocation.selected_because,
        state=state,
        due_on=None if allocation is None else allocation.due_on,
        allocated_at=None if allocation is None else envelope.time,
        in_practice_figures=True if allocation is None else allocation.in_practice_figures,
        re_audit_of=None if allocation is None else allocation.re_audit_of,
    )


def _allocated(facts: Facts, envelope: Stamp, event: audit.AuditAllocatedV1) -> None:
    """Begin an audit, or give it to another auditor; what was completed or withdrawn stays so."""
    same_stream(event.audit_id, envelope.subject, "audit_id")
    bigint(event.tool_version, "tool_version")
    audits = facts.ledgers["audits"]
    before: AuditRow | None = audits.current.get(envelope.subject.int)
    known_from = known_since(before, envelope.recorded_at)
    if before is None or before.state == "allocated":
        row = _begun(envelope, event, known_from, "allocated", event)
    else:
        row = before._replace(
            sequence=envelope.sequence,
            known_from=known_from,
            selected_because=event.selected_because,
            allocated_at=envelope.time,
            in_practice_figures=event.in_practice_figures,
            re_audit_of=event.re_audit_of,
        )
    audits.put(envelope.subject.int, row, known_from)


def _late(event: audit.AuditOutcome) -> bool:
    """Say whether it was completed late: as the event says, and by its dates where it is of before that was said."""
    return event.completed_on > event.due_on if event.late is None else event.late


def _outcome(facts: Facts, envelope: Stamp, event: audit.AuditOutcome, *, amended: bool) -> None:
    """Take in what an audit found. An amendment moves neither dates nor lateness, and revives nothing withdrawn."""
    audit_id, sequence = envelope.subject, envelope.sequence
    same_stream(event.audit_id, audit_id, "audit_id")
    tool_version = bigint(event.tool_version, "tool_version")
    child, parent, practitioner = event.child_feedback, event.parent_feedback, event.practitioner_feedback
    scores = (
        bigint(child.score, "child_feedback.score"),
        bigint(parent.score, "parent_feedback.score"),
        bigint(practitioner.score, "practitioner_feedback.score"),
    )
    coded = json_text(event.answers, "answers")
    audits = facts.ledgers["audits"]
    before: AuditRow | None = audits.current.get(audit_id.int)
    known_from = known_since(before, envelope.recorded_at)
    keeps_dates = amended and before is not None and before.completed_on is not None
    row = AuditRow(
        audit_id=audit_id,
        **begun(envelope, event, known_from),
        kind=event.kind,
        cycle=event.cycle,
        child_status=event.child_status,
        case_reference=event.case_reference,
        auditor_reference=event.auditor_reference,
        tool=event.tool,
        tool_version=tool_version,
        selected_because=None if before is None else before.selected_because,
        state=before.state if amended and before is not None and before.state == "withdrawn" else "completed",
        due_on=before.due_on if keeps_dates and before is not None else event.due_on,
        allocated_at=None if before is None else before.allocated_at,
        completed_on=before.completed_on if keeps_dates and before is not None else event.completed_on,
        completed_at=before.completed_at if keeps_dates and before is not None else envelope.time,
        late=before.late if keeps_dates and before is not None else _late(event),
        took_part=event.took_part,
        reflective_discussion=event.reflective_discussion,
        grade=event.overall_grade,
        inadequate_likely=event.inadequate_likely,
        concern=event.concern,
        child_feedback_obtained=child.obtained,
        child_feedback_why_not=child.why_not,
        child_feedback_score=scores[0],
        parent_feedback_obtained=parent.obtained,
        parent_feedback_why_not=parent.why_not,
        parent_feedback_score=scores[1],
        practitioner_feedback_obtained=practitioner.obtained,
        practitioner_feedback_why_not=practitioner.why_not,
        practitioner_feedback_score=scores[2],
        recommendations=len(event.recommendations),
        amendments=(0 if before is None else before.amendments) + (1 if amended else 0),
        withdrawn_at=None if before is None else before.withdrawn_at,
        withdrawn_because=None if before is None else before.withdrawn_because,
        outcome_sequence=sequence,
        in_practice_figures=event.in_practice_figures,
        re_audit_of=event.re_audit_of,
    )
    audits.put(audit_id.int, row, known_from)
    fixed = facts.fixed
    fixed["answers"].append(AnswersRow(audit_id, sequence, coded))
    sections, themes = fixed["section_results"], fixed["theme_mentions"]
    for section in event.sections:
        sections.append(SectionResultRow(audit_id, sequence, section.section, section.grade, section.score))
    for theme in event.themes:
        themes.append(ThemeMentionRow(audit_id, sequence, theme.theme, theme.polarity, theme.section, theme.component))


def _completed(facts: Facts, envelope: Stamp, event: audit.AuditCompletedV1) -> None:
    _outcome(facts, envelope, event, amended=False)


def _amended(facts: Facts, envelope: Stamp, event: audit.AuditAmendedV1) -> None:
    _outcome(facts, envelope, event, amended=True)


def _withdrawn(facts: Facts, envelope: Stamp, event: audit.AuditWithdrawnV1) -> None:
    """Let an audit count no longer; what it found stays readable in its row."""
    same_stream(event.audit_id, envelope.subject, "audit_id")
    audits = facts.ledgers["audits"]
    before: AuditRow | None = audits.current.get(envelope.subject.int)
    known_from = known_since(before, envelope.recorded_at)
    row = _begun(envelope, event, known_from, "withdrawn") if before is None else before
    row = row._replace(
        sequence=envelope.sequence,
        known_from=known_from,
        state="withdrawn",
        withdrawn_at=envelope.time,
        withdrawn_because=event.reason,
    )
    audits.put(envelope.subject.int, row, known_from)


def _concern_flagged(facts: Facts, envelope: Stamp, event: audit.ConcernFlaggedV1) -> None:
    same_stream(event.audit_id, envelope.subject, "audit_id")
    facts.fixed["concern_flags"].append(
        ConcernFlagRow(
            audit_id=envelope.subject,
            **begun(envelope, event, envelope.recorded_at),
            kind=event.kind,
            concern=event.concern,
            inadequate_likely=event.inadequate_likely,
            flagged_at=envelope.time,
        )
    )


AUDIT_FOLDS: Final[dict[type[PublicEvent], Callable[[Facts, Any, Any], None]]] = {
    audit.AuditAllocatedV1: _allocated,
    audit.ConcernFlaggedV1: _concern_flagged,
    audit.AuditCompletedV1: _completed,
    audit.AuditAmendedV1: _amended,
    audit.AuditWithdrawnV1: _withdrawn,
}
"""What the events of an audit do to the facts."""
