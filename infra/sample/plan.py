"""A made-up year as a plan: what will be told to the services, and what the generator itself knows of it.

The plan is made before any service sees it, and `truth.py` counts it without their help: so a report can be compared
with something that is not derived from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Grade = Literal["inadequate", "requires-improvement", "good", "outstanding"]
Concern = Literal["none", "practice", "safeguarding"]
AnswerValue = bool | int | float | str | tuple[str, ...]

GRADES: tuple[Grade, ...] = ("inadequate", "requires-improvement", "good", "outstanding")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class PlannedFeedback:
    """Feedback obtained with a score, or the coded reason why not."""

    obtained: bool
    why_not: str | None = None
    score: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedTheme:
    """A theme found in an audit: as a strength or to develop, with its component of the practice framework."""

    theme: str
    polarity: Literal["strength", "development"]
    component: str | None


@dataclass(frozen=True, slots=True)
class PlannedAnswer:
    """The answer to one question; `value` is None where the question takes text alone."""

    question: str
    value: AnswerValue | None
    text: str | None = None
    evidence: str | None = None
    impact: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """How a section was judged."""

    section: str
    grade: Grade | None = None
    score: int | None = None
    rationale: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedOutcome:
    """What an audit finds; text is made up and names nobody."""

    grade: Grade
    rationale: str
    inadequate_likely: bool
    concern: Concern
    concern_text: str | None
    took_part: Literal["worker", "manager", "both", "neither"]
    reflective_discussion: bool
    sections: tuple[PlannedSection, ...]
    answers: tuple[PlannedAnswer, ...]
    themes: tuple[PlannedTheme, ...]
    child_feedback: PlannedFeedback
    parent_feedback: PlannedFeedback
    practitioner_feedback: PlannedFeedback

    @property
    def not_took_part_because(self) -> str | None:
        """Return why neither worker nor manager took part."""
        return "not-available" if self.took_part == "neither" else None


@dataclass(frozen=True, slots=True)
class PlannedFollowUp:
    """How a recommendation was followed up in supervision."""

    on: date
    discussed_on: date | None
    done: bool
    difference: Literal["yes", "no", "not-yet-known"]


@dataclass(frozen=True, slots=True)
class PlannedRecommendation:
    """A recommendation of an audit, and its follow-up where there was one."""

    category: str
    text: str
    due_on: date
    follow_up: PlannedFollowUp | None


@dataclass(frozen=True, slots=True)
class PlannedModeration:
    """A moderator's own judgement of an audited case. `because` is why it was picked."""

    moderator: str
    grade: Grade
    on: date
    because: Literal["sample", "inadequate", "concern", "likely-inadequate", "outstanding"]
    blind: bool
    met_team_manager: bool
    met_practitioner: bool
    audit_quality: Grade
    reason: str


@dataclass(frozen=True, slots=True)
class PlannedEscalation:
    """The way of an audit escalation. Moments are aware; None where that step was never taken.

    `ending` is considering, not-required, open (raised, not signed off), met or breached (signed off within the clock
    or after it). After some that were closed a re-audit is asked for.
    """

    category: Literal["practice", "safeguarding"]
    ending: Literal["considering", "not-required", "open", "met", "breached"]
    decided_at: datetime | None
    actions: int
    signed_off_at: datetime | None
    re_audit: bool = False


@dataclass(frozen=True, slots=True)
class PlannedAmendment:
    """A correction of a completed audit's grade."""

    on: date
    grade: Grade
    reason: str


@dataclass(frozen=True, slots=True)
class PlannedAudit:
    """One audit of the year, from its allocation to whatever became of it.

    `number` is the authority's own audit number, `case_number` and `auditor` (a staff number) what it would type in.
    `flagged_on` is the day a concern was flagged before completion. An audit never completed has no outcome.
    """

    number: str
    path: tuple[str, str, str]
    service: str
    kind: str
    cycle: str
    child_status: str
    case_number: str
    auditor: str
    tool: str
    tool_version: int
    selected_because: str
    allocated_on: date
    due_on: date
    completed_on: date | None
    outcome: PlannedOutcome | None
    recommendations: tuple[PlannedRecommendation, ...] = ()
    flagged_on: date | None = None
    moderation: PlannedModeration | None = None
    escalation: PlannedEscalation | None = None
    amendment: PlannedAmendment | None = None
    withdrawn_on: date | None = None

    @property
    def late(self) -> bool:
        """Whether it was completed after its due date."""
        return self.completed_on is not None and self.completed_on > self.due_on

    @property
    def auditor_grade(self) -> Grade | None:
        """The auditor's grade as last amended."""
        if self.outcome is None:
            return None
        return self.amendment.grade if self.amendment else self.outcome.grade

    @property
    def standing_grade(self) -> Grade | None:
        """The grade that stands: the moderator's, where there was one."""
        return self.moderation.grade if self.moderation else self.auditor_grade


@dataclass(frozen=True, slots=True)
class PlannedYear:
    """A made-up year of one authority, up to and including the day `as_of`."""

    authority: str
    seed: int
    as_of: date
    audits: tuple[PlannedAudit, ...]
