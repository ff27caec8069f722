"""HTTP routes of the moderation queue: what waits and why, each moderator's load, and what is done by hand."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request
from pydantic import Field

from services.audit.adapters.http_asking import Asking, AuthorityOf, authority_for, not_yours
from services.audit.adapters.qa_examples import CARRYING_OVER, GIVING, RETURNING
from services.audit.app import access
from services.audit.app.forms import Form
from services.audit.app.queue.service import ModerationQueues
from services.audit.app.queue.views import LoadPage, QueuePage, QueueViews
from services.audit.app.viewing import View
from services.audit.domain.queue.decider import Standing
from services.audit.domain.queue.refusals import ModerationNotInQueue
from services.audit.domain.words import Actor, Code
from shared.web.access import allowed, check_scope
from shared.web.idempotency import IdempotencyRequired
from shared.web.principal import Principal, Role
from shared.web.problems import FieldProblem, invalid

_LARGEST_PAGE = 500
_SAME_CYCLE = FieldProblem(
    field="to_cycle",
    place="body/to_cycle",
    message="The moderations are in this cycle's queue already.",
    way_out="Name another cycle.",
)


class GivingForm(Form):
    """To whom a moderation is given."""

    moderator: UUID


class ReturnForm(Form):
    """Why a moderation goes back into the queue."""

    reason: Code = Field(description="leave, sickness, conflict-of-interest, ...")


class CarryOverForm(Form):
    """Which cycle's waiting moderations go on to which other's."""

    from_cycle: Code
    to_cycle: Code


class RoundAnswer(View):
    """What a round of the queue did."""

    given: int
    waiting: int


class CarriedOver(View):
    """How many moderations went on to the other cycle."""

    moderations: int


class InQueue(View):
    """A moderation that was given or put back."""

    moderation_id: UUID
    audit_id: UUID
    cycle: str
    moderator: UUID | None


def queue_router(  # noqa: C901, PLR0915 - one route after the other, each a few lines
    queues: ModerationQueues, views: QueueViews, asking: Asking
) -> APIRouter:
    """Build the routes of the moderation queue."""
    router = APIRouter(prefix="/v1", tags=["moderation queue"])

    @router.get("/moderation-queue", summary="What waits for a moderator, the oldest first")
    async def page(
        *,
        authority: AuthorityOf = None,
        standing: Annotated[Standing, Query(description="waiting, or assigned and not done yet")] = Standing.WAITING,
        cycle: Code | None = None,
        limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 100,
        after: Annotated[UUID | None, Query(description="`after` of the page before")] = None,
        principal: Principal = allowed(*access.QA),
    ) -> QueuePage:
        """Return what waits in your part of the authority: its age, when it is due, and why it waits."""
        key = authority_for(principal, authority)
        return await views.page(principal, key, standing=standing, cycle=cycle, limit=limit, after=after)

    @router.get("/moderators/load", summary="Each moderator's capacity and load")
    async def load(
        *,
        authority: AuthorityOf = None,
        cycle: Code | None = None,
        limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 100,
        after: Annotated[str | None, Query(max_length=150, description="`after` of the page before")] = None,
        principal: Principal = allowed(*access.QA),
    ) -> LoadPage:
        """Return the moderators by cycle and reference: to spread the work, never to rank people."""
        key = authority_for(principal, authority)
        check_scope(principal, key)
        return await views.load(key, cycle=cycle, limit=limit, after=after)

    @router.post("/moderation-queue/rounds", summary="Give what waits to moderators now")
    async def run(
        authority: AuthorityOf = None,
        assign: Annotated[bool, Query(description="false: only catch up with the audits, and give nothing")] = True,
        principal: Principal = allowed(*access.QA),
    ) -> RoundAnswer:
        """Run a round of the queue at once, also where the authority's policy leaves assigning to people.

        There nothing runs by itself: a round without assigning brings queue and loads up to date.
        """
        key = authority_for(principal, authority)
        check_scope(principal, key)
        by = Actor(role=min(principal.roles).value, reference=principal.person)
        done = await queues.run_for(key, by, assign=assign)
        return RoundAnswer(given=done.given, waiting=done.waiting)

    @router.post("/moderation-queue/carry-over", summary="Let what waits go on to another cycle")
    async def carry_over(
        request: Request,
        form: Annotated[CarryOverForm, Body(openapi_examples=CARRYING_OVER)],
        idempotency: IdempotencyRequired,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*access.QA),
    ) -> CarriedOver:
        """Let every waiting moderation of a cycle go on to another cycle's queue, where there is capacity again."""
        key = authority_for(principal, authority)
        check_scope(principal, key)
        if form.from_cycle == form.to_cycle:
            raise invalid([_SAME_CYCLE])
        asked = asking(request, principal, idempotency, authority=key, happened_at=form.happened_at)
        return CarriedOver(moderations=await queues.carry_over(form.from_cycle, form.to_cycle, asked))

    @router.post("/moderation-queue/{moderation_id}/moderator", summary="Give a moderation to a moderator by hand")
    async def give(
        *,
        moderation_id: UUID,
        request: Request,
        form: Annotated[GivingForm, Body(openapi_examples=GIVING)],
        idempotency: IdempotencyRequired,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*access.QA),
    ) -> InQueue:
        """Give it to a moderator with capacity who is independent; whoever had it gives it up."""
        key = authority_for(principal, authority)
        cycle, entry, _ = await queues.find(key, moderation_id)
        check_scope(principal, key, entry.team)
        asked = asking(request, principal, idempotency, authority=key, happened_at=form.happened_at)
        await queues.give(cycle, moderation_id, form.moderator, asked)
        return InQueue(moderation_id=moderation_id, audit_id=entry.audit_id, cycle=cycle, moderator=form.moderator)

    @router.post("/moderation-queue/{moderation_id}/release", summary="Take a moderation back into the queue")
    async def release(
        *,
        moderation_id: UUID,
        request: Request,
        form: Annotated[ReturnForm, Body(openapi_examples=RETURNING)],
        idempotency: IdempotencyRequired,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*access.QA),
    ) -> InQueue:
        """Take it from its moderator; it waits again, as old as it is."""
        key = authority_for(principal, authority)
        cycle, entry, moderator = await queues.find(key, moderation_id)
        check_scope(principal, key, entry.team)
        asked = asking(request, principal, idempotency, authority=key, happened_at=form.happened_at)
        who = moderator or access.NOBODY
        await queues.put_back(cycle, moderation_id, who, form.reason, asked, passed_on=False)
        return InQueue(moderation_id=moderation_id, audit_id=entry.audit_id, cycle=cycle, moderator=None)

    @router.post("/moderation-queue/{moderation_id}/pass-on", summary="Pass a moderation on")
    async def pass_on(
        *,
        moderation_id: UUID,
        request: Request,
        form: Annotated[ReturnForm, Body(openapi_examples=RETURNING)],
        idempotency: IdempotencyRequired,
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.MODERATOR, *access.QA),
    ) -> InQueue:
        """Pass it on, as its moderator (who is away, or too near) or for them; they do not get it again."""
        key = authority_for(principal, authority)
        cycle, entry, moderator = await queues.find(key, moderation_id)
        if principal.has(*access.QA):
            check_scope(principal, key, entry.team)
            who = moderator or access.NOBODY
        elif moderator in (None, principal.person):
            who = principal.person
        else:
            raise ModerationNotInQueue  # another's: not told apart from one that is not there
        if who == access.NOBODY:
            raise not_yours("A moderation is passed on while somebody has it.")
        asked = asking(request, principal, idempotency, authority=key, happened_at=form.happened_at)
        await queues.put_back(cycle, moderation_id, who, form.reason, asked, passed_on=True)
        return InQueue(moderation_id=moderation_id, audit_id=entry.audit_id, cycle=cycle, moderator=None)

    return router
