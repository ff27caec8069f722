"""What the states of an audit escalation are made of: what holds in any of them, what was done, a clock's watch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.escalation.domain.model import (
    Actor,
    Answer,
    Category,
    Cause,
    Changed,
    Clock,
    Moment,
    Place,
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
class Taken:
    """A step of Appendix E that was taken: when, by whom, and with or to which roles."""

    at: datetime
    by: Actor
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reclassified:
    """A change of category: when, by whom, for which reason, and who agreed."""

    at: datetime
    by: Actor
    reason: str
    second_person: Actor | None = None


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
class Answered:
    """What one who raised it answered to its closing."""

    answer: Answer
    at: datetime
    by: Actor
    text: str | None = None
