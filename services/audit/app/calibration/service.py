"""Calibration exercises: opened by the QA unit, graded and answered blind by auditors, closed with the agreed grade."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.audit.app import sealing
from services.audit.app.aggregates import CALIBRATION
from services.audit.app.asking import Asked
from services.audit.app.audits.allocating import ChildUnknown
from services.audit.app.audits.changes import SeenIsOld
from services.audit.app.calibration.access import reader_of
from services.audit.app.forms import MOST_NAMED, AnswerForm, Form, Number, Score, Text
from services.audit.app.handling import Parts
from services.audit.app.making import settings_on
from services.audit.app.sealing import ChildIsErased, Texts
from services.audit.domain.audits.outcome import Answer, limit_box
from services.audit.domain.calibration.events import (
    AGREED_BOX,
    AGREED_LIMITS,
    ANSWER_TEXTS,
    REASONS_BOX,
    CalibrationEvent,
    CalibrationOpened,
    answers_box,
    limits_box,
    rationale_box,
)
from services.audit.domain.calibration.exercise import (
    Calibration,
    CalibrationCommand,
    CalibrationNotFound,
    CloseCalibration,
    GradeCase,
    OpenCalibration,
    Reader,
    Seen,
)
from services.audit.domain.seeing import SeenOtherwise
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import ChildStatus, Code, Grade, SealedText, business_date
from shared.eventstore.handling import Handled, fold, handle
from shared.privacy.references import ErasedCase
from shared.web.seen import Change

_LARGEST = 600
_SET_ASIDE = "why each warning of the tool on the overall grade is set aside"
Written = Annotated[Text, StringConstraints(min_length=1)]
"""A text that has to be there."""


class OpeningForm(Form):
    """A case for auditors to grade, each without the others."""

    WHOLE: ClassVar[Mapping[str, str | None]] = {"case_number": "unread", "case_reference": None}
    STAND_INS: ClassVar[Mapping[str, Any]] = {"auditors": [], "due_on": "2999-12-31"}

    calibration_id: UUID | None = Field(default=None, description="an id of your own (UUID); one is made if left out")
    cycle: Code
    tool: Code = Field(description="a graded tool for the kind calibration")
    tool_version: int | None = Field(default=None, ge=1, description="the newest if left out")
    case_number: Number | None = None
    case_reference: UUID | None = None
    child_status: ChildStatus
    auditors: Annotated[tuple[UUID, ...], Field(max_length=_LARGEST, description="references, at least two")]
    due_on: date
    grades_only: bool = Field(
        default=False, description="true: the tool's questions may be left unanswered, and grades are enough"
    )

    @model_validator(mode="after")
    def _one_case(self) -> OpeningForm:
        if (self.case_number is None) == (self.case_reference is None):
            raise ValueError("one of case_number and case_reference is needed, not both; give one of them")
        return self


class GradingForm(Form):
    """An auditor's blind grades, and why."""

    STAND_INS: ClassVar[Mapping[str, Any]] = {"overall_grade": "good", "rationale": "-"}

    auditor: UUID | None = Field(default=None, description="only when recorded on an auditor's behalf")
    overall_grade: Grade
    sections: dict[Code, Grade] = Field(default_factory=dict, max_length=MOST_NAMED)
    scores: dict[Code, Score] = Field(
        default_factory=dict,
        max_length=MOST_NAMED,
        description="by section that is scored; where its scores stand for grades, it has one too",
    )
    answers: dict[Code, AnswerForm] = Field(
        default_factory=dict,
        max_length=MOST_NAMED,
        description="by question, as in an audit; needed unless the exercise is of grades only",
    )
    rationale: Written
    overridden_limits: dict[Code, Text] = Field(default_factory=dict, max_length=MOST_NAMED, description=_SET_ASIDE)

    def texts(self, auditor: UUID) -> Iterator[tuple[str, str | None]]:
        """Yield every box with its text, named as it is sealed."""
        yield rationale_box(auditor), self.rationale
        yield from _answer_texts(answers_box(auditor), self.answers)
        yield from _limit_texts(limits_box(auditor), self.overridden_limits)


class ClosingForm(Form):
    """The grades agreed on, and why."""

    STAND_INS: ClassVar[Mapping[str, Any]] = {"overall_grade": "good", "reasons": "-"}

    overall_grade: Grade
    sections: dict[Code, Grade] = Field(default_factory=dict, max_length=MOST_NAMED)
    scores: dict[Code, Score] = Field(
        default_factory=dict,
        max_length=MOST_NAMED,
        description="by section that is scored; where its scores stand for grades, it has one too",
    )
    answers: dict[Code, AnswerForm] = Field(
        default_factory=dict, max_length=MOST_NAMED, description="those agreed on, if any were"
    )
    reasons: Written
    overridden_limits: dict[Code, Text] = Field(default_factory=dict, max_length=MOST_NAMED, description=_SET_ASIDE)

    def texts(self) -> Iterator[tuple[str, str | None]]:
        """Yield every box with its text, named as it is sealed."""
        yield REASONS_BOX, self.reasons
        yield from _answer_texts(AGREED_BOX, self.answers)
        yield from _limit_texts(AGREED_LIMITS, self.overridden_limits)


def _answer_texts(box: str, answers: Mapping[Code, AnswerForm]) -> Iterator[tuple[str, str | None]]:
    for id_, answer in answers.items():
        for field in ANSWER_TEXTS:
            yield f"{box}/{id_}/{field}", getattr(answer, field)


def _answers(box: str, forms: Mapping[Code, AnswerForm], texts: Texts) -> dict[Code, Answer]:
    return {
        id_: Answer(
            value=form.value,
            reason=form.reason,
            **{field: texts.get(f"{box}/{id_}/{field}") for field in ANSWER_TEXTS},
        )
        for id_, form in forms.items()
    }


def _limit_texts(before: str, reasons: Mapping[Code, str]) -> Iterator[tuple[str, str | None]]:
    for limit, reason in reasons.items():
        yield before + limit_box(limit), reason


def _overridden(before: str, limits: Iterable[Code], texts: Texts) -> dict[Code, SealedText]:
    return {limit: texts.get(before + limit_box(limit), sealing.NO_TEXT) for limit in limits}


def grading_of(  # noqa: PLR0917 - what one grading is made of, in its order
    opened: CalibrationOpened, tool: ToolDocument, form: GradingForm, auditor: UUID, asked: Asked, texts: Texts
) -> GradeCase:
    """Return the command of an auditor's blind grades and answers."""
    return GradeCase(
        at=asked.at,
        by=asked.by,
        tool=tool,
        auditor=auditor,
        overall_grade=form.overall_grade,
        sections=form.sections,
        scores=form.scores,
        rationale=texts.get(rationale_box(auditor)),
        answers=_answers(answers_box(auditor), form.answers, texts),
        overridden_limits=_overridden(limits_box(auditor), form.overridden_limits, texts),
        seen=_seen(opened, asked),
    )


def closing_of(
    opened: CalibrationOpened, tool: ToolDocument, form: ClosingForm, asked: Asked, texts: Texts
) -> CloseCalibration:
    """Return the command of the grades agreed on."""
    return CloseCalibration(
        at=asked.at,
        by=asked.by,
        tool=tool,
        overall_grade=form.overall_grade,
        sections=form.sections,
        scores=form.scores,
        reasons=texts.get(REASONS_BOX),
        answers=_answers(AGREED_BOX, form.answers, texts),
        overridden_limits=_overridden(AGREED_LIMITS, form.overridden_limits, texts),
        seen=_seen(opened, asked),
    )


class Calibrations:
    """Everything that can be asked of a calibration exercise, each method one command."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def stand(self, calibration_id: UUID) -> tuple[Calibration, CalibrationOpened]:
        """Return an exercise and its opening.

        Raises:
            CalibrationNotFound: there is none.

        """
        stream = await self._parts.store.load(calibration_id)
        if not stream.events or stream.events[0].category != CALIBRATION.category:
            raise CalibrationNotFound
        state = fold(CALIBRATION, stream.events)
        assert state.opened is not None
        return state, state.opened

    async def open(
        self, form: OpeningForm, calibration_id: UUID, asked: Asked
    ) -> Handled[Calibration, CalibrationEvent]:
        """Open an exercise; the child's reference is found or made.

        Raises:
            CalibrationInvalid: with every fault.
            ChildIsErased: the child was erased.
            ChildUnknown: the case reference is none of this authority's.

        """
        settings_on(self._parts.authorities, asked.authority, business_date(asked.at))  # known at all?
        tool = await self.tool_named(asked.authority, form.tool, form.tool_version)
        command = OpenCalibration(
            at=asked.at,
            by=asked.by,
            calibration_id=calibration_id,
            authority=asked.authority,
            cycle=form.cycle,
            tool=tool,
            case_reference=await self._case(form, asked.authority),
            child_status=form.child_status,
            auditors=form.auditors,
            due_on=form.due_on,
            grades_only=form.grades_only,
        )
        return await self._handle(calibration_id, command, asked)

    async def grade(
        self, opened: CalibrationOpened, form: GradingForm, auditor: UUID, asked: Asked
    ) -> Handled[Calibration, CalibrationEvent]:
        """Take an auditor's blind grades and answers.

        Raises:
            Refused: the exercise does not allow it.
            SeenIsOld: it changed, for the writer, since the version that they have seen.

        """
        texts = await self._seal(opened, form.texts(auditor))
        command = grading_of(opened, await self.tool(opened), form, auditor, asked, texts)
        return await self._handle(opened.calibration_id, command, asked)

    async def close(
        self, opened: CalibrationOpened, form: ClosingForm, asked: Asked
    ) -> Handled[Calibration, CalibrationEvent]:
        """Close an exercise with the grades agreed on.

        Raises:
            Refused: the exercise does not allow it.
            SeenIsOld: it changed, for the writer, since the version that they have seen.

        """
        texts = await self._seal(opened, form.texts())
        command = closing_of(opened, await self.tool(opened), form, asked, texts)
        return await self._handle(opened.calibration_id, command, asked)

    async def tool(self, opened: CalibrationOpened) -> ToolDocument:
        """Return the tool that the exercise is with."""
        return await self.tool_named(opened.authority, opened.tool, opened.tool_version)

    async def tool_named(self, authority: str, tool: Code, version: int | None) -> ToolDocument:
        """Return a tool in a version, or in its newest; raises ToolNotFound where there is none."""
        return await self._parts.tools.get(authority, tool, version)

    async def _seal(self, opened: CalibrationOpened, texts: Iterable[tuple[str, str | None]]) -> Texts:
        return await sealing.seal(self._parts.sealer, opened.case_reference, opened.calibration_id, texts)

    async def _case(self, form: OpeningForm, authority: str) -> UUID:
        references = self._parts.references
        async with self._parts.pool.acquire() as connection:
            if form.case_number is not None:
                found = await references.reference_for(connection, authority, form.case_number)
                if isinstance(found, ErasedCase):
                    raise ChildIsErased
                return found
            assert form.case_reference is not None
            if await references.erased(connection, [form.case_reference]):
                raise ChildIsErased
            if await references.authority_of(connection, form.case_reference) != authority:
                raise ChildUnknown
            return form.case_reference

    async def _handle(
        self, calibration_id: UUID, command: CalibrationCommand, asked: Asked
    ) -> Handled[Calibration, CalibrationEvent]:
        try:
            return await handle(self._parts.store, CALIBRATION, calibration_id, command, asked.meta())
        except SeenOtherwise as other:
            changes = await self._changes(calibration_id, other.seen, reader_of(asked.asker, asked.authority))
            raise SeenIsOld(other.now, changes, seen=other.seen) from None

    async def _changes(self, calibration_id: UUID, seen: int, reader: Reader) -> list[Change]:
        """Return what happened to an exercise, as far as a reader is shown it, after the version they have seen."""
        events = (await self._parts.store.load(calibration_id)).events
        state, told = fold(CALIBRATION, events), (CALIBRATION.from_json(one.type, one.data) for one in events)
        shown = enumerate((one for one in told if state.shows(reader, one)), start=1)
        return [
            Change(event=one.type, version=version, role=one.by.role, fields=_fields_of(one))
            for version, one in shown
            if version > seen
        ]


def _seen(opened: CalibrationOpened, asked: Asked) -> Seen | None:
    reader = reader_of(asked.asker, opened.authority)
    return None if asked.expected is None else Seen(reader, asked.expected)


def _fields_of(event: CalibrationEvent) -> tuple[str, ...]:
    return tuple(sorted(event.model_fields_set - {"type", "at", "by", "auditor", "calibration_id", "authority"}))
