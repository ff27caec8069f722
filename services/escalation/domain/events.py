"""What happened to an audit escalation, as this service keeps it. `at` is the business time.

These are stored for ever under their `type`; a field may be added with a default, never renamed or removed.
Where it belongs (`Place`) is kept once, in the first event.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from services.escalation.domain.model import Actor, Category, Cause, Clocks, Code, Place, Value


class Happened(Value):
    """What every private event has: when it happened in the business."""

    at: AwareDatetime


class ConsiderationOpened(Happened):
    """The requirement to escalate is being considered for the first time."""

    type: Literal["consideration-opened"] = "consideration-opened"
    place: Place
    causes: tuple[Cause, ...]
    category: Category
    policy_version: Code


class CauseJoined(Happened):
    """Another cause joined it; `category` is that of the whole from then on, as far as it is still being considered."""

    type: Literal["cause-joined"] = "cause-joined"
    causes: tuple[Cause, ...]
    category: Category
    policy_version: Code


class ConsiderationReopened(Happened):
    """A new cause came after it was found not required, signed off or closed: it is considered again."""

    type: Literal["consideration-reopened"] = "consideration-reopened"
    causes: tuple[Cause, ...]
    category: Category
    policy_version: Code


class AuditWithdrawalNoted(Happened):
    """The audit behind it was withdrawn: noted, and nothing else changes."""

    type: Literal["audit-withdrawal-noted"] = "audit-withdrawal-noted"


class StandingGradeNoted(Happened):
    """A dispute left another grade standing, and it is no cause: noted, and nothing else changes."""

    type: Literal["standing-grade-noted"] = "standing-grade-noted"
    grade: Code


class EscalationFoundNotRequired(Happened):
    """It was considered and found not required."""

    type: Literal["escalation-found-not-required"] = "escalation-found-not-required"
    reason: Code
    by: Actor


class EscalationRaised(Happened):
    """It was escalated to the service manager of the district; `recorded_at` tells a late entry from a live one."""

    type: Literal["escalation-raised"] = "escalation-raised"
    category: Category
    clocks: Clocks
    told: tuple[Code, ...]
    by: Actor
    recorded_at: AwareDatetime


class EscalationReclassified(Happened):
    """Its category changed; the clock of the new category runs from the original raise."""

    type: Literal["escalation-reclassified"] = "escalation-reclassified"
    category: Category
    from_category: Category
    reason: Code
    by: Actor
    second_person: Actor | None = None


class ActionAdded(Happened):
    """An action was added to the child's file."""

    type: Literal["action-added"] = "action-added"
    action_id: UUID
    kind: Code
    due_on: date | None
    by: Actor


class ActionCompleted(Happened):
    """An action was completed."""

    type: Literal["action-completed"] = "action-completed"
    action_id: UUID
    by: Actor


class OversightRecorded(Happened):
    """Management oversight was added to the child's file."""

    type: Literal["oversight-recorded"] = "oversight-recorded"
    by: Actor


class ActionsSignedOff(Happened):
    """The completed actions were signed off."""

    type: Literal["actions-signed-off"] = "actions-signed-off"
    due_at: AwareDatetime
    within_clock: bool
    by: Actor


class EscalationBecameOverdue(Happened):
    """The due moment passed without sign-off; `at` is that moment, however late it was noticed."""

    type: Literal["escalation-became-overdue"] = "escalation-became-overdue"
    due_at: AwareDatetime


class EscalationClosed(Happened):
    """The assistant director of the district was told, and it was closed."""

    type: Literal["escalation-closed"] = "escalation-closed"
    by: Actor


Event: TypeAlias = (
    ConsiderationOpened
    | CauseJoined
    | ConsiderationReopened
    | AuditWithdrawalNoted
    | StandingGradeNoted
    | EscalationFoundNotRequired
    | EscalationRaised
    | EscalationReclassified
    | ActionAdded
    | ActionCompleted
    | OversightRecorded
    | ActionsSignedOff
    | EscalationBecameOverdue
    | EscalationClosed
)

_ANY_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def to_json(event: Event) -> tuple[str, bytes]:
    """Return the stored name of an event and its JSON."""
    return event.type, event.model_dump_json().encode()


def from_json(event_type: str, data: bytes) -> Event:
    """Return the event that was stored.

    Raises:
        ValueError: it is no event of this service, or was stored under another name.

    """
    event = _ANY_EVENT.validate_json(data)
    if event.type != event_type:
        raise ValueError(f"an event stored as {event_type!r} says it is {event.type!r}")
    return event
