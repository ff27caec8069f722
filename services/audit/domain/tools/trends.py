"""What past answers are worth under a new version of a tool: which carry over, and which trends break.

An answer carries over where its question still means the same, or is followed by one that declares itself comparable
and is answered alike. Its trend breaks all the same where others are asked than before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pydantic import Field

from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Judgement, Question, Scale, Section
from services.audit.domain.words import Code, Frozen

_JUDGED_BY: Final = ("judgement", "score_from", "score_to", "score_grades")
_OTHER_CHILDREN: Final = "it is asked about other children than before"


class BrokenTrend(Frozen):
    """Something whose figures cannot be carried on, and why."""

    place: str = Field(
        description="questions.ID, sections.ID, themes.CODE, overall_grade, or the tool's own in_practice_figures, "
        "months_judged or feedback_points"
    )
    why: str


class Carried(Frozen):
    """Past answers that count on: of a question, under the id that it has now."""

    question: Code
    now: Code


def answered_alike(old: Question, new: Question) -> bool:
    """Say whether the answers of one question may go on as another's: the same scale, with all that it offered.

    Points keep their values and grades, choices their codes (more may be added); what they are called may change.
    """
    if old.scale is not new.scale or old.polarity is not new.polarity:
        return False
    if old.scale is Scale.SCALE:
        return _points(old) == _points(new)
    return {choice.code for choice in old.choices} <= {choice.code for choice in new.choices}


def carried(old: ToolDocument, new: ToolDocument) -> Iterator[Carried]:
    """Yield the questions whose past answers count on: the same meaning, or replaced by something comparable."""
    now = new.meanings
    for id_, meaning in old.meanings.items():
        if now.get(id_) == meaning:
            yield Carried(question=id_, now=id_)
    for id_, (_, question) in new.asked.items():
        replaced = question.replaces
        if not question.comparable or replaced is None or id_ in old.asked or replaced in now:
            continue
        if replaced in old.asked and answered_alike(old.asked[replaced][1], question):
            yield Carried(question=replaced, now=id_)


def trends_broken(
    old: ToolDocument, new: ToolDocument, replaced_by: Mapping[str, Sequence[str]]
) -> Iterator[BrokenTrend]:
    """Yield every trend that breaks; `replaced_by` says which questions stand in the place of an earlier one."""
    now = {each.question: each.now for each in carried(old, new)}
    for id_ in old.asked:
        if id_ in now:
            if _asked_of(*old.asked[id_]) != _asked_of(*new.asked[now[id_]]):
                yield BrokenTrend(place=f"questions.{id_}", why=_OTHER_CHILDREN)
        elif id_ in replaced_by:
            why = f"replaced by {', '.join(replaced_by[id_])}, which is not comparable with it"
            yield BrokenTrend(place=f"questions.{id_}", why=why)
        else:
            why = "its id would mean something else" if id_ in new.asked else "it is no longer asked"
            yield BrokenTrend(place=f"questions.{id_}", why=why)
    yield from _of_sections(old, new)
    yield from _of_themes(old, new)
    yield from _of_the_whole(old, new)


def _of_sections(old: ToolDocument, new: ToolDocument) -> Iterator[BrokenTrend]:
    after = {section.id: section for section in new.sections}
    for section in old.sections:
        if section.judgement is Judgement.NONE:
            continue
        now = after.get(section.id)
        if now is None:
            yield BrokenTrend(place=f"sections.{section.id}", why="it is no longer judged")
            continue
        if any(getattr(section, name) != getattr(now, name) for name in _JUDGED_BY):
            yield BrokenTrend(place=f"sections.{section.id}", why="it is judged otherwise")
        if _asked_of(section) != _asked_of(now):
            yield BrokenTrend(place=f"sections.{section.id}", why=_OTHER_CHILDREN)


def _of_themes(old: ToolDocument, new: ToolDocument) -> Iterator[BrokenTrend]:
    after = {theme.code: theme for theme in new.themes}
    for theme in old.themes:
        if theme.code not in after:
            yield BrokenTrend(place=f"themes.{theme.code}", why="it can no longer be named")
        elif theme.component != after[theme.code].component:
            yield BrokenTrend(place=f"themes.{theme.code}", why="it counts towards another component than before")


def _of_the_whole(old: ToolDocument, new: ToolDocument) -> Iterator[BrokenTrend]:
    if old.graded and not new.graded:
        yield BrokenTrend(place="overall_grade", why="the audit is no longer graded")
    if old.in_practice_figures != new.in_practice_figures:
        why = "its audits count in the figures of practice, as they did not before"
        if old.in_practice_figures:
            why = "its audits no longer count in the figures of practice"
        yield BrokenTrend(place="in_practice_figures", why=why)
    if old.months_judged != new.months_judged:
        yield BrokenTrend(place="months_judged", why="practice of another length of time is judged")
    points, now = ({point.value: point.name for point in tool.feedback_points} for tool in (old, new))
    if points and points != now:
        yield BrokenTrend(place="feedback_points", why="feedback is scored on another scale")


def _points(question: Question) -> dict[int, object]:
    return {point.value: point.grade for point in question.points}


def _asked_of(section: Section, question: Question | None = None) -> tuple[frozenset[str], frozenset[object]]:
    """Return of whom something is asked: the statuses (none: all of them), and every condition that must hold."""
    conditions = (*section.asked_if, *(() if question is None else question.asked_if))
    return (
        frozenset(section.applies_to),
        frozenset((each.question, frozenset(each.answers), each.negated) for each in conditions),
    )
