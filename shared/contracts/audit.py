"""What the audit service publishes on `audit.events`: tools, audits, moderation, recommendations.

A stream is one audit (its moderation and recommendations with it), one tool, or one child's erasure.
Sources: domain.md sections 2, 3 and 8; design.md section 5.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, Strict

from shared.contracts.base import (
    AUDIT_EVENTS,
    Actor,
    ChildStatus,
    Code,
    Concern,
    Contract,
    FrameworkComponent,
    Grade,
    OrganisationPath,
    Polarity,
    PublicEvent,
    Title,
    TookPart,
)

AnswerValue = Annotated[
    Annotated[bool, Strict()] | Annotated[int, Strict()] | Annotated[float, Strict()] | Code | tuple[Code, ...],
    Field(union_mode="left_to_right"),
]
"""A coded answer: yes or no, a number, a grade or choice, several choices, or `not-applicable` or `not-seen`."""


class ToolQuestion(Contract):
    """A question of a published tool: its id is never reused, its scale says what an answer may be."""

    id: Code
    text: Title
    scale: Code
    compliance: bool = False
    answered_by: Code = Field(default="auditor", description="auditor, practitioner, family or moderator")
    replaces: Code | None = Field(default=None, description="the question of an earlier version that it re-means")
    comparable: bool = Field(default=False, description="whether its answers carry on those of what it replaces")


class ToolTheme(Contract):
    """A theme of a published tool, in words, with its component of the practice framework."""

    code: Code
    label: Title
    component: FrameworkComponent | None = None


class ToolSection(Contract):
    """A section of a published tool."""

    id: Code
    title: Title
    graded: bool = True
    questions: tuple[ToolQuestion, ...] = ()


class ToolPublishedV1(PublicEvent):
    """An audit tool (form) was published and may be used from now on."""

    TYPE: ClassVar[str] = "tool-published.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    tool: Code
    version: int = Field(ge=1)
    title: Title
    kinds: tuple[Code, ...] = Field(description="the kinds of audit it may be used for")
    graded: bool = True
    sections: tuple[ToolSection, ...]
    themes: tuple[ToolTheme, ...] = ()
    in_practice_figures: bool = Field(
        default=True, description="whether its audits count as practice: calibration and inspection audits do not"
    )


class AuditPlace(Contract):
    """Which audit, of what kind, where in the authority, of which child (pseudonymous)."""

    audit_id: UUID
    kind: Code
    cycle: Code
    organisation: OrganisationPath
    service: Code
    case_reference: UUID
    child_status: ChildStatus
    settings_version: int | None = Field(
        default=None, ge=1, description="version of the authority's settings document that this was done by"
    )


class AuditAllocatedV1(AuditPlace, PublicEvent):
    """An auditor was given a child's file to audit by a date."""

    TYPE: ClassVar[str] = "audit-allocated.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    tool: Code
    tool_version: int = Field(ge=1)
    auditor_reference: UUID
    selected_because: Code = Field(description="how the case was picked, e.g. random, theme, vulnerability-register")
    due_on: date
    in_practice_figures: bool = True
    re_audit_of: UUID | None = Field(default=None, description="the audit that this one looks at again")


class ConcernFlaggedV1(AuditPlace, PublicEvent):
    """A practice or safeguarding concern was flagged before the audit was complete, or beside its grade."""

    TYPE: ClassVar[str] = "concern-flagged.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    concern: Concern
    inadequate_likely: bool = False
    flagged_by: Actor


class SectionResult(Contract):
    """How one section of the tool came out: a grade, a score, or neither where it was not applicable."""

    section: Code
    grade: Grade | None = None
    score: float | None = None


class ThemeMention(Contract):
    """A theme found in an audit, as a strength or to develop, with its component of the practice framework."""

    theme: Code
    polarity: Polarity
    component: FrameworkComponent | None = None
    section: Code | None = Field(default=None, description="the section of the tool it was found in, where it is known")


class Feedback(Contract):
    """Feedback of the child or of parents and carers: obtained (with a score where the tool has one), or why not."""

    obtained: bool
    why_not: Code | None = None
    score: int | None = None


class RecommendationReference(Contract):
    """A recommendation as its audit names it."""

    id: UUID
    category: Code
    due_on: date
    owner_role: Code | None = None
    supervision_on: date | None = Field(default=None, description="the supervision it is to be discussed in")


class AuditOutcome(AuditPlace):
    """What an audit found, in codes: the body of its completion and of each amendment."""

    tool: Code
    tool_version: int = Field(ge=1)
    auditor_reference: UUID
    took_part: TookPart
    reflective_discussion: bool
    overall_grade: Grade | None = Field(description="none for kinds that are not graded")
    inadequate_likely: bool
    concern: Concern
    sections: tuple[SectionResult, ...]
    answers: dict[Code, AnswerValue] = Field(description="coded answers by question id")
    themes: tuple[ThemeMention, ...]
    child_feedback: Feedback
    parent_feedback: Feedback
    practitioner_feedback: Feedback
    recommendations: tuple[RecommendationReference, ...]
    due_on: date
    completed_on: date
    not_took_part_because: Code | None = Field(default=None, description="why neither worker nor manager took part")
    reflective_discussion_on: date | None = None
    reflective_discussion_with: tuple[Code, ...] = Field(default=(), description="roles")
    overridden_limits: tuple[Code, ...] = Field(
        default=(), description="limits of the tool on the overall grade that were set aside, with a reason"
    )
    in_practice_figures: bool = True
    re_audit_of: UUID | None = None
    late: bool | None = Field(
        default=None,
        description="whether it was completed after its due day, or recorded after it by its own auditor; none in "
        "events of before this was said: there completed_on after due_on is late",
    )


class AuditCompletedV1(AuditOutcome, PublicEvent):
    """An audit was completed: every answer its tool asks for is there."""

    TYPE: ClassVar[str] = "audit-completed.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS


class AuditAmendedV1(AuditOutcome, PublicEvent):
    """A completed audit was corrected; the outcome as it now stands, and why. Late stays late: dates do not change."""

    TYPE: ClassVar[str] = "audit-amended.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    reason: Code
    amended_by: Actor
    changed: tuple[Code, ...] = Field(description="what changed: names of fields of the outcome")


class AuditWithdrawnV1(AuditPlace, PublicEvent):
    """An audit was withdrawn: it no longer counts, and it is not forgotten."""

    TYPE: ClassVar[str] = "audit-withdrawn.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    reason: Code
    withdrawn_by: Actor
    re_audit_of: UUID | None = Field(default=None, description="the audit that this one was to look at again")


class ModerationRequestedV1(AuditPlace, PublicEvent):
    """A completed audit was selected for moderation."""

    TYPE: ClassVar[str] = "moderation-requested.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    moderation_id: UUID
    moderator_reference: UUID | None
    selected_because: Code = Field(description="all, sample, inadequate, concern, ... by the authority's policy")
    policy_version: Code
    due_on: date
    number: int = Field(default=1, ge=1, description="first, second, ... moderation of the audit")
    final: bool = Field(default=False, description="whether its grade settles a dispute or a difference of two grades")
    blind: bool | None = None


class Direction(StrEnum):
    """Which way moderation moved the grade."""

    SAME = "same"
    RAISED = "raised"
    LOWERED = "lowered"


class SectionDifference(Contract):
    """A section whose grade the moderator sees otherwise."""

    section: Code
    auditor_grade: Grade | None
    moderator_grade: Grade | None


class Extent(StrEnum):
    """How far something is so."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class AuditQuality(Contract):
    """The quality of the audit itself, apart from the grade of practice (practice.md section 4)."""

    thorough: Extent
    evidenced: Extent
    actions_right: Extent


class Decider(StrEnum):
    """Whose grade stands."""

    AUDITOR = "auditor"
    MODERATOR = "moderator"
    SECOND_MODERATOR = "second-moderator"
    PANEL = "panel"


class ModerationDoneV1(AuditPlace, PublicEvent):
    """A moderator graded an audited case: both grades, how far apart, and the grade that stands."""

    TYPE: ClassVar[str] = "moderation-done.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    moderation_id: UUID
    moderator_reference: UUID
    moderator_type: Code = Field(description="internal, external or panel")
    auditor_reference: UUID
    auditor_grade: Grade | None
    moderator_grade: Grade | None
    distance: int = Field(ge=-3, le=3, description="moderator's grade less auditor's, in steps of the scale")
    direction: Direction
    standing_grade: Grade | None
    section_differences: tuple[SectionDifference, ...]
    concern: Concern
    inadequate_likely: bool
    blind: bool = Field(description="whether the auditor's grade was hidden until the moderator had given theirs")
    selected_because: Code
    audit_quality: Grade | None = Field(
        default=None, description="the quality of the audit itself, apart from practice"
    )
    met_team_manager: bool
    met_practitioner: bool
    moderated_on: date
    number: int = Field(default=1, ge=1, description="first, second, ... moderation of the audit")
    final: bool = Field(default=False, description="whether it settles a dispute or a difference of two grades")
    decided_by: Decider | None = Field(default=None, description="whose grade the standing one is")
    missed_inadequate: bool = Field(default=False, description="the auditor above inadequate, the moderator inadequate")
    section_grades: tuple[SectionResult, ...] = Field(default=(), description="the moderator's own grades")
    quality_of_audit: AuditQuality | None = None
    days_since_completion: int | None = Field(default=None, ge=0, description="days from completion to moderation")
    late: bool | None = Field(
        default=None,
        description="whether it was done after its due day, or recorded after it by its own moderator; none in events "
        "of before this was said",
    )


class ModerationDisputedV1(AuditPlace, PublicEvent):
    """A moderated grade is disputed, or differs by two grades: a second moderator or a panel is to decide."""

    TYPE: ClassVar[str] = "moderation-disputed.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    dispute_id: UUID
    moderation_id: UUID
    disputed_by: Actor
    reason: Code = Field(description="grade, evidence, fairness, two-grades-apart, ...")
    disputed_grade: Grade | None
    disputed_on: date


class DisputeOutcome(StrEnum):
    """How a dispute ended."""

    UPHELD = "upheld"
    CHANGED = "changed"
    NOTED = "noted"


class DisputeSettledV1(AuditPlace, PublicEvent):
    """A dispute was settled: the grade that stands from now on, and who decided it. The decision is final."""

    TYPE: ClassVar[str] = "dispute-settled.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    dispute_id: UUID
    moderation_id: UUID
    outcome: DisputeOutcome = Field(
        description="upheld: the disputed grade stands; changed: another one; noted: nothing to decide"
    )
    decided_by: Decider
    settled_by: Actor
    grade_before: Grade | None
    standing_grade: Grade | None
    settled_on: date


class ReflectiveNoteRecordedV1(AuditPlace, PublicEvent):
    """The auditee's manager recorded a reflective case note on disagreeing with the outcome; its text stays home."""

    TYPE: ClassVar[str] = "reflective-note-recorded.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    note_id: UUID
    recorded_by: Actor
    discussed_with: tuple[Code, ...] = Field(default=(), description="roles")
    recorded_on: date


class PractitionerRespondedV1(AuditPlace, PublicEvent):
    """The practitioner saw the outcome of the audit and responded; what they wrote stays home."""

    TYPE: ClassVar[str] = "practitioner-responded.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    agrees: Extent
    feedback: Feedback
    responded_on: date


class RecommendationMadeV1(AuditPlace, PublicEvent):
    """A recommendation was made, to be followed through into the next supervision."""

    TYPE: ClassVar[str] = "recommendation-made.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    recommendation_id: UUID
    category: Code
    owner_role: Code
    due_on: date
    supervision_on: date | None = Field(default=None, description="the supervision it is to be discussed in")


class RecommendationFollowedUpV1(AuditPlace, PublicEvent):
    """A recommendation was followed up: discussed in supervision, done, made a difference, each its own answer."""

    TYPE: ClassVar[str] = "recommendation-followed-up.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    recommendation_id: UUID
    discussed_in_supervision_on: date | None
    done: bool
    made_a_difference: Code = Field(description="yes, no or not-yet-known")
    followed_up_on: date


class ChildErasedV1(PublicEvent):
    """A child's key was destroyed: text is unreadable and the reference means nothing; figures stay."""

    TYPE: ClassVar[str] = "child-erased.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    case_reference: UUID
    reason: Code
