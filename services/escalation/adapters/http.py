"""Audit escalations over HTTP, under /v1: each route names its roles, checks the scope and asks the decider.

The roles are those of `domain.roles.MAY`. A step that needs nothing but its moment may be sent without a body. A
command sent twice takes effect once: by its Idempotency-Key, or by what it says where there is none. What may be a new
thing when it is said again, another concern or another action, needs the key; a step said again after the
consideration was re-opened is a step of its own. A write may name the version its writer has seen (`If-Match`).
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request, Response

from services.escalation.adapters import bodies, examples, http_afterwards, http_deciding, http_following
from services.escalation.adapters.asking import FINDERS, READERS, Asking
from services.escalation.adapters.callers import acting, allowed_for, considered_by
from services.escalation.adapters.checks import check_place
from services.escalation.adapters.filters import Asked, asked_for
from services.escalation.adapters.views import EscalationList, EscalationView, StateView, line_of
from services.escalation.app.casework import Casework
from services.escalation.app.casework import Request as Sent
from services.escalation.app.lists import Lists
from services.escalation.app.policies import escalation_by_person
from services.escalation.domain import commands
from services.escalation.domain.model import Cause, Finding, Origin, Place
from shared.web.access import allowed
from shared.web.idempotency import IdempotencyRequired
from shared.web.principal import Principal
from shared.web.seen import VersionedRoute


def router(casework: Casework, lists: Lists) -> APIRouter:
    """Return the routes of the escalation service."""
    asking = Asking(casework)
    api = APIRouter()
    api.include_router(_reading(asking, lists))
    for steps in (http_deciding, http_following, http_afterwards):
        api.include_router(steps.router(asking))
    return api


def _reading(asking: Asking, lists: Lists) -> APIRouter:
    casework = asking.casework
    api = APIRouter(prefix="/v1/escalations", tags=["audit escalations"], route_class=VersionedRoute)

    @api.get("")
    async def list_escalations(
        *,
        filters: Asked,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        principal: Principal = allowed(*READERS, *FINDERS),
    ) -> EscalationList:
        """List audit escalations within the caller's scope, or those whose cause the caller found.

        They come by the time left, the most pressing first and those at their end last.
        """
        now = casework.clock()
        page = await lists.page(asked_for(casework, principal, filters, now), limit, filters.after)
        return EscalationList(
            escalations=tuple(line_of(row, now) for row in page.rows),
            next=None if page.next is None else str(page.next),
        )

    @api.get("/{escalation_id}")
    async def get_escalation(
        escalation_id: UUID, principal: Principal = allowed(*READERS, *FINDERS)
    ) -> EscalationView | StateView:
        """Return one audit escalation with its clock, actions and steps; to who raised it, how it stands.

        Its texts are for the service manager of the district or who stands in, the assistant director of the area and
        the QA unit; that they were read is recorded.
        """
        known = await asking.known(escalation_id, principal)
        return await asking.shown(known, principal, await asking.read(known, principal))

    @api.post("", status_code=201)
    async def start_escalation(
        *,
        request: Request,
        response: Response,
        principal: Principal = allowed_for(commands.Consider),
        idempotency: IdempotencyRequired,
        body: Annotated[bodies.Started, Body(openapi_examples=examples.STARTED)],
    ) -> EscalationView | StateView:
        """Start the consideration of a concern that comes without an audit.

        It names the child by the reference, or, where that is not known, by the case number: the number is sealed and
        audit is asked for the reference, again and again while it is away.
        """
        check_place(casework, principal, body)
        key = idempotency.key(principal)
        escalation_id = escalation_by_person(principal.authority, key)
        caller = acting(principal, commands.Consider, body.happened_at, casework=casework, idempotency=idempotency)
        command = commands.Consider(
            **caller.when_and_who,
            place=Place(
                escalation_id=escalation_id,
                audit_id=None,
                case_reference=body.case_reference,
                organisation=body.organisation,
                service=body.service,
            ),
            causes=(
                Cause(
                    origin=Origin.PERSON,
                    code=body.cause,
                    finding=Finding.REPORT,
                    category=body.category,
                    by=caller.actor,
                ),
            ),
            case_number=None
            if body.case_number is None
            else await casework.texts.case_number(escalation_id, body.case_number),
            **considered_by(caller),
        )
        known = await casework.start(
            escalation_id,
            principal.authority,
            command,
            Sent(key, idempotency.fingerprint),
            request.state.correlation_id,
        )
        response.headers["Location"] = f"/v1/escalations/{escalation_id}"
        return await asking.shown(known, principal)

    return api
