"""Where an audit escalation stands, as types: only a raised one has a clock, only a signed-off one can be closed.

The path of Appendix E is NotConsidered -> Considering -> Raised -> SignedOff -> Closed, with NotRequired as the other
way out of a consideration and Withdrawn as the way out for what was raised in error. A new cause leads back from
NotRequired, SignedOff, Closed or Withdrawn to Considering; a person reopens SignedOff or Closed to Raised.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from services.escalation.domain.model import (
    Actor,
    Answer,
    Category,
    Cause,
    Changed,
    Clock,
    Clocks,
    Moment,
    Place,
    RequiredStep,
)


@dataclass(frozen=True, slots=True)
class Round:
    """A clock that ran to its end before it was reopened: kept on record."""

    category: Category
    raised_at: datetime
    raised_by: Actor
    clock: Clock
    signed_off_at: datetime
    within_clock: bool
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReAudit:
    """A re-audit that was asked for; done once it has a `done_at`. `grade` is none where it is not graded.

    `changed` says what made another grade stand since, `standing_grade`, where something did.
    """

    due_on: date
    requested_at: datetime
    requested_by: Actor
    done_at: datetime | None = None
    audit_id: UUID | None = None
    grade: str | None = None
    standing_grade: str | None = None
    changed: Changed | None = None

    @property
    def stands(self) -> str | None:
        """Return the grade that stands now."""
        return self.grade if self.changed is None else self.standing_grade


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds whatever the state: where it belongs, every cause ever, what was noted of its audit and its child.

    `withdrawn_at` is the audit's withdrawal, `settled_grade` the grade that stands since a moderation or a
    dispute (`settled_by`, where that is known).

    `clock_number` counts the clocks that were set over its whole life: it tells the timer one due moment from another.
    `rounds` are the clocks that were signed off before it was reopened. `recorded_late` says that a step was.
    `case_number` is the sealed one that stands for the child until audit has answered; `number_refused` is why
    nothing comes of it. `raised_by` is everyone who
    raised or reopened it in any round, `acted` everyone who did, or was to do, an action that was completed in any.
    """

    place: Place
    causes: tuple[Cause, ...]
    withdrawn_at: datetime | None = None
    clock_number: int = 0
    settled_grade: str | None = None
    settled_by: Changed | None = None
    rounds: tuple[Round, ...] = ()
    reaudit: ReAudit | None = None
    child_erased_at: datetime | None = None
    recorded_late: bool = False
    case_number: str | None = None
    began_with_number: bool = False
    number_refused: str | None = None
    raised_by: tuple[Actor, ...] = ()
    acted: tuple[Actor, ...] = ()

    @property
    def found_by(self) -> tuple[Actor, ...]:
        """Return everyone who found a cause in any round, as far as they are known."""
        return tuple(cause.by for cause in self.causes if cause.by is not None)

    def with_causes(self, causes: tuple[Cause, ...]) -> Facts:
        """Return the facts with more causes."""
        return replace(self, causes=self.causes + causes)

    def raised_again(self, by: Actor) -> Facts:
        """Return the facts of a round that somebody raised or reopened, which has a clock of its own."""
        return replace(self, raised_by=(*self.raised_by, by), clock_number=self.clock_number + 1)

    def with_another_clock(self) -> Facts:
        """Return the facts with one clock more."""
        return replace(self, clock_number=self.clock_number + 1)


@dataclass(frozen=True, slots=True)
class Watch:
    """What has become of a running clock: from when its due moment holds, and what was done about it.

    `since` is the recorded moment from which this due moment holds: what would have fallen due before it never does.
    `late_since` is set where the clock was only recorded after its own due moment: history being entered.
    """

    since: datetime
    late_since: datetime | None = None
    overdue_since: datetime | None = None
    chased: tuple[tuple[str, datetime], ...] = ()
    second_line_told_at: datetime | None = None

    def has_chased(self, moment: Moment) -> bool:
        """Return whether somebody was already reminded at this very moment."""
        return (moment.code, moment.at) in self.chased


@dataclass(frozen=True, slots=True)
class NotConsidered:
    """Nothing has happened yet."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of Appendix E that was taken: when, by whom, and with or to which roles."""

    at: datetime
    by: Actor
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """An action on the child's file, open until it has a `completed_at` or a `withdrawn_at`."""

    id: UUID
    kind: str
    due_on: date | None
    added_at: datetime
    added_by: Actor
    owner: Actor | None = None
    completed_at: datetime | None = None
    completed_by: Actor | None = None
    withdrawn_at: datetime | None = None
    withdrawn_by: Actor | None = None
    withdrawn_because: str | None = None
    text: str | None = None
    withdrawal_text: str | None = None

    @property
    def is_open(self) -> bool:
        """Return whether it is still to be done."""
        return self.completed_at is None and self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class Oversight:
    """Management oversight on the child's file; `covering` is whom the recorder stood in for."""

    recorded_at: datetime
    by: Actor
    covering: Actor | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """Escalated; the clock runs. `recorded_at` is when the raise reached the service."""

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
class Answered:
    """What one who raised it answered to its closing."""

    answer: Answer
    at: datetime
    by: Actor
    text: str | None = None


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
