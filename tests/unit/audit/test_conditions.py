"""What a tool asks after the answers before it, of whom, and the reasons, days and mappings it holds answers to."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain.audits.answers import problems_of
from services.audit.domain.audits.outcome import Answer, AnswerValue, Feedback, Outcome, SectionJudgement
from services.audit.domain.tools.conditions import NotAsked, asking_of, holds
from services.audit.domain.tools.document import Condition, Section
from services.audit.domain.tools.limits import grade_of_point, graded
from services.audit.domain.words import ChildStatus, Grade, SealedText
from tests.unit.audit.tool_builders import full_answers, full_outcome, full_tool

IN_NEED = ChildStatus.IN_NEED
TODAY = date(2025, 11, 20)


def places(outcome: Outcome) -> list[str]:
    return [problem.place for problem in problems_of(full_tool(), IN_NEED, outcome, TODAY)]


def with_answers(**changes: Answer | None) -> list[str]:
    return places(full_outcome(full_answers(**changes)))


def test_a_complete_audit_of_the_full_tool_has_no_fault() -> None:
    assert places(full_outcome()) == []


class TestConditions:
    @pytest.mark.parametrize(
        ("value", "answers", "so"),
        [
            (True, ("yes",), True),
            (False, ("yes",), False),
            (False, ("no", "not-seen"), True),
            ("not-seen", ("no", "not-seen"), True),
            ("baby", ("refused",), False),
            (("family", "school"), ("school",), True),
            ((), ("school",), False),
            (0, ("0",), True),
            (2.5, ("2.5",), True),
            (3.0, ("3",), True),
            (1_000_000, ("1000000",), True),
            (None, ("yes",), False),
        ],
    )
    def test_a_condition_looks_for_one_of_its_answers(
        self, value: AnswerValue | None, answers: tuple[str, ...], *, so: bool
    ) -> None:
        assert holds(Condition(question="a", answers=answers), value) is so
        assert holds(Condition(question="a", answers=answers, negated=True), value) is not so

    def test_what_is_not_asked_is_no_gap_and_takes_no_answer(self) -> None:
        assert with_answers() == []
        assert with_answers(why_not_alone=Answer(value="baby")) == ["answers.why-not-alone"]

    def test_what_is_asked_after_an_answer_must_be_answered(self) -> None:
        assert with_answers(seen_alone=Answer(value=False)) == ["answers.why-not-alone"]
        assert with_answers(seen_alone=Answer(value=False), why_not_alone=Answer(value="baby")) == []

    def test_a_section_is_asked_after_an_answer(self) -> None:
        assert with_answers(progress=Answer(value=0)) == ["answers.court-plan"]
        assert with_answers(court_plan=Answer(value=True)) == ["answers.court-plan"]
        judged = {**full_outcome().sections, "court": SectionJudgement()}
        assert places(full_outcome(sections=judged)) == ["sections.court"]

    def test_an_answer_to_what_is_not_asked_counts_as_none(self) -> None:
        def chain(document: dict[str, object]) -> None:
            sections = document["sections"]
            assert isinstance(sections, list)
            sections[0]["questions"].append(
                {
                    "id": "refusal-recorded",
                    "text": "Recorded?",
                    "scale": "yes-no",
                    "asked_if": [{"question": "why-not-alone", "answers": ["refused"]}],
                }
            )

        tool = full_tool(chain)
        seen = full_answers(seen_alone=Answer(value=True), why_not_alone=Answer(value="refused"))
        asking = asking_of(tool, IN_NEED, seen)
        assert asking.questions["why-not-alone"] is NotAsked.CONDITION
        assert asking.questions["refusal-recorded"] is NotAsked.CONDITION
        unseen = asking_of(tool, IN_NEED, {**seen, "seen-alone": Answer(value=False)})
        assert unseen.asks("refusal-recorded")

    @given(seen=st.sampled_from([True, False, "not-seen", None]), progress=st.sampled_from([0, 10, None]))
    def test_a_question_is_a_gap_only_where_it_is_asked(self, *, seen: bool | str | None, progress: int | None) -> None:
        answers = full_answers(
            seen_alone=None if seen is None else Answer(value=seen),
            progress=None if progress is None else Answer(value=progress),
        )
        asking = asking_of(full_tool(), IN_NEED, answers)
        gaps = {place.removeprefix("answers.") for place in places(full_outcome(answers)) if "answers." in place}
        assert gaps == {
            id_ for id_, why in asking.questions.items() if why is None and id_ not in {*answers, "last-visit"}
        }


class TestWhoAnswers:
    def test_a_moderators_question_is_not_the_auditors(self) -> None:
        assert with_answers(moderator_says=Answer(value=True)) == ["answers.moderator-says"]

    def test_a_practitioners_question_is_no_gap_of_the_auditors(self) -> None:
        assert with_answers(worker_says=None) == []
        assert with_answers(worker_says=Answer(value="off the scale")) == ["answers.worker-says"]

    def test_whoever_was_not_heard_owes_no_answer(self) -> None:
        nobody = Feedback(obtained=False, why_not="declined")
        answers = full_answers(felt_heard=None, worker_says=None)
        assert places(full_outcome(answers)) == ["answers.felt-heard"]
        unheard = full_outcome(answers, parent_feedback=nobody, practitioner_feedback=nobody)
        assert places(unheard) == []


class TestNotApplicable:
    def test_it_says_why_where_the_question_names_reasons(self) -> None:
        assert with_answers(father=Answer(value="not-applicable", reason="has-died")) == []
        assert with_answers(father=Answer(value="not-applicable")) == ["answers.father.reason"]
        assert with_answers(father=Answer(value="not-applicable", reason="busy")) == ["answers.father.reason"]

    def test_a_reason_goes_with_nothing_else(self) -> None:
        assert with_answers(father=Answer(value=True, reason="has-died")) == ["answers.father.reason"]
        assert with_answers(father=Answer(reason="has-died")) == ["answers.father.reason", "answers.father"]
        named = Answer(value="not-applicable", reason="has-died")
        assert with_answers(own_words=named) == ["answers.own-words.reason"]

    def test_a_text_may_be_not_applicable_and_is_then_no_gap(self) -> None:
        assert with_answers(own_words=Answer(value="not-applicable")) == []
        assert with_answers(own_words=Answer(value="not-seen")) == ["answers.own-words"]
        assert with_answers(own_words=None) == ["answers.own-words"]
        both = Answer(value="not-applicable", text=SealedText("s1.x"))
        assert with_answers(own_words=both) == ["answers.own-words.text"]


class TestDays:
    @pytest.mark.parametrize("day", ["1899-12-31", "2025-11-21", "0025-11-01"])
    def test_a_day_before_1900_or_after_the_recording_is_a_fault(self, day: str) -> None:
        assert with_answers(last_visit=Answer(value=day)) == ["answers.last-visit"]

    @pytest.mark.parametrize("day", ["1900-01-01", "2025-11-20"])
    def test_the_days_between_are_taken(self, day: str) -> None:
        assert with_answers(last_visit=Answer(value=day)) == []

    def test_where_the_day_of_recording_is_not_known_only_the_past_is_bounded(self) -> None:
        outcome = full_outcome(full_answers(last_visit=Answer(value="2190-01-01")))
        assert problems_of(full_tool(), IN_NEED, outcome) == ()


class TestMappings:
    @pytest.mark.parametrize(
        ("score", "grade"),
        [(0, "inadequate"), (2, "inadequate"), (3, "requires-improvement"), (6, "good"), (10, "outstanding")],
    )
    def test_a_score_stands_for_the_grade_the_tool_says(self, score: int, grade: str) -> None:
        judged = {"safety": SectionJudgement(grade=Grade.GOOD), "goals": SectionJudgement(score=score)}
        outcome = graded(full_tool(), full_outcome(sections=judged))
        assert outcome.sections["goals"] == SectionJudgement(grade=Grade(grade), score=score)
        assert outcome.sections["safety"] == judged["safety"]
        assert places(outcome) == []

    def test_a_grade_beside_a_score_cannot_be_another(self) -> None:
        judged = {**full_outcome().sections, "goals": SectionJudgement(grade=Grade.INADEQUATE, score=7)}
        assert places(full_outcome(sections=judged)) == ["sections.goals.grade"]

    def test_a_point_stands_for_a_grade(self) -> None:
        section, question = full_tool().asked["progress"]
        assert isinstance(section, Section)
        assert grade_of_point(question, 0) is Grade.INADEQUATE
        assert grade_of_point(question, 10) is Grade.OUTSTANDING
        assert grade_of_point(question, 5) is None
        assert grade_of_point(full_tool().asked["seen-alone"][1], value=True) is None
