"""HTTP routes of the moderation queue: what waits and why, each moderator's load, and what is done by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import Field

from services.audit.adapters.http_asking import AfterOf, Asking, AuthorityOf, LimitOf, authority_for, not_yours
from services.audit.adapters.qa_examples import CARRYING_OVER, GIVING, RETURNING
from services.audit.app import access
from services.audit.app.asking import Asked
from services.audit.app.forms import Form
from services.audit.app.queue.by_hand import ByHand, Placed
from services.audit.app.queue.service import ModerationQueues
from services.audit.app.queue.views import LoadPage, QueuePage, QueueViews
from services.audit.app.viewing import View
from services.audit.domain.queue.decider import Standing
from services.audit.domain.queue.events import Entry
from services.audit.domain.queue.refusals import ModerationNotInQueue
from services.audit.domain.words import Actor, Code
from shared.web.access import allowed, check_scope
from shared.web.idempotency import IdempotencyRequired
from shared.web.principal import Principal, Role
from shared.web.problems import FieldProblem, invalid
from shared.web.seen import VersionedRoute, takes_if_match

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
    """How many moderations went on to the other cycle, and the version of the queue that they left."""

    moderations: int
    version: int
    replayed: bool = Field(description="the command had been taken before; this is its first answer")


class InQueue(View):
    """A moderation in the queue, and who has it; `version` counts what happened to it there, for If-Match."""

    moderation_id: UUID
    audit_id: UUID
    cycle: str
    moderator: UUID | None
    version: int


class InQueueAnswer(InQueue):
    """A moderation that was given or put back."""

    replayed: bool = Field(description="the command had been taken before; this is its first answer")


def _particulars(placed: Placed) -> dict[str, Any]:
    place = placed.place
    return {
        "moderation_id": place.entry.moderation_id,
        "audit_id": place.entry.audit_id,
        "cycle": placed.cycle,
        "moderator": place.moderator,
        "version": place.version,
    }


def answer_of(placed: Placed) -> InQueueAnswer:
    """Return what a command is answered with."""
    return InQueueAnswer(**_particulars(placed), replayed=placed.replayed)


@dataclass(frozen=True, slots=True)
class Queued:
    """A moderation that somebody wants to change by hand: its place in which cycle's queue, and who asks."""

    placed: Placed
    asked: Asked
    principal: Principal

    @property
    def cycle(self) -> Code:
        """Return in which cycle's queue it is."""
        return self.placed.cycle

    @property
    def entry(self) -> Entry:
        """Return what the queue has of it."""
        return self.placed.place.entry

    @property
    def moderator(self) -> UUID | None:
        """Return who has it."""
        return self.placed.place.moderator

    def check_scope(self) -> None:
        """Refuse where the audited team is not in the caller's part of the authority."""
        check_scope(self.principal, self.asked.authority, self.entry.team)

    def asked_at(self, form: Form) -> Asked:
        """Return what is asked, with the moment the form says it happened."""
        return replace(self.asked, happened_at=form.happened_at)


def queued_for(by_hand: ByHand, asking: Asking, *roles: Role) -> Queued:
    """Give the dependency that yields the moderation of the path, as a caller of one of these roles finds it."""

    async def find(
        moderation_id: UUID,
        request: Request,
        idempotency: IdempotencyRequired,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*roles),
    ) -> Queued:
        key = authority_for(principal, authority)
        placed = await by_hand.find(key, moderation_id)
        return Queued(placed, asking(request, principal, idempotency, authority=key), principal)

    dependency: Queued = Depends(find)
    return dependency


def queue_router(queues: ModerationQueues, by_hand: ByHand, views: QueueViews, asking: Asking) -> APIRouter:
    """Build the routes of the moderation queue."""
    router = APIRouter(prefix="/v1", tags=["moderation queue"], route_class=VersionedRoute)
    _add_views(router, views)
    _add_rounds(router, queues)
    _add_carry_over(router, by_hand, asking)
    _add_one(router, by_hand)
    _add_changes(router, by_hand, asking)
    return router


def _add_views(router: APIRouter, views: QueueViews) -> None:
    @router.get("/moderation-queue", summary="What waits for a moderator, the oldest first")
    async def page(
        *,
        authority: AuthorityOf = None,
        standing: Annotated[
            Standing, Query(description="waiting, assigned and not done yet, done, or left (undone)")
        ] = Standing.WAITING,
        cycle: Code | None = None,
        limit: LimitOf = 100,
        after: AfterOf = None,
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
        limit: LimitOf = 100,
        after: Annotated[str | None, Query(max_length=150, description="`after` of the page before")] = None,
        principal: Principal = allowed(*access.QA),
    ) -> LoadPage:
        """Return the moderators by cycle and reference: to spread the work, never to rank people."""
        key = authority_for(principal, authority)
        check_scope(principal, key)
        return await views.load(key, cycle=cycle, limit=limit, after=after)


def _add_rounds(router: APIRouter, queues: ModerationQueues) -> None:
    @router.post("/moderation-queue/rounds", summary="Give what waits to moderators now")
    async def run(
        authority: AuthorityOf = None,
        assign: Annotated[bool, Query(description="false: only catch up with the audits, and give nothing")] = True,
        principal: Principal = allowed(*access.QA),
    ) -> RoundAnswer:
        """Run a round of the queue at once, also where the authority's policy leaves assigning to people.

        Queue and loads are brought up to date every few seconds anyway; a round without assigning does it now.
        """
        key = authority_for(principal, authority)
        check_scope(principal, key)
        by = Actor(role=min(principal.roles).value, reference=principal.person)
        done = await queues.run_for(key, by, assign=assign)
        return RoundAnswer(given=done.given, waiting=done.waiting)


def _add_carry_over(router: APIRouter, by_hand: ByHand, asking: Asking) -> None:
    @router.post(
        "/moderation-queue/carry-over",
        summary="Let what waits go on to another cycle",
        openapi_extra=takes_if_match({}),
    )
    async def carry_over(
        request: Request,
        form: Annotated[CarryOverForm, Body(openapi_examples=CARRYING_OVER)],
        idempotency: IdempotencyRequired,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*access.QA),
    ) -> CarriedOver:
        """Let every waiting moderation of a cycle go on to another cycle's queue, where there is capacity again.

        `If-Match` takes the version of the cycle's queue, as the list of that cycle gives it.
        """
        key = authority_for(principal, authority)
        check_scope(principal, key)
        if form.from_cycle == form.to_cycle:
            raise invalid([_SAME_CYCLE])
        asked = asking(request, principal, idempotency, authority=key, happened_at=form.happened_at)
        done = await by_hand.carry_over(form.from_cycle, form.to_cycle, asked)
        return CarriedOver(moderations=done.moderations, version=done.version, replayed=done.replayed)


def _add_one(router: APIRouter, by_hand: ByHand) -> None:
    @router.get("/moderation-queue/{moderation_id}", summary="Read where a moderation is in the queue")
    async def read(
        moderation_id: UUID, authority: AuthorityOf = None, principal: Principal = allowed(Role.MODERATOR, *access.QA)
    ) -> InQueue:
        """Return who has it, to its moderator or the QA unit; its ETag is what giving or passing it on takes."""
        key = authority_for(principal, authority)
        placed = await by_hand.find(key, moderation_id)
        if principal.has(*access.QA):
            check_scope(principal, key, placed.place.entry.team)
        elif placed.place.moderator != principal.person:
            raise ModerationNotInQueue  # another's: not told apart from one that is not there
        return InQueue(**_particulars(placed))


def _add_changes(router: APIRouter, by_hand: ByHand, asking: Asking) -> None:
    at = "/moderation-queue/{moderation_id}"

    @router.post(f"{at}/moderator", summary="Give a moderation to a moderator by hand")
    async def give(
        form: Annotated[GivingForm, Body(openapi_examples=GIVING)],
        queued: Queued = queued_for(by_hand, asking, *access.QA),
    ) -> InQueueAnswer:
        """Give it to a moderator with capacity who is independent; whoever had it gives it up."""
        queued.check_scope()
        given = await by_hand.give(queued.cycle, queued.entry.moderation_id, form.moderator, queued.asked_at(form))
        return answer_of(given)

    @router.post(f"{at}/release", summary="Take a moderation back into the queue")
    async def release(
        form: Annotated[ReturnForm, Body(openapi_examples=RETURNING)],
        queued: Queued = queued_for(by_hand, asking, *access.QA),
    ) -> InQueueAnswer:
        """Take it from its moderator; it waits again, as old as it is."""
        queued.check_scope()
        return await put_back(queued, queued.moderator or access.NOBODY, form, passed_on=False)

    @router.post(f"{at}/pass-on", summary="Pass a moderation on")
    async def pass_on(
        form: Annotated[ReturnForm, Body(openapi_examples=RETURNING)],
        queued: Queued = queued_for(by_hand, asking, Role.MODERATOR, *access.QA),
    ) -> InQueueAnswer:
        """Pass it on, as its moderator (who is away, or too near) or for them; they do not get it again."""
        who = queued.moderator
        if queued.principal.has(*access.QA):
            queued.check_scope()
        elif who not in (None, queued.principal.person):
            raise ModerationNotInQueue  # another's: not told apart from one that is not there
        else:
            who = queued.principal.person
        if who is None:
            raise not_yours("A moderation is passed on while somebody has it.")
        return await put_back(queued, who, form, passed_on=True)

    async def put_back(queued: Queued, moderator: UUID, form: ReturnForm, *, passed_on: bool) -> InQueueAnswer:
        asked = queued.asked_at(form)
        returned = await by_hand.put_back(
            queued.cycle, queued.entry.moderation_id, moderator, form.reason, asked, passed_on=passed_on
        )
        return answer_of(returned)
