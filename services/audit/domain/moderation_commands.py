"""What may be asked of an audit's moderation. Time, ids and policies come in with the command; text comes in sealed.

`at` is when it happened in the business (aware), `by` who does it. Source: domain.md section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from services.audit.domain.tool import ToolDocument
from services.audit.domain.words import Actor, Code, Concern, Grade, SealedText


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
class RequestModeration:
    """Ask for a moderation of a completed audit."""

    at: datetime
    by: Actor
    settings_version: int | None = None
    selection: ModerationSelection


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordModeration:
    """Record what a moderator found.

    `moderator_teams` are the teams the moderator belongs to, as `area/district/team`; `own_team_allowed` is the
    authority's policy on independence. `standing_grade` is the moderator's grade where it is left out.
    """

    at: datetime
    by: Actor
    settings_version: int | None = None
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


ModerationCommand = RequestModeration | RecordModeration
"""Everything that may be asked of an audit's moderation."""
