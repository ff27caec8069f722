"""What callers hand in about moderation, in plain text, before anything is sealed. Unknown fields are mistakes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import Field

from services.audit.app.forms import Form, Text
from services.audit.domain.words import Code, Concern, Grade


class ModerationRequestForm(Form):
    """A moderation to ask for beside the authority's policy."""

    moderator: UUID | None = None
    selected_because: Code = "requested"
    due_on: date | None = None
    blind: bool | None = Field(default=None, description="by the authority's policy if left out")


class ModerationForm(Form):
    """What a moderator found."""

    moderation_id: UUID | None = Field(default=None, description="the open one if left out")
    moderator: UUID | None = Field(default=None, description="only when recorded on a moderator's behalf")
    moderator_type: Code = "internal"
    overall_grade: Grade | None = None
    standing_grade: Grade | None = Field(default=None, description="the moderator's grade if left out")
    audit_quality: Grade | None = None
    sections: dict[Code, Grade] = Field(default_factory=dict)
    concern: Concern = Concern.NONE
    inadequate_likely: bool = False
    met_team_manager: bool
    met_practitioner: bool
    rationale: Text | None = None
    concern_text: Text | None = None
