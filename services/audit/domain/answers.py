"""Whether a completed audit answers everything its tool asks, and nothing it does not.

Every fault is listed at once with its question. No sentence repeats an answer: it could hold text of a child's file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.audit.domain.outcome import Answer, AnswerValue, Feedback, Outcome, SectionJudgement, ThemeFound
from services.audit.domain.refusals import Problem
from services.audit.domain.tool import Box, Judgement, Question, Scale, Section, ToolDocument
from services.audit.domain.words import NOT_APPLICABLE, NOT_SEEN, ChildStatus, Grade

_LARGEST_NUMBER = 10**12
_GRADES = ", ".join(Grade)


def problems_of(tool: ToolDocument, status: ChildStatus, outcome: Outcome) -> tuple[Problem, ...]:
    """Return every fault of an outcome against its tool for a child of this status; none means complete."""
    return (
        *_overall_problems(tool, outcome),
        *_section_problems(tool, status, outcome),
        *_answer_problems(tool, status, outcome),
        *_feedback_problems(tool, "child_feedback", outcome.child_feedback),
        *_feedback_problems(tool, "parent_feedback", outcome.parent_feedback),
        *_feedback_problems(tool, "practitioner_feedback", outcome.practitioner_feedback),
    )


def themes_of(tool: ToolDocument, outcome: Outcome) -> tuple[ThemeFound, ...]:
    """Return the themes that the answers name, each once a section and polarity, in the order of the form."""
    components = {theme.code: theme.component for theme in tool.themes}
    found: dict[ThemeFound, None] = {}
    for section, question in tool.questions():
        answer = outcome.answers.get(question.id)
        if question.scale is not Scale.THEMES or question.polarity is None or answer is None:
            continue
        if isinstance(answer.value, tuple):
            for code in answer.value:
                theme = ThemeFound(
                    theme=code, polarity=question.polarity, component=components.get(code), section=section.id
                )
                found[theme] = None
    return tuple(found)


def _overall_problems(tool: ToolDocument, outcome: Outcome) -> Iterator[Problem]:
    if tool.graded and outcome.overall_grade is None:
        yield Problem("overall_grade", "the overall grade is missing", f"Give one of: {_GRADES}.")
    if not tool.graded and outcome.overall_grade is not None:
        yield Problem("overall_grade", "this tool is not graded", "Leave the overall grade out.")
    box = tool.overall_rationale if tool.graded else Box.NONE
    yield from _box_problems(box, outcome.overall_rationale, "overall_rationale", "why this overall grade", None)


def _section_problems(tool: ToolDocument, status: ChildStatus, outcome: Outcome) -> Iterator[Problem]:
    known = {section.id for section in tool.sections}
    for id_ in outcome.sections:
        if id_ not in known:
            yield Problem(f"sections.{id_}", "the tool has no such section", "Leave it out, or check its id.")
    for section in tool.sections:
        place = f"sections.{section.id}"
        judged = outcome.sections.get(section.id)
        if not section.applies(status):
            if judged is not None:
                yield Problem(place, "the section does not apply to this child's status", "Leave it out.")
            continue
        yield from _problems_of_judgement(section, place, judged or SectionJudgement())


def _problems_of_judgement(section: Section, place: str, judged: SectionJudgement) -> Iterator[Problem]:
    if section.judgement is Judgement.GRADE and judged.grade is None:
        yield Problem(f"{place}.grade", "the section's grade is missing", f"Give one of: {_GRADES}.")
    if section.judgement is not Judgement.GRADE and judged.grade is not None:
        yield Problem(f"{place}.grade", "the section is not graded", "Leave the grade out.")
    if section.judgement is Judgement.SCORE:
        if judged.score is None or not section.score_from <= judged.score <= section.score_to:
            way_out = f"Give a whole number from {section.score_from} to {section.score_to}."
            yield Problem(f"{place}.score", "the section's score is missing or outside its scale", way_out)
    elif judged.score is not None:
        yield Problem(f"{place}.score", "the section is not scored", "Leave the score out.")
    yield from _box_problems(section.rationale, judged.rationale, f"{place}.rationale", "why this judgement", None)


def _answer_problems(tool: ToolDocument, status: ChildStatus, outcome: Outcome) -> Iterator[Problem]:
    asked = tool.asked
    for id_ in outcome.answers:
        if id_ not in asked:
            way_out = "Leave it out, or check the question's id."
            yield Problem(f"answers.{id_}", "the tool has no such question", way_out, id_)
    for id_, (section, question) in asked.items():
        answer = outcome.answers.get(id_)
        if section.applies(status):
            yield from _problems_of_answer(tool, question, answer or Answer())
        elif answer is not None:
            message = "the question's section does not apply to this child's status"
            yield Problem(f"answers.{id_}", message, "Leave it out.", id_)


def _problems_of_answer(tool: ToolDocument, question: Question, answer: Answer) -> Iterator[Problem]:
    id_, place = question.id, f"answers.{question.id}"
    given = answer.text if question.scale is Scale.TEXT else answer.value
    if given is None or given == "":
        if question.required:
            yield Problem(place, "the answer is missing", _way_out(tool, question), id_)
    elif question.scale is not Scale.TEXT and answer.value is not None:
        yield from _problems_of_value(tool, question, answer.value)
    if question.scale is Scale.TEXT and answer.value is not None:
        yield Problem(f"{place}.value", "the question asks for text, not for a coded answer", "Use `text`.", id_)
    if question.scale is not Scale.TEXT and answer.text is not None:
        yield Problem(f"{place}.text", "the question asks for a coded answer, not for text", "Use `value`.", id_)
    answered = given is not None and given not in (NOT_APPLICABLE, NOT_SEEN)
    for name, box, text, means in (
        ("evidence", question.evidence, answer.evidence, "what was seen"),
        ("impact", question.impact, answer.impact, "what difference it made to the child"),
    ):
        asked = Box.OPTIONAL if box is Box.REQUIRED and not answered else box
        yield from _box_problems(asked, text, f"{place}.{name}", means, id_)


def _problems_of_value(tool: ToolDocument, question: Question, value: AnswerValue) -> Iterator[Problem]:
    id_, place = question.id, f"answers.{question.id}"
    if value == NOT_APPLICABLE:
        if not question.may_be_not_applicable:
            yield Problem(place, "the question cannot be answered not-applicable", _way_out(tool, question), id_)
    elif value == NOT_SEEN:
        if not question.may_be_not_seen:
            yield Problem(place, "the question cannot be answered not-seen", _way_out(tool, question), id_)
    elif not _fits(tool, question, value):
        yield Problem(place, "the answer is outside the question's scale", _way_out(tool, question), id_)


def _fits(  # noqa: PLR0911 - one return a scale, and mypy sees that none is left out
    tool: ToolDocument, question: Question, value: AnswerValue
) -> bool:
    match question.scale:
        case Scale.GRADE:
            return isinstance(value, str) and value in set(Grade)
        case Scale.SCALE:
            return _is_whole(value) and value in {point.value for point in question.points}
        case Scale.YES_NO:
            return isinstance(value, bool)
        case Scale.CHOICE:
            return isinstance(value, str) and value in {choice.code for choice in question.choices}
        case Scale.CHOICES:
            return _all_of(value, {choice.code for choice in question.choices})
        case Scale.THEMES:
            return _all_of(value, {theme.code for theme in tool.themes})
        case Scale.NUMBER:
            return _is_number_within(question, value)
        case Scale.DATE:
            return isinstance(value, str) and _is_date(value)
        case Scale.TEXT:
            return False
    assert_never(question.scale)


def _is_whole(value: AnswerValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _all_of(value: AnswerValue, codes: set[str]) -> bool:
    return isinstance(value, tuple) and len(set(value)) == len(value) and codes.issuperset(value)


def _is_number_within(question: Question, value: AnswerValue) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    if abs(value) > _LARGEST_NUMBER:
        return False
    above = question.minimum is None or value >= question.minimum
    return above and (question.maximum is None or value <= question.maximum)


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _box_problems(box: Box, text: str | None, place: str, means: str, question: str | None) -> Iterator[Problem]:
    if box is Box.NONE and text is not None:
        yield Problem(place, "the tool has no such box", "Leave the text out.", question)
    if box is Box.REQUIRED and not text:
        yield Problem(place, f"the text is missing: {means}", "Write it, in a sentence or two.", question)


def _feedback_problems(tool: ToolDocument, place: str, feedback: Feedback) -> Iterator[Problem]:
    points = {point.value for point in tool.feedback_points}
    if feedback.obtained and feedback.why_not is not None:
        yield Problem(f"{place}.why_not", "feedback was obtained, yet a reason says why not", "Leave the reason out.")
    if not feedback.obtained and feedback.why_not is None:
        yield Problem(f"{place}.why_not", "feedback was not obtained and no reason is given", "Give the reason.")
    if feedback.score is None:
        return
    if not feedback.obtained:
        yield Problem(f"{place}.score", "feedback was not obtained, yet it has a score", "Leave the score out.")
    elif not points:
        yield Problem(f"{place}.score", "this tool does not score feedback", "Leave the score out.")
    elif feedback.score not in points:
        way_out = f"Give one of: {', '.join(map(str, sorted(points)))}."
        yield Problem(f"{place}.score", "the score is outside the tool's scale", way_out)


def _way_out(tool: ToolDocument, question: Question) -> str:
    """Say what an answer may be, from the tool alone."""
    match question.scale:
        case Scale.GRADE:
            allowed = f"Give one of: {_GRADES}"
        case Scale.SCALE:
            allowed = f"Give one of: {', '.join(str(point.value) for point in question.points)}"
        case Scale.YES_NO:
            allowed = "Give true or false"
        case Scale.CHOICE:
            allowed = f"Give one of: {', '.join(choice.code for choice in question.choices)}"
        case Scale.CHOICES:
            allowed = f"Give a list, each once, of: {', '.join(choice.code for choice in question.choices)}"
        case Scale.THEMES:
            allowed = f"Give a list, each once, of: {', '.join(theme.code for theme in tool.themes)}"
        case Scale.NUMBER:
            low = "" if question.minimum is None else f" from {question.minimum:g}"
            high = "" if question.maximum is None else f" to {question.maximum:g}"
            allowed = f"Give a number{low}{high}"
        case Scale.DATE:
            allowed = "Give a date as YYYY-MM-DD"
        case Scale.TEXT:
            allowed = "Write a text"
        case _:
            assert_never(question.scale)
    more = [
        word
        for word, may in ((NOT_APPLICABLE, question.may_be_not_applicable), (NOT_SEEN, question.may_be_not_seen))
        if may
    ]
    return f"{allowed}{''.join(f', or {word}' for word in more)}."
