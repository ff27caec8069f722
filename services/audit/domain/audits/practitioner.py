"""The practitioner's part in an audit: their feedback, and their response to its outcome.

The practitioner is told at the start, is asked like everyone else who knows the family, sees the outcome and may answer
it. Sources: domain.md section 2 (practitioner feedback last), practice.md section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.audit.domain.audits.outcome import Answer, Feedback
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Code, Extent, Happened, SealedText, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class GivePractitionerFeedback(Wanted):
    """Give the practitioner's own feedback, before completion or after; it may be given again.

    `answers` are to the questions that the tool has for the practitioner; with none, those given before stay.
    """

    tool: ToolDocument
    practitioner: UUID
    score: int | None = None
    text: SealedText | None = None
    answers: Mapping[Code, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondToOutcome(Wanted):
    """Answer the outcome of a completed audit: whether the practitioner agrees with it."""

    practitioner: UUID
    agrees: Extent
    text: SealedText | None = None


PractitionerCommand = GivePractitionerFeedback | RespondToOutcome
"""Everything that a practitioner may ask of an audit of their work."""


class PractitionerFeedbackGiven(Happened):
    """The practitioner gave feedback; given before completion, it is the outcome's practitioner feedback.

    So are the answers to the practitioner's questions; where there are none, those given before stay.
    """

    type: Literal["practitioner-feedback-given"] = "practitioner-feedback-given"
    practitioner: UUID
    feedback: Feedback
    text: SealedText | None = None
    answers: Mapping[Code, Answer] = Field(default_factory=dict)


class PractitionerResponded(Happened):
    """The practitioner saw the outcome and answered it."""

    type: Literal["practitioner-responded"] = "practitioner-responded"
    practitioner: UUID
    agrees: Extent
    text: SealedText | None = None


PractitionerEvent = PractitionerFeedbackGiven | PractitionerResponded
"""Everything that can have happened on the practitioner's part."""
