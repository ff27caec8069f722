"""What callers hand in about moderation, in plain text, before anything is sealed. Unknown fields are mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

from services.audit.app.forms import MOST_NAMED, AnswerForm, Form, Text, answer_texts
from services.audit.app.moderation import texts as boxes
from services.audit.domain.audits.outcome import limit_box
from services.audit.domain.moderation.words import DisputeOutcome, ModeratorType
from services.audit.domain.words import Code, Concern, Extent, Frozen, Grade

NeededText = Annotated[Text, StringConstraints(min_length=1)]
"""Free text of a child's file that is not left out."""

Grades = Annotated[dict[Code, Grade], Field(max_length=MOST_NAMED)]
"""Grades of sections, by the section's id."""

Reasons = Annotated[dict[Code, Text], Field(max_length=MOST_NAMED)]
"""Reasons, each by the id of what it is for."""

Panel = Annotated[tuple[UUID, ...], Field(max_length=20)]
"""Members of a panel, by their references."""


class ModerationRequestForm(Form):
    """A moderation to ask for beside the authority's policy."""

    moderator: UUID | None = Field(
        default=None,
        description="a moderator of the settings for that part, external ones among them, with capacity in the cycle",
    )
    selected_because: Code = "requested"
    due_on: date | None = None
    blind: bool | None = Field(default=None, description="by the authority's policy if left out")


class QualityForm(Frozen):
    """The quality of the audit itself, apart from the grade of practice."""

    thorough: Extent
    evidenced: Extent
    actions_right: Extent = Field(description="whether the audit's actions are the right ones")


class MeetingForm(Frozen):
    """Whom the moderator met to discuss the audit, and when."""

    role: Code = Field(description="a role, as docs/audit.md lists them: team-manager, practitioner, ...")
    on: date
    person: UUID | None = Field(default=None, description="their reference, where it is known")


class GradesForm(Form):
    """A moderator's own grades, and the reason for each section's."""

    BLIND: ClassVar[bool] = False
    """Whether they are given before the auditor's are shown: what is given then has boxes of its own."""

    moderation_id: UUID | None = Field(
        default=None, description="the open one if left out; one that settles a dispute has to be named"
    )
    moderator: UUID | None = Field(default=None, description="only when recorded on a moderator's behalf")
    overall_grade: Grade | None = None
    sections: Grades = Field(default_factory=dict)
    section_reasons: Reasons = Field(
        default_factory=dict,
        description="why each section has its grade: when it is recorded, needed for those that differ from the "
        "auditor's, and for every one of a blind moderation that is recorded without grades given blind before",
    )
    quality: QualityForm | None = Field(
        default=None, description="needed when it is recorded, unless it was given with the blind grades"
    )
    rationale: Text | None = Field(
        default=None,
        description="why the overall grade: needed for a tool that is graded, unless it was given with the blind "
        "grades and these stay",
    )
    answers: dict[Code, AnswerForm] = Field(
        default_factory=dict,
        max_length=MOST_NAMED,
        description="to the questions that are the moderator's: all the tool requires, when it is recorded",
    )
    overridden_limits: Reasons = Field(
        default_factory=dict, description="why each warning of the tool on your overall grade is set aside"
    )

    def texts(self, moderation_id: UUID) -> Iterator[tuple[str, str | None]]:
        """Yield every box with its text, named as it is sealed."""
        before = boxes.own_boxes(moderation_id, blind=self.BLIND)
        yield boxes.rationale_box(moderation_id, blind=self.BLIND), self.rationale
        for section, reason in self.section_reasons.items():
            yield boxes.section_box(moderation_id, section, blind=self.BLIND), reason
        yield from answer_texts(self.answers, before)
        for limit, reason in self.overridden_limits.items():
            yield before + limit_box(limit), reason


class BlindGradesForm(GradesForm):
    """What a blind moderator gives before the auditor's grades are shown."""

    BLIND: ClassVar[bool] = True


class ModerationForm(GradesForm):
    """What a moderator found. After grading blind, grades and answers left out are those given blind."""

    moderator_type: ModeratorType = ModeratorType.INTERNAL
    panel: Panel = Field(
        default=(), description="a panel's members beside the moderator, its chair: at least one, nobody twice"
    )
    standing_grade: Grade | None = Field(default=None, description="the moderator's grade if left out")
    audit_quality: Grade | None = None
    concern: Concern = Concern.NONE
    inadequate_likely: bool = False
    met_team_manager: bool = Field(default=False, description="as `meetings` say, if left out")
    met_practitioner: bool = Field(default=False, description="as `meetings` say, if left out")
    meetings: tuple[MeetingForm, ...] = Field(default=(), max_length=20)
    feedback: Text | None = Field(default=None, description="to the auditor, who reads it")
    concern_text: Text | None = None

    def texts(self, moderation_id: UUID) -> Iterator[tuple[str, str | None]]:
        """Yield every box with its text, named as it is sealed."""
        yield from super().texts(moderation_id)
        yield boxes.moderation_box(moderation_id, "concern"), self.concern_text
        yield boxes.moderation_box(moderation_id, "feedback"), self.feedback


class DisputeForm(Form):
    """Why the auditee's manager disputes the moderated grade."""

    STAND_INS: ClassVar[Mapping[str, Any]] = {"text": "-"}

    reason: Code = Field(description="grade, evidence, fairness, ...")
    text: NeededText


class SettlementForm(Form):
    """How a panel decided a dispute, or that there is nothing to decide (`noted`)."""

    outcome: DisputeOutcome
    standing_grade: Grade | None = Field(default=None, description="needed where the grade was changed")
    panel: Panel = Field(default=(), description="who decided, by their references: at least two, nobody twice")
    text: Text | None = None
    sections: Grades = Field(
        default_factory=dict, description="sections that the panel graded anew; the others stand as they were"
    )
    overridden_limits: Reasons = Field(
        default_factory=dict, description="why each warning of the tool on the grade that stands is set aside"
    )

    def texts(self, dispute_id: UUID) -> Iterator[tuple[str, str | None]]:
        """Yield every box with its text, named as it is sealed."""
        yield boxes.settlement_box(dispute_id), self.text
        for limit, reason in self.overridden_limits.items():
            yield boxes.settlement_limit_box(dispute_id, limit), reason


class ReflectiveNoteForm(Form):
    """The reflective case note of a manager who disagrees with the outcome."""

    STAND_INS: ClassVar[Mapping[str, Any]] = {"text": "-"}

    note_id: UUID | None = Field(default=None, description="an id of your own (UUID); one is made if left out")
    discussed_with: tuple[Code, ...] = Field(
        default=(), max_length=20, description="roles, as docs/audit.md lists them"
    )
    text: NeededText
