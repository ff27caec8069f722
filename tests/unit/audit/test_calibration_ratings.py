"""What is compared of an exercise: each question by its kind of scale, pooled by tool over several exercises."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.audit.app.calibration.agreement import Level
from services.audit.app.calibration.rating import Item, add_ratings, rating_of, word_of
from services.audit.app.calibration.results import Pool, results_of
from services.audit.domain.audits.outcome import Answer, AnswerValue
from services.audit.domain.calibration.events import CalibrationOpened, CaseGraded
from services.audit.domain.calibration.exercise import Calibration
from services.audit.domain.tools.document import ToolDocument, read_tool
from services.audit.domain.words import Grade
from tests.unit.audit.test_calibration import ANN, BEN, CAT, GRADED, OPENED

POINTS = [{"value": 0, "name": "Not"}, {"value": 5, "name": "Partly"}, {"value": 10, "name": "Fully"}]
CHOICES = [{"code": "one", "label": "One"}, {"code": "two", "label": "Two"}]
MAY = {"may_be_not_applicable": True, "may_be_not_seen": True}
QUESTIONS: list[dict[str, Any]] = [
    {"id": "graded", "scale": "grade", **MAY},
    {"id": "scaled", "scale": "scale", "points": POINTS, **MAY},
    {"id": "yes", "scale": "yes-no", **MAY},
    {"id": "chosen", "scale": "choice", "choices": CHOICES},
    {"id": "several", "scale": "choices", "choices": CHOICES},
    {"id": "counted", "scale": "number"},
    {"id": "dated", "scale": "date"},
    {"id": "told", "scale": "text"},
]


def tool() -> ToolDocument:
    questions = [{"text": f"What of {each['id']}?", **each} for each in QUESTIONS]
    sections = [{"id": "planning", "title": "Planning", "questions": questions}]
    return read_tool({"tool": "kinds", "version": 1, "title": "Kinds", "kinds": ["calibration"], "sections": sections})


def graded(auditor: UUID, overall: Grade = Grade.GOOD, **values: Any) -> CaseGraded:
    answers = {id_: Answer(value=value) for id_, value in values.items()}
    return GRADED.model_copy(update={"auditor": auditor, "overall_grade": overall, "answers": answers})


def exercise(number: int, *given: CaseGraded) -> tuple[Calibration, CalibrationOpened]:
    opened = OPENED.model_copy(update={"calibration_id": UUID(int=number), "auditors": (ANN, BEN, CAT)})
    return Calibration(opened, {one.auditor: one for one in given}), opened


@pytest.mark.parametrize(
    ("question", "value", "rating"),
    [
        ("graded", "good", 3),
        ("graded", "not-applicable", None),
        ("scaled", 5, 5),
        ("scaled", "not-seen", None),
        ("yes", True, "yes"),
        ("yes", False, "no"),
        ("yes", "not-seen", "not-seen"),
        ("chosen", "one", "one"),
        ("several", ("two", "one"), "one, two"),
        ("counted", 2.5, 2.5),
        ("dated", "2025-11-02", "2025-11-02"),
    ],
)
def test_an_answer_is_a_rating_by_its_questions_scale(question: str, value: AnswerValue, rating: object) -> None:
    _, asked = tool().asked[question]
    assert rating_of(asked, value) == rating


def test_several_codes_are_one_word_in_whatever_order() -> None:
    assert word_of(("b", "a")) == word_of(("a", "b")) == "a, b"


def test_each_question_has_its_level_and_text_is_not_compared() -> None:
    items: dict[str, Item] = {}
    values: dict[str, Any] = {
        "graded": "good", "scaled": 0, "yes": True, "chosen": "one", "several": ("one",), "counted": 1,
        "dated": "2025-11-02", "told": "not-seen",
    }  # fmt: skip
    add_ratings(items, "case", tool(), [graded(ANN, **values)])
    assert {name: item.level for name, item in items.items()} == {
        "overall": Level.ORDINAL,
        "sections/planning": Level.ORDINAL,
        "answers/graded": Level.ORDINAL,
        "answers/scaled": Level.ORDINAL,
        "answers/yes": Level.NOMINAL,
        "answers/chosen": Level.NOMINAL,
        "answers/several": Level.NOMINAL,
        "answers/counted": Level.INTERVAL,
        "answers/dated": Level.NOMINAL,
    }
    assert items["answers/scaled"].scale == (0, 5, 10)


def test_one_exercise_says_of_each_question_who_many_answered_what_and_how_many_pairs_agree() -> None:
    state, opened = exercise(
        1,
        graded(ANN, scaled=0, yes=True),
        graded(BEN, scaled=5, yes=True),
        graded(CAT, Grade.INADEQUATE, scaled=10, yes="not-seen"),
    )
    results = results_of(state, opened, tool(), {})
    scaled, yes = results.questions
    # 0, 5, 10: three pairs, none the same, two of them one point of the scale apart
    assert (scaled.question, scaled.level, scaled.answers) == ("scaled", Level.ORDINAL, {"0": 1, "5": 1, "10": 1})
    found = scaled.agreement
    assert (found.pairs, found.exact) == (3, 0.0)
    assert found.within_one == pytest.approx(2 / 3, abs=1e-4)
    assert (found.alpha, (found.why_no_alpha or "")[:20]) == (None, "fewer than two items")
    assert (yes.answers, yes.agreement.within_one) == ({"not-seen": 1, "yes": 2}, None)
    assert yes.agreement.exact == pytest.approx(1 / 3, abs=1e-4)
    assert [(one.item, one.agreement.pairs) for one in results.items] == [("overall", 3), ("sections/planning", 3)]
    assert results.agreement.pairs == 6  # grades alone: no answer joins them


def test_a_pool_has_alpha_of_each_question_over_its_cases() -> None:
    pool = Pool()
    # two raters, four cases of yes or no: Krippendorff's own binary example has ten; by hand for four: of 8 values five
    # are yes and three no; observed disagreement 2 of 8 pairs in order, expected 2 * 5 * 3 / (8 * 7)
    for number, (ann, ben) in enumerate([(True, True), (True, True), (False, False), (True, False)], 1):
        pool.add(*exercise(number, graded(ANN, yes=ann), graded(BEN, yes=ben)), tool())
    by_item = {(one.tool, one.item): one for one in pool.view().by_item}
    yes = by_item["kinds", "answers/yes"]
    assert (yes.level, yes.items, yes.raters, yes.pairs, yes.exact) == (Level.NOMINAL, 4, 2, 4, 0.75)
    assert yes.alpha == pytest.approx(1 - (2 / 8) / (2 * 5 * 3 / (8 * 7)), abs=1e-4)
    assert by_item["kinds", "overall"].why_no_alpha is not None
    assert pool.view().items == 8  # the whole and one section of four cases


def test_tools_are_pooled_apart_though_their_questions_have_one_id() -> None:
    pool, other = Pool(), tool().model_copy(update={"tool": "other"})
    for number, each in enumerate((tool(), other), 1):
        pool.add(*exercise(number, graded(ANN, yes=True), graded(BEN, yes=False)), each)
    assert [(one.tool, one.items) for one in pool.view().by_item if one.item == "answers/yes"] == [
        ("kinds", 1),
        ("other", 1),
    ]
