"""Public events of audit as the escalation service meets them, in the smallest form that is true."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from shared.contracts import audit
from shared.contracts.base import Actor, ChildStatus, Concern, Grade, OrganisationPath, PublicEvent, TookPart
from shared.contracts.envelope import Envelope, event_id, schema_of
from tests.unit.escalation import scenes as s

AT = datetime(2026, 1, 14, 9, tzinfo=UTC)
CORRELATION = UUID(int=900)


def place(audit_id: UUID = s.AUDIT) -> dict[str, Any]:
    return {
        "audit_id": audit_id,
        "kind": "standard",
        "cycle": "2026-01",
        "organisation": OrganisationPath(area="north", district="riverside", team="riverside-assessment"),
        "service": "childrens-social-work",
        "case_reference": UUID(int=102),
        "child_status": ChildStatus.IN_NEED,
    }


def flagged(
    concern: Concern = Concern.PRACTICE, *, likely: bool = False, audit_id: UUID = s.AUDIT
) -> audit.ConcernFlaggedV1:
    return audit.ConcernFlaggedV1(
        **place(audit_id), concern=concern, inadequate_likely=likely, flagged_by=Actor(role="auditor")
    )


def outcome(
    grade: Grade | None = Grade.GOOD,
    concern: Concern = Concern.NONE,
    *,
    likely: bool = False,
    sections: tuple[Grade, ...] = (),
    audit_id: UUID = s.AUDIT,
) -> dict[str, Any]:
    feedback = audit.Feedback(obtained=False, why_not="declined")
    return place(audit_id) | {
        "tool": "file-audit",
        "tool_version": 1,
        "auditor_reference": UUID(int=103),
        "took_part": TookPart.BOTH,
        "reflective_discussion": True,
        "overall_grade": grade,
        "inadequate_likely": likely,
        "concern": concern,
        "sections": tuple(
            audit.SectionResult(section=f"section-{number}", grade=one) for number, one in enumerate(sections, 1)
        ),
        "answers": {},
        "themes": (),
        "child_feedback": feedback,
        "parent_feedback": feedback,
        "practitioner_feedback": feedback,
        "recommendations": (),
        "due_on": date(2026, 1, 31),
        "completed_on": date(2026, 1, 14),
    }


def completed(*args: Any, **kwargs: Any) -> audit.AuditCompletedV1:
    return audit.AuditCompletedV1(**outcome(*args, **kwargs))


def amended(*args: Any, changed: tuple[str, ...], **kwargs: Any) -> audit.AuditAmendedV1:
    return audit.AuditAmendedV1(
        **outcome(*args, **kwargs), reason="correction", amended_by=Actor(role="auditor"), changed=changed
    )


def moderated(
    auditor: Grade | None = Grade.GOOD,
    moderator: Grade | None = Grade.GOOD,
    *,
    standing: Grade | None = None,
    concern: Concern = Concern.NONE,
    likely: bool = False,
    final: bool = False,
    audit_id: UUID = s.AUDIT,
) -> audit.ModerationDoneV1:
    distance = moderator.rank - auditor.rank if auditor and moderator else 0
    return audit.ModerationDoneV1(
        **place(audit_id),
        moderation_id=UUID(int=104),
        moderator_reference=UUID(int=105),
        moderator_type="internal",
        auditor_reference=UUID(int=103),
        auditor_grade=auditor,
        moderator_grade=moderator,
        distance=distance,
        direction=audit.Direction.SAME if distance == 0 else audit.Direction.LOWERED,
        standing_grade=standing or moderator,
        section_differences=(),
        concern=concern,
        inadequate_likely=likely,
        blind=True,
        selected_because="all",
        met_team_manager=True,
        met_practitioner=True,
        moderated_on=date(2026, 1, 20),
        final=final,
    )


def settled(
    before: Grade | None,
    standing: Grade | None,
    *,
    decided_by: audit.Decider = audit.Decider.SECOND_MODERATOR,
    outcome: audit.DisputeOutcome | None = None,
    audit_id: UUID = s.AUDIT,
) -> audit.DisputeSettledV1:
    return audit.DisputeSettledV1(
        **place(audit_id),
        dispute_id=UUID(int=106),
        moderation_id=UUID(int=104),
        outcome=outcome or (audit.DisputeOutcome.UPHELD if before is standing else audit.DisputeOutcome.CHANGED),
        decided_by=decided_by,
        settled_by=Actor(role="qa-manager"),
        grade_before=before,
        standing_grade=standing,
        settled_on=date(2026, 2, 3),
    )


def withdrawn(audit_id: UUID = s.AUDIT) -> audit.AuditWithdrawnV1:
    return audit.AuditWithdrawnV1(**place(audit_id), reason="wrong-child", withdrawn_by=Actor(role="qa-manager"))


def envelope(
    event: PublicEvent,
    sequence: int = 1,
    *,
    at: datetime = AT,
    authority: str = "northmoor",
    correlation: UUID | None = None,
) -> Envelope:
    subject: UUID = (
        event.case_reference if isinstance(event, audit.ChildErasedV1) else event.audit_id  # type: ignore[attr-defined]  # all others here are of one audit
    )
    return Envelope(
        id=event_id("/audit", subject, sequence),
        type=event.TYPE,
        source="/audit",
        subject=subject,
        time=at,
        recorded_at=at,
        authority=authority,
        sequence=sequence,
        correlation_id=correlation or uuid4(),
        causation_id=None,
        data_schema=schema_of(event.TYPE),
        traceparent=None,
        data=event.to_json(),
    )
