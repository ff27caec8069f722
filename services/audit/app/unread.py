"""What else is wrong with a body that cannot be read whole, by its audit's tool: of which faults that is told.

What depends on a part that is not read is left unsaid, so that no fault is told that mending that part takes away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from services.audit.domain.audits.answer_values import way_out
from services.audit.domain.moderation.judging import HIDDEN
from services.audit.domain.refusals import Problem, Refused
from services.audit.domain.tools.conditions import NotAsked
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Scale

_BY_CONDITION: Final = {NotAsked.CONDITION.value, NotAsked.SECTION_CONDITION.value}
_BELONGS_NOWHERE: Final = "Leave it out"
"""How the way out begins of what the tool does not ask for at all, however it is written."""

_BESIDE: Final[Mapping[str, Sequence[str]]] = {
    "took_part": ("not_took_part_because",),
    "moderator_type": ("panel",),
    "outcome": ("standing_grade", "panel", "sections"),
}
"""What is judged by a field beside it."""

_JUDGED: Final = {"answers", "sections", "scores", "overall_grade", "standing_grade", "outcome"}
"""What the tool's limits are held to."""


def faults_of(step: Callable[[], object]) -> Sequence[Problem]:
    """Return the faults for which a step is refused; what is no fault of the body is told once it can be read."""
    try:
        step()
    except Refused as refused:
        return refused.problems
    return ()


def told(
    problems: Sequence[Problem], unread: Sequence[str], tool: ToolDocument, *, conditions: bool = True
) -> list[Problem]:
    """Return the faults that are so whatever stands in the `unread` places.

    `conditions` says whether what is asked may hang on the answers in the body itself.
    """
    places = set(_widened(unread, tool, conditions=conditions))
    rest = [one for one in problems if not any(_hangs_on(one, place, conditions=conditions) for place in places)]
    return [*rest, *_of_no_type(unread, tool)]


def apart_from(
    problems: Iterable[Problem], unread: Sequence[str], beside: Mapping[str, Sequence[str]] | None = None
) -> list[Problem]:
    """Return the faults of a body that no tool is asked about which are so whatever stands in the `unread` places.

    `beside` says what is judged by a field beside it.
    """
    places = [*unread, *(held for place in unread for held in (beside or {}).get(place, ()))]
    return [one for one in problems if not any(f"{one.place}.".startswith(f"{place}.") for place in places)]


def _of_no_type(unread: Sequence[str], tool: ToolDocument) -> Iterator[Problem]:
    """Yield each unread answer to a question of the tool, with what its scale takes: its form cannot know that."""
    for place in unread:
        name, *within = place.split(".")
        if name == "answers" and within[1:] == ["value"] and within[0] in tool.asked:
            _, question = tool.asked[within[0]]
            if question.scale is Scale.TEXT:
                yield Problem(place, "the question asks for text, not for a coded answer", "Use `text`.", question.id)
            else:
                yield Problem(place, "No question takes this as its answer.", way_out(tool, question), question.id)


def _widened(unread: Sequence[str], tool: ToolDocument, *, conditions: bool) -> Iterator[str]:
    """Yield the unread places, and those of what is judged by them."""
    yield from unread
    named = {place.split(".")[0] for place in unread}
    for place in unread:
        yield from _BESIDE.get(place, ())
    if named & _JUDGED:
        yield "overridden_limits"
    for place in unread:
        if place.split(".")[0] == "sections":
            yield place.replace("sections", "section_reasons", 1)
    if conditions and "answers" in named:
        for section, question in tool.asked.values():
            if section.asked_if or question.asked_if:
                yield f"answers.{question.id}.value"
            if section.asked_if:
                yield f"sections.{section.id}.grade"


def _hangs_on(problem: Problem, unread: str, *, conditions: bool) -> bool:
    """Say whether a fault may be there only because something beside it is not read."""
    place = problem.place
    if place == unread or place.startswith(f"{unread}.") or (conditions and problem.message in _BY_CONDITION):
        return True
    if unread == "overridden_limits" and (problem.message.startswith("the tool's limit ") or problem.message == HIDDEN):
        return True
    return unread.startswith(f"{place}.") and not problem.way_out.startswith(_BELONGS_NOWHERE)
