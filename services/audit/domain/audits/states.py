"""What an audit can be: not allocated, allocated, completed, withdrawn. Only a completed one has an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from services.audit.domain.audits.events import (
    AuditAllocated,
    AuditCompleted,
    ConcernFlagged,
    RecommendationFollowedUp,
)
from services.audit.domain.audits.outcome import Outcome, Recommendation
from services.audit.domain.audits.practitioner import PractitionerFeedbackGiven, PractitionerResponded
from services.audit.domain.audits.re_auditing import NO_RE_AUDITS, ReAudits
from services.audit.domain.moderation.events import (
    DisputeSettled,
    ModerationDisputed,
    ModerationDone,
    ModerationRequested,
    ModeratorGraded,
    ReflectiveNoteRecorded,
)
from services.audit.domain.moderation.words import Decider
from services.audit.domain.words import Code, Grade, business_date


@dataclass(frozen=True, slots=True)
class NotAllocated:
    """Nothing happened yet."""


@dataclass(frozen=True, slots=True)
class Allocated:
    """An auditor has the file; concerns may be flagged already."""

    allocation: AuditAllocated
    concerns: tuple[ConcernFlagged, ...] = ()
    feedback: PractitionerFeedbackGiven | None = None
    re_audits: ReAudits = NO_RE_AUDITS


@dataclass(frozen=True, slots=True)
class Moderation:
    """One moderation of an audit: requested, and perhaps done."""

    requested: ModerationRequested
    done: ModerationDone | None = None
    graded: ModeratorGraded | None = None
    """What a blind moderator gave before the auditor's grades were shown."""

    @property
    def final(self) -> bool:
        """Say whether it settles a dispute, so that its grade is final."""
        return self.requested.dispute_id is not None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute about a moderated grade, and perhaps its decision."""

    opened: ModerationDisputed
    settled: DisputeSettled | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The grade that stands, and whose it is."""

    grade: Grade | None
    decided_by: Decider


@dataclass(frozen=True, slots=True)
class FollowedRecommendation:
    """A recommendation and its latest follow-up; without `made_at` it was made with the completion."""

    recommendation: Recommendation
    follow_up: RecommendationFollowedUp | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """The audit has an outcome; it may be moderated, amended and followed up."""

    allocation: AuditAllocated
    completion: AuditCompleted
    outcome: Outcome
    concerns: tuple[ConcernFlagged, ...] = ()
    amendments: int = 0
    moderations: Mapping[UUID, Moderation] = field(default_factory=dict)
    recommendations: Mapping[UUID, FollowedRecommendation] = field(default_factory=dict)
    last_moderation: ModerationDone | None = None
    joined: PractitionerFeedbackGiven | None = None
    feedback: PractitionerFeedbackGiven | None = None
    response: PractitionerResponded | None = None
    answered: bool = False
    disputes: Mapping[UUID, Dispute] = field(default_factory=dict)
    reflective_notes: tuple[ReflectiveNoteRecorded, ...] = ()
    decision: Standing | None = None
    """The last decider's: of the last moderation or settled dispute; none before the first."""
    re_audits: ReAudits = NO_RE_AUDITS

    @property
    def completed_on(self) -> date:
        """Return the day it was completed: an amendment does not move it, so late stays late."""
        return business_date(self.completion.at)

    @property
    def late(self) -> bool:
        """Say whether it was completed after its due day: by the day that counts, which no amendment moves."""
        return (self.completion.counted_on or self.completed_on) > self.allocation.due_on

    @property
    def open_moderation(self) -> Moderation | None:
        """Return the moderation that waits for a moderator, if any; one whose dispute is settled waits no more."""
        return next((each for each in self.moderations.values() if each.done is None and not self.lapsed(each)), None)

    def lapsed(self, moderation: Moderation) -> bool:
        """Say whether a moderation is not held any more: its dispute was settled without it."""
        dispute = self.disputes.get(moderation.requested.dispute_id) if moderation.requested.dispute_id else None
        return moderation.done is None and dispute is not None and dispute.settled is not None

    @property
    def open_dispute(self) -> Dispute | None:
        """Return the dispute that waits for its decision, if any."""
        return next((each for each in self.disputes.values() if each.settled is None), None)

    @property
    def standing_grade(self) -> Grade | None:
        """Return the grade that stands: the last decider's, or the auditor's where nobody decided after them."""
        return self.outcome.overall_grade if self.decision is None else self.decision.grade

    @property
    def decided_by(self) -> Decider | None:
        """Return whose grade stands; none where no grade is given."""
        if self.standing_grade is None:
            return None
        return Decider.AUDITOR if self.decision is None else self.decision.decided_by


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The audit no longer counts; `before` is what it was."""

    allocation: AuditAllocated
    reason: Code
    before: Allocated | Completed
    re_audits: ReAudits = NO_RE_AUDITS


State = NotAllocated | Allocated | Completed | Withdrawn
"""Everything an audit can be."""

INITIAL = NotAllocated()
"""An audit before its first event."""
