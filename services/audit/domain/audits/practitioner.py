"""The practitioner's part in an audit: their feedback, and their response to its outcome.

The practitioner is told at the start, is asked like everyone else who knows the family, sees the outcome and may answer
it. Sources: domain.md section 2 (practitioner feedback last), practice.md section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.audit.domain.audits.outcome import Feedback
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Extent, Happened, SealedText, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class GivePractitionerFeedback(Wanted):
    """Give the practitioner's own feedback, before completion or after; it may be given again."""

    tool: ToolDocument
    practitioner: UUID
    score: int | None = None
    text: SealedText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondToOutcome(Wanted):
    """Answer the outcome of a completed audit: whether the practitioner agrees with it."""

    practitioner: UUID
    agrees: Extent
    text: SealedText | None = None


PractitionerCommand = GivePractitionerFeedback | RespondToOutcome
"""Everything that a practitioner may ask of an audit of their work."""


class PractitionerFeedbackGiven(Happened):
    """The practitioner gave feedback; given before completion, it is the outcome's practitioner feedback."""

    type: Literal["practitioner-feedback-given"] = "practitioner-feedback-given"
    practitioner: UUID
    feedback: Feedback
    text: SealedText | None = None


class PractitionerResponded(Happened):
    """The practitioner saw the outcome and answered it."""

    type: Literal["practitioner-responded"] = "practitioner-responded"
    practitioner: UUID
    agrees: Extent
    text: SealedText | None = None


PractitionerEvent = PractitionerFeedbackGiven | PractitionerResponded
"""Everything that can have happened on the practitioner's part."""
