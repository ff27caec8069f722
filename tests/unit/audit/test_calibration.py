"""The calibration exercise: each command works, is refused, is repeated; blind grades are given once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.audit.domain.audits.outcome import Answer
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
from services.audit.domain.tools.document import Condition, Respondent, ToolDocument
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


def answering(**changes: Any) -> GradeCase:
    return grade(**{"answers": b.answers(), **changes})


class TestAnswers:
    def test_are_held_to_the_tool_and_kept_with_the_grades(self) -> None:
        [event] = after(open_(grades_only=False)).when(answering()).then_events()
        assert event == GRADED.model_copy(update={"answers": b.answers()})

    def test_given_twice_alike_change_nothing_and_otherwise_are_refused(self) -> None:
        answered = after(open_(grades_only=False), answering())
        answered.when(answering()).then_nothing_happened()
        without_text = b.answers() | {"plan-smart": Answer(value=True, evidence=b.SEEN)}
        answered.when(answering(answers=without_text)).then_nothing_happened()
        for other in (
            b.answers() | {"plan-visits": Answer(value=5)},
            b.answers() | {"plan-smart": Answer(value=True, evidence=SealedText("s1.other"))},
            {id_: each for id_, each in b.answers().items() if id_ != "areas-to-develop"},
        ):
            answered.when(answering(answers=other)).refused(CaseAlreadyGraded)

    def test_every_fault_of_them_is_listed_with_those_of_the_grades(self) -> None:
        wrong = answering(
            sections={"reflection": Grade.GOOD},
            at=datetime(2025, 11, 1, tzinfo=UTC),
            answers={
                "plan-grade": Answer(value="superb"),
                "plan-smart": Answer(value=True),
                "plan-visits": Answer(value=21),
                "plan-reviewed-on": Answer(value="2025-11-02"),
                "heard": Answer(value="in-part", text=b.SEEN),
                "stability": Answer(value=5),
                "nowhere": Answer(value=True),
            },
        )
        found = after(open_(grades_only=False)).when(wrong).refused(CalibrationInvalid)
        assert [one.place for one in found.problems] == [
            "sections.planning",
            "sections.reflection",
            "answers.nowhere",
            "answers.plan-grade",
            "answers.plan-smart.evidence",
            "answers.plan-shared",
            "answers.plan-reviewed-on",
            "answers.plan-visits",
            "answers.stability",
            "answers.heard.text",
            "happened_at",
        ]

    def test_are_missed_unless_the_exercise_is_of_grades_only(self) -> None:
        found = after(open_(grades_only=False)).when(grade()).refused(CalibrationInvalid)
        assert {one.place for one in found.problems} == {
            "answers.plan-grade",
            "answers.plan-smart",
            "answers.plan-shared",
            "answers.plan-visits",
            "answers.heard",
        }
        after(open_(grades_only=True)).when(grade()).then(GRADED)

    def test_of_an_exercise_of_grades_only_may_be_some_and_must_be_right(self) -> None:
        some = {"plan-visits": Answer(value=3)}
        [event] = after(open_()).when(answering(answers=some)).then_events()
        assert isinstance(event, CaseGraded)
        assert event.answers == some
        wrong = answering(answers={"plan-visits": Answer(value=300), "plan-smart": Answer(evidence=b.SEEN)})
        found = after(open_()).when(wrong).refused(CalibrationInvalid)
        assert [one.place for one in found.problems] == ["answers.plan-smart", "answers.plan-visits"]

    def test_of_practitioner_or_family_are_nobodys_to_miss(self) -> None:
        theirs = tool()
        reflection = theirs.sections[-1].model_copy(update={"answered_by": Respondent.FAMILY})
        theirs = theirs.model_copy(update={"sections": (*theirs.sections[:-1], reflection)})
        without = {id_: each for id_, each in b.answers().items() if id_ != "heard"}
        story = after(open_(grades_only=False, tool=theirs))
        [event] = story.when(answering(tool=theirs, answers=without)).then_events()
        assert isinstance(event, CaseGraded)

    def test_say_which_sections_are_graded(self) -> None:
        asked = tool()
        condition = Condition(question="plan-visits", answers=("0",))
        further = asked.sections[0].model_copy(update={"id": "further", "asked_if": (condition,), "questions": ()})
        asked = asked.model_copy(update={"sections": (*asked.sections, further)})
        story = after(open_(grades_only=False, tool=asked))
        story.when(answering(tool=asked)).then_events()
        both = {"planning": Grade.GOOD, "further": Grade.GOOD}
        refused = story.when(answering(tool=asked, sections=both)).refused(CalibrationInvalid)
        assert [one.place for one in refused.problems] == ["sections.further"]
        never = b.answers() | {"plan-visits": Answer(value=0)}
        story.when(answering(tool=asked, sections=both, answers=never)).then_events()
        missing = story.when(answering(tool=asked, answers=never)).refused(CalibrationInvalid)
        assert [one.place for one in missing.problems] == ["sections.further"]

    def test_agreed_on_may_be_some_and_must_be_right(self) -> None:
        graded = after(open_(grades_only=False), answering(), answering(auditor=BEN))
        graded.when(close()).then(CLOSED)
        some = {"plan-visits": Answer(value=3)}
        closed = graded.when(close(answers=some)).then(CLOSED.model_copy(update={"answers": some}))
        closed.when(close(answers=some)).then_nothing_happened()
        closed.when(close()).refused(CalibrationIsClosed)
        found = graded.when(close(answers={"nowhere": Answer(value=3)})).refused(CalibrationInvalid)
        assert [one.place for one in found.problems] == ["answers.nowhere"]

    def test_each_text_has_a_box_of_its_own(self) -> None:
        answers = {"own-words": Answer(text=b.SEEN), "plan-smart": Answer(value=True, evidence=b.SEEN, impact=b.SEEN)}
        given = GRADED.model_copy(update={"rationale": b.SEEN, "answers": answers})
        assert set(given.texts()) == {
            f"rationale/{ANN}",
            f"answers/{ANN}/own-words/text",
            f"answers/{ANN}/plan-smart/evidence",
            f"answers/{ANN}/plan-smart/impact",
        }
        agreed = CLOSED.model_copy(update={"answers": answers})
        assert set(agreed.texts()) == {
            f"agreed/answers/{box}" for box in ("own-words/text", "plan-smart/evidence", "plan-smart/impact")
        }


def test_an_exercise_stored_before_answers_were_taken_is_of_grades_only() -> None:
    stored = {name: value for name, value in OPENED.model_dump(mode="json").items() if name != "grades_only"}
    read = from_json("calibration-opened", json.dumps(stored).encode())
    assert isinstance(read, CalibrationOpened)
    assert read.grades_only


@pytest.mark.parametrize("event", [OPENED, GRADED, GRADED.model_copy(update={"answers": b.answers()}), CLOSED])
def test_stored_events_read_back_as_they_were(event: CalibrationEvent) -> None:
    assert from_json(*to_json(event)) == event
    with pytest.raises(ValueError, match="stands under the name"):
        from_json("another", to_json(event)[1])
