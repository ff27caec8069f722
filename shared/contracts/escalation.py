"""What the escalation service publishes on `escalation.events`: audit escalations and their clocks.

A stream is one audit escalation. Sources: domain.md section 4 (Appendix E), design.md section 5.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.base import ESCALATION_EVENTS, Actor, Code, Contract, OrganisationPath, PublicEvent


class Category(StrEnum):
    """What is unsafe: practice (five working days) or safeguarding (one)."""

    PRACTICE = "practice"
    SAFEGUARDING = "safeguarding"


class Origin(StrEnum):
    """Where the cause came from."""

    AUDIT = "audit"
    MODERATION = "moderation"
    PERSON = "person"


class Cause(Contract):
    """Why it is considered: the event that gave rise to it, or a person."""

    origin: Origin
    code: Code = Field(description="concern-flagged, inadequate-likely, inadequate-grade, inspector, complaint, ...")
    event_id: UUID | None = None


class Clock(Contract):
    """The clock of an audit escalation, with what anyone needs to see why it is that day."""

    started_at: AwareDatetime
    due_at: AwareDatetime
    working_days: int = Field(ge=0)
    counted: tuple[date, ...]
    calendar_version: str
    policy_version: Code


class EscalationPlace(Contract):
    """Which audit escalation, where, about what; the audit and the case by their random references."""

    escalation_id: UUID
    audit_id: UUID | None
    case_reference: UUID | None
    organisation: OrganisationPath
    service: Code
    category: Category
    settings_version: int | None = Field(
        default=None, ge=1, description="version of the authority's settings document that this was done by"
    )
    recorded_late: bool = Field(
        default=False, description="recorded later after it happened than the settings allow: counted apart"
    )


class EscalationConsideredV1(EscalationPlace, PublicEvent):
    """The requirement to escalate is being considered (Appendix E, step 2), or another cause joined it."""

    TYPE: ClassVar[str] = "escalation-considered.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    causes: tuple[Cause, ...]
    policy_version: Code
    consider_by: AwareDatetime | None = Field(default=None, description="when the decision is due")
    reopened: bool = Field(default=False, description="considered again, after it was settled")


class EscalationNotRequiredV1(EscalationPlace, PublicEvent):
    """It was considered and found not required, for a coded reason."""

    TYPE: ClassVar[str] = "escalation-not-required.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    reason: Code
    decided_by: Actor
    considered_at: AwareDatetime | None = Field(default=None, description="when it came to be considered")
    discussed_at: AwareDatetime | None = Field(default=None, description="step 1, with practitioner or manager")
    consider_by: AwareDatetime | None = Field(default=None, description="when the decision was due")


class EscalationRaisedV1(EscalationPlace, PublicEvent):
    """Escalated to the District Service Manager; the clock runs (Appendix E, steps 2 and 3)."""

    TYPE: ClassVar[str] = "escalation-raised.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    causes: tuple[Cause, ...]
    clock: Clock
    told: tuple[Code, ...] = Field(description="roles told of it")
    raised_by: Actor
    considered_at: AwareDatetime | None = Field(default=None, description="when it came to be considered")
    discussed_at: AwareDatetime | None = Field(default=None, description="step 1, with practitioner or manager")
    consider_by: AwareDatetime | None = Field(default=None, description="when the decision was due")


class EscalationReclassifiedV1(EscalationPlace, PublicEvent):
    """A practice concern turned out to be safeguarding: the shorter clock holds from the original raise."""

    TYPE: ClassVar[str] = "escalation-reclassified.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    from_category: Category
    clock: Clock
    reason: Code
    reclassified_by: Actor
    second_person: Actor | None = Field(default=None, description="who agreed, where safeguarding became practice")


class EscalationClockRecomputedV1(EscalationPlace, PublicEvent):
    """The settings or the calendar changed while the clock ran: the same raise, another due moment."""

    TYPE: ClassVar[str] = "escalation-clock-recomputed.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    clock: Clock
    due_before: AwareDatetime
    because: Code = Field(description="settings or calendar")


class ActionAddedV1(EscalationPlace, PublicEvent):
    """An action was added to the child's file by the team manager (Appendix E, step 4)."""

    TYPE: ClassVar[str] = "action-added.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    action_id: UUID
    kind: Code
    due_on: date | None
    added_by: Actor
    owner: Actor | None = Field(default=None, description="who is to do it")


class ActionCompletedV1(EscalationPlace, PublicEvent):
    """An action was completed."""

    TYPE: ClassVar[str] = "action-completed.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    action_id: UUID
    completed_by: Actor


class ActionWithdrawnV1(EscalationPlace, PublicEvent):
    """An action is not to be done after all, for a coded reason."""

    TYPE: ClassVar[str] = "action-withdrawn.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    action_id: UUID
    reason: Code
    withdrawn_by: Actor


class OversightRecordedV1(EscalationPlace, PublicEvent):
    """Management oversight was added to the child's file (Appendix E, step 5)."""

    TYPE: ClassVar[str] = "oversight-recorded.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    recorded_by: Actor


class ActionsSignedOffV1(EscalationPlace, PublicEvent):
    """The completed actions were signed off; whether within the clock (Appendix E, step 5)."""

    TYPE: ClassVar[str] = "actions-signed-off.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    signed_off_at: AwareDatetime
    due_at: AwareDatetime
    within_clock: bool
    signed_off_by: Actor
    covering: Actor | None = Field(default=None, description="the service manager whom the signer stood in for")
    copy_sent_at: AwareDatetime | None = Field(default=None, description="step 3, the copy of the audit tool")
    actions_discussed_at: AwareDatetime | None = Field(default=None, description="step 4")


class EscalationOverdueV1(EscalationPlace, PublicEvent):
    """The due moment passed without sign-off."""

    TYPE: ClassVar[str] = "escalation-overdue.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    due_at: AwareDatetime


class RunningClock(StrEnum):
    """Which clock it is: of the consideration, until it is decided; of the raise, until it is signed off."""

    CONSIDERATION = "consideration"
    SIGN_OFF = "sign-off"


class SecondLineToldV1(EscalationPlace, PublicEvent):
    """A clock was over and nothing was done: the second line was told, by role, once a clock."""

    TYPE: ClassVar[str] = "second-line-told.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    clock: RunningClock
    told: tuple[Code, ...] = Field(description="the roles that were told")
    told_at: AwareDatetime
    due_at: AwareDatetime = Field(description="the moment that had passed")


class EscalationClosedV1(EscalationPlace, PublicEvent):
    """The District Assistant Director was told and the escalation is closed (Appendix E, step 6)."""

    TYPE: ClassVar[str] = "escalation-closed.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    assistant_director_told_at: AwareDatetime
    closed_by: Actor


class EscalationReopenedV1(EscalationPlace, PublicEvent):
    """A person re-opened it after its sign-off or closing: a new clock runs, the old one stays on record."""

    TYPE: ClassVar[str] = "escalation-reopened.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    clock: Clock
    reason: Code
    reopened_by: Actor


class EscalationWithdrawnV1(EscalationPlace, PublicEvent):
    """It had been raised in error, and two people withdrew it."""

    TYPE: ClassVar[str] = "escalation-withdrawn.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    reason: Code
    withdrawn_by: Actor
    second_person: Actor


class ReAuditRequestedV1(EscalationPlace, PublicEvent):
    """A re-audit of the case was asked for, by a date; the audit service answers by an audit that names the first."""

    TYPE: ClassVar[str] = "re-audit-requested.v1"
    TOPIC: ClassVar[str] = ESCALATION_EVENTS

    due_on: date
    requested_by: Actor
