"""The calibration exercise: each command works, is refused, is repeated; blind grades are given once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.audit.domain.calibration.events import (
    CalibrationClosed,
    CalibrationEvent,
    CalibrationOpened,
    CaseGraded,
    from_json,
    to_json,
)
from services.audit.domain.calibration.exercise import (
    NONE_YET,
    Calibration,
    CalibrationAlreadyOpened,
    CalibrationCommand,
    CalibrationInvalid,
    CalibrationIsClosed,
    CalibrationNotFound,
    CaseAlreadyGraded,
    CloseCalibration,
    GradeCase,
    NotAskedToTakePart,
    OpenCalibration,
    TooFewGraded,
    decide,
    evolve,
)
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import ChildStatus, Grade, SealedText
from tests.support.decider_spec import Spec, spec
from tests.unit.audit import builders as b

EXERCISE = UUID(int=500)
ANN, BEN, CAT = UUID(int=11), UUID(int=12), UUID(int=13)
T1 = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
T2 = datetime(2025, 11, 10, 9, 0, tzinfo=UTC)


def tool(**changes: Any) -> ToolDocument:
    return b.tool().model_copy(update={"kinds": ("calibration",), "version": 1, **changes})


def open_(**changes: Any) -> OpenCalibration:
    told: dict[str, Any] = {
        "at": T1,
        "by": b.BY_QA,
        "calibration_id": EXERCISE,
        "authority": "northmoor",
        "cycle": "2025-11",
        "tool": tool(),
        "case_reference": b.CHILD,
        "child_status": ChildStatus.IN_NEED,
        "auditors": (ANN, BEN),
        "due_on": date(2025, 11, 20),
    }
    return OpenCalibration(**{**told, **changes})


def grade(auditor: UUID = ANN, overall: Grade = Grade.GOOD, **changes: Any) -> GradeCase:
    told: dict[str, Any] = {"at": T2, "by": b.BY_AUDITOR, "tool": tool(), "sections": {"planning": Grade.GOOD}}
    return GradeCase(auditor=auditor, overall_grade=overall, **{**told, **changes})


def close(overall: Grade = Grade.GOOD, **changes: Any) -> CloseCalibration:
    told: dict[str, Any] = {"at": T2, "by": b.BY_QA, "tool": tool(), "sections": {"planning": Grade.GOOD}}
    return CloseCalibration(overall_grade=overall, **{**told, **changes})


def after(*commands: CalibrationCommand) -> Spec[CalibrationCommand, Calibration, CalibrationEvent]:
    story = spec(decide, evolve, NONE_YET)
    for command in commands:
        story = story.given(*decide(command, story.state))
    return story


OPENED = CalibrationOpened(
    at=T1,
    by=b.BY_QA,
    calibration_id=EXERCISE,
    authority="northmoor",
    cycle="2025-11",
    tool="riverside-check",
    tool_version=1,
    case_reference=b.CHILD,
    child_status=ChildStatus.IN_NEED,
    auditors=(ANN, BEN),
    due_on=date(2025, 11, 20),
)
GRADED = CaseGraded(at=T2, by=b.BY_AUDITOR, auditor=ANN, overall_grade=Grade.GOOD, sections={"planning": Grade.GOOD})
CLOSED = CalibrationClosed(at=T2, by=b.BY_QA, overall_grade=Grade.GOOD, sections={"planning": Grade.GOOD})


def test_an_exercise_is_opened_once() -> None:
    opened = after().when(open_()).then(OPENED)
    opened.when(open_(at=T2)).then_nothing_happened()
    opened.when(open_(cycle="2025-12")).refused(CalibrationAlreadyOpened)


def test_every_fault_of_an_opening_is_listed() -> None:
    wrong = open_(tool=tool(kinds=("case-file",)), auditors=(ANN, ANN), due_on=date(2025, 1, 1))
    found = after().when(wrong).refused(CalibrationInvalid)
    assert [one.place for one in found.problems] == ["tool", "auditors", "auditors", "due_on"]
    ungraded = after().when(open_(tool=tool(graded=False))).refused(CalibrationInvalid)
    assert [one.place for one in ungraded.problems] == ["tool"]


def test_an_auditor_grades_the_case_once() -> None:
    graded = after(open_()).when(grade()).then(GRADED)
    graded.when(grade(at=datetime(2025, 11, 11, tzinfo=UTC))).then_nothing_happened()
    graded.when(grade(overall=Grade.INADEQUATE)).refused(CaseAlreadyGraded)
    graded.when(grade(rationale=SealedText("s1.more"))).refused(CaseAlreadyGraded)
    graded.when(grade(BEN, Grade.INADEQUATE)).then(
        GRADED.model_copy(update={"auditor": BEN, "overall_grade": Grade.INADEQUATE})
    )


def test_only_those_asked_grade_an_open_exercise() -> None:
    after().when(grade()).refused(CalibrationNotFound)
    after(open_()).when(grade(CAT)).refused(NotAskedToTakePart)
    closed = after(open_(auditors=(ANN, BEN, CAT)), grade(ANN), grade(BEN), close())
    closed.when(grade(CAT)).refused(CalibrationIsClosed)


def test_every_fault_of_a_grading_is_listed() -> None:
    wrong = grade(sections={"reflection": Grade.GOOD, "permanence": Grade.GOOD}, at=datetime(2025, 11, 1, tzinfo=UTC))
    found = after(open_()).when(wrong).refused(CalibrationInvalid)
    # reflection is not graded, permanence is of children in care, planning is missing
    assert [one.place for one in found.problems] == [
        "sections.planning",
        "sections.reflection",
        "sections.permanence",
        "happened_at",
    ]


def test_the_qa_unit_closes_it_once_at_least_two_have_graded() -> None:
    after(open_()).when(close()).refused(TooFewGraded)
    after(open_(), grade(ANN)).when(close()).refused(TooFewGraded)
    closed = after(open_(), grade(ANN), grade(BEN)).when(close()).then(CLOSED)
    closed.when(close()).then_nothing_happened()
    closed.when(close(Grade.OUTSTANDING)).refused(CalibrationIsClosed)
    closed.when(close(reasons=SealedText("s1.other"))).refused(CalibrationIsClosed)
    after(open_(), grade(ANN), grade(BEN)).when(close(sections={})).refused(CalibrationInvalid)


@pytest.mark.parametrize("event", [OPENED, GRADED, CLOSED])
def test_stored_events_read_back_as_they_were(event: CalibrationEvent) -> None:
    assert from_json(*to_json(event)) == event
    with pytest.raises(ValueError, match="stands under the name"):
        from_json("another", to_json(event)[1])
