"""Dates of answers: never after the day of recording unless the question says so, nor before the date they follow."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.audit.domain.audits.answers import problems_of
from services.audit.domain.audits.outcome import Answer
from services.audit.domain.refusals import ToolInvalid
from services.audit.domain.tools.comparison import compare
from services.audit.domain.tools.document import ToolDocument, read_tool
from services.audit.domain.words import ChildStatus
from tests.unit.audit import builders as b

TODAY = date(2026, 3, 2)
BORN = {"id": "born-on", "text": "When was the child born?", "scale": "date", "required": False}
SEEN = {
    "id": "seen-on",
    "text": "When was the child seen?",
    "scale": "date",
    "not_before": "born-on",
    "required": False,
}
NEXT = {"id": "next-on", "text": "When is the next visit?", "scale": "date", "may_lie_ahead": True, "required": False}
NAMES = {"id": "named", "text": "Is it named?", "scale": "yes-no", "required": False}


def document(*questions: dict[str, Any]) -> dict[str, Any]:
    section = {"id": "dates", "title": "Dates", "judgement": "none", "questions": list(questions)}
    return {"tool": "dates", "title": "Dates", "kinds": ["case-file"], "graded": False, "sections": [section]}


TOOL = read_tool(document(NAMES, BORN, SEEN, NEXT))


def found(tool: ToolDocument = TOOL, /, **answers: Any) -> dict[str, str]:
    """Return what is told of some answers, by the question's id with underscores."""
    given = {id_.replace("_", "-"): Answer(value=value) for id_, value in answers.items()}
    outcome = b.outcome(
        answers=given, sections={}, overall_grade=None, overall_rationale=None,
    )  # fmt: skip
    problems = problems_of(tool, ChildStatus.PROTECTION, outcome, TODAY)
    return {each.question: each.message for each in problems if each.question is not None}


def test_a_date_of_today_and_one_long_ago_are_taken() -> None:
    assert found(born_on="2009-06-01", seen_on="2026-03-02") == {}


def test_a_date_after_today_is_refused_at_its_question() -> None:
    assert found(seen_on="2026-03-03") == {"seen-on": "the date lies after the day on which this was recorded"}


def test_a_question_may_say_that_its_date_lies_ahead() -> None:
    assert found(next_on="2026-04-01") == {}
    assert found(next_on="2926-04-01") == {"next-on": "the date lies too far ahead"}


def test_a_date_before_the_one_it_follows_is_refused_at_its_question() -> None:
    told = found(born_on="2009-06-01", seen_on="2009-05-31")
    assert told == {"seen-on": "the date lies before the one of born-on"}
    assert found(born_on="2009-06-01", seen_on="2009-06-01") == {}


def test_an_implausible_date_is_refused_whatever_it_follows() -> None:
    assert set(found(born_on="0209-06-01", seen_on="1899-12-31")) == {"born-on", "seen-on"}


@pytest.mark.parametrize("born", [{}, {"born_on": "not a date"}])
def test_without_the_date_it_follows_there_is_nothing_to_hold_it_against(born: dict[str, str]) -> None:
    assert "seen-on" not in found(seen_on="1950-01-01", **born)


def test_a_date_that_was_not_asked_for_holds_nothing_back() -> None:
    asked_if = [{"question": "named", "answers": ["yes"]}]
    tool = read_tool(document(NAMES, {**BORN, "asked_if": asked_if}, SEEN))
    assert "seen-on" not in found(tool, named=False, born_on="2009-06-01", seen_on="2000-01-01")


@pytest.mark.parametrize(
    ("questions", "place"),
    [
        ([SEEN, BORN], "seen-on.not_before"),
        ([{**SEEN, "not_before": "seen-on"}], "seen-on.not_before"),
        ([{**SEEN, "not_before": "weather"}], "seen-on.not_before"),
        ([NAMES, {**SEEN, "not_before": "named"}], "seen-on.not_before"),
        ([BORN, {**NAMES, "not_before": "born-on"}], "named.not_before"),
        ([{**NAMES, "may_lie_ahead": True}], "named.may_lie_ahead"),
        ([{**BORN, "answered_by": "moderator"}, SEEN], "seen-on.not_before"),
    ],
)
def test_what_a_question_says_of_its_date_must_fit(questions: list[dict[str, Any]], place: str) -> None:
    with pytest.raises(ToolInvalid) as refused:
        read_tool(document(*questions))
    assert [problem.place for problem in refused.value.problems] == [f"sections.dates.questions.{place}"]


def test_a_change_of_it_is_no_change_of_meaning() -> None:
    loose = read_tool(document(NAMES, BORN, {**SEEN, "not_before": None, "may_lie_ahead": True}, NEXT))
    comparison = compare(TOOL, loose)
    assert comparison.refused == ()
    assert [(each.id, set(each.fields)) for each in comparison.asked_otherwise] == [
        ("seen-on", {"not_before", "may_lie_ahead"})
    ]
