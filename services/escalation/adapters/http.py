"""Audit escalations over HTTP, under /v1: each route names its roles, checks the scope and asks the decider.

The roles are those of `domain.roles.MAY`. A step that needs nothing but its moment may be sent without a body. A
command sent twice takes effect once: by its Idempotency-Key, or by what it says where there is none. What may be a new
thing when it is said again, another concern or another action, needs the key; a step said again after the
consideration was re-opened is a step of its own. A write may name the version its writer has seen (`If-Match`).
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request, Response

from services.escalation.adapters import bodies, examples, http_afterwards, http_deciding, http_following
from services.escalation.adapters.asking import FINDERS, READERS, Asking
from services.escalation.adapters.callers import acting, allowed_for, considered_by, paths_within
from services.escalation.adapters.checks import check_place
from services.escalation.adapters.views import EscalationList, EscalationView, StateView, line_of
from services.escalation.app.casework import Casework
from services.escalation.app.casework import Request as Asked
from services.escalation.app.policies import escalation_by_person
from services.escalation.app.summaries import Status
from services.escalation.domain import commands
from services.escalation.domain.model import Category, Cause, Finding, Origin, Place
from shared.web.access import allowed
from shared.web.idempotency import IdempotencyRequired
from shared.web.principal import Principal
from shared.web.seen import VersionedRoute


def router(casework: Casework) -> APIRouter:
    """Return the routes of the escalation service."""
    asking = Asking(casework)
    api = APIRouter()
    api.include_router(_reading(asking))
    for steps in (http_deciding, http_following, http_afterwards):
        api.include_router(steps.router(asking))
    return api


def _reading(asking: Asking) -> APIRouter:
    casework = asking.casework
    api = APIRouter(prefix="/v1/escalations", tags=["audit escalations"], route_class=VersionedRoute)

    @api.get("")
    async def list_escalations(
        *,
        status: Status | None = None,
        category: Category | None = None,
        district: Annotated[
            str | None, Query(pattern=r"^[a-z0-9-]+(/[a-z0-9-]+){0,2}$", description="area, area/district or team")
        ] = None,
        overdue: bool | None = None,
        undecided: Annotated[bool | None, Query(description="not decided in time whether to escalate")] = None,
        waits_for: Annotated[str | None, Query(pattern=r"^[a-z-]{1,40}$", description="the role it waits for")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        after: UUID | None = None,
        principal: Principal = allowed(*READERS, *FINDERS),
    ) -> EscalationList:
        """List audit escalations within the caller's scope, or those whose cause the caller found."""
        asked = {"category": category, "undecided": undecided, "waits_for": waits_for}
        also: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
        if principal.has(*READERS):
            paths = paths_within(principal, district)
        else:
            paths = None if district is None else [district]
            also["found_by"] = [str(principal.person)]
        rows = await casework.listed(
            principal.authority, paths, status=status, overdue=overdue, limit=limit, after=after, also=also
        )
        return EscalationList(
            escalations=tuple(line_of(row) for row in rows), next=rows[-1].stream_id if len(rows) == limit else None
        )

    @api.get("/{escalation_id}")
    async def get_escalation(
        escalation_id: UUID, principal: Principal = allowed(*READERS, *FINDERS)
    ) -> EscalationView | StateView:
        """Return one audit escalation with its clock, actions and steps; to who raised it, how it stands."""
        return await asking.shown(await asking.known(escalation_id, principal), principal)

    @api.post("", status_code=201)
    async def start_escalation(
        *,
        request: Request,
        response: Response,
        principal: Principal = allowed_for(commands.Consider),
        idempotency: IdempotencyRequired,
        body: Annotated[bodies.Started, Body(openapi_examples=examples.STARTED)],
    ) -> EscalationView | StateView:
        """Start the consideration of a concern that comes without an audit."""
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
            **considered_by(caller),
        )
        known = await casework.start(
            escalation_id,
            principal.authority,
            command,
            Asked(key, idempotency.fingerprint),
            request.state.correlation_id,
        )
        response.headers["Location"] = f"/v1/escalations/{escalation_id}"
        return await asking.shown(known, principal)

    return api
