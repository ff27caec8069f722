"""What happened to an audit's moderation, as it is stored for ever; an audit's stream holds it (audits/events.py).

`type` is the stored name; `at` is business time (aware). Old stored events stay readable: new fields have defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.audit.domain.audits.outcome import Answer
from services.audit.domain.moderation.words import Decider, DisputeOutcome, Meeting, QualityOfAudit
from services.audit.domain.words import Code, Concern, Grade, Happened, SealedText


class ModerationRequested(Happened):
    """The audit was selected for moderation; with a `dispute_id` its grade settles that dispute and is final."""

    type: Literal["moderation-requested"] = "moderation-requested"
    moderation_id: UUID
    selected_because: Code
    policy_version: Code
    due_on: date
    moderator: UUID | None = None
    blind: bool = False
    dispute_id: UUID | None = None


class ModerationAssigned(Happened):
    """A moderation was given to a moderator, or passed on to another; without one it is back in the queue."""

    type: Literal["moderation-assigned"] = "moderation-assigned"
    moderation_id: UUID
    moderator: UUID | None = None


class ModeratorGraded(Happened):
    """A blind moderator gave grades before the auditor's were shown; they are kept whatever is recorded after."""

    type: Literal["moderator-graded"] = "moderator-graded"
    moderation_id: UUID
    moderator: UUID
    overall_grade: Grade | None
    sections: Mapping[Code, Grade]
    quality: QualityOfAudit | None = None
    rationale: SealedText | None = None
    section_reasons: Mapping[Code, SealedText] = Field(default_factory=dict)
    answers: Mapping[Code, Answer] = Field(
        default_factory=dict, description="to the tool's questions for the moderator"
    )
    overridden_limits: Mapping[Code, SealedText] = Field(default_factory=dict)


class ModerationDone(Happened):
    """A moderator graded the case; the grade that stands from now on.

    `moderator_grade` is the moderator's own, the one given blind where one was; `sections` are as finally recorded, and
    so are `answers`: of those given blind their codes alone, as their texts stay where they were given.
    """

    type: Literal["moderation-done"] = "moderation-done"
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
    quality: QualityOfAudit | None = None
    section_reasons: Mapping[Code, SealedText] = Field(default_factory=dict)
    meetings: tuple[Meeting, ...] = ()
    feedback: SealedText | None = Field(default=None, description="to the auditor")
    panel: tuple[UUID, ...] = Field(default=(), description="who sat on the panel beside its chair")
    answers: Mapping[Code, Answer] = Field(
        default_factory=dict, description="to the tool's questions for the moderator"
    )
    overridden_limits: Mapping[Code, SealedText] = Field(
        default_factory=dict, description="why each warning of the tool on the overall grade was set aside"
    )
    counted_on: date | None = Field(
        default=None, description="the day that counts against the due day, where it is not the day it happened"
    )


class ModerationDisputed(Happened):
    """A moderated grade is disputed, by a manager or by its distance alone; `decided_by` is who is to settle it."""

    type: Literal["moderation-disputed"] = "moderation-disputed"
    dispute_id: UUID
    moderation_id: UUID
    reason: Code
    disputed_grade: Grade | None
    decided_by: Decider
    text: SealedText | None = None


class DisputeSettled(Happened):
    """A dispute was settled: the grade that stands from now on, for good, and whose it is."""

    type: Literal["dispute-settled"] = "dispute-settled"
    dispute_id: UUID
    moderation_id: UUID = Field(description="the moderation whose grade was disputed")
    outcome: DisputeOutcome
    decided_by: Decider
    grade_before: Grade | None
    standing_grade: Grade | None
    panel: tuple[UUID, ...] = ()
    text: SealedText | None = None
    sections: Mapping[Code, Grade] = Field(default_factory=dict, description="those that the panel graded anew")
    overridden_limits: Mapping[Code, SealedText] = Field(
        default_factory=dict, description="why the panel set each warning of the tool on the overall grade aside"
    )


class ReflectiveNoteRecorded(Happened):
    """The auditee's manager recorded a reflective case note on disagreeing with the outcome (domain.md section 2)."""

    type: Literal["reflective-note-recorded"] = "reflective-note-recorded"
    note_id: UUID
    discussed_with: tuple[Code, ...] = Field(default=(), description="roles")
    text: SealedText | None = None


ModerationEvent = (
    ModerationRequested
    | ModerationAssigned
    | ModeratorGraded
    | ModerationDone
    | ModerationDisputed
    | DisputeSettled
    | ReflectiveNoteRecorded
)
"""Everything that can have happened to an audit's moderation."""
