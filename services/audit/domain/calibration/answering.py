"""Whether grades and answers given in a calibration exercise fit its tool: by the same rules as an audit's.

Every fault is listed at once with its question. No sentence repeats an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from services.audit.domain.audits.answers import (
    days_of,
    problem_of_not_asked,
    problem_of_unknown,
    problems_of_answer,
)
from services.audit.domain.audits.outcome import Answer
from services.audit.domain.refusals import Problem
from services.audit.domain.tools.conditions import Asking, NotAsked
from services.audit.domain.tools.document import Judgement, Respondent, ToolDocument
from services.audit.domain.words import ChildStatus, Code, Grade


def graded_sections(tool: ToolDocument, status: ChildStatus, asking: Asking | None = None) -> list[Code]:
    """Return the sections that are graded for a child of this status, and after the answers given, if there are any."""
    graded = [one.id for one in tool.sections if one.judgement is Judgement.GRADE and one.applies(status)]
    if asking is None:
        return graded
    return [id_ for id_ in graded if asking.sections[id_] in (None, NotAsked.MODERATOR)]


def grade_problems(
    tool: ToolDocument, status: ChildStatus, sections: Mapping[Code, Grade], asking: Asking | None
) -> Iterator[Problem]:
    """Yield what is wrong with the grades of sections; `asking` is none where no question was answered."""
    graded = graded_sections(tool, status, asking)
    for id_ in graded:
        if id_ not in sections:
            yield Problem(f"sections.{id_}", "the section's grade is missing", "Grade it.")
    for id_ in sections:
        if id_ not in graded:
            message = "the tool has no such graded section for this child's status"
            if asking is not None and asking.sections.get(id_) is NotAsked.SECTION_CONDITION:
                message = NotAsked.SECTION_CONDITION.value
            yield Problem(f"sections.{id_}", message, "Leave it out.")


def answer_problems(
    tool: ToolDocument, asking: Asking, answers: Mapping[Code, Answer], today: date, *, needed: bool
) -> Iterator[Problem]:
    """Yield what is wrong with the answers; `needed`: no required question of the auditor's may be left out.

    Who grades a file hears neither practitioner nor family: what is theirs to answer may be left out. Where answers are
    not needed and none is given, nothing is missing, and of those that are given each is whole.
    """
    for id_ in answers:
        if id_ not in asking.questions:
            yield problem_of_unknown(id_)
    for id_, (section, question) in tool.asked.items():
        answer, not_asked = answers.get(id_), asking.questions[id_]
        if not_asked is not None:
            if answer is not None:
                yield problem_of_not_asked(id_, not_asked)
        elif answer is not None or needed:
            must = question.required and section.answered_by_whom(question) is Respondent.AUDITOR
            days = days_of(question, asking, answers, today)
            yield from problems_of_answer(tool, question, answer or Answer(), needed=must, days=days)
