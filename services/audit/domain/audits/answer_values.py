"""Whether one answer fits its question, and what to do where it does not. No sentence repeats an answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, assert_never

from services.audit.domain.audits.outcome import Answer, AnswerValue
from services.audit.domain.refusals import Problem
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Question, Scale
from services.audit.domain.words import NOT_APPLICABLE, NOT_SEEN, Grade

FIRST_DAY: Final = date(1900, 1, 1)
"""No date on a file lies before: a year like 0025 or 1025 is a slip of the pen."""

_LARGEST_NUMBER = 10**12


LAST_DAY: Final = date(2199, 12, 31)
"""No date that may lie ahead lies later: a year like 2925 is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Days:
    """What a date is held against: the day of recording, where it is known, and the date it does not lie before."""

    today: date | None = None
    floor: date | None = None


def problems_of_value(
    tool: ToolDocument, question: Question, answer: Answer, value: AnswerValue, days: Days
) -> Iterator[Problem]:
    """Yield what is wrong with a coded answer, and with the reason why it is not applicable."""
    id_, place = question.id, f"answers.{question.id}"
    yield from problems_of_reason(question, answer)
    if value == NOT_APPLICABLE:
        if not question.may_be_not_applicable:
            yield Problem(place, "the question cannot be answered not-applicable", way_out(tool, question), id_)
    elif value == NOT_SEEN:
        if not question.may_be_not_seen:
            yield Problem(place, "the question cannot be answered not-seen", way_out(tool, question), id_)
    elif question.scale is Scale.TEXT:
        words = question.unanswered_ways
        ways = f"Use `text`{', or the value '.join(['', *words])}."
        yield Problem(f"{place}.value", "the question asks for text, not for a coded answer", ways, id_)
    elif not _fits(tool, question, value):
        yield Problem(place, "the answer is outside the question's scale", way_out(tool, question), id_)
    elif question.scale is Scale.DATE and isinstance(value, str):
        yield from _problems_of_day(question, date.fromisoformat(value), days)


def problems_of_reason(question: Question, answer: Answer) -> Iterator[Problem]:
    """Yield what is wrong with the reason why a question is not applicable."""
    place, codes = f"answers.{question.id}.reason", [each.code for each in question.not_applicable_reasons]
    if answer.reason is not None and answer.value != NOT_APPLICABLE:
        message = "a reason says why a question is not applicable, and this one is answered otherwise"
        yield Problem(place, message, "Leave the reason out.", question.id)
    elif answer.reason is not None and not codes:
        yield Problem(place, "the question names no reasons", "Leave the reason out.", question.id)
    elif answer.value == NOT_APPLICABLE and codes and question.may_be_not_applicable and answer.reason not in codes:
        message = "it is not said why the question is not applicable"
        if answer.reason is not None:
            message = "the question has no such reason"
        yield Problem(place, message, f"Give one of: {', '.join(codes)}.", question.id)


def day_of(answer: Answer | None) -> date | None:
    """Return the date that an answer gives, if it is one."""
    value = None if answer is None else answer.value
    return date.fromisoformat(value) if isinstance(value, str) and _is_date(value) else None


def _problems_of_day(question: Question, day: date, days: Days) -> Iterator[Problem]:
    place = f"answers.{question.id}"
    if day < FIRST_DAY:
        way = f"Give a date from {FIRST_DAY} on."
        yield Problem(place, "the date lies too far back to be on a child's file", way, question.id)
    elif day > LAST_DAY:
        yield Problem(place, "the date lies too far ahead", f"Give a date up to {LAST_DAY}.", question.id)
    elif days.today is not None and day > days.today and not question.may_lie_ahead:
        message = "the date lies after the day on which this was recorded"
        yield Problem(place, message, "Give a date that is not in the future.", question.id)
    elif days.floor is not None and day < days.floor:
        message = f"the date lies before the one of {question.not_before}"
        yield Problem(place, message, "Check both dates; one of them is mistaken.", question.id)


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


def way_out(tool: ToolDocument, question: Question) -> str:
    """Say what an answer may be, from the tool alone."""
    match question.scale:
        case Scale.GRADE:
            allowed = f"Give one of: {', '.join(Grade)}"
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
    return f"{allowed}{''.join(f', or {word}' for word in question.unanswered_ways)}."
