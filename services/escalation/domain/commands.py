"""What can be asked of an audit escalation. Time, ids and clocks come in with the command.

`happened_at` is when the step happened in the business, `recorded_at` when it reached the service; both are aware.
Whether a clock was met goes by `happened_at`, and what lies in the future is judged by `recorded_at`. A `text` is
sealed by whoever sends the command; nothing here ever sees it plain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID

from services.escalation.domain.model import (
    EVERY_STEP,
    Actor,
    Answer,
    Category,
    Cause,
    Changed,
    Clocks,
    Place,
    RequiredStep,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What every command carries: when it happened, when it was recorded, and who did it.

    Recorded after `record_by`, it is a late recording; None where lateness is not asked about (policies and timers).
    `settings_version` is that of the authority's settings document it is done by. `dated` is whether somebody said
    when it happened; where nobody did, it is taken to have happened as it is recorded.
    """

    happened_at: datetime
    recorded_at: datetime
    actor: Actor
    record_by: datetime | None = None
    settings_version: int | None = None
    dated: bool = True

    @property
    def recorded_late(self) -> bool:
        """Return whether it was recorded later than the settings allow."""
        return self.record_by is not None and self.recorded_at > self.record_by


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictStep(Step):
    """What the service manager of the district alone does, or a named cover (Appendix E, steps 4 to 6).

    `named` says whether the settings of that day name the recorder as its service manager, `covering` whom the recorder
    stands in for by them. Where they name nobody (`named` is None), the recorder's paths in the authority decide.
    """

    scope: tuple[str, ...] = ()
    covering: Actor | None = None
    named: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnce:
    """What a safeguarding concern is raised with where the authority wants it raised at once."""

    clocks: Clocks
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consider(Step):
    """Consider whether to escalate (Appendix E, step 2), for one or more causes found in the same event.

    `clocks` say by when it is to be decided; `at_once` raises it, if it is a safeguarding concern by then.
    `case_number` is sealed, and there where the place has no case reference yet.
    """

    place: Place
    causes: tuple[Cause, ...]
    policy_version: str
    clocks: Clocks | None = None
    at_once: AtOnce | None = None
    steps_required: tuple[RequiredStep, ...] = EVERY_STEP
    case_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAuditWithdrawn(Step):
    """Note that the audit behind it was withdrawn; a person decides what that means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStandingGrade(Step):
    """Note the grade that a moderation or a dispute left standing, where it is no cause; a person decides on it."""

    grade: str
    because: Changed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCaseReference(Step):
    """Note the random reference that audit gave for the child, where only a sealed case number was known."""

    case_reference: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCaseNumberRefused(Step):
    """Note that nothing comes of the sealed case number: audit takes it for none, or its key is lost."""

    case_number: str
    reason: Literal["number-refused", "key-lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameChild(Step):
    """Enter by hand which child it is about while its reference is awaited: that, or another sealed number."""

    case_reference: UUID | None = None
    case_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteChildErased(Step):
    """Note that the child's key was destroyed: no text about the child can be read from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDiscussion(Step):
    """Record the discussion with the allocated practitioner or manager (Appendix E, step 1)."""

    with_whom: tuple[str, ...]
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDecisionNotRequired(Step):
    """Record that it was considered and found not required, for a coded reason."""

    reason: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseEscalation(Step):
    """Escalate to the service manager of the district: the clock starts (Appendix E, steps 2 and 3).

    `category` may lift practice to safeguarding; none keeps what the causes say. `told` are the roles told of it.
    """

    clocks: Clocks
    told: tuple[str, ...]
    category: Category | None = None
    steps_required: tuple[RequiredStep, ...] = EVERY_STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassify(Step):
    """Change the category of a raised escalation; the clock still runs from the original raise."""

    category: Category
    reason: str
    second_person: Actor | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCopySent(Step):
    """Record that the copy of the audit tool, a link, was sent to those who are told (Appendix E, step 3)."""

    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordActionsDiscussed(DistrictStep):
    """Record that the service manager discussed actions with practitioner and team manager (Appendix E, step 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAction(Step):
    """Record an action that was added to the child's file (Appendix E, step 4); `owner` is who is to do it."""

    action_id: UUID
    kind: str
    owner: Actor
    due_on: date | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAction(Step):
    """Record that an action was completed; the actor is who did it."""

    action_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAction(Step):
    """Record that an action is not to be done after all, for a coded reason."""

    action_id: UUID
    reason: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOversight(DistrictStep):
    """Record that management oversight was added to the child's file (Appendix E, step 5)."""

    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff(DistrictStep):
    """Sign off the completed actions (Appendix E, step 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellAssistantDirectorAndClose(DistrictStep):
    """Record that the district's assistant director was told, and close (Appendix E, step 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClosing(Step):
    """Confirm the closing, or ask to reopen, as one who raised it or found its cause."""

    answer: Answer
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Step):
    """Reopen what was signed off or closed, for a coded reason: a new clock runs, the old one stays on record."""

    reason: str
    clocks: Clocks
    told: tuple[str, ...]
    category: Category | None = None
    steps_required: tuple[RequiredStep, ...] = EVERY_STEP
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Step):
    """Withdraw what was raised in error, for a coded reason and with a second person."""

    reason: str
    second_person: Actor | None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReAudit(Step):
    """Ask for a re-audit of the case by a date."""

    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReAudit(Step):
    """Note that the audit service did the re-audit that was asked for: which audit it is, and its grade."""

    audit_id: UUID
    grade: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReAuditGrade(Step):
    """Note that another grade of the re-audit stands than it was completed with, and what changed it."""

    audit_id: UUID
    grade: str | None
    because: Changed


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReAuditWithdrawn(Step):
    """Note that the re-audit which was done was withdrawn: what was asked for waits again."""

    audit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecomputeClock(Step):
    """Reckon an open clock anew from where it started, since the settings or the calendar changed."""

    clocks: Clocks
    because: Literal["settings", "calendar"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkOverdue(Step):
    """Mark that the due moment passed without sign-off; asked by the timer, whenever it gets to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkConsiderationOverdue(Step):
    """Mark that nobody decided in time whether to escalate; asked by the timer, whenever it gets to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendChaser(Step):
    """Remind of a due moment to come, once a moment; asked by the timer, whenever it gets to it."""

    moment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellSecondLine(Step):
    """Tell the second line that the clock was breached; asked by the timer, whenever it gets to it."""


PersonsStep: TypeAlias = (
    RecordDiscussion
    | RecordDecisionNotRequired
    | RaiseEscalation
    | Reclassify
    | RecordCopySent
    | RecordActionsDiscussed
    | AddAction
    | CompleteAction
    | WithdrawAction
    | RecordOversight
    | SignOff
    | TellAssistantDirectorAndClose
    | AnswerClosing
    | Reopen
    | Withdraw
    | RequestReAudit
    | NameChild
)
"""The steps that people take; Consider is asked by policies too, the others by the service alone."""

Written: TypeAlias = (
    RecordDiscussion
    | RecordDecisionNotRequired
    | Reclassify
    | AddAction
    | WithdrawAction
    | RecordOversight
    | AnswerClosing
    | Reopen
    | Withdraw
)
"""The steps that may come with a text."""

Note: TypeAlias = (
    NoteAuditWithdrawn
    | NoteStandingGrade
    | NoteCaseReference
    | NoteCaseNumberRefused
    | NoteChildErased
    | NoteReAudit
    | NoteReAuditGrade
    | NoteReAuditWithdrawn
)
"""What is noted of another service's event, in any state, and changes nothing else."""

Timed: TypeAlias = MarkOverdue | MarkConsiderationOverdue | SendChaser | TellSecondLine | RecomputeClock
"""What the service asks of a running clock; where none runs, it changes nothing."""

Command: TypeAlias = Consider | PersonsStep | Note | Timed
