"""The rows of the fact tables as tuples, field by field in the order of schema.sql.

Tuples and no models: a rebuild makes several of them a message, tens of thousands of times a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.reporting.facts.rows_moderation import (
    DisputeRow,
    ModerationRequestRow,
    ModerationRow,
    SectionDifferenceRow,
)

FOREVER: Final = datetime.max  # noqa: DTZ901 - the driver reads and writes PostgreSQL's infinity as this very value
"""`known_until` of a current version."""


class AuditRow(NamedTuple):
    """A version of an audit."""

    audit_id: UUID
    sequence: int
    known_from: datetime
    known_until: datetime
    authority: str
    area: str
    district: str
    team: str
    service: str
    kind: str
    cycle: str
    child_status: str
    case_reference: UUID
    auditor_reference: UUID | None
    tool: str | None
    tool_version: int | None
    selected_because: str | None
    state: str
    due_on: date | None
    allocated_at: datetime | None
    completed_on: date | None = None
    completed_at: datetime | None = None
    late: bool | None = None
    took_part: str | None = None
    reflective_discussion: bool | None = None
    grade: str | None = None
    inadequate_likely: bool | None = None
    concern: str | None = None
    child_feedback_obtained: bool | None = None
    child_feedback_why_not: str | None = None
    child_feedback_score: int | None = None
    parent_feedback_obtained: bool | None = None
    parent_feedback_why_not: str | None = None
    parent_feedback_score: int | None = None
    practitioner_feedback_obtained: bool | None = None
    practitioner_feedback_why_not: str | None = None
    practitioner_feedback_score: int | None = None
    recommendations: int = 0
    amendments: int = 0
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = None
    outcome_sequence: int | None = None
    in_practice_figures: bool = True
    re_audit_of: UUID | None = None


class SectionResultRow(NamedTuple):
    """A section of an outcome."""

    audit_id: UUID
    outcome_sequence: int
    section: str
    grade: str | None
    score: float | None


class ThemeMentionRow(NamedTuple):
    """A theme named in an outcome."""

    audit_id: UUID
    outcome_sequence: int
    theme: str
    polarity: str
    section: str | None
    component: str | None


class AnswersRow(NamedTuple):
    """Every coded answer of an outcome, as JSON text."""

    audit_id: UUID
    outcome_sequence: int
    coded: str


class ConcernFlagRow(NamedTuple):
    """A concern flagged before completion or beside the grade."""

    audit_id: UUID
    sequence: int
    known_from: datetime
    known_until: datetime
    authority: str
    area: str
    district: str
    team: str
    service: str
    kind: str
    concern: str
    inadequate_likely: bool
    flagged_at: datetime


class RecommendationRow(NamedTuple):
    """A version of a recommendation."""

    audit_id: UUID
    recommendation_id: UUID
    sequence: int
    known_from: datetime
    known_until: datetime
    authority: str
    area: str
    district: str
    team: str
    service: str
    kind: str
    category: str | None
    owner_role: str | None
    due_on: date | None
    made_at: datetime | None
    discussed_on: date | None
    done: bool
    difference: str
    followed_up_on: date | None
    follow_ups: int


class EscalationRow(NamedTuple):
    """A version of an audit escalation."""

    escalation_id: UUID
    sequence: int
    known_from: datetime
    known_until: datetime
    authority: str
    area: str
    district: str
    team: str
    service: str
    audit_id: UUID | None
    case_reference: UUID | None
    category: str
    first_category: str
    state: str
    origins: list[str]
    causes: list[str]
    considered_at: datetime | None = None
    not_required_because: str | None = None
    raised_at: datetime | None = None
    clock_started_at: datetime | None = None
    due_at: datetime | None = None
    working_days: int | None = None
    reclassified_at: datetime | None = None
    oversight_at: datetime | None = None
    actions_added: int = 0
    actions_completed: int = 0
    signed_off_at: datetime | None = None
    within_clock: bool | None = None
    overdue: bool = False
    director_told_at: datetime | None = None
    closed_at: datetime | None = None
    discussed_at: datetime | None = None
    consider_by: datetime | None = None
    copy_sent_at: datetime | None = None
    actions_discussed_at: datetime | None = None
    actions_withdrawn: int = 0
    recorded_late: int = 0
    sign_off_recorded_late: bool | None = None
    reopened: int = 0
    breached_before: bool = False
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = None
    re_audit_asked_at: datetime | None = None
    re_audit_due_on: date | None = None
    second_line_told: int = 0


class ToolRow(NamedTuple):
    """A published tool."""

    tool_id: UUID
    sequence: int
    known_from: datetime
    known_until: datetime
    authority: str
    tool: str
    tool_version: int
    title: str
    kinds: list[str]
    graded: bool


class ToolSectionRow(NamedTuple):
    """A section of a published tool."""

    tool_id: UUID
    sequence: int
    tool: str
    tool_version: int
    place: int
    section: str
    title: str
    graded: bool


class ToolQuestionRow(NamedTuple):
    """A question of a published tool."""

    tool_id: UUID
    sequence: int
    tool: str
    tool_version: int
    place: int
    section: str
    question: str
    title: str
    scale: str
    compliance: bool


class ToolThemeRow(NamedTuple):
    """A theme of a published tool, in words."""

    tool_id: UUID
    sequence: int
    tool: str
    tool_version: int
    place: int
    theme: str
    label: str
    component: str | None


class ErasedChildRow(NamedTuple):
    """An erasure."""

    child_id: UUID
    sequence: int
    known_from: datetime
    known_until: datetime
    authority: str
    case_reference: UUID
    reason: str
    erased_at: datetime


@dataclass(frozen=True, slots=True)
class Table:
    """A fact table: its columns, and for one whose rows are replaced, how many columns (from the first) are its key."""

    name: str
    row: Any
    key_width: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in order."""
        fields: tuple[str, ...] = self.row._fields
        return fields

    @property
    def until(self) -> int:
        """The place of `known_until` in a row of a table whose rows are replaced."""
        return self.columns.index("known_until")


AUDITS: Final = Table("audits", AuditRow, 1)
MODERATION_REQUESTS: Final = Table("moderation_requests", ModerationRequestRow, 2)
MODERATIONS: Final = Table("moderations", ModerationRow, 2)
DISPUTES: Final = Table("disputes", DisputeRow, 2)
RECOMMENDATIONS: Final = Table("recommendations", RecommendationRow, 2)
ESCALATIONS: Final = Table("escalations", EscalationRow, 1)

VERSIONED: Final = (AUDITS, MODERATION_REQUESTS, MODERATIONS, DISPUTES, RECOMMENDATIONS, ESCALATIONS)
"""Tables in which a row is replaced by a later version of the same fact."""

SECTION_RESULTS: Final = Table("section_results", SectionResultRow)
THEME_MENTIONS: Final = Table("theme_mentions", ThemeMentionRow)
ANSWERS: Final = Table("answers", AnswersRow)
CONCERN_FLAGS: Final = Table("concern_flags", ConcernFlagRow)
SECTION_DIFFERENCES: Final = Table("moderation_section_differences", SectionDifferenceRow)
TOOLS: Final = Table("tools", ToolRow)
TOOL_SECTIONS: Final = Table("tool_sections", ToolSectionRow)
TOOL_THEMES: Final = Table("tool_themes", ToolThemeRow)
TOOL_QUESTIONS: Final = Table("tool_questions", ToolQuestionRow)
ERASED_CHILDREN: Final = Table("erased_children", ErasedChildRow)

FIXED: Final = (
    SECTION_RESULTS,
    THEME_MENTIONS,
    ANSWERS,
    CONCERN_FLAGS,
    SECTION_DIFFERENCES,
    TOOLS,
    TOOL_SECTIONS,
    TOOL_THEMES,
    TOOL_QUESTIONS,
    ERASED_CHILDREN,
)
"""Tables whose rows are written once and stay as they are."""
