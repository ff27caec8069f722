"""What happened to an audit's moderation, as it is stored for ever; domain/events.py puts it into an audit's stream.

`type` is the stored name; `at` is business time (aware). Old stored events stay readable: new fields have defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.audit.domain.words import Actor, Code, Concern, Grade, Happened, SealedText


class ModerationRequested(Happened):
    """The audit was selected for moderation."""

    type: Literal["moderation-requested"] = "moderation-requested"
    at: AwareDatetime
    by: Actor
    moderation_id: UUID
    selected_because: Code
    policy_version: Code
    due_on: date
    moderator: UUID | None = None
    blind: bool = False


class ModerationDone(Happened):
    """A moderator graded the case; the grade that stands from now on."""

    type: Literal["moderation-done"] = "moderation-done"
    at: AwareDatetime
    by: Actor
    moderation_id: UUID
    moderator: UUID
    moderator_type: Code
    auditor_grade: Grade | None
    moderator_grade: Grade | None
    standing_grade: Grade | None
    sections: Mapping[Code, Grade] = Field(description="the moderator's grades, where given")
    concern: Concern
    inadequate_likely: bool
    met_team_manager: bool
    met_practitioner: bool
    audit_quality: Grade | None = None
    rationale: SealedText | None = None
    concern_text: SealedText | None = None


ModerationEvent = ModerationRequested | ModerationDone
"""Everything that can have happened to an audit's moderation."""
