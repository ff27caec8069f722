"""The words of an audit escalation: causes, categories, clocks, where it belongs and who acts.

They are the domain's own, apart from the public contracts (design.md section 6), and they are what private events
are stored with. No free text: every word is an enumeration or a `Code`.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._/-]{0,79}$")]
"""A coded word: lower case letters, digits and `. _ / -`, at most 80 characters."""


class Value(BaseModel):
    """A frozen value; a field that nobody knows is a mistake here, since we wrote it ourselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Category(StrEnum):
    """What is unsafe (domain.md section 4): practice, or the child itself."""

    PRACTICE = "practice"
    SAFEGUARDING = "safeguarding"

    def is_graver_than(self, other: Category) -> bool:
        """Return whether this is safeguarding and the other is not."""
        return self is Category.SAFEGUARDING and other is Category.PRACTICE


def gravest(*categories: Category) -> Category:
    """Return safeguarding when any is: one safeguarding cause lifts the whole."""
    return Category.SAFEGUARDING if Category.SAFEGUARDING in categories else Category.PRACTICE


class Origin(StrEnum):
    """Where a cause came from."""

    AUDIT = "audit"
    MODERATION = "moderation"
    PERSON = "person"


class Finding(StrEnum):
    """What kind of finding a cause is: used to tell a confirmation from something new."""

    CONCERN = "concern"
    GRADE = "grade"
    REPORT = "report"


class Novelty(StrEnum):
    """How a finding stands to what was found before in the same audit.

    `new` is somebody's own finding now. `confirming` may only repeat an earlier one: the completion of an audit says
    again what was flagged before, a moderator gives the auditor's own grade. `standing` stood before the event that
    carries it: an amendment of something else.
    """

    NEW = "new"
    CONFIRMING = "confirming"
    STANDING = "standing"


class Actor(Value):
    """Who did something: a role and a pseudonymous reference; a policy or a timer has no reference."""

    role: Code
    reference: UUID | None = None

    @property
    def is_somebody(self) -> bool:
        """Return whether it is a person who can be told from others; the nil UUID stands for nobody in particular."""
        return self.reference is not None and self.reference.int != 0

    def is_the_same_person_as(self, other: Actor | None) -> bool:
        """Return whether both are one person, whatever the role; nobody in particular is nobody's like."""
        return self.reference is not None and other is not None and self.reference == other.reference


class Cause(Value):
    """Why it is considered: what was found, by whom, in which event; `report_id` tells one person's report apart."""

    origin: Origin
    code: Code
    finding: Finding
    category: Category
    event_id: UUID | None = None
    novelty: Novelty = Novelty.NEW
    report_id: UUID | None = None
    by: Actor | None = None

    def is_one_of(self, known: tuple[Cause, ...]) -> bool:
        """Return whether the very same cause is known; who found it is left out, since older causes do not say."""
        return any(self.model_copy(update={"by": cause.by}) == cause for cause in known)

    def is_known_among(self, known: tuple[Cause, ...]) -> bool:
        """Return whether the same kind of finding is already known, at the same gravity or above."""
        return any(
            cause.finding is self.finding and not self.category.is_graver_than(cause.category) for cause in known
        )

    def only_confirms(self, known: tuple[Cause, ...]) -> bool:
        """Return whether it says nothing that is not already among the known causes."""
        return self.novelty is not Novelty.NEW and self.is_known_among(known)


class Organisation(Value):
    """Area, district and team, as keys of the authority's settings document."""

    area: Code
    district: Code
    team: Code

    @property
    def path(self) -> str:
        """Return `area/district/team`, the form that scopes are prefixes of."""
        return f"{self.area}/{self.district}/{self.team}"

    @property
    def district_path(self) -> str:
        """Return `area/district`: whose service manager receives the escalation."""
        return f"{self.area}/{self.district}"


class Place(Value):
    """Which audit escalation, of which audit and child (by random references), and where in the authority."""

    escalation_id: UUID
    audit_id: UUID | None
    case_reference: UUID | None
    organisation: Organisation
    service: Code


class LeftOut(Value):
    """A day the clock did not count, and why: a weekend, a bank holiday, a closure day."""

    date: date
    why: str


class Moment(Value):
    """A moment at which somebody is reminded or told: its code among those of a clock, when, and which roles."""

    code: Code
    at: AwareDatetime
    to: tuple[Code, ...]


class Clock(Value):
    """One clock with what anyone needs to see why it is due on that day (issue 5, Clock).

    `chasers` fall due before the due moment, `second_line` after it. `instead_of` is the later moment that its days
    lead to, where an earlier due moment stood when it was set: nothing that comes up puts a due moment off.
    """

    started_at: AwareDatetime
    due_at: AwareDatetime
    due_on: date
    working_days: int = Field(ge=0)
    counted: tuple[date, ...]
    left_out: tuple[LeftOut, ...]
    calendar_version: str
    policy_version: Code
    chasers: tuple[Moment, ...] = ()
    second_line: Moment | None = None
    instead_of: AwareDatetime | None = None

    def no_later_than(self, stood: Clock) -> Clock:
        """Return this clock, due when another one is where that is sooner; so is its second line.

        Its reminders stay at their own moments: until somebody decides, each of them is still to come.
        """
        if self.due_at <= stood.due_at:
            return self
        second_line = min(
            (one for one in (self.second_line, stood.second_line) if one is not None),
            key=lambda one: one.at,
            default=None,
        )
        return self.model_copy(
            update={
                "due_at": stood.due_at,
                "due_on": stood.due_on,
                "second_line": second_line,
                "instead_of": self.instead_of or self.due_at,
            }
        )

    def runs_as(self, other: Clock) -> bool:
        """Return whether both are due, counted, chased and told alike, whatever versions say so."""
        return (self.due_at, self.counted, self.left_out, self.chasers, self.second_line) == (
            other.due_at,
            other.counted,
            other.left_out,
            other.chasers,
            other.second_line,
        )


class Clocks(Value):
    """Both clocks of one raise, so that reclassifying keeps the original raise without computing anything anew."""

    practice: Clock
    safeguarding: Clock

    def of(self, category: Category) -> Clock:
        """Return the clock that holds for a category."""
        return self.safeguarding if category is Category.SAFEGUARDING else self.practice

    def with_clock(self, category: Category, clock: Clock) -> Clocks:
        """Return the clocks with another one for a category."""
        return self.model_copy(update={category.value: clock})

    def run_as(self, other: Clocks) -> bool:
        """Return whether both of each run alike."""
        return self.practice.runs_as(other.practice) and self.safeguarding.runs_as(other.safeguarding)


class RequiredStep(StrEnum):
    """The steps of Appendix E that an authority may ask to be recorded before the next one is taken."""

    DISCUSSION = "discussion"
    COPY = "copy"
    ACTIONS_DISCUSSED = "actions-discussed"


EVERY_STEP: Final = tuple(RequiredStep)
"""Appendix E to the letter."""


class Changed(StrEnum):
    """What made another grade stand than the audit's own."""

    MODERATION = "moderation"
    DISPUTE = "dispute"
    AMENDMENT = "amendment"


class Answer(StrEnum):
    """What who raised it answers to its closing."""

    CONFIRMED = "confirmed"
    REOPENING_ASKED = "reopening-asked"


def covers(scope: tuple[str, ...], path: str) -> bool:
    """Return whether one of the scope's paths is the path itself or a whole ancestor of it; `*` is everything."""
    return any(prefix in {"*", path} or path.startswith(f"{prefix}/") for prefix in scope)
