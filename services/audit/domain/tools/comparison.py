"""What a new version of a tool changes: added, removed, re-meant, moved, reworded; what past answers are then worth.

"The audit tool is versioned and not static" (domain.md section 2): a change is looked at before it is published. An id
keeps its meaning for ever, and an id that was left out never comes back (the issue on audit and moderation, 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import Field

from services.audit.domain.refusals import Problem, ToolInvalid
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Question, Section
from services.audit.domain.tools.trends import BrokenTrend, Carried, answered_alike, carried, trends_broken
from services.audit.domain.words import Code, Frozen

_ONE_TOOL: Final = "Compare two versions of one tool: another tool's answers are never carried on."
_WORDING: Final = ("guidance", "grade_descriptors")
_ASKING: Final = (
    "required",
    "may_be_not_applicable",
    "not_applicable_reasons",
    "may_be_not_seen",
    "evidence",
    "impact",
    "weight",
    "may_lie_ahead",
    "not_before",
    "asked_if",
)
_OF_SECTIONS: Final = (
    "title",
    "judgement",
    "score_from",
    "score_to",
    "score_grades",
    "rationale",
    "applies_to",
    "asked_if",
    "answered_by",
    *_WORDING,
)


class Moved(Frozen):
    """A question that stands elsewhere: in another section, or in another place of its own."""

    question: Code
    from_section: Code
    to_section: Code


class ReMeant(Frozen):
    """A question that takes the place of an earlier one with another meaning, under an id of its own."""

    question: Code
    replaces: Code
    comparable: bool


class Changed(Frozen):
    """A question or section that changes by some of its fields."""

    id: Code
    fields: tuple[str, ...]


class RefusedChange(Frozen):
    """A change that will not be published, and the way out."""

    place: str
    question: Code
    message: str
    way_out: str


class ToolComparison(Frozen):
    """What one version of a tool changes against another."""

    tool: Code
    old: int | None
    new: int | None = Field(description="none for a draft or a document that is not published")
    added: tuple[Code, ...] = ()
    removed: tuple[Code, ...] = ()
    re_meant: tuple[ReMeant, ...] = ()
    moved: tuple[Moved, ...] = ()
    reworded: tuple[Code, ...] = Field(default=(), description="guidance or grade descriptors, and nothing else")
    asked_otherwise: tuple[Changed, ...] = Field(
        default=(), description="asked of others, or with other boxes and ways to leave it unanswered"
    )
    sections_added: tuple[Code, ...] = ()
    sections_removed: tuple[Code, ...] = ()
    sections_changed: tuple[Changed, ...] = ()
    themes_added: tuple[Code, ...] = ()
    themes_removed: tuple[Code, ...] = ()
    tool_changed: tuple[str, ...] = Field(default=(), description="fields of the tool as a whole")
    carries_over: tuple[Carried, ...] = ()
    trends_break: tuple[BrokenTrend, ...] = ()
    refused: tuple[RefusedChange, ...] = Field(default=(), description="what keeps it from being published")

    @property
    def is_empty(self) -> bool:
        """Say whether nothing changes."""
        kept = {"tool", "old", "new", "carries_over"}
        return not any(getattr(self, name) for name in type(self).model_fields if name not in kept)


def compare(old: ToolDocument, new: ToolDocument, history: Sequence[ToolDocument] = ()) -> ToolComparison:
    """Return what `new` changes against `old`; `history` has every version published before `new`, in order.

    Raises:
        ToolInvalid: they are two tools, not two versions of one.

    """
    if old.tool != new.tool:
        message, way_out = f"this is {new.tool}, and what it is compared with is {old.tool}", _ONE_TOOL
        raise ToolInvalid([Problem("tool", message, way_out)])
    before, after = old.asked, new.asked
    both = [id_ for id_ in after if id_ in before]
    re_meant = [
        ReMeant(question=id_, replaces=question.replaces, comparable=question.comparable)
        for id_, (_, question) in after.items()
        if id_ not in before and question.replaces in before and question.replaces not in after
    ]
    replaced: dict[str, list[str]] = {}
    for each in re_meant:
        replaced.setdefault(each.replaces, []).append(each.question)
    asked_otherwise = [
        Changed(id=id_, fields=fields) for id_ in both if (fields := _fields(before[id_][1], after[id_][1], _ASKING))
    ]
    otherwise = {each.id for each in asked_otherwise}
    moved = tuple(_moved(old, new))
    elsewhere = {each.question for each in moved if each.from_section != each.to_section}
    old_themes, new_themes = ([theme.code for theme in tool.themes] for tool in (old, new))
    sections_before, sections_after = ({section.id: section for section in tool.sections} for tool in (old, new))
    return ToolComparison(
        tool=new.tool,
        old=old.version,
        new=new.version,
        added=tuple(id_ for id_ in after if id_ not in before and id_ not in {each.question for each in re_meant}),
        removed=tuple(id_ for id_ in before if id_ not in after and id_ not in replaced),
        re_meant=tuple(re_meant),
        moved=moved,
        reworded=tuple(
            id_
            for id_ in both
            if _fields(before[id_][1], after[id_][1], _WORDING) and id_ not in otherwise and id_ not in elsewhere
        ),
        asked_otherwise=tuple(asked_otherwise),
        sections_added=tuple(id_ for id_ in sections_after if id_ not in sections_before),
        sections_removed=tuple(id_ for id_ in sections_before if id_ not in sections_after),
        sections_changed=tuple(_sections_changed(old, new)),
        themes_added=tuple(code for code in new_themes if code not in old_themes),
        themes_removed=tuple(code for code in old_themes if code not in new_themes),
        tool_changed=tuple(_tool_changed(old, new)),
        carries_over=tuple(carried(old, new)),
        trends_break=tuple(trends_broken(old, new, replaced)),
        refused=tuple(_refused(new, history or (old,))),
    )


def conflicts(new: ToolDocument, history: Sequence[ToolDocument]) -> Iterator[Problem]:
    """Yield every question of `new` whose id meant something else in an earlier version, or was left out of the last.

    A question that is named as replaced must have been published (but for a tool's first version, which may come from
    elsewhere), and is no longer asked; where the two are said to be comparable, they are answered alike.
    """
    ever: dict[str, tuple[object, ...]] = {}
    asked: dict[str, Question] = {}
    for version in history:
        ever.update(version.meanings)
        asked.update((question.id, question) for _, question in version.questions())
    last = history[-1].asked if history else {}
    for section, question in new.questions():
        place, id_ = f"sections.{section.id}.questions.{question.id}", question.id
        way_out = "Give it a new id, and name the old one in `replaces`."
        if id_ in ever and ever[id_] != section.meaning_of(question):
            message = "the question's id had another meaning in an earlier version"
            yield Problem(place, message, way_out, id_)
        elif id_ in ever and id_ not in last:
            message = "the question's id was left out of an earlier version, and is never used again"
            yield Problem(place, message, way_out, id_)
        if question.replaces in (None, id_) or id_ in ever:
            continue
        if history and question.replaces not in ever:
            message = "it replaces a question that was never published"
            yield Problem(f"{place}.replaces", message, "Name an earlier question, or leave it out.", id_)
        elif question.replaces in new.asked:
            message = "it replaces a question that is still asked"
            yield Problem(f"{place}.replaces", message, "Take the earlier question out, or leave it out here.", id_)
        earlier = asked.get(question.replaces or "")
        if question.comparable and earlier is not None and not answered_alike(earlier, question):
            message = "the question it replaces is answered otherwise, so its answers cannot carry on"
            yield Problem(f"{place}.comparable", message, "Give it the same scale, or set `comparable` to false.", id_)


def _refused(new: ToolDocument, history: Sequence[ToolDocument]) -> Iterator[RefusedChange]:
    for problem in conflicts(new, history):
        assert problem.question is not None
        yield RefusedChange(
            place=problem.place, question=problem.question, message=problem.message, way_out=problem.way_out
        )


def _fields(one: object, other: object, fields: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in fields if getattr(one, name) != getattr(other, name))


def _moved(old: ToolDocument, new: ToolDocument) -> Iterator[Moved]:
    before, sections = old.asked, {section.id: section for section in old.sections}
    for section in new.sections:
        same = sections.get(section.id)
        stood, stands = ({}, {}) if same is None else (_ranks(same, section), _ranks(section, same))
        for question in section.questions:
            id_ = question.id
            if id_ in before and (before[id_][0].id != section.id or stood[id_] != stands[id_]):
                yield Moved(question=id_, from_section=before[id_][0].id, to_section=section.id)


def _ranks(of: Section, among: Section) -> dict[str, int]:
    """Return where each question stands among those that both sections have."""
    both = {question.id for question in among.questions}
    return {id_: rank for rank, id_ in enumerate(each.id for each in of.questions if each.id in both)}


def _sections_changed(old: ToolDocument, new: ToolDocument) -> Iterator[Changed]:
    before = {section.id: section for section in old.sections}
    ids = [section.id for section in new.sections if section.id in before]
    order = [section.id for section in old.sections if section.id in set(ids)]
    for section in new.sections:
        if section.id in before:
            fields = _fields(before[section.id], section, _OF_SECTIONS)
            if order.index(section.id) != ids.index(section.id):
                fields = (*fields, "order")
            if fields:
                yield Changed(id=section.id, fields=fields)


def _tool_changed(old: ToolDocument, new: ToolDocument) -> Iterator[str]:
    for name in ToolDocument.model_fields:
        if name not in {"tool", "version", "sections"} and getattr(old, name) != getattr(new, name):
            yield name
