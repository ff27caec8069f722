"""Commands of moderation in full with memorable particulars, beside those of builders.py."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.audit.domain.moderation.commands import (
    AssignModeration,
    DisputeModeration,
    DisputeTerms,
    GiveBlindGrades,
    PanelMember,
    RecordReflectiveNote,
    SettleDispute,
)
from services.audit.domain.moderation.words import Decider, DisputeOutcome, dispute_id, moderation_id
from services.audit.domain.words import Actor, Grade, SealedText
from tests.unit.audit import builders as b

DISPUTED_AT = datetime(2025, 12, 8, 9, 0, tzinfo=UTC)
SETTLED_AT = datetime(2025, 12, 15, 9, 0, tzinfo=UTC)
MANAGER = UUID("a1000000-0000-4000-8000-000000000001")
BY_MANAGER = Actor(role="team-manager", reference=MANAGER)
CHAIR = UUID("b2000000-0000-4000-8000-000000000001")
MEMBER = UUID("b2000000-0000-4000-8000-000000000002")
NOTE_ID = UUID("e2000000-0000-4000-8000-000000000001")
DISPUTE = dispute_id(b.MODERATION_ID)
SECOND = moderation_id(b.AUDIT_ID, 2)
"""The moderation that settles a dispute about the first one, whose own id the builders make up."""
PANEL = (PanelMember(CHAIR), PanelMember(MEMBER, frozenset({"north/riverside/riverside-2"})))


def panel(*people: UUID, teams: frozenset[str] = frozenset()) -> tuple[PanelMember, ...]:
    """Return a panel of these people, all of whom may not moderate these teams."""
    return tuple(PanelMember(person, teams) for person in people)


def terms(**changes: Any) -> DisputeTerms:
    given: dict[str, Any] = {
        "decided_by": Decider.SECOND_MODERATOR,
        "policy_version": "northmoor/1",
        "second_due_on": date(2026, 1, 3),
    }
    return DisputeTerms(**{**given, **changes})


def assign(**changes: Any) -> AssignModeration:
    given: dict[str, Any] = {
        "at": b.COMPLETED_AT,
        "by": b.BY_QA,
        "moderation_id": b.MODERATION_ID,
        "moderator": b.MODERATOR,
    }
    return AssignModeration(**{**given, **changes})


def grade_blind(**changes: Any) -> GiveBlindGrades:
    given: dict[str, Any] = {
        "at": b.MODERATED_AT,
        "by": b.BY_MODERATOR,
        "tool": b.tool(),
        "moderation_id": b.MODERATION_ID,
        "moderator": b.MODERATOR,
        "overall_grade": Grade.INADEQUATE,
        "sections": {"planning": Grade.REQUIRES_IMPROVEMENT},
        "quality": b.QUALITY,
        "rationale": SealedText("s1.sealed-blind"),
        "section_reasons": {"planning": SealedText("s1.sealed-blind-section")},
    }
    return GiveBlindGrades(**{**given, **changes})


def second(**changes: Any) -> Any:
    """Record the second moderation, by another moderator."""
    given: dict[str, Any] = {
        "at": SETTLED_AT,
        "by": Actor(role="moderator", reference=b.OTHER_MODERATOR),
        "moderation_id": SECOND,
        "moderator": b.OTHER_MODERATOR,
        "overall_grade": Grade.REQUIRES_IMPROVEMENT,
        "sections": {},
        "terms": terms(),
    }
    return b.moderate(**{**given, **changes})


def dispute(**changes: Any) -> DisputeModeration:
    given: dict[str, Any] = {
        "at": DISPUTED_AT,
        "by": BY_MANAGER,
        "reason": "evidence",
        "terms": terms(),
        "text": SealedText("s1.sealed-dispute"),
    }
    return DisputeModeration(**{**given, **changes})


def settle(**changes: Any) -> SettleDispute:
    given: dict[str, Any] = {
        "at": SETTLED_AT,
        "by": b.BY_QA,
        "tool": b.tool(),
        "dispute_id": DISPUTE,
        "outcome": DisputeOutcome.CHANGED,
        "standing_grade": Grade.GOOD,
        "panel": PANEL,
        "text": SealedText("s1.sealed-decision"),
    }
    return SettleDispute(**{**given, **changes})


def note(**changes: Any) -> RecordReflectiveNote:
    given: dict[str, Any] = {
        "at": DISPUTED_AT,
        "by": BY_MANAGER,
        "note_id": NOTE_ID,
        "discussed_with": ("moderator", "practitioner"),
        "text": SealedText("s1.sealed-note"),
    }
    return RecordReflectiveNote(**{**given, **changes})
