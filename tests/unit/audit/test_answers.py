"""Answers held to their tool: each scale by itself, and every fault of any mixture at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.domain.audits.answers import problems_of, themes_of
from services.audit.domain.audits.outcome import Answer, Feedback, Outcome, SectionJudgement
from services.audit.domain.words import ChildStatus, Grade, Polarity, SealedText
from tests.unit.audit import builders as b

IN_NEED, IN_CARE = ChildStatus.IN_NEED, ChildStatus.IN_CARE


def places(outcome: Outcome, status: ChildStatus = IN_NEED) -> list[str]:
    return [problem.place for problem in problems_of(b.tool(), status, outcome)]


def with_answer(question: str, answer: Answer) -> Outcome:
    return b.outcome(answers={**b.answers(), question: answer})


def in_care() -> Outcome:
    return b.outcome(
        sections={"planning": SectionJudgement(grade=Grade.GOOD), "permanence": SectionJudgement(grade=Grade.GOOD)},
        answers={**b.answers(), "stability": Answer(value=5)},
    )


def test_a_complete_audit_has_no_fault() -> None:
    assert places(b.outcome()) == []
    assert places(in_care(), IN_CARE) == []


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("plan-grade", "excellent"),
        ("plan-grade", True),
        ("plan-smart", "yes"),
        ("plan-smart", 1),
        ("plan-shared", "family"),
        ("plan-shared", ("family", "family")),
        ("plan-shared", ("police",)),
        ("plan-visits", 21),
        ("plan-visits", -1),
        ("plan-visits", float("inf")),
        ("plan-visits", True),
        ("plan-visits", "4"),
        ("plan-reviewed-on", "03/11/2025"),
        ("plan-reviewed-on", "2025-02-30"),
        ("heard", "no"),
        ("areas-to-develop", ("weather",)),
        ("plan-grade", "not-seen"),
        ("heard", "not-applicable"),
    ],
)
def test_an_answer_outside_its_scale_is_named(question: str, value: Any) -> None:
    evidence = b.SEEN if question == "plan-smart" else None
    [problem] = problems_of(b.tool(), IN_NEED, with_answer(question, Answer(value=value, evidence=evidence)))
    assert problem.question == question
    assert problem.way_out


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("plan-smart", "not-applicable"),
        ("plan-shared", "not-seen"),
        ("plan-shared", ()),
        ("plan-visits", 0),
        ("plan-visits", 2.5),
        ("plan-reviewed-on", "2025-10-31"),
    ],
)
def test_an_answer_within_its_scale_is_taken(question: str, value: Any) -> None:
    assert places(with_answer(question, Answer(value=value))) == []


def test_not_applicable_and_missing_are_different_answers() -> None:
    without = {id_: answer for id_, answer in b.answers().items() if id_ != "plan-smart"}
    assert places(b.outcome(answers=without)) == ["answers.plan-smart"]


def test_evidence_is_asked_for_with_the_answer() -> None:
    assert places(with_answer("plan-smart", Answer(value=True))) == ["answers.plan-smart.evidence"]


def test_text_without_a_box_is_refused() -> None:
    assert places(with_answer("plan-grade", Answer(value="good", impact=b.SEEN))) == ["answers.plan-grade.impact"]
    assert places(with_answer("plan-grade", Answer(value="good", text=b.SEEN))) == ["answers.plan-grade.text"]
    assert places(with_answer("own-words", Answer(value="said"))) == ["answers.own-words.value"]


def test_a_section_that_does_not_apply_takes_no_answer() -> None:
    assert places(in_care(), IN_NEED) == ["sections.permanence", "answers.stability"]


def test_a_section_that_applies_wants_its_answers() -> None:
    assert places(b.outcome(), IN_CARE) == ["sections.permanence.grade", "answers.stability"]


def test_an_ungraded_section_takes_no_grade() -> None:
    judged = {"planning": SectionJudgement(grade=Grade.GOOD), "reflection": SectionJudgement(grade=Grade.GOOD, score=3)}
    assert places(b.outcome(sections=judged)) == ["sections.reflection.grade", "sections.reflection.score"]


def test_unknown_sections_and_questions_are_named() -> None:
    judged = {"planning": SectionJudgement(grade=Grade.GOOD), "weather": SectionJudgement()}
    assert places(b.outcome(sections=judged)) == ["sections.weather"]
    assert places(with_answer("weather", Answer(value=True))) == ["answers.weather"]


def test_the_overall_grade_and_its_reason_are_asked_for() -> None:
    assert places(b.outcome(overall_grade=None, overall_rationale=None)) == ["overall_grade", "overall_rationale"]


@pytest.mark.parametrize(
    ("feedback", "place"),
    [
        (Feedback(obtained=True, why_not="declined"), "child_feedback.why_not"),
        (Feedback(obtained=False), "child_feedback.why_not"),
        (Feedback(obtained=False, why_not="declined", score=1), "child_feedback.score"),
        (Feedback(obtained=True, score=3), "child_feedback.score"),
    ],
)
def test_feedback_contradicts_itself(feedback: Feedback, place: str) -> None:
    assert places(b.outcome(child_feedback=feedback)) == [place]


def test_themes_come_from_the_answers_with_their_component() -> None:
    answers = {**b.answers(), "areas-to-develop": Answer(value=("voice-of-the-child", "drift-and-delay"))}
    found = themes_of(b.tool(), b.outcome(answers=answers))
    assert [(each.theme, each.polarity, each.component) for each in found] == [
        ("voice-of-the-child", Polarity.DEVELOPMENT, "participation"),
        ("drift-and-delay", Polarity.DEVELOPMENT, "resources"),
    ]


BREAKS: dict[str, tuple[str, Any]] = {
    "plan-grade": ("answers.plan-grade", Answer(value="poor")),
    "plan-smart": ("answers.plan-smart.evidence", Answer(value=False)),
    "plan-shared": ("answers.plan-shared", None),
    "plan-reviewed-on": ("answers.plan-reviewed-on", Answer(value="yesterday")),
    "plan-visits": ("answers.plan-visits", Answer(value=1000)),
    "heard": ("answers.heard", Answer(value=("yes",))),
    "own-words": ("answers.own-words.impact", Answer(text=SealedText("s1.x"), impact=SealedText("s1.y"))),
    "areas-to-develop": ("answers.areas-to-develop", Answer(value=("drift-and-delay", "drift-and-delay"))),
    "unheard-of": ("answers.unheard-of", Answer(value=1)),
}


@given(broken=st.sets(st.sampled_from(sorted(BREAKS))), ungraded=st.booleans(), no_reason=st.booleans())
@settings(max_examples=100, deadline=None)
def test_every_fault_of_any_mixture_is_listed_and_no_other(
    broken: set[str], *, ungraded: bool, no_reason: bool
) -> None:
    answers = b.answers()
    for question in broken:
        answer = BREAKS[question][1]
        if answer is None:
            answers.pop(question)
        else:
            answers[question] = answer
    outcome = b.outcome(
        answers=answers,
        overall_grade=None if ungraded else Grade.GOOD,
        child_feedback=Feedback(obtained=False, why_not=None if no_reason else "declined"),
    )
    expected = {BREAKS[question][0] for question in broken}
    expected |= {"overall_grade"} if ungraded else set()
    expected |= {"child_feedback.why_not"} if no_reason else set()
    found = places(outcome)
    assert set(found) == expected
    assert len(found) == len(expected)


@given(
    value=st.one_of(
        st.booleans(), st.integers(), st.floats(), st.text(max_size=60), st.lists(st.text(max_size=20)).map(tuple)
    ),
    question=st.sampled_from(["plan-grade", "plan-smart", "plan-shared", "plan-visits", "heard", "areas-to-develop"]),
)
@settings(max_examples=100, deadline=None)
def test_no_sentence_repeats_an_answer(value: Any, question: str) -> None:
    marked = f"Canary {value}" if isinstance(value, str) else value
    for problem in problems_of(b.tool(), IN_NEED, with_answer(question, Answer(value=marked))):
        assert "Canary" not in f"{problem.place}{problem.message}{problem.way_out}"
