"""What happened to an audit escalation, as this service keeps it. `at` is the business time.

These are stored for ever under their `type`; a field may be added with a default, never renamed or removed.
Where it belongs (`Place`) is kept once, in the first event. A `text` is sealed with the child's key, or with the
escalation's own while the child has no reference.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints, TypeAdapter

from services.escalation.domain.model import (
    Actor,
    Answer,
    Category,
    Cause,
    Changed,
    Clock,
    Clocks,
    Code,
    Place,
    RequiredStep,
    Value,
)

Sealed = Annotated[str, StringConstraints(pattern=r"^s1.[A-Za-z0-9_-]+$")]
"""A text sealed with the child's key, as `shared.privacy.sealing` makes it."""


class Happened(Value):
    """What every private event has: when it happened, when it was recorded, whether that was late, by which settings.

    The last three are stamped by the decider; events of before they existed have none.
    """

    at: AwareDatetime
    recorded_at: AwareDatetime | None = None
    recorded_late: bool = False
    settings_version: int | None = None


class ConsiderationOpened(Happened):
    """The requirement to escalate is being considered for the first time.

    `case_number` is there where the child has no reference yet; it is sealed with a key of its own, which is destroyed
    once audit has given the reference.
    """

    type: Literal["consideration-opened"] = "consideration-opened"
    place: Place
    causes: tuple[Cause, ...]
    category: Category
    policy_version: Code
    clock: Clock | None = None
    steps_required: tuple[RequiredStep, ...] = ()
    case_number: Sealed | None = None


class CauseJoined(Happened):
    """Another cause joined it; `category` is that of the whole from then on, as far as it is still being considered.

    `clock` is there where the decision is now due sooner.
    """

    type: Literal["cause-joined"] = "cause-joined"
    causes: tuple[Cause, ...]
    category: Category
    policy_version: Code
    clock: Clock | None = None


class ConsiderationReopened(Happened):
    """A new cause came after it was found not required, signed off, closed or withdrawn: it is considered again."""

    type: Literal["consideration-reopened"] = "consideration-reopened"
    causes: tuple[Cause, ...]
    category: Category
    policy_version: Code
    clock: Clock | None = None
    steps_required: tuple[RequiredStep, ...] = ()


class AuditWithdrawalNoted(Happened):
    """The audit behind it was withdrawn: noted, and nothing else changes."""

    type: Literal["audit-withdrawal-noted"] = "audit-withdrawal-noted"


class StandingGradeNoted(Happened):
    """Another grade stands, and it is no cause: noted, and nothing else changes.

    `because` is what changed it, a moderation or a dispute; events of before that was kept have none.
    """

    type: Literal["standing-grade-noted"] = "standing-grade-noted"
    grade: Code
    because: Changed | None = None


class CaseReferenceNoted(Happened):
    """Audit gave the reference of the child that only a sealed case number named; or a person entered it (`by`)."""

    type: Literal["case-reference-noted"] = "case-reference-noted"
    case_reference: UUID
    by: Actor | None = None


class CaseNumberRefused(Happened):
    """Audit takes the sealed case number for none, or its key is lost: a person has to say which child it is."""

    type: Literal["case-number-refused"] = "case-number-refused"
    reason: Literal["number-refused", "key-lost"]


class CaseNumberCorrected(Happened):
    """A person entered another case number for the child; audit is asked by it."""

    type: Literal["case-number-corrected"] = "case-number-corrected"
    case_number: Sealed
    by: Actor


class ChildErasureNoted(Happened):
    """The child's key was destroyed: no text about the child can be read any more."""

    type: Literal["child-erasure-noted"] = "child-erasure-noted"


class DiscussionRecorded(Happened):
    """It was discussed with the allocated practitioner or manager."""

    type: Literal["discussion-recorded"] = "discussion-recorded"
    with_whom: tuple[Code, ...]
    by: Actor
    text: Sealed | None = None


class EscalationFoundNotRequired(Happened):
    """It was considered and found not required."""

    type: Literal["escalation-found-not-required"] = "escalation-found-not-required"
    reason: Code
    by: Actor
    text: Sealed | None = None


class EscalationRaised(Happened):
    """It was escalated to the service manager of the district; `recorded_at` tells a late entry from a live one."""

    type: Literal["escalation-raised"] = "escalation-raised"
    category: Category
    clocks: Clocks
    told: tuple[Code, ...]
    by: Actor
    recorded_at: AwareDatetime
    steps_required: tuple[RequiredStep, ...] = ()


class EscalationReclassified(Happened):
    """Its category changed; the clock of the new category runs from the original raise."""

    type: Literal["escalation-reclassified"] = "escalation-reclassified"
    category: Category
    from_category: Category
    reason: Code
    by: Actor
    second_person: Actor | None = None
    text: Sealed | None = None


class CopySent(Happened):
    """The copy of the audit tool, a link that checks who opens it, was sent to these roles."""

    type: Literal["copy-sent"] = "copy-sent"
    to: tuple[Code, ...]
    by: Actor


class ActionsDiscussed(Happened):
    """The service manager discussed the actions with practitioner and team manager."""

    type: Literal["actions-discussed"] = "actions-discussed"
    by: Actor


class ActionAdded(Happened):
    """An action was added to the child's file; actions of before owners were asked for have none."""

    type: Literal["action-added"] = "action-added"
    action_id: UUID
    kind: Code
    due_on: date | None
    by: Actor
    owner: Actor | None = None
    text: Sealed | None = None


class ActionCompleted(Happened):
    """An action was completed."""

    type: Literal["action-completed"] = "action-completed"
    action_id: UUID
    by: Actor


class ActionWithdrawn(Happened):
    """An action is not to be done after all."""

    type: Literal["action-withdrawn"] = "action-withdrawn"
    action_id: UUID
    reason: Code
    by: Actor
    text: Sealed | None = None


class OversightRecorded(Happened):
    """Management oversight was added to the child's file; `covering` is whom the recorder stood in for."""

    type: Literal["oversight-recorded"] = "oversight-recorded"
    by: Actor
    covering: Actor | None = None
    text: Sealed | None = None


class ActionsSignedOff(Happened):
    """The completed actions were signed off; `covering` is whom the signer stood in for."""

    type: Literal["actions-signed-off"] = "actions-signed-off"
    due_at: AwareDatetime
    within_clock: bool
    by: Actor
    covering: Actor | None = None


class EscalationBecameOverdue(Happened):
    """The due moment passed without sign-off; `at` is that moment, however late it was noticed."""

    type: Literal["escalation-became-overdue"] = "escalation-became-overdue"
    due_at: AwareDatetime


class ConsiderationBecameOverdue(Happened):
    """Nobody decided by the due moment whether to escalate; `at` is that moment, however late it was noticed."""

    type: Literal["consideration-became-overdue"] = "consideration-became-overdue"
    due_at: AwareDatetime


class ChaserSent(Happened):
    """Some roles were reminded of a due moment; `fell_due_at` is when that was to be, `at` when it was done."""

    type: Literal["chaser-sent"] = "chaser-sent"
    moment: Code
    fell_due_at: AwareDatetime
    due_at: AwareDatetime
    to: tuple[Code, ...]


class SecondLineTold(Happened):
    """The second line was told of the breach; `fell_due_at` is when that was to be, `at` when it was done.

    `clock` is which one was over; events of before it was told to other services have none, and stay untold, so that a
    store is published again with the numbers it was published with.
    """

    type: Literal["second-line-told"] = "second-line-told"
    clock: Literal["consideration", "sign-off"] | None = None
    fell_due_at: AwareDatetime
    due_at: AwareDatetime
    to: tuple[Code, ...]


class ClockRecomputed(Happened):
    """The settings or the calendar changed while it was open: its clocks are reckoned anew from where they started."""

    type: Literal["clock-recomputed"] = "clock-recomputed"
    clocks: Clocks
    because: Literal["settings", "calendar"]


class EscalationClosed(Happened):
    """The assistant director of the district was told, and it was closed."""

    type: Literal["escalation-closed"] = "escalation-closed"
    by: Actor


class ClosingAnswered(Happened):
    """One who raised it, or found its cause, confirmed the closing or asked to reopen."""

    type: Literal["closing-answered"] = "closing-answered"
    answer: Answer
    by: Actor
    text: Sealed | None = None


class EscalationReopened(Happened):
    """A person reopened what was signed off or closed: a new clock runs."""

    type: Literal["escalation-reopened"] = "escalation-reopened"
    category: Category
    clocks: Clocks
    told: tuple[Code, ...]
    reason: Code
    by: Actor
    steps_required: tuple[RequiredStep, ...] = ()
    text: Sealed | None = None


class EscalationWithdrawn(Happened):
    """It had been raised in error, and two people withdrew it."""

    type: Literal["escalation-withdrawn"] = "escalation-withdrawn"
    reason: Code
    by: Actor
    second_person: Actor
    text: Sealed | None = None


class ReAuditRequested(Happened):
    """A re-audit of the case was asked for, by a date."""

    type: Literal["re-audit-requested"] = "re-audit-requested"
    due_on: date
    by: Actor


class ReAuditNoted(Happened):
    """The re-audit that was asked for was done; `grade` is what it found, none where it is not graded."""

    type: Literal["re-audit-noted"] = "re-audit-noted"
    audit_id: UUID
    grade: Code | None


class ReAuditGradeNoted(Happened):
    """Another grade of the re-audit stands than it was completed with, since it was moderated, disputed or amended."""

    type: Literal["re-audit-grade-noted"] = "re-audit-grade-noted"
    audit_id: UUID
    grade: Code | None
    because: Changed


class ReAuditWithdrawalNoted(Happened):
    """The re-audit that had been done was withdrawn, so the one asked for waits again."""

    type: Literal["re-audit-withdrawal-noted"] = "re-audit-withdrawal-noted"
    audit_id: UUID


Event: TypeAlias = (
    ConsiderationOpened
    | CauseJoined
    | ConsiderationReopened
    | AuditWithdrawalNoted
    | StandingGradeNoted
    | CaseReferenceNoted
    | CaseNumberRefused
    | CaseNumberCorrected
    | ChildErasureNoted
    | DiscussionRecorded
    | EscalationFoundNotRequired
    | EscalationRaised
    | EscalationReclassified
    | CopySent
    | ActionsDiscussed
    | ActionAdded
    | ActionCompleted
    | ActionWithdrawn
    | OversightRecorded
    | ActionsSignedOff
    | EscalationBecameOverdue
    | ConsiderationBecameOverdue
    | ChaserSent
    | SecondLineTold
    | ClockRecomputed
    | EscalationClosed
    | ClosingAnswered
    | EscalationReopened
    | EscalationWithdrawn
    | ReAuditRequested
    | ReAuditNoted
    | ReAuditGradeNoted
    | ReAuditWithdrawalNoted
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
