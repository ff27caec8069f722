"""What a tool says of a body that cannot be read whole: the parts that can be are held to it, and nothing is stored.

What depends on a part that is not read is left unsaid, so that no fault is told that mending that part takes away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from services.audit.app import sealing
from services.audit.app.asking import Asked
from services.audit.app.forms import AmendmentForm, CompletionForm
from services.audit.app.handling import Begun, Handling, completed_of
from services.audit.app.making import completion_of, completion_texts
from services.audit.domain.audits import commands
from services.audit.domain.audits.decider import decide
from services.audit.domain.refusals import Problem, Refused
from services.audit.domain.tools.conditions import NotAsked
from services.audit.domain.tools.document import ToolDocument

_BY_CONDITION: Final = {NotAsked.CONDITION.value, NotAsked.SECTION_CONDITION.value}
_BELONGS_NOWHERE: Final = "Leave it out"
"""How the way out begins of what the tool does not ask for at all, however it is written."""


class Unread(Handling):
    """Holds the readable part of a body to the audit's tool; `unread` are the places of what is not, with dots."""

    async def of_completion(
        self, state: Begun, form: CompletionForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with a completion."""
        tool, audit_id = await self.tool(state.allocation), state.allocation.audit_id
        texts = sealing.present(completion_texts(form, audit_id))

        def complete() -> None:
            decide(completion_of(self.settings(asked), tool, audit_id, form=form, texts=texts, asked=asked), state)

        return _told(_faults(complete), unread, tool)

    async def of_amendment(
        self, state: Begun, form: AmendmentForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with an amendment; a text that is left out stays as it was."""
        tool = await self.tool(state.allocation)

        def amend() -> None:
            texts = sealing.present_beside(form, completed_of(state).outcome)
            outcome = sealing.outcome_of(form, texts, tool)
            decide(commands.AmendAudit(at=asked.at, by=asked.by, tool=tool, outcome=outcome, reason=form.reason), state)

        return _told(_faults(amend), unread, tool)


def _faults(step: Callable[[], None]) -> Sequence[Problem]:
    """Return the faults for which a step is refused; what is no fault of the body is told once it can be read."""
    try:
        step()
    except Refused as refused:
        return refused.problems
    return ()


def _told(problems: Sequence[Problem], unread: Sequence[str], tool: ToolDocument) -> list[Problem]:
    return [one for one in problems if not any(_hangs_on(one, place) for place in _widened(unread, tool))]


def _widened(unread: Sequence[str], tool: ToolDocument) -> Iterator[str]:
    """Yield the unread places, and those of what is judged by them."""
    yield from unread
    if "took_part" in unread:
        yield "not_took_part_because"
    if any(place.split(".")[0] in {"answers", "sections", "overall_grade"} for place in unread):
        yield "overridden_limits"
    if any(place.split(".")[0] == "answers" for place in unread):
        for section, question in tool.asked.values():
            if section.asked_if or question.asked_if:
                yield f"answers.{question.id}.value"
            if section.asked_if:
                yield f"sections.{section.id}.grade"


def _hangs_on(problem: Problem, unread: str) -> bool:
    """Say whether a fault may be there only because something beside it is not read."""
    place = problem.place
    if place == unread or place.startswith(f"{unread}.") or problem.message in _BY_CONDITION:
        return True
    if unread == "overridden_limits" and problem.message.startswith("the tool's limit "):
        return True
    return unread.startswith(f"{place}.") and not problem.way_out.startswith(_BELONGS_NOWHERE)
