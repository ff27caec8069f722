"""A tool's conditions as clauses over the rows of the form, and what of a tool an XLSForm has no place for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from services.audit.app.tools.xlsform import names
from services.audit.app.tools.xlsform.expressions import Clause
from services.audit.app.tools.xlsform.lists import has_unanswered_row
from services.audit.domain.refusals import Problem, Refused
from services.audit.domain.tools.document import (
    Condition,
    Judgement,
    Limit,
    Question,
    Scale,
    Section,
    SectionAtMost,
    ToolDocument,
)
from services.audit.domain.tools.parts import Respondent
from services.audit.domain.tools.wording import wording_of
from services.audit.domain.words import Grade

_SEVERAL = frozenset({Scale.CHOICES, Scale.THEMES})


class ToolDoesNotTravel(Refused):
    """Something of the tool has no place in an XLSForm; `problems` has all of it."""

    code = "tool-does-not-travel"
    sentence = "The tool cannot be written as an XLSForm."
    way_out = "Every reason is listed; read it as JSON instead."


def asked_if(tool: ToolDocument, question: Question) -> tuple[Clause, ...]:
    """Return when a question is asked, beyond its section's own conditions."""
    return (*_answered_by(question.answered_by), *_conditions(tool, question.asked_if))


def section_clauses(tool: ToolDocument, section: Section) -> tuple[Clause, ...]:
    """Return when a section is asked: for which statuses of the child, of whom, and if what."""
    statuses = [Clause(names.STATUS, tuple(section.applies_to))] if section.applies_to else []
    return (*statuses, *_answered_by(section.answered_by), *_conditions(tool, section.asked_if))


def limit_clauses(tool: ToolDocument, limit: Limit) -> tuple[Clause, ...]:
    """Return when a limit speaks: what it looks at is so, and the overall grade is above what it allows."""
    above = tuple(grade for grade in Grade if grade.rank > limit.overall_at_most.rank)
    return (*(_looked_at(tool, one) for one in limit.when), Clause(names.OVERALL, above))


def unanswered_clause(question: Question, word: str) -> Clause:
    """Return the condition that a question is answered not applicable or not seen."""
    several = question.scale in _SEVERAL
    return Clause(names.name_of(question.id), (word,), several=several, aside=has_unanswered_row(question))


def at_most(grades: Iterable[str]) -> Grade | None:
    """Return the grade up to which some grades go, from the worst on; none where one between them is left out."""
    given = set(grades)
    ranked = [grade for grade in Grade if grade in given]
    whole = len(ranked) == len(given) and ranked == list(Grade)[: len(ranked)]
    return ranked[-1] if ranked and whole else None


def _looked_at(tool: ToolDocument, one: SectionAtMost | Condition) -> Clause:
    if isinstance(one, Condition):
        return _condition(tool, one)
    sections = {section.id: section for section in tool.sections}
    part = names.JUDGEMENT if sections[one.section].judgement is Judgement.GRADE else names.GRADE
    grades = tuple(grade for grade in Grade if grade.rank <= one.at_most.rank)
    return Clause(names.beside(one.section, part), grades)


def _conditions(tool: ToolDocument, conditions: Sequence[Condition]) -> Iterator[Clause]:
    return (_condition(tool, condition) for condition in conditions)


def _condition(tool: ToolDocument, condition: Condition) -> Clause:
    _, question = tool.asked[condition.question]
    return Clause(
        names.name_of(condition.question),
        condition.answers,
        negated=condition.negated,
        several=question.scale in _SEVERAL,
        aside=has_unanswered_row(question),
    )


def _answered_by(respondent: Respondent | None) -> list[Clause]:
    return [] if respondent is None else [Clause(names.ANSWERING, (respondent,), several=True)]


def untravelled(tool: ToolDocument) -> Iterator[Problem]:
    """Yield what of a tool has no place in an XLSForm."""
    ids = [("sections", section.id) for section in tool.sections]
    ids += [(f"sections.{section.id}.questions", question.id) for section, question in tool.questions()]
    ids += [("limits", limit.id) for limit in tool.limits]
    for place, id_ in ids:
        if "/" in id_:
            way_out = "An id that is to travel has lower case letters, digits, - and . only."
            yield Problem(f"{place}.{id_}", "the id holds a slash, which no row of an XLSForm may be named by", way_out)
    for wording in wording_of(tool):
        if "${" in wording.text:
            message = "the text holds ${, which stands for an answer in an XLSForm"
            yield Problem(wording.place, message, "Write it otherwise.")
        if not {"\ufffe", "\uffff"}.isdisjoint(wording.text):
            yield Problem(wording.place, "the text holds a letter that no workbook can", "Take it out.")
