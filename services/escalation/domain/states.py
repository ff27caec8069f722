"""Where an audit escalation stands, as types: only a raised one has a clock, only a signed-off one can be closed.

The path of Appendix E is NotConsidered -> Considering -> Raised -> SignedOff -> Closed, with NotRequired as the other
way out of a consideration and Withdrawn as the way out for what was raised in error. A new cause leads back from
NotRequired, SignedOff, Closed or Withdrawn to Considering; a person reopens SignedOff or Closed to Raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.escalation.domain.model import Actor, Answer, Category, Cause, Clock, Clocks, RequiredStep
from services.escalation.domain.parts import Action, Answered, Facts, Oversight, Reclassified, Taken, Watch


@dataclass(frozen=True, slots=True)
class NotConsidered:
    """Nothing has happened yet."""


@dataclass(frozen=True, slots=True)
class Raised:
    """Escalated; the clock runs. `recorded_at` is when the raise reached the service.

    `reclassified` is the last change of its category, `reopened_because` the reason where a person reopened it.
    `oversight` is the first that was recorded in this round, `further_oversight` what came after it.
    """

    facts: Facts
    category: Category
    causes: tuple[Cause, ...]
    raised_at: datetime
    recorded_at: datetime
    raised_by: Actor
    clocks: Clocks
    told: tuple[str, ...]
    watch: Watch
    steps_required: tuple[RequiredStep, ...] = ()
    discussions: tuple[Taken, ...] = ()
    copy_sent: Taken | None = None
    actions_discussed: Taken | None = None
    actions: tuple[Action, ...] = ()
    oversight: Oversight | None = None
    further_oversight: tuple[Oversight, ...] = ()
    reclassified: Reclassified | None = None
    reopened_because: str | None = None

    @property
    def every_oversight(self) -> tuple[Oversight, ...]:
        """Return all management oversight of this round, the first record first."""
        return () if self.oversight is None else (self.oversight, *self.further_oversight)

    @property
    def clock(self) -> Clock:
        """Return the clock that holds for its category, from the original raise."""
        return self.clocks.of(self.category)

    @property
    def overdue_since(self) -> datetime | None:
        """Return the due moment that passed, once it was marked."""
        return self.watch.overdue_since

    @property
    def open_actions(self) -> tuple[Action, ...]:
        """Return the actions that are neither completed nor withdrawn."""
        return tuple(action for action in self.actions if action.is_open)

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
    covering: Actor | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The assistant director was told; `answers` are the last one of each person who raised it."""

    facts: Facts
    signed_off: SignedOff
    closed_at: datetime
    closed_by: Actor
    answers: tuple[Answered, ...] = ()

    @property
    def is_asked_to_reopen(self) -> bool:
        """Return whether one of them asked for it to be reopened."""
        return any(one.answer is Answer.REOPENING_ASKED for one in self.answers)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """It had been raised in error, and two people withdrew it."""

    facts: Facts
    raised: Raised
    withdrawn_at: datetime
    withdrawn_by: Actor
    second_person: Actor
    reason: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Considering:
    """The requirement to escalate is being considered; `considered_at` is the earliest of its causes.

    `clock` says by when it is to be decided, reckoned for `clock_category`. `resumes` is the signed-off escalation a
    new cause interrupted: found not required, it still has to be closed.
    """

    facts: Facts
    category: Category
    causes: tuple[Cause, ...]
    considered_at: datetime
    policy_version: str
    watch: Watch
    clock: Clock | None = None
    clock_category: Category = Category.PRACTICE
    steps_required: tuple[RequiredStep, ...] = ()
    discussions: tuple[Taken, ...] = ()
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
    discussions: tuple[Taken, ...] = ()
    text: str | None = None


Known: TypeAlias = Considering | NotRequired | Raised | SignedOff | Closed | Withdrawn
"""An audit escalation that there is."""

State: TypeAlias = NotConsidered | Known


def raised_of(state: State) -> Raised | None:
    """Return the last raise of an escalation that is raised, signed off, closed or withdrawn."""
    match state:
        case Raised():
            return state
        case SignedOff() | Withdrawn():
            return state.raised
        case Closed():
            return state.signed_off.raised
        case NotConsidered() | Considering() | NotRequired():
            return None


def signed_off_of(state: State) -> SignedOff | None:
    """Return the sign-off of an escalation that is signed off or closed."""
    match state:
        case SignedOff():
            return state
        case Closed():
            return state.signed_off
        case _:
            return None


def category_of(state: Known) -> Category:
    """Return the category an escalation has, or had when it was closed."""
    raised = raised_of(state)
    if raised is not None:
        return raised.category
    assert isinstance(state, Considering | NotRequired)  # all others were raised
    return state.category
