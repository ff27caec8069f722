"""What an audit can be: not allocated, allocated, completed, withdrawn. Only a completed one has an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.audit.domain.events import (
    AuditAllocated,
    AuditCompleted,
    ConcernFlagged,
    RecommendationFollowedUp,
)
from services.audit.domain.moderation_events import ModerationDone, ModerationRequested
from services.audit.domain.outcome import Outcome, Recommendation
from services.audit.domain.practitioner import PractitionerFeedbackGiven, PractitionerResponded
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


@dataclass(frozen=True, slots=True)
class Moderation:
    """One moderation of an audit: requested, and perhaps done."""

    requested: ModerationRequested
    done: ModerationDone | None = None


@dataclass(frozen=True, slots=True)
class FollowedRecommendation:
    """A recommendation and its latest follow-up."""

    recommendation: Recommendation
    follow_up: RecommendationFollowedUp | None = None


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

    @property
    def completed_on(self) -> date:
        """Return the day it was completed: an amendment does not move it, so late stays late."""
        return business_date(self.completion.at)

    @property
    def open_moderation(self) -> Moderation | None:
        """Return the moderation that waits for a moderator, if any."""
        return next((moderation for moderation in self.moderations.values() if moderation.done is None), None)

    @property
    def standing_grade(self) -> Grade | None:
        """Return the grade that stands: the last moderation's, or the auditor's where none is done."""
        return self.outcome.overall_grade if self.last_moderation is None else self.last_moderation.standing_grade


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The audit no longer counts; `before` is what it was."""

    allocation: AuditAllocated
    reason: Code
    before: Allocated | Completed


State = NotAllocated | Allocated | Completed | Withdrawn
"""Everything an audit can be."""

INITIAL = NotAllocated()
"""An audit before its first event."""
