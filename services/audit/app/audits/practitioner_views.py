"""What a practitioner is shown of an audit of their work: the outcome, never others' figures and never moderators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.audit.app.viewing import View, coded_outcome, shown_answers
from services.audit.domain.audits.practitioner import PractitionerFeedbackGiven
from services.audit.domain.audits.states import Allocated, Completed, Withdrawn
from services.audit.domain.audits.theirs import asked_of_practitioner
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Question, Scale, Theme
from services.audit.domain.words import Extent, Grade
from shared.eventstore.model import SummaryRow

FEEDBACK_BOX = "practitioner/feedback"
RESPONSE_BOX = "practitioner/response"
_TOLD = ("overall_rationale", "sections/", "answers/", "findings/", "recommendations/", "practitioner/")
"""How the boxes begin that a practitioner reads; concerns and what moderators and managers wrote are not among them."""


class PractitionerRow(View):
    """An audit of the practitioner's work, from the day it is allocated."""

    audit_id: UUID
    status: str
    version: int
    kind: str
    tool: str
    tool_version: int
    case_reference: UUID
    due_on: date
    completed_on: date | None = None
    feedback_given: bool = False
    responded: bool = Field(default=False, description="whether the outcome as it stands was answered")


class PractitionerPage(View):
    """A page of audits; `after` leads to the next one, none on the last."""

    audits: tuple[PractitionerRow, ...]
    after: UUID | None = None


class GivenFeedback(View):
    """What the practitioner said of working with the family and of the audit."""

    given_at: datetime
    score: int | None
    answers: dict[str, Any] = Field(default_factory=dict, description="to the tool's questions for the practitioner")


class GivenResponse(View):
    """What the practitioner said of the outcome."""

    given_at: datetime
    agrees: Extent


class PractitionerView(View):
    """An audit as the practitioner sees it; the outcome once it is completed."""

    audit_id: UUID
    status: str
    version: int
    kind: str
    tool: str
    tool_version: int
    case_reference: UUID
    allocated_at: datetime
    due_on: date
    completed_on: date | None = None
    outcome: dict[str, Any] | None = Field(default=None, description="the coded outcome as it stands")
    standing_grade: Grade | None = None
    questions: tuple[Question, ...] = Field(
        default=(),
        description="the tool's questions for you, answered with your feedback; those with `asked_if` perhaps",
    )
    themes: tuple[Theme, ...] = Field(default=(), description="those a question of yours with themes is answered with")
    feedback: GivenFeedback | None = None
    response: GivenResponse | None = None
    may_respond: bool = False
    texts: dict[str, str] = Field(default_factory=dict)


def may_read(box: str) -> bool:
    """Say whether a practitioner is shown the text of a box."""
    return box.startswith(_TOLD) and not box.endswith("/follow-up")


def row_of(row: SummaryRow) -> PractitionerRow:
    """Return a list's row."""
    return PractitionerRow(audit_id=row.stream_id, status=row.status, version=row.version, **row.data)


def feedback_of(given: PractitionerFeedbackGiven) -> GivenFeedback:
    """Return the practitioner's latest feedback, with the answers that stand."""
    return GivenFeedback(given_at=given.at, score=given.feedback.score, answers=shown_answers(given.answers))


def view_of(
    state: Allocated | Completed | Withdrawn, version: int, texts: Mapping[str, str], tool: ToolDocument
) -> PractitionerView:
    """Return an audit as its practitioner sees it."""
    allocation = state.allocation
    before = state.before if isinstance(state, Withdrawn) else state
    given = before.feedback
    answers = before.outcome.answers if isinstance(before, Completed) else None
    questions = asked_of_practitioner(tool, allocation.place.child_status, answers)
    view = PractitionerView(
        audit_id=allocation.audit_id,
        status=type(state).__name__.lower(),
        version=version,
        kind=allocation.place.kind,
        tool=allocation.tool,
        tool_version=allocation.tool_version,
        case_reference=allocation.place.case_reference,
        allocated_at=allocation.at,
        due_on=allocation.due_on,
        questions=questions,
        themes=tool.themes if any(one.scale is Scale.THEMES for one in questions) else (),
        feedback=None if given is None else feedback_of(given),
        texts=dict(texts),
    )
    if not isinstance(before, Completed):
        return view
    response = before.response
    return view.model_copy(
        update={
            "completed_on": before.completed_on,
            "outcome": _told(before),
            "standing_grade": before.standing_grade,
            "response": None if response is None else GivenResponse(given_at=response.at, agrees=response.agrees),
            "may_respond": isinstance(state, Completed) and not before.answered,
        }
    )


def _told(state: Completed) -> dict[str, Any]:
    """Return the coded outcome without what was said of concerns: those are talked over, not read in passing."""
    coded = coded_outcome(state.outcome)
    return {name: value for name, value in coded.items() if name not in {"concern", "inadequate_likely"}}
