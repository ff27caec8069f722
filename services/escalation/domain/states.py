"""Where an audit escalation stands, as types: only a raised one has a clock, only a signed-off one can be closed.

The path of Appendix E is NotConsidered -> Considering -> Raised -> SignedOff -> Closed, with NotRequired as the other
way out of a consideration. A new cause leads back from NotRequired, SignedOff or Closed to Considering.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from services.escalation.domain.model import Actor, Category, Cause, Clock, Clocks, Place


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds whatever the state: where it belongs, every cause ever, what was noted of its audit.

    `withdrawn_at` is the audit's withdrawal, `settled_grade` the grade that a dispute left standing.

    `clock_number` counts the clocks that were set over its whole life: it tells the timer one due moment from another.
    """

    place: Place
    causes: tuple[Cause, ...]
    withdrawn_at: datetime | None = None
    clock_number: int = 0
    settled_grade: str | None = None

    def with_causes(self, causes: tuple[Cause, ...]) -> Facts:
        """Return the facts with more causes."""
        return replace(self, causes=self.causes + causes)


@dataclass(frozen=True, slots=True)
class NotConsidered:
    """Nothing has happened yet."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action on the child's file, open until it has a `completed_at`."""

    id: UUID
    kind: str
    due_on: date | None
    added_at: datetime
    added_by: Actor
    completed_at: datetime | None = None
    completed_by: Actor | None = None


@dataclass(frozen=True, slots=True)
class Oversight:
    """Management oversight on the child's file."""

    recorded_at: datetime
    by: Actor


@dataclass(frozen=True, slots=True)
class Raised:
    """Escalated; the clock runs. `recorded_at` is when the raise reached the service.

    `late_entry` says that the raise was recorded only after its own due moment: history being entered, not a live case.
    """

    facts: Facts
    category: Category
    causes: tuple[Cause, ...]
    raised_at: datetime
    recorded_at: datetime
    raised_by: Actor
    clocks: Clocks
    told: tuple[str, ...]
    late_entry: bool = False
    actions: tuple[Action, ...] = ()
    oversight: Oversight | None = None
    overdue_since: datetime | None = None

    @property
    def clock(self) -> Clock:
        """Return the clock that holds for its category, from the original raise."""
        return self.clocks.of(self.category)

    @property
    def open_actions(self) -> tuple[Action, ...]:
        """Return the actions that are not completed."""
        return tuple(action for action in self.actions if action.completed_at is None)

    def action(self, action_id: UUID) -> Action | None:
        """Return an action by its id."""
        return next((action for action in self.actions if action.id == action_id), None)


@dataclass(frozen=True, slots=True)
class SignedOff:
    """The completed actions were signed off; the assistant director is still to be told."""

    facts: Facts
    raised: Raised
    signed_off_at: datetime
    signed_off_by: Actor
    within_clock: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """The assistant director was told."""

    facts: Facts
    signed_off: SignedOff
    closed_at: datetime
    closed_by: Actor


@dataclass(frozen=True, slots=True)
class Considering:
    """The requirement to escalate is being considered; `considered_at` is the earliest of its causes.

    `resumes` is the signed-off escalation a new cause interrupted: found not required, it still has to be closed.
    """

    facts: Facts
    category: Category
    causes: tuple[Cause, ...]
    considered_at: datetime
    policy_version: str
    resumes: SignedOff | None = None


@dataclass(frozen=True, slots=True)
class NotRequired:
    """Considered and found not required, for a reason."""

    facts: Facts
    category: Category
    causes: tuple[Cause, ...]
    decided_at: datetime
    decided_by: Actor
    reason: str


State: TypeAlias = NotConsidered | Considering | NotRequired | Raised | SignedOff | Closed
