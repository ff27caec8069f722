"""What happened to an audit, as it is stored for ever. `type` is the stored name; `at` is business time (aware).

A stored event is private to the audit service: app/publishing.py says what others hear of it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from services.audit.domain.audits.outcome import Outcome, Recommendation
from services.audit.domain.audits.practitioner import PractitionerEvent
from services.audit.domain.audits.re_auditing import ReAuditEvent
from services.audit.domain.moderation.events import ModerationEvent
from services.audit.domain.words import Code, Concern, Difference, Happened, Place, SealedText


class AuditAllocated(Happened):
    """An auditor was given a child's file to audit by a date."""

    type: Literal["audit-allocated"] = "audit-allocated"
    audit_id: UUID
    authority: Code
    place: Place
    tool: Code
    tool_version: int
    auditor: UUID
    selected_because: Code
    due_on: date
    practitioner: UUID | None = None
    in_practice_figures: bool = True
    re_audit_of: UUID | None = None


class ConcernFlagged(Happened):
    """A concern was flagged beside, or before, the grade."""

    type: Literal["concern-flagged"] = "concern-flagged"
    concern: Concern
    inadequate_likely: bool
    text: SealedText | None = None


class AuditCompleted(Happened):
    """The audit was completed with everything its tool asks for."""

    type: Literal["audit-completed"] = "audit-completed"
    outcome: Outcome
    recommendations: tuple[Recommendation, ...] = ()
    counted_on: date | None = Field(
        default=None, description="the day that counts against the due day, where it is not the day it happened"
    )


class AuditAmended(Happened):
    """The audit was corrected; the outcome before it stays in the stream."""

    type: Literal["audit-amended"] = "audit-amended"
    outcome: Outcome
    reason: Code
    changed: tuple[Code, ...]


class AuditWithdrawn(Happened):
    """The audit was taken out of the figures."""

    type: Literal["audit-withdrawn"] = "audit-withdrawn"
    reason: Code


class RecommendationMade(Happened):
    """A recommendation was made after completion."""

    type: Literal["recommendation-made"] = "recommendation-made"
    recommendation: Recommendation


class RecommendationFollowedUp(Happened):
    """A recommendation was followed up."""

    type: Literal["recommendation-followed-up"] = "recommendation-followed-up"
    recommendation_id: UUID
    discussed_in_supervision_on: date | None
    done: bool
    made_a_difference: Difference
    text: SealedText | None = None


Event = (
    AuditAllocated
    | ConcernFlagged
    | AuditCompleted
    | AuditAmended
    | AuditWithdrawn
    | ModerationEvent
    | RecommendationMade
    | RecommendationFollowedUp
    | PractitionerEvent
    | ReAuditEvent
)
"""Everything that can have happened to an audit."""

_EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def to_json(event: Event) -> tuple[str, bytes]:
    """Return an event's stored name and its JSON."""
    return event.type, _EVENTS.dump_json(event)


def from_json(type_: str, data: bytes) -> Event:
    """Return the event that was stored under this name.

    Raises:
        ValueError: the data is not of that event.

    """
    event = _EVENTS.validate_json(data)
    if event.type != type_:
        raise ValueError(f"a stored {event.type} stands under the name {type_}")
    return event
