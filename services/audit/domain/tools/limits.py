"""Limiting judgements: which of a tool's limits an outcome goes beyond, and which may be set aside with a reason.

A limit warns or blocks; it never makes the grade, which is a judgement with its rationale (practice.md section 3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from services.audit.domain.audits.outcome import Answer, AnswerValue, Outcome, SectionJudgement
from services.audit.domain.refusals import Problem
from services.audit.domain.tools.conditions import Asking, holds
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Effect, Judgement, Limit, Question, Section, SectionAtMost, When
from services.audit.domain.words import Code, Grade, SealedText


@dataclass(frozen=True, slots=True)
class Judgements:
    """What limits look at, of a case that is judged without the rest of an outcome."""

    overall_grade: Grade | None
    sections: Mapping[Code, SectionJudgement]
    answers: Mapping[Code, Answer]
    overridden_limits: Mapping[Code, SealedText]


def grade_of_score(section: Section, score: int | None) -> Grade | None:
    """Return the grade that a section's score stands for, by the tool's own mapping; none without one."""
    return next((band.grade for band in section.score_grades if score in band.scores), None)


def grade_of_point(question: Question, value: AnswerValue | None) -> Grade | None:
    """Return the grade that an answer stands for: itself, or what its point of the scale is mapped to."""
    if isinstance(value, str):
        return Grade(value) if value in set(Grade) else None
    if isinstance(value, bool):
        return None
    return next((point.grade for point in question.points if point.value == value), None)


def graded(tool: ToolDocument, outcome: Outcome) -> Outcome:
    """Return the outcome with the grade of each section whose score stands for one by the tool's mapping."""
    mapped = {section.id: section for section in tool.sections if section.score_grades}
    sections = {
        id_: judged.model_copy(update={"grade": grade_of_score(mapped[id_], judged.score)}) if id_ in mapped else judged
        for id_, judged in outcome.sections.items()
    }
    return outcome.model_copy(update={"sections": sections})


def limits_met(tool: ToolDocument, outcome: Outcome | Judgements, asking: Asking) -> Iterator[Limit]:
    """Yield the limits whose conditions all hold and that the overall grade goes beyond."""
    overall = outcome.overall_grade
    given = {id_: answer.value for id_, answer in outcome.answers.items() if asking.asks(id_)}
    for limit in tool.limits:
        beyond = overall is not None and overall.rank > limit.overall_at_most.rank
        if beyond and all(_is_so(tool, one, outcome, asking, given) for one in limit.when):
            yield limit


def problems_of(
    tool: ToolDocument,
    outcome: Outcome | Judgements,
    asking: Asking,
    *,
    place: str = "overall_grade",
    unknown: Collection[Code] = frozenset(),
    alone: Collection[Code] = frozenset(),
) -> Iterator[Problem]:
    """Yield every block an outcome goes beyond, every warning set aside without a reason, every needless reason.

    `place` is where the grade stands. A limit that looks at a question whose answer is `unknown` to whoever gives the
    grade is left alone, and so are those that are to be left `alone`.
    """
    left = {limit.id for limit in tool.limits if limit.id in alone or _looks_at(limit, unknown)}
    met = {limit.id: limit for limit in limits_met(tool, outcome, asking) if limit.id not in left}
    for limit in met.values():
        way_out = f"Give at most {limit.overall_at_most}"
        if limit.effect is Effect.BLOCK:
            yield Problem(place, f"the tool's limit {limit.id}: {limit.message}", f"{way_out}.")
        elif not outcome.overridden_limits.get(limit.id):
            here = f"overridden_limits.{limit.id}"
            yield Problem(here, limit.message, f"{way_out}, or write here why this audit is above it.")
    known = {limit.id: limit for limit in tool.limits}
    for id_ in outcome.overridden_limits:
        here = f"overridden_limits.{id_}"
        if id_ not in known:
            yield Problem(here, "the tool has no such limit", "Leave it out, or check its id.")
        elif known[id_].effect is Effect.BLOCK:
            yield Problem(here, "this limit cannot be set aside", "Leave the reason out.")
        elif id_ not in met and id_ not in left:
            yield Problem(here, "the limit does not apply to this outcome", "Leave the reason out.")


def undecided(
    tool: ToolDocument,
    outcome: Outcome | Judgements,
    asking: Asking,
    *,
    unknown: Collection[Code],
    unsure: Collection[Code],
) -> Iterator[Limit]:
    """Yield the limits of which it cannot be said whether the overall grade goes beyond them.

    `unknown` are questions whose answers, `unsure` sections whose judgement whoever gives the grade does not know.
    """
    overall = outcome.overall_grade
    given = {id_: answer.value for id_, answer in outcome.answers.items() if asking.asks(id_)}
    for limit in tool.limits:
        known = [
            one
            for one in limit.when
            if (one.section not in unsure if isinstance(one, SectionAtMost) else one.question not in unknown)
        ]
        beyond = overall is not None and overall.rank > limit.overall_at_most.rank
        if beyond and len(known) < len(limit.when) and all(_is_so(tool, one, outcome, asking, given) for one in known):
            yield limit


def _looks_at(limit: Limit, questions: Collection[Code]) -> bool:
    return any(not isinstance(one, SectionAtMost) and one.question in questions for one in limit.when)


def _is_so(
    tool: ToolDocument,
    one: When,
    outcome: Outcome | Judgements,
    asking: Asking,
    given: Mapping[str, AnswerValue | None],
) -> bool:
    if isinstance(one, SectionAtMost):
        section = next(each for each in tool.sections if each.id == one.section)
        judged = outcome.sections.get(one.section)
        if judged is None or not asking.asks_section(one.section):
            return False
        grade = _grade_of_section(section, judged)
        return grade is not None and grade.rank <= one.at_most.rank
    return holds(one, given.get(one.question))


def _grade_of_section(section: Section, judged: SectionJudgement) -> Grade | None:
    return grade_of_score(section, judged.score) if section.judgement is Judgement.SCORE else judged.grade
