"""What happened to a calibration exercise, as it is stored for ever. Nothing of it is public (docs/adr/0022).

Auditors are named by their random references, the case by its; texts are sealed with the child's key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from services.audit.domain.audits.outcome import Answer, limit_box
from services.audit.domain.words import Actor, ChildStatus, Code, Grade, SealedText, Stored

REASONS_BOX: Final = "reasons"
"""The box of why the agreed grades were agreed on."""

AGREED_BOX: Final = "agreed/answers"
"""How the boxes of the agreed answers begin."""

AGREED_LIMITS: Final = "agreed/"
"""How the boxes begin of why warnings on the agreed grade were set aside."""

ANSWER_TEXTS: Final = ("text", "evidence", "impact")
"""What of an answer is text."""


def rationale_box(auditor: UUID) -> str:
    """Return the box of an auditor's rationale."""
    return f"rationale/{auditor}"


def answers_box(auditor: UUID) -> str:
    """Return how the boxes of an auditor's answers begin."""
    return f"answers/{auditor}"


def limits_box(auditor: UUID) -> str:
    """Return how the boxes begin of why an auditor set warnings of the tool aside."""
    return f"limits/{auditor}/"


class CalibrationOpened(Stored):
    """Auditors were asked to grade the same case, each without the others."""

    type: Literal["calibration-opened"] = "calibration-opened"
    at: AwareDatetime
    by: Actor
    calibration_id: UUID
    authority: Code
    cycle: Code
    tool: Code
    tool_version: int
    case_reference: UUID
    child_status: ChildStatus
    auditors: tuple[UUID, ...]
    due_on: date
    grades_only: bool = Field(default=True, description="whether the tool's questions may be left unanswered")


class CaseGraded(Stored):
    """An auditor graded the case, blind.

    `sections` are the grades of sections: those given, and those that `scores` stand for by the tool's own mapping.
    """

    type: Literal["case-graded"] = "case-graded"
    at: AwareDatetime
    by: Actor
    auditor: UUID
    overall_grade: Grade
    sections: Mapping[Code, Grade]
    rationale: SealedText | None = None
    answers: Mapping[Code, Answer] = Field(default_factory=dict, description="by question, its texts sealed")
    scores: Mapping[Code, int] = Field(default_factory=dict, description="by section that is scored")
    overridden_limits: Mapping[Code, SealedText] = Field(
        default_factory=dict, description="why each warning of the tool on the overall grade was set aside"
    )

    def texts(self) -> dict[str, SealedText]:
        """Return the sealed texts by the boxes they were sealed for."""
        limits = {limits_box(self.auditor) + limit_box(id_): why for id_, why in self.overridden_limits.items()}
        own = _texts(rationale_box(self.auditor), self.rationale, answers_box(self.auditor), self.answers)
        return {**own, **limits}


class CalibrationClosed(Stored):
    """The QA unit closed the exercise with the grades agreed on, and why; `sections` as of a case that is graded."""

    type: Literal["calibration-closed"] = "calibration-closed"
    at: AwareDatetime
    by: Actor
    overall_grade: Grade
    sections: Mapping[Code, Grade]
    reasons: SealedText | None = None
    answers: Mapping[Code, Answer] = Field(default_factory=dict, description="the answers agreed on, if any were")
    scores: Mapping[Code, int] = Field(default_factory=dict, description="by section that is scored")
    overridden_limits: Mapping[Code, SealedText] = Field(
        default_factory=dict, description="why each warning of the tool on the overall grade was set aside"
    )

    def texts(self) -> dict[str, SealedText]:
        """Return the sealed texts by the boxes they were sealed for."""
        limits = {AGREED_LIMITS + limit_box(id_): why for id_, why in self.overridden_limits.items()}
        return {**_texts(REASONS_BOX, self.reasons, AGREED_BOX, self.answers), **limits}


def _texts(box: str, why: SealedText | None, answers_in: str, answers: Mapping[Code, Answer]) -> dict[str, SealedText]:
    found = {box: why}
    for id_, answer in answers.items():
        for field in ANSWER_TEXTS:
            found[f"{answers_in}/{id_}/{field}"] = getattr(answer, field)
    return {name: text for name, text in found.items() if text is not None}


CalibrationEvent = CalibrationOpened | CaseGraded | CalibrationClosed
"""Everything that can have happened to a calibration exercise."""

_EVENTS: TypeAdapter[CalibrationEvent] = TypeAdapter(Annotated[CalibrationEvent, Field(discriminator="type")])


def to_json(event: CalibrationEvent) -> tuple[str, bytes]:
    """Return an event's stored name and its JSON."""
    return event.type, _EVENTS.dump_json(event)


def from_json(type_: str, data: bytes) -> CalibrationEvent:
    """Return the event that was stored under this name.

    Raises:
        ValueError: the data is not of that event.

    """
    event = _EVENTS.validate_json(data)
    if event.type != type_:
        raise ValueError(f"a stored {event.type} stands under the name {type_}")
    return event
