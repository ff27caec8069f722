"""Whether grades, scores and answers given in a calibration exercise fit its tool: by the same rules as an audit's.

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
from services.audit.domain.tools import limits
from services.audit.domain.tools.conditions import Asking, NotAsked, asking_of
from services.audit.domain.tools.document import Judgement, Respondent, Section, ToolDocument
from services.audit.domain.words import ChildStatus, Code, Grade


def judged_sections(tool: ToolDocument, status: ChildStatus, asking: Asking | None = None) -> list[Section]:
    """Return the sections that are judged for a child of this status, and after the answers given, if there are any."""
    judged = [one for one in tool.sections if one.judgement is not Judgement.NONE and one.applies(status)]
    if asking is None:
        return judged
    return [one for one in judged if asking.sections[one.id] in (None, NotAsked.MODERATOR)]


def grade_problems(
    tool: ToolDocument,
    status: ChildStatus,
    sections: Mapping[Code, Grade],
    scores: Mapping[Code, int],
    asking: Asking | None,
) -> Iterator[Problem]:
    """Yield what is wrong with grades and scores of sections; `asking` is none where no question was answered."""
    judged = {one.id: one for one in judged_sections(tool, status, asking)}
    for section in judged.values():
        if section.judgement is Judgement.SCORE:
            yield from _score_problems(section, sections.get(section.id), scores.get(section.id))
        elif section.id not in sections:
            yield Problem(f"sections.{section.id}", "the section's grade is missing", "Grade it.")
    for place, given, judgement, called in (
        ("sections", sections, Judgement.GRADE, "graded"),
        ("scores", scores, Judgement.SCORE, "scored"),
    ):
        for id_ in given:
            if id_ in judged and judged[id_].judgement in (judgement, Judgement.SCORE):
                continue
            message = f"the tool has no such {called} section for this child's status"
            if asking is not None and asking.sections.get(id_) is NotAsked.SECTION_CONDITION:
                message = NotAsked.SECTION_CONDITION.value
            yield Problem(f"{place}.{id_}", message, "Leave it out.")


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


def _score_problems(section: Section, grade: Grade | None, score: int | None) -> Iterator[Problem]:
    if score is None or not section.score_from <= score <= section.score_to:
        ways = f"Give a whole number from {section.score_from} to {section.score_to}."
        yield Problem(f"scores.{section.id}", "the section's score is missing or outside its scale", ways)
    elif grade is not None and grade is not limits.grade_of_score(section, score):
        message = "the score stands for another grade" if section.score_grades else "the section is not graded"
        yield Problem(f"sections.{section.id}", message, "Leave the grade out: the section is scored.")


def grades_of_scores(tool: ToolDocument, scores: Mapping[Code, int]) -> dict[Code, Grade]:
    """Return the grades that sections' scores stand for, by the tool's own mapping; none of those without one."""
    found = {one.id: limits.grade_of_score(one, scores.get(one.id)) for one in tool.sections}
    return {id_: grade for id_, grade in found.items() if grade is not None}


def limit_problems(
    tool: ToolDocument, status: ChildStatus, judged: limits.Judgements, *, needed: bool
) -> Iterator[Problem]:
    """Yield every limit of the tool that the overall grade is beyond, as in an audit.

    A limit that looks at a question which may be left out here, and is, is left alone: nobody knows its answer.
    """
    unknown = frozenset(
        id_
        for id_, (section, question) in tool.asked.items()
        if (id_ not in judged.answers or judged.answers[id_].value is None)
        and not (needed and section.answered_by_whom(question) is Respondent.AUDITOR)
    )
    asking = asking_of(tool, status, judged.answers, moderating=True, unknown=unknown)
    yield from limits.problems_of(tool, judged, asking, unknown=unknown)
