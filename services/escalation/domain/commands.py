"""What can be asked of an audit escalation. Time, ids and clocks come in with the command.

`happened_at` is when the step happened in the business, `recorded_at` when it reached the service; both are aware.
Whether a clock was met goes by `happened_at`, and what lies in the future is judged by `recorded_at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from services.escalation.domain.model import Actor, Category, Cause, Clocks, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What every command carries: when it happened, when it was recorded, and who did it."""

    happened_at: datetime
    recorded_at: datetime
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Consider(Step):
    """Consider whether to escalate (Appendix E, step 2), for one or more causes found in the same event."""

    place: Place
    causes: tuple[Cause, ...]
    policy_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAuditWithdrawn(Step):
    """Note that the audit behind it was withdrawn; a person decides what that means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStandingGrade(Step):
    """Note the grade that a settled dispute left standing, where it is no cause; a person decides what that means."""

    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDecisionNotRequired(Step):
    """Record that it was considered and found not required, for a coded reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseEscalation(Step):
    """Escalate to the service manager of the district: the clock starts (Appendix E, steps 2 and 3).

    `category` may lift practice to safeguarding; none keeps what the causes say. `told` are the roles told of it.
    """

    clocks: Clocks
    told: tuple[str, ...]
    category: Category | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassify(Step):
    """Change the category of a raised escalation; the clock still runs from the original raise."""

    category: Category
    reason: str
    second_person: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAction(Step):
    """Record an action that was added to the child's file (Appendix E, step 4)."""

    action_id: UUID
    kind: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAction(Step):
    """Record that an action was completed; the actor is who did it."""

    action_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOversight(Step):
    """Record that management oversight was added to the child's file (Appendix E, step 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff(Step):
    """Sign off the completed actions (Appendix E, step 5); `scope` are the signer's paths in the authority."""

    scope: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TellAssistantDirectorAndClose(Step):
    """Record that the district's assistant director was told, and close (Appendix E, step 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkOverdue(Step):
    """Mark that the due moment passed without sign-off; asked by the timer, whenever it gets to it."""


Command: TypeAlias = (
    Consider
    | NoteAuditWithdrawn
    | NoteStandingGrade
    | RecordDecisionNotRequired
    | RaiseEscalation
    | Reclassify
    | AddAction
    | CompleteAction
    | RecordOversight
    | SignOff
    | TellAssistantDirectorAndClose
    | MarkOverdue
)
