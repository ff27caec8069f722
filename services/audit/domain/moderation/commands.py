"""What may be asked of an audit's moderation. Time, ids and policies come in with the command; text comes in sealed.

`at` is when it happened in the business (aware), `by` who does it. Teams are `area/district/team`: those whose audits
a person may not moderate, by the authority's policy on independence. Source: domain.md section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.audit.domain.audits.outcome import Answer
from services.audit.domain.moderation.words import Decider, DisputeOutcome, Meeting, QualityOfAudit
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Code, Concern, Grade, SealedText, Wanted


class PanelMember(NamedTuple):
    """Somebody on a panel, and the teams whose audits they may not moderate."""

    person: UUID
    teams: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationSelection:
    """Why and how an audit was picked for moderation, by the authority's policy."""

    moderation_id: UUID
    selected_because: Code
    policy_version: Code
    due_on: date
    moderator: UUID | None = None
    blind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeTerms:
    """How the authority settles disputes: who decides, how a second moderation is held, what opens one by itself.

    `second_at_distance` is in grades, none for never; `second_due_on` and `blind` are of the second moderation.
    """

    decided_by: Decider
    policy_version: Code
    second_due_on: date
    blind: bool = False
    second_at_distance: int | None = 2
    within_days: int = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestModeration(Wanted):
    """Ask for a moderation of a completed audit; at most so many are held beside those that settle a dispute."""

    selection: ModerationSelection
    moderator_teams: frozenset[str] = frozenset()
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignModeration(Wanted):
    """Give an open moderation to a moderator, or pass it on; without one it goes back into the queue."""

    moderation_id: UUID
    moderator: UUID | None
    moderator_teams: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBlindGrades(Wanted):
    """Give the moderator's own grades, and the quality of the audit, before the auditor's grades are shown."""

    tool: ToolDocument
    moderation_id: UUID
    moderator: UUID
    overall_grade: Grade | None
    moderator_teams: frozenset[str] = frozenset()
    own_team_allowed: bool = False
    sections: Mapping[Code, Grade] = field(default_factory=dict)
    quality: QualityOfAudit | None = None
    rationale: SealedText | None = None
    section_reasons: Mapping[Code, SealedText] = field(default_factory=dict)
    answers: Mapping[Code, Answer] = field(default_factory=dict)
    overridden_limits: Mapping[Code, SealedText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordModeration(Wanted):
    """Record what a moderator found.

    `own_team_allowed` is the authority's policy on independence. `panel` are those who sat beside the chair, in
    the order they were named. `standing_grade` is the moderator's grade where it is left out; grades and answers (to
    the tool's questions for the moderator) left out after grading blind are those given blind. `terms` say what a
    difference of grades leads to; none: nothing. `recorded_on` is the day that counts against the due day where it was
    recorded later than it happened; none where the day it happened counts.
    """

    tool: ToolDocument
    moderation_id: UUID
    moderator: UUID
    moderator_type: Code
    overall_grade: Grade | None
    concern: Concern
    inadequate_likely: bool
    met_team_manager: bool
    met_practitioner: bool
    moderator_teams: frozenset[str] = frozenset()
    own_team_allowed: bool = False
    sections: Mapping[Code, Grade] = field(default_factory=dict)
    standing_grade: Grade | None = None
    audit_quality: Grade | None = None
    rationale: SealedText | None = None
    concern_text: SealedText | None = None
    quality: QualityOfAudit | None = None
    section_reasons: Mapping[Code, SealedText] = field(default_factory=dict)
    meetings: tuple[Meeting, ...] = ()
    feedback: SealedText | None = None
    answers: Mapping[Code, Answer] = field(default_factory=dict)
    overridden_limits: Mapping[Code, SealedText] = field(default_factory=dict)
    panel: tuple[PanelMember, ...] = ()
    terms: DisputeTerms | None = None
    recorded_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeModeration(Wanted):
    """Dispute the grade that the last moderation left standing, as the auditee's manager."""

    reason: Code
    terms: DisputeTerms
    text: SealedText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleDispute(Wanted):
    """Settle a dispute as its panel decided, or note that there is nothing to decide.

    `panel` are those who decided, in the order they were named; `standing_grade` is needed where the grade was changed.
    `sections` are those that the panel grades anew; the others stand as they were moderated, or audited.
    """

    tool: ToolDocument
    dispute_id: UUID
    outcome: DisputeOutcome
    standing_grade: Grade | None = None
    panel: tuple[PanelMember, ...] = ()
    own_team_allowed: bool = False
    text: SealedText | None = None
    sections: Mapping[Code, Grade] = field(default_factory=dict)
    overridden_limits: Mapping[Code, SealedText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReflectiveNote(Wanted):
    """Record the reflective case note of a manager who disagrees with the outcome (domain.md section 2)."""

    note_id: UUID
    discussed_with: tuple[Code, ...] = ()
    text: SealedText | None = None


ModerationCommand = (
    RequestModeration
    | AssignModeration
    | GiveBlindGrades
    | RecordModeration
    | DisputeModeration
    | SettleDispute
    | RecordReflectiveNote
)
"""Everything that may be asked of an audit's moderation."""
