"""What is wrong where a part of a tool looks back at a question: a condition, a limit, a date not before another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from services.audit.domain.refusals import Problem
from services.audit.domain.tools.parts import Condition, Question, Respondent, Scale, Section, number_word
from services.audit.domain.words import Grade

if TYPE_CHECKING:
    from services.audit.domain.tools.document import ToolDocument

Asked = Mapping[str, tuple[Section, Question]]
"""Questions with their sections, by their ids."""


def faults_of_conditions(
    tool: ToolDocument,
    place: str,
    conditions: tuple[Condition, ...],
    before: Asked,
    *,
    known: Collection[str],
    own: str | None = None,
) -> Iterator[Problem]:
    """Yield the faults of conditions; they look back only, so that none waits for itself.

    `before` are the questions that stand before them, `known` the ids of all.
    """
    for number, condition in enumerate(conditions):
        here = f"{place}.{number}"
        found = before.get(condition.question)
        if found is not None:
            yield from faults_of_answers(tool, here, condition, *found)
        elif condition.question in known:
            message = "the condition looks at a question that is asked later"
            yield Problem(f"{here}.question", message, "Name a question that stands before it, or move it.", own)
        else:
            yield Problem(f"{here}.question", "the tool has no such question", "Check the question's id.", own)


def faults_of_answers(
    tool: ToolDocument, place: str, condition: Condition, section: Section, question: Question
) -> Iterator[Problem]:
    """Yield what is wrong with the answers that a condition on a question of a section waits for."""
    if _by_moderator(section, question):
        message = "it looks at a question that the moderator answers, after the audit is complete"
        yield Problem(f"{place}.question", message, "Name a question that is answered in the audit.", question.id)
    may = _words(tool, question)
    if may is None:
        wrong = [answer for answer in condition.answers if not _is_number_or_unanswered(answer, question)]
        way_out = "Give numbers, or an answer that the question may have instead of one."
    else:
        wrong = [answer for answer in condition.answers if answer not in may]
        way_out = f"Give one of: {', '.join(may)}." if may else "Name a question with coded answers."
    if wrong:
        yield Problem(f"{place}.answers", "the question cannot be answered so", way_out, question.id)


def _words(tool: ToolDocument, question: Question) -> list[str] | None:
    """Return the answers of a question as conditions write them; none where any number may stand there."""
    words: dict[Scale, list[str]] = {
        Scale.GRADE: [grade.value for grade in Grade],
        Scale.SCALE: [str(point.value) for point in question.points],
        Scale.YES_NO: ["yes", "no"],
        Scale.CHOICE: [choice.code for choice in question.choices],
        Scale.CHOICES: [choice.code for choice in question.choices],
        Scale.THEMES: [theme.code for theme in tool.themes],
    }
    if question.scale is Scale.NUMBER:
        return None
    return [*words.get(question.scale, []), *question.unanswered_ways]


def _is_number_or_unanswered(answer: str, question: Question) -> bool:
    if answer in question.unanswered_ways:
        return True
    try:
        return number_word(float(answer)) == answer
    except ValueError:
        return False


def faults_of_dates(
    place: str, section: Section, question: Question, before: Asked, *, known: Collection[str]
) -> Iterator[Problem]:
    """Yield what is wrong with the question whose date another one does not lie before.

    `before` are the questions that stand before it, `known` the ids of all.
    """
    if question.not_before is None:
        return
    here, found = f"{place}.not_before", before.get(question.not_before)
    if question.scale is not Scale.DATE:
        yield Problem(here, "only a date lies before another", "Leave not_before out.", question.id)
    elif found is None and question.not_before in known:
        message = "the date looks at a question that is asked later, or at itself"
        yield Problem(here, message, "Name a question that stands before it, or move it.", question.id)
    elif found is None:
        yield Problem(here, "the tool has no such question", "Check the question's id.", question.id)
    elif found[1].scale is not Scale.DATE:
        yield Problem(here, "it looks at a question that asks for no date", "Name a question with a date.", question.id)
    elif _by_moderator(*found) and not _by_moderator(section, question):
        message = "it looks at a date that the moderator gives, after the audit is complete"
        yield Problem(here, message, "Name a question that is answered in the audit.", question.id)


def _by_moderator(section: Section, question: Question) -> bool:
    return section.answered_by_whom(question) is Respondent.MODERATOR
