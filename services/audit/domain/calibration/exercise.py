"""A calibration exercise: many auditors grade the same case blind, then the QA unit closes it with the agreed grade.

It makes a shared idea of "good" (practice.md section 4). It is no audit: nothing of it enters a figure of practice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from services.audit.domain.audits.outcome import Answer, SectionJudgement
from services.audit.domain.calibration.answering import (
    answer_problems,
    grade_problems,
    grades_of_scores,
    limit_problems,
)
from services.audit.domain.calibration.events import (
    CalibrationClosed,
    CalibrationEvent,
    CalibrationOpened,
    CaseGraded,
)
from services.audit.domain.planning import too_far_ahead
from services.audit.domain.refusals import Problem, Refused
from services.audit.domain.seeing import check_seen
from services.audit.domain.tools.conditions import asking_of
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.limits import Judgements
from services.audit.domain.words import Actor, ChildStatus, Code, Grade, SealedText, business_date

KIND = "calibration"
"""The kind of audit a tool must be for, to be used in an exercise."""

_FEWEST = 2


class CalibrationNotFound(Refused):
    """There is no such exercise, or not for this reader: both are told the same."""

    code = "calibration-not-found"
    sentence = "There is no such calibration exercise."
    way_out = "Check its id; it must belong to your authority, and an auditor must have been asked to take part."


class CalibrationAlreadyOpened(Refused):
    """The exercise was opened before, with other particulars."""

    code = "calibration-already-opened"
    sentence = "The calibration exercise is open already, with other particulars."
    way_out = "Use a new id."


class CalibrationInvalid(Refused):
    """What was handed in does not fit the tool or the exercise; `problems` has every fault at once."""

    code = "calibration-invalid"
    sentence = "That does not fit the calibration exercise."
    way_out = "Every fault is listed; mend them and send it again."


class NotAskedToTakePart(Refused):
    """Only those who were asked grade the case."""

    code = "not-asked-to-take-part"
    sentence = "The auditor was not asked to take part in this exercise."
    way_out = "Ask the QA unit."


class CaseAlreadyGraded(Refused):
    """A blind grade is given once."""

    code = "case-already-graded"
    sentence = "You have graded this case already, otherwise or with other text; a blind grade is given once."
    way_out = "Bring it to the discussion of the agreed grade."


class CalibrationIsClosed(Refused):
    """The exercise is closed."""

    code = "calibration-is-closed"
    sentence = "The calibration exercise is closed."
    way_out = "Look at its agreed grade; open another exercise for another case."


class TooFewGraded(Refused):
    """An agreement needs at least two."""

    code = "too-few-graded"
    sentence = "Fewer than two auditors have graded the case."
    way_out = "Wait for them; an agreement needs at least two."


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at an exercise; `runs` where they are of the QA unit that runs it."""

    person: UUID
    runs: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """The version of an exercise that a writer has seen: of what it shows to them."""

    reader: Reader
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCalibration:
    """Ask auditors to grade a case by a day."""

    at: datetime
    by: Actor
    calibration_id: UUID
    authority: Code
    cycle: Code
    tool: ToolDocument
    case_reference: UUID
    child_status: ChildStatus
    auditors: tuple[UUID, ...]
    due_on: date
    grades_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeCase:
    """Grade the case, blind, and score it; and answer the tool's questions, unless the exercise is of grades only."""

    at: datetime
    by: Actor
    tool: ToolDocument
    auditor: UUID
    overall_grade: Grade
    sections: Mapping[Code, Grade] = field(default_factory=dict)
    rationale: SealedText | None = None
    answers: Mapping[Code, Answer] = field(default_factory=dict)
    scores: Mapping[Code, int] = field(default_factory=dict)
    overridden_limits: Mapping[Code, SealedText] = field(default_factory=dict)
    seen: Seen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCalibration:
    """Close the exercise with the grades agreed on, and why."""

    at: datetime
    by: Actor
    tool: ToolDocument
    overall_grade: Grade
    sections: Mapping[Code, Grade] = field(default_factory=dict)
    reasons: SealedText | None = None
    answers: Mapping[Code, Answer] = field(default_factory=dict)
    scores: Mapping[Code, int] = field(default_factory=dict)
    overridden_limits: Mapping[Code, SealedText] = field(default_factory=dict)
    seen: Seen | None = None


CalibrationCommand = OpenCalibration | GradeCase | CloseCalibration
"""Everything that may be asked of a calibration exercise."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """An exercise: none yet, open, or closed."""

    opened: CalibrationOpened | None = None
    graded: Mapping[UUID, CaseGraded] = field(default_factory=dict)
    closed: CalibrationClosed | None = None

    def shows_all(self, reader: Reader) -> bool:
        """Say whether a reader sees what everyone gave: the QA unit, but not one of it who is still to grade."""
        asked = self.opened is not None and reader.person in self.opened.auditors
        return reader.runs and not (asked and reader.person not in self.graded and self.closed is None)

    def shows(self, reader: Reader, event: CalibrationEvent) -> bool:
        """Say whether a reader is shown of an event that it happened: a blind grade is its giver's alone."""
        return not isinstance(event, CaseGraded) or event.auditor == reader.person or self.shows_all(reader)

    def version_for(self, reader: Reader) -> int:
        """Return at which version it stands for a reader: who is not shown others' grades cannot count them either."""
        graded = len(self.graded) if self.shows_all(reader) else int(reader.person in self.graded)
        return int(self.opened is not None) + graded + int(self.closed is not None)


NONE_YET = Calibration()
"""An exercise before its first event."""


def decide(command: CalibrationCommand, state: Calibration) -> Sequence[CalibrationEvent]:
    """Return the events that follow, none where it was done before.

    Raises:
        Refused: the exercise does not allow it; the type says why.
        SeenOtherwise: the writer has seen another version of it than it stands at for them.

    """
    if isinstance(command, GradeCase | CloseCalibration) and command.seen is not None:
        check_seen(state.version_for(command.seen.reader), command.seen.version)
    match command:
        case OpenCalibration():
            return _open(command, state)
        case GradeCase():
            return _grade(command, state, _opened(state))
        case CloseCalibration():
            return _close(command, state, _opened(state))
    assert_never(command)


def _opened(state: Calibration) -> CalibrationOpened:
    if state.opened is None:
        raise CalibrationNotFound
    return state.opened


def _open(command: OpenCalibration, state: Calibration) -> Sequence[CalibrationEvent]:
    problems = tuple(_opening_problems(command))
    if problems:
        raise CalibrationInvalid(problems)
    assert command.tool.version is not None
    event = CalibrationOpened(
        at=command.at,
        by=command.by,
        calibration_id=command.calibration_id,
        authority=command.authority,
        cycle=command.cycle,
        tool=command.tool.tool,
        tool_version=command.tool.version,
        case_reference=command.case_reference,
        child_status=command.child_status,
        auditors=command.auditors,
        due_on=command.due_on,
        grades_only=command.grades_only,
    )
    if state.opened is None:
        return [event]
    if event.model_copy(update={"at": state.opened.at, "by": state.opened.by}) != state.opened:
        raise CalibrationAlreadyOpened
    return []


def _opening_problems(command: OpenCalibration) -> Iterator[Problem]:
    if KIND not in command.tool.kinds or not command.tool.graded:
        yield Problem(
            "tool", "the tool is not for calibration, or gives no grade", "Choose a graded tool of that kind."
        )
    if len(set(command.auditors)) < len(command.auditors):
        yield Problem("auditors", "an auditor is named twice", "Name each once.")
    if len(set(command.auditors)) < _FEWEST:
        yield Problem("auditors", "fewer than two auditors are asked", "Ask at least two.")
    if command.due_on < business_date(command.at):
        yield Problem("due_on", "it is due before it is opened", "Give a day on or after the opening.")
    yield from too_far_ahead("due_on", command.due_on, business_date(command.at))


def _grade(command: GradeCase, state: Calibration, opened: CalibrationOpened) -> Sequence[CalibrationEvent]:
    if command.auditor not in opened.auditors:
        raise NotAskedToTakePart
    _check(command, opened, needed=not opened.grades_only)
    event = CaseGraded(
        at=command.at,
        by=command.by,
        auditor=command.auditor,
        overall_grade=command.overall_grade,
        sections={**command.sections, **grades_of_scores(command.tool, command.scores)},
        rationale=command.rationale,
        answers=dict(command.answers),
        scores=dict(command.scores),
        overridden_limits=dict(command.overridden_limits),
    )
    before = state.graded.get(command.auditor)
    if before is not None:
        if not _same(event, before):
            raise CaseAlreadyGraded
        return []
    if state.closed is not None:
        raise CalibrationIsClosed
    return [event]


def _close(command: CloseCalibration, state: Calibration, opened: CalibrationOpened) -> Sequence[CalibrationEvent]:
    _check(command, opened, needed=False)
    event = CalibrationClosed(
        at=command.at,
        by=command.by,
        overall_grade=command.overall_grade,
        sections={**command.sections, **grades_of_scores(command.tool, command.scores)},
        reasons=command.reasons,
        answers=dict(command.answers),
        scores=dict(command.scores),
        overridden_limits=dict(command.overridden_limits),
    )
    if state.closed is not None:
        if not _same(event, state.closed):
            raise CalibrationIsClosed
        return []
    if len(state.graded) < _FEWEST:
        raise TooFewGraded
    return [event]


def _same(now: CaseGraded | CalibrationClosed, before: CaseGraded | CalibrationClosed) -> bool:
    """Say whether it was given alike before; a text that is not stored is never dropped in silence."""
    return _coded(now) == _coded(before) and now.texts().items() <= before.texts().items()


def _coded(given: CaseGraded | CalibrationClosed) -> tuple[object, ...]:
    answers = {id_: (each.value, each.reason) for id_, each in given.answers.items() if each.value is not None}
    return given.overall_grade, given.sections, given.scores, answers, set(given.overridden_limits)


def _check(command: GradeCase | CloseCalibration, opened: CalibrationOpened, *, needed: bool) -> None:
    """Refuse what does not fit the tool, with every fault; `needed`: no required question may be left out."""
    tool, status, sections, scores = command.tool, opened.child_status, command.sections, command.scores
    asking = asking_of(tool, status, command.answers)
    judged = {id_: SectionJudgement(grade=sections.get(id_), score=scores.get(id_)) for id_ in {*sections, *scores}}
    whole = Judgements(command.overall_grade, judged, command.answers, command.overridden_limits)
    problems = [
        *grade_problems(tool, status, sections, scores, asking if command.answers else None),
        *limit_problems(tool, status, whole, needed=needed),
        *answer_problems(tool, asking, command.answers, business_date(command.at), needed=needed),
    ]
    if business_date(command.at) < business_date(opened.at):
        problems.append(Problem("happened_at", "that was before the exercise was opened", "Check the day."))
    if problems:
        raise CalibrationInvalid(problems)


def evolve(state: Calibration, event: CalibrationEvent) -> Calibration:
    """Return the exercise after an event."""
    match event:
        case CalibrationOpened():
            return Calibration(event)
        case CaseGraded():
            return replace(state, graded={**state.graded, event.auditor: event})
        case CalibrationClosed():
            return replace(state, closed=event)
    assert_never(event)
