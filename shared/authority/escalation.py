"""An authority's policy on audit escalations as data: triggers, clocks, chasers, who is told, and the codes in use.

Every default is Kent's Appendix E (domain.md section 4) where it says something: the two clocks, the steps, the roles
told. Where it is silent, on consideration, chasing and the line above, the defaults are what issue 5 asks for.
"""

from collections.abc import Iterator
from datetime import time
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from shared.authority.base import Concern, Grade, Strict
from shared.calendar.working_days import Hours, OffDay, Reckoning
from shared.web.principal import Role

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
Roles = Annotated[tuple[Role, ...], Field(min_length=1)]

_MINUTES_A_DAY: Final = 24 * 60

_LISTS_OF_CODES: Final = (
    "not_required_reasons",
    "action_kinds",
    "reclassification_reasons",
    "action_withdrawal_reasons",
    "reopening_reasons",
    "withdrawal_reasons",
)

KNOWN_BY_THE_AUDIT = frozenset(
    {Role.AUDITOR, Role.MODERATOR, Role.PRACTITIONER, Role.BOARD_MEMBER, Role.OPERATOR, Role.SERVICE}
)
"""Roles a settings document names nobody for: who audited or moderated is known by the audit itself."""


class Clock(Strict):
    """How many working days a category has, from the London date of the raise."""

    safeguarding: int = Field(default=1, ge=1, le=60)
    practice: int = Field(default=5, ge=1, le=60)


class ConsiderBy(StrEnum):
    """By when it must be decided whether to escalate."""

    SAME_DAY = "same-day"
    NEXT_WORKING_DAY = "next-working-day"

    @property
    def working_days(self) -> int:
        """Return the working days after the day it came up."""
        return 0 if self is ConsiderBy.SAME_DAY else 1


class ClockEnds(StrEnum):
    """When on its last day a clock ends."""

    END_OF_DAY = "end-of-day"
    WORKING_HOURS = "working-hours"


class WorkingHours(Strict):
    """When the offices work, in London time; a clock to the minute runs within them alone."""

    opens: time = Field(default=time(9), alias="from")
    closes: time = Field(default=time(17), alias="to")

    @field_validator("opens", "closes", mode="before")
    @classmethod
    def _as_yaml_reads_it(cls, given: object) -> object:
        """YAML reads a bare 17:00 as the number 1020, and 17:00:00 as 61200: take them for what was written."""
        if isinstance(given, bool) or not isinstance(given, int):
            return given
        minutes = given if given < _MINUTES_A_DAY else given // 60
        return time(minutes // 60, minutes % 60) if 0 <= minutes < _MINUTES_A_DAY else given

    @model_validator(mode="after")
    def _hangs_together(self) -> "WorkingHours":
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise ValueError("working hours are London's and name no zone")
        if self.closes <= self.opens:
            raise ValueError("the working hours end (`to`) before they begin (`from`)")
        return self


class Told(Strict):
    """Which roles hear of it at each step (domain.md section 4, steps 3 and 6)."""

    raised: tuple[Role, ...] = Field(default=(Role.SERVICE_MANAGER, Role.QA_MANAGER, Role.PRINCIPAL_SOCIAL_WORKER))
    signed_off: tuple[Role, ...] = Field(default=(Role.ASSISTANT_DIRECTOR, Role.AUDITOR))
    overdue: tuple[Role, ...] = Field(default=(Role.SERVICE_MANAGER, Role.ASSISTANT_DIRECTOR, Role.QA_MANAGER))
    considered: tuple[Role, ...] = Field(
        default=(Role.QA_MANAGER, Role.SERVICE_MANAGER), description="Who is to decide whether to escalate"
    )
    undecided: tuple[Role, ...] = Field(
        default=(Role.QA_MANAGER, Role.SERVICE_MANAGER), description="When nobody decided in time whether to escalate"
    )
    closed: tuple[Role, ...] = Field(
        default=(Role.AUDITOR, Role.MODERATOR), description="They may confirm, or ask to reopen"
    )


class Triggers(Strict):
    """What opens the consideration of an audit escalation."""

    grades: tuple[Grade, ...] = Field(default=("inadequate",), description="A grade of the auditor or the moderator")
    concerns: tuple[Concern, ...] = Field(default=("practice", "safeguarding"))
    likely_inadequate: bool = True
    section_grades: tuple[Grade, ...] = Field(default=(), description="Any one section with such a grade")


class Span(Strict):
    """A stretch of time before or after a due moment: working days, or hours by the clock."""

    working_days: int | None = Field(
        default=None, ge=0, le=30, description="At the opening of the working day so many working days away"
    )
    hours: int | None = Field(default=None, ge=1, le=240, description="So many hours by the clock")

    @model_validator(mode="after")
    def _one_of_both(self) -> "Span":
        if (self.working_days is None) == (self.hours is None):
            raise ValueError("give either working_days or hours")
        return self

    @property
    def code(self) -> str:
        """Return the span as a coded word, such as `1-working-days` or `4-hours`."""
        return f"{self.hours}-hours" if self.working_days is None else f"{self.working_days}-working-days"


class Chaser(Strict):
    """A reminder some time before a due moment; where that lies before the raise itself, none is sent.

    Where none is left before a concern is to be decided, its roles are told with the first message.
    """

    before: Span
    to: Roles
    categories: Annotated[tuple[Concern, ...], Field(min_length=1)] = ("safeguarding", "practice")

    @property
    def code(self) -> str:
        """Return which reminder it is, as a coded word: one of a code is sent a clock."""
        return f"{self.before.code}-before"


class Consideration(Strict):
    """By when it is decided whether to escalate, and who is reminded before."""

    safeguarding: ConsiderBy = ConsiderBy.SAME_DAY
    practice: ConsiderBy = ConsiderBy.NEXT_WORKING_DAY
    chasers: tuple[Chaser, ...] = (
        Chaser(before=Span(working_days=0), to=(Role.QA_MANAGER,)),
        Chaser(before=Span(hours=9), to=(Role.QA_MANAGER,), categories=("safeguarding",)),
    )


class SecondLine(Strict):
    """Who hears, some time after the due moment, that a clock was breached and nobody has signed off yet."""

    after: Span = Span(working_days=1)
    to: Roles = (Role.DIRECTOR,)


class EscalationPolicy(Strict):
    """The audit escalation's clocks, triggers, chasers and who is told (Appendix E)."""

    clock_days: Clock = Clock()
    clock_ends: ClockEnds = ClockEnds.END_OF_DAY
    working_hours: WorkingHours = WorkingHours()
    raised_on_non_working_day: OffDay = Field(
        default=OffDay.DAY_ZERO,
        description="Whether the day of the raise is day 0 all the same, or the next working day is",
    )
    triggers: Triggers = Triggers()
    safeguarding_raised_at_once: bool = Field(
        default=False, description="Whether a safeguarding concern is raised by itself, without being considered first"
    )
    consider: Consideration = Consideration()
    steps_required: tuple[Literal["discussion", "copy", "actions-discussed"], ...] = Field(
        default=("discussion", "copy", "actions-discussed"),
        description="Which of Appendix E's steps must be recorded before the next; the others may stay out",
    )
    told: Told = Told()
    chasers: tuple[Chaser, ...] = (
        Chaser(before=Span(working_days=1), to=(Role.SERVICE_MANAGER,), categories=("practice",)),
        Chaser(before=Span(working_days=0), to=(Role.SERVICE_MANAGER,)),
    )
    second_line: SecondLine | None = Field(default=SecondLine(), description="null for none")
    record_within_working_days: int = Field(
        default=1, ge=0, le=30, description="A step recorded later than that after it happened is a late recording"
    )
    not_required_reasons: Annotated[tuple[Code, ...], Field(min_length=1)] = (
        "already-acted-on",
        "duplicate",
        "no-risk-found",
        "not-a-practice-matter",
        "raised-elsewhere",
    )
    action_kinds: Annotated[tuple[Code, ...], Field(min_length=1)] = (
        "visit-the-child",
        "supervision",
        "strategy-discussion",
        "assessment",
        "plan-review",
        "management-decision",
        "record-correction",
        "practice",
    )
    reclassification_reasons: Annotated[tuple[Code, ...], Field(min_length=1)] = (
        "child-not-seen",
        "child-unseen",
        "child-seen-and-safe",
        "new-information",
        "risk-higher-than-thought",
        "risk-lower-than-thought",
    )
    action_withdrawal_reasons: Annotated[tuple[Code, ...], Field(min_length=1)] = (
        "no-longer-needed",
        "done-elsewhere",
        "duplicate",
    )
    reopening_reasons: Annotated[tuple[Code, ...], Field(min_length=1)] = (
        "actions-did-not-hold",
        "actions-not-effective",
        "not-done",
        "new-information",
        "closed-in-error",
    )
    withdrawal_reasons: Annotated[tuple[Code, ...], Field(min_length=1)] = (
        "raised-in-error",
        "duplicate",
        "wrong-child",
    )
    closing_confirmed_by: tuple[Role, ...] = Field(
        default=(
            Role.AUDITOR,
            Role.MODERATOR,
            Role.TEAM_MANAGER,
            Role.SERVICE_MANAGER,
            Role.QA_OFFICER,
            Role.QA_MANAGER,
        ),
        description="Who of those that found a cause or raised it may confirm a closing, or ask to reopen",
    )
    reaudit_within_days: int | None = Field(
        default=90,
        ge=1,
        description="Days to the due day of a re-audit that is asked for without one; null: it is named",
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> "EscalationPolicy":
        problems = [*self._considered_in_order(), *self._said_twice()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def reckoning(self) -> Reckoning:
        """Return how its clocks are reckoned on the authority's calendar."""
        hours = Hours(self.working_hours.opens, self.working_hours.closes)
        return Reckoning(
            opens=hours.opens,
            hours=hours if self.clock_ends is ClockEnds.WORKING_HOURS else None,
            off_day=self.raised_on_non_working_day,
        )

    @property
    def roles_told(self) -> dict[str, tuple[Role, ...]]:
        """Return every role that is told of something, by the place in the document that names it."""
        told = {f"told/{name}": getattr(self.told, name) for name in type(self.told).model_fields}
        for number, one in enumerate(self.consider.chasers, 1):
            told[f"consider/chasers/{number}/to"] = one.to
        for number, one in enumerate(self.chasers, 1):
            told[f"chasers/{number}/to"] = one.to
        if self.second_line is not None:
            told["second_line/to"] = self.second_line.to
        return told

    def _considered_in_order(self) -> Iterator[str]:
        if self.consider.safeguarding.working_days > self.consider.practice.working_days:
            yield "consider gives safeguarding longer than practice"
        if self.clock_days.safeguarding > self.clock_days.practice:
            yield "clock_days gives safeguarding longer than practice"

    def _said_twice(self) -> Iterator[str]:
        for place, chasers in (("consider/chasers", self.consider.chasers), ("chasers", self.chasers)):
            said = [(one.code, category) for one in chasers for category in one.categories]
            if len(set(said)) < len(said):
                yield f"{place} names one moment twice for a category; give it all its roles in one"
        for place in _LISTS_OF_CODES:
            codes = getattr(self, place)
            if len(set(codes)) < len(codes):
                yield f"a code stands twice under {place}"
