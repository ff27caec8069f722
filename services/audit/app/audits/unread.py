"""What settings and tool say of an allocation, completion or amendment that cannot be read whole, or is dated ahead.

The parts that can be read are held to them, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from services.audit.app import sealing
from services.audit.app.asking import Asked
from services.audit.app.audits import allocating
from services.audit.app.forms import (
    AllocationForm,
    AmendmentForm,
    CompletionForm,
    FollowUpForm,
    NewRecommendationForm,
)
from services.audit.app.handling import Begun, Handling, completed_of
from services.audit.app.making import completion_of, completion_texts, recommendations_of
from services.audit.app.unread import apart_from, faults_of, told
from services.audit.domain.audits import commands, recommending
from services.audit.domain.audits.decider import decide
from services.audit.domain.refusals import Problem
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.refusals import RETIRED_VERSION
from services.audit.domain.words import business_date

_HELD_TO: Final[Mapping[str, Sequence[str]]] = {
    "tool_version": ("kind", "due_on", "re_audit_of"),
    "happened_at": ("due_on",),
}
"""What of an allocation is judged by a field beside it."""


_DAYS: Final[Mapping[str, Sequence[str]]] = {
    "happened_at": ("recommendation.due_on", "recommendation.supervision_on", "discussed_in_supervision_on"),
    "done": ("made_a_difference",),
}
"""What of a recommendation or its follow-up is judged by a field beside it."""


class Unread(Handling):
    """Holds the readable part of a body to settings and tool; `unread` are the places of what is not, with dots."""

    async def of_allocation(self, form: AllocationForm, asked: Asked, unread: Sequence[str]) -> list[Problem]:
        """Return what else is wrong with an allocation: no reference is made for it."""
        settings, tools = self.settings(asked), self.parts.tools
        tool = await allocating.tool_of(tools, asked.authority, form)
        problems = list(allocating.problems_of(settings, form.organisation, form.service, form.kind, tool))
        earlier = None
        if form.re_audit_of is not None:
            earlier = await allocating.earlier_audit(self.parts.store, asked.authority, form.re_audit_of)
        problems += allocating.problems_of_re_audit(form, tool, earlier)
        if earlier is not None:
            async with self.parts.pool.acquire() as connection:
                known = await allocating.known_auditor(connection, self.parts.references, asked.authority, form)
            place = allocating.auditor_place(form)
            problems += allocating.problems_of_beginning(settings, earlier, known, place=place)
        if isinstance(tool, ToolDocument):
            problems += allocating.problems_of_due_date(settings, form, tool)
            if await tools.is_retired(asked.authority, tool, asked.at):
                problems.append(RETIRED_VERSION)
        problems += allocating.problems_of_plan(form, business_date(asked.at))
        names = {place.split(".")[0] for place in unread}
        if asked.happened_at != form.happened_at:  # it is dated ahead, and asked for as of now
            names.add("happened_at")
        names |= {held for name in names for held in _HELD_TO.get(name, ())}
        return [each for each in problems if each.place not in names]

    async def of_completion(
        self, state: Begun, form: CompletionForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with a completion."""
        tool, audit_id = await self.tool(state.allocation), state.allocation.audit_id
        texts = sealing.present(completion_texts(form, audit_id))

        def complete() -> None:
            decide(completion_of(self.settings(asked), tool, audit_id, form=form, texts=texts, asked=asked), state)

        return told(faults_of(complete), unread, tool)

    async def of_amendment(
        self, state: Begun, form: AmendmentForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with an amendment; a text that is left out stays as it was."""
        tool = await self.tool(state.allocation)

        def amend() -> None:
            texts = sealing.present_beside(form, completed_of(state).outcome)
            outcome = sealing.outcome_of(form, texts, tool)
            decide(commands.AmendAudit(at=asked.at, by=asked.by, tool=tool, outcome=outcome, reason=form.reason), state)

        return told(faults_of(amend), unread, tool)

    async def of_recommendation(
        self, state: Begun, form: NewRecommendationForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with a recommendation that is made after completion."""
        settings, audit_id = self.settings(asked), state.allocation.audit_id

        def make() -> None:
            [made] = recommendations_of(
                settings, audit_id, [form.recommendation], {}, asked.at, place=recommending.ALONE
            )
            recommending.check([made], asked.at, place=recommending.ALONE)

        return apart_from(faults_of(make), unread, _DAYS)

    async def of_follow_up(
        self, state: Begun, recommendation_id: UUID, form: FollowUpForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with a follow-up."""

        def follow_up() -> None:
            command = commands.FollowUpRecommendation(
                at=asked.at,
                by=asked.by,
                recommendation_id=recommendation_id,
                discussed_in_supervision_on=form.discussed_in_supervision_on,
                done=form.done,
                made_a_difference=form.made_a_difference,
            )
            decide(command, state)

        return apart_from(faults_of(follow_up), unread, _DAYS)
