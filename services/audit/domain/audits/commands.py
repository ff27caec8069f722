"""What may be asked of an audit. Time, ids and policies come in with the command; text comes in sealed.

`at` is when it happened in the business (aware), `by` who does it, `settings_version` the version of the authority's
settings document that it is decided by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.audit.domain.audits.outcome import Outcome, Recommendation
from services.audit.domain.audits.practitioner import PractitionerCommand
from services.audit.domain.audits.re_auditing import ReAuditCommand
from services.audit.domain.moderation.commands import ModerationCommand, ModerationSelection
from services.audit.domain.refusals import Problem
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Code, Concern, Difference, Place, SealedText, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocateAudit(Wanted):
    """Give an auditor a child's file to audit by a date.

    `auditor_teams` are the teams the auditor belongs to, as `area/district/team`; `own_team_allowed` is the
    authority's policy on independence. `tool_retired` says that the tool's version was retired by then, and
    `re_audit_faults` what stands against looking again at the audit it names.
    """

    audit_id: UUID
    authority: Code
    place: Place
    tool: Code
    tool_version: int
    auditor: UUID
    selected_because: Code
    due_on: date
    practitioner: UUID | None = None
    in_practice_figures: bool = True
    re_audit_of: UUID | None = None
    auditor_teams: frozenset[str] = frozenset()
    own_team_allowed: bool = False
    tool_retired: bool = False
    re_audit_faults: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagConcern(Wanted):
    """Flag a concern, before completion or after: it goes out at once.

    `moderation` is how the authority's rules select an audit with such a concern; it counts for one that is completed
    and has no moderation yet.
    """

    concern: Concern
    inadequate_likely: bool
    text: SealedText | None = None
    moderation: ModerationSelection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IfFlagged:
    """How the policy selects a completed audit where a concern, or a likely inadequate, was flagged before."""

    concern: ModerationSelection | None = None
    inadequate_likely: ModerationSelection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAudit(Wanted):
    """Complete an audit; `moderation` is what the authority's policy selected it for, if it did, by its outcome alone.

    `if_flagged` is what it selects it for where a concern was flagged that the outcome does not say.
    `recorded_on` is the day that counts against the due day where it was recorded later than it happened; none where
    the day it happened counts, as it was done elsewhere. `unknown_categories` are the faults of recommendations whose
    category is none of the authority's.
    """

    tool: ToolDocument
    outcome: Outcome
    recommendations: tuple[Recommendation, ...] = ()
    recorded_on: date | None = None
    unknown_categories: tuple[Problem, ...] = ()
    moderation: ModerationSelection | None = None
    if_flagged: IfFlagged | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCompletedAudit:
    """Take in an audit that was completed elsewhere: allocated and completed in one go, at its own dates."""

    allocate: AllocateAudit
    complete: CompleteAudit


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendAudit(Wanted):
    """Correct a completed audit: the outcome as it should stand, and why; dates never change.

    `moderation` is how the authority's rules select it as amended; it counts where nothing selected it before.
    """

    tool: ToolDocument
    outcome: Outcome
    reason: Code
    moderation: ModerationSelection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAudit(Wanted):
    """Take an audit out of the figures; it is not forgotten."""

    reason: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRecommendation(Wanted):
    """Make a recommendation after completion, e.g. from the moderation."""

    recommendation: Recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpRecommendation(Wanted):
    """Say how a recommendation was followed up: discussed, done, made a difference, each its own answer."""

    recommendation_id: UUID
    discussed_in_supervision_on: date | None
    done: bool
    made_a_difference: Difference
    text: SealedText | None = None


Command = (
    AllocateAudit
    | FlagConcern
    | CompleteAudit
    | ImportCompletedAudit
    | AmendAudit
    | WithdrawAudit
    | ModerationCommand
    | MakeRecommendation
    | FollowUpRecommendation
    | PractitionerCommand
    | ReAuditCommand
)
"""Everything that may be asked of an audit."""
