"""Calibration with a tool whose sections are scored and whose overall grade is limited: as in an audit."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from services.audit.app.calibration.rating import Item, add_ratings
from services.audit.app.calibration.results import Pool, results_of
from services.audit.domain.audits.outcome import Answer
from services.audit.domain.calibration.events import CalibrationClosed, CaseGraded, from_json, to_json
from services.audit.domain.calibration.exercise import (
    CalibrationInvalid,
    CalibrationIsClosed,
    CaseAlreadyGraded,
    CloseCalibration,
    GradeCase,
)
from services.audit.domain.tools.document import ScoreGrade, ToolDocument
from services.audit.domain.words import Grade, SealedText
from tests.unit.audit.test_calibration import ANN, BEN, CAT, after, close, grade, open_
from tests.unit.audit.tool_builders import full_answers, full_tool

WHY = SealedText("s1.why")
UNSAFE: dict[str, Any] = {"sections": {"safety": Grade.INADEQUATE}}
NOT_ALONE = full_answers(seen_alone=Answer(value="not-seen"))
TOOL = full_tool(version=1, kinds=["calibration"])
BARE = TOOL.model_copy(
    update={
        "sections": (TOOL.sections[0], TOOL.sections[1].model_copy(update={"score_grades": ()}), *TOOL.sections[2:])
    }
)
"""The same tool, whose scores stand for no grade."""
OPENED = open_(tool=TOOL, auditors=(ANN, BEN, CAT))


def scored(score: int | None = 7, auditor: UUID = ANN, overall: Grade = Grade.GOOD, **changes: Any) -> GradeCase:
    given: dict[str, Any] = {"tool": TOOL, "sections": {"safety": Grade.GOOD}}
    scores = {} if score is None else {"goals": score}
    return grade(auditor, overall, **{**given, "scores": scores, **changes})


def agreed(score: int = 7, overall: Grade = Grade.GOOD, **changes: Any) -> CloseCalibration:
    given: dict[str, Any] = {"tool": TOOL, "sections": {"safety": Grade.GOOD}, "scores": {"goals": score}}
    return close(overall, **{**given, **changes})


def faults(command: GradeCase | CloseCalibration, *before: GradeCase, opening: Any = OPENED) -> list[str]:
    return [each.place for each in after(opening, *before).when(command).refused(CalibrationInvalid).problems]


class TestScores:
    def test_are_kept_with_the_grade_they_stand_for(self) -> None:
        [event] = after(OPENED).when(scored(9)).then_events()
        assert isinstance(event, CaseGraded)
        assert (event.scores, event.sections) == (
            {"goals": 9},
            {"safety": Grade.GOOD, "goals": Grade.OUTSTANDING},
        )

    def test_of_a_tool_that_maps_none_stand_for_no_grade(self) -> None:
        [event] = after(open_(tool=BARE)).when(scored(9, tool=BARE)).then_events()
        assert isinstance(event, CaseGraded)
        assert (event.scores, event.sections) == ({"goals": 9}, {"safety": Grade.GOOD})

    @pytest.mark.parametrize("score", [None, -1, 11])
    def test_missing_or_outside_the_scale_are_told(self, score: int | None) -> None:
        assert faults(scored(score)) == ["scores.goals"]

    def test_every_fault_is_told_at_once(self) -> None:
        wrong = scored(
            11, sections={"goals": Grade.GOOD, "court": Grade.GOOD}, scores={"goals": 11, "safety": 3, "nowhere": 1}
        )
        assert faults(wrong) == ["sections.safety", "scores.goals", "sections.court", "scores.safety", "scores.nowhere"]

    def test_a_grade_beside_a_score_is_the_one_it_stands_for(self) -> None:
        both = {"safety": Grade.GOOD, "goals": Grade.OUTSTANDING}
        assert faults(scored(7, sections=both)) == ["sections.goals"]
        assert len(after(OPENED).when(scored(9, sections=both)).then_events()) == 1
        assert faults(scored(9, sections=both, tool=BARE), opening=open_(tool=BARE)) == ["sections.goals"]

    def test_given_twice_alike_change_nothing_and_otherwise_are_refused(self) -> None:
        story = after(OPENED, scored(7))
        story.when(scored(7)).then_nothing_happened()
        story.when(scored(8)).refused(CaseAlreadyGraded)  # good as well, and yet another score

    def test_agreed_on_are_held_to_the_tool_as_well(self) -> None:
        both = scored(), scored(auditor=BEN)
        assert faults(agreed(11), *both) == ["scores.goals"]
        story = after(OPENED, *both)
        [event] = story.when(agreed(6)).then_events()
        assert isinstance(event, CalibrationClosed)
        assert (event.scores, event.sections["goals"]) == ({"goals": 6}, Grade.GOOD)
        story.given(event).when(agreed(8)).refused(CalibrationIsClosed)

    def test_are_not_in_what_was_stored_before_they_were_taken(self) -> None:
        [event] = after(OPENED).when(scored()).then_events()
        name, data = to_json(event)
        stored = {
            field: value for field, value in json.loads(data).items() if field not in {"scores", "overridden_limits"}
        }
        read = from_json(name, json.dumps(stored).encode())
        assert isinstance(read, CaseGraded)
        assert (read.scores, read.overridden_limits) == ({}, {})


class TestAgreement:
    def given(self, tool: ToolDocument = TOOL, **scores: int) -> list[CaseGraded]:
        people = {"ann": ANN, "ben": BEN, "cat": CAT}
        story = after(open_(tool=tool, auditors=(ANN, BEN, CAT)))
        events = [story.when(scored(score, people[name], tool=tool)).then_events()[0] for name, score in scores.items()]
        return [event for event in events if isinstance(event, CaseGraded)]

    def test_is_over_the_scores_and_over_the_grades_they_stand_for(self) -> None:
        items: dict[str, Item] = {}
        add_ratings(items, "case", TOOL, self.given(ann=6, ben=8, cat=9))
        # good, good, outstanding: of three pairs one is the same and all are within one
        grades = items["sections/goals"].agreement()
        assert (grades.pairs, grades.within_one) == (3, 1.0)
        assert grades.exact == pytest.approx(1 / 3, abs=1e-4)
        # 6, 8 and 9 of 0 to 10: none is the same, and one pair is a point apart
        scores = items["scores/goals"].agreement()
        assert (scores.pairs, scores.exact) == (3, 0.0)
        assert scores.within_one == pytest.approx(1 / 3, abs=1e-4)
        assert items["scores/goals"].scale == tuple(range(11))

    def test_of_scores_that_stand_for_no_grade_joins_no_grades(self) -> None:
        items: dict[str, Item] = {}
        add_ratings(items, "case", BARE, self.given(BARE, ann=6, ben=8))
        assert set(items) == {"overall", "sections/safety", "scores/goals"}

    def test_of_one_exercise_says_how_many_gave_each_score(self) -> None:
        story = after(OPENED, scored(6), scored(9, BEN), agreed(6))
        assert story.state.opened is not None
        results = results_of(story.state, story.state.opened, TOOL, {f"limits/{ANN}/x": "unread"})
        [goals] = results.scores
        assert (goals.section, goals.scores, goals.agreement.pairs) == ("goals", {"6": 1, "9": 1}, 1)
        assert [each.item for each in results.items] == ["overall", "sections/safety", "sections/goals"]
        assert results.agreement.items == 3, "scores are no grades, the grades they stand for are"
        # overall and safety: all four as agreed; goals: good as agreed, outstanding one above
        assert results.with_agreed_ratings == 6
        assert results.with_agreed_exact == pytest.approx(5 / 6, abs=1e-4)
        assert [each.scores for each in results.gradings] == [{"goals": 6}, {"goals": 9}]

    def test_of_all_exercises_counts_scores_apart_from_the_grades(self) -> None:
        pool = Pool()
        state = after(OPENED, scored(6), scored(9, BEN)).state
        assert state.opened is not None
        pool.add(state, state.opened, TOOL)
        assert {one.item for one in pool.view().by_item} == {
            "overall",
            "sections/safety",
            "sections/goals",
            "scores/goals",
        }
        assert pool.view().items == 3

    def test_scales_differ_from_tool_to_tool(self) -> None:
        halves = (ScoreGrade(from_=0, to=5, grade=Grade.INADEQUATE), ScoreGrade(from_=6, to=10, grade=Grade.GOOD))
        goals = TOOL.sections[1].model_copy(update={"score_grades": halves})
        other = TOOL.model_copy(update={"sections": (TOOL.sections[0], goals, *TOOL.sections[2:])})
        items: dict[str, Item] = {}
        add_ratings(items, "case", other, self.given(other, ann=6, ben=10))
        assert items["sections/goals"].agreement().exact == 1.0


class TestLimits:
    def test_a_block_cannot_be_passed(self) -> None:
        assert faults(scored(**UNSAFE)) == ["overall_grade"]
        reasoned = scored(**UNSAFE, overridden_limits={"unsafe": WHY})
        assert faults(reasoned) == ["overall_grade", "overridden_limits.unsafe"]
        assert len(after(OPENED).when(scored(overall=Grade.REQUIRES_IMPROVEMENT, **UNSAFE)).then_events()) == 1

    def test_a_warning_needs_a_reason_which_is_kept_sealed(self) -> None:
        above: dict[str, Any] = {"overall": Grade.OUTSTANDING, "answers": NOT_ALONE}
        assert faults(scored(**above)) == ["overridden_limits.not-seen-alone"]
        empty = scored(**above, overridden_limits={"not-seen-alone": SealedText("")})
        assert faults(empty) == ["overridden_limits.not-seen-alone"]
        reasoned = scored(**above, overridden_limits={"not-seen-alone": WHY})
        [event] = after(OPENED).when(reasoned).then_events()
        assert isinstance(event, CaseGraded)
        assert event.texts()[f"limits/{ANN}/overridden_limits/not-seen-alone/reason"] == WHY
        story = after(OPENED).given(event)
        story.when(reasoned).then_nothing_happened()
        story.when(scored(**above, overridden_limits={"not-seen-alone": SealedText("s1.other")})).refused(
            CaseAlreadyGraded
        )

    def test_a_score_speaks_by_the_grade_it_stands_for(self) -> None:
        above: dict[str, Any] = {"overall": Grade.OUTSTANDING, "answers": NOT_ALONE}
        assert len(after(OPENED).when(scored(9, **above)).then_events()) == 1, "goals are outstanding: no warning"
        assert faults(scored(8, **above)) == ["overridden_limits.not-seen-alone"]

    def test_what_looks_at_a_question_that_may_be_left_out_is_left_alone(self) -> None:
        def negate(document: dict[str, Any]) -> None:
            document["limits"][1]["when"] = [{"question": "seen-alone", "answers": ["yes"], "negated": True}]

        tool = full_tool(negate, version=1, kinds=["calibration"])
        unanswered = scored(overall=Grade.OUTSTANDING, tool=tool)
        assert len(after(open_(tool=tool)).when(unanswered).then_events()) == 1
        answered = scored(overall=Grade.OUTSTANDING, tool=tool, answers=NOT_ALONE)
        assert faults(answered, opening=open_(tool=tool)) == ["overridden_limits.not-seen-alone"]

    def test_an_agreed_grade_is_held_to_them_too(self) -> None:
        both = scored(), scored(auditor=BEN)
        assert faults(agreed(**UNSAFE), *both) == ["overall_grade"]
        above: dict[str, Any] = {"overall": Grade.OUTSTANDING, "answers": {"seen-alone": Answer(value="not-seen")}}
        assert faults(agreed(**above), *both) == ["overridden_limits.not-seen-alone"]
        reasoned = agreed(**above, overridden_limits={"not-seen-alone": WHY})
        [event] = after(OPENED, *both).when(reasoned).then_events()
        assert isinstance(event, CalibrationClosed)
        assert event.texts()["agreed/overridden_limits/not-seen-alone/reason"] == WHY
