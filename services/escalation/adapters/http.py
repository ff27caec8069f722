"""The managers' steps over HTTP, under /v1: each route names its roles, checks the scope and asks the decider.

The roles are those of `domain.roles.MAY`. A step that needs nothing but its moment may be sent without a body. A
command sent twice takes effect once: by its Idempotency-Key, or by what it says where there is none. What may be a new
thing when it is said again, another concern or another action, needs the key; a step said again after the
consideration was re-opened is a step of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID, uuid5

from fastapi import APIRouter, Query, Request, Response

from services.escalation.adapters import bodies
from services.escalation.adapters.callers import Caller, acting, allowed_for, paths_within
from services.escalation.adapters.checks import check_place, second_person
from services.escalation.adapters.views import EscalationList, EscalationView, line_of, view_of
from services.escalation.app.casework import Casework, Known, NoSuchEscalation
from services.escalation.app.casework import Request as Asked
from services.escalation.app.policies import escalation_by_person
from services.escalation.app.summaries import Status
from services.escalation.domain import commands
from services.escalation.domain.commands import Command
from services.escalation.domain.model import Cause, Finding, Origin, Place
from services.escalation.domain.states import NotConsidered
from shared.web.access import allowed, check_scope
from shared.web.idempotency import Idempotency, IdempotencyOf, IdempotencyRequired
from shared.web.principal import Principal, Role
from shared.web.problems import not_found

READERS: Final = (
    Role.TEAM_MANAGER,
    Role.SERVICE_MANAGER,
    Role.ASSISTANT_DIRECTOR,
    Role.QA_OFFICER,
    Role.QA_MANAGER,
    Role.PRINCIPAL_SOCIAL_WORKER,
)
"""Who reads audit escalations, each within the own scope."""

_WHAT = "the audit escalation"
_TURNS: Final = frozenset({"consideration-reopened", "escalation-reclassified"})
"""After these, the same step in the same words may be due once more."""
Make = Callable[[Caller, Known], Command]


class Routes:
    """The routes of one process, over its use cases."""

    def __init__(self, casework: Casework) -> None:
        self._casework = casework

    async def known(self, escalation_id: UUID, principal: Principal) -> Known:
        """Return an escalation within the caller's scope, or answer 404 or 403."""
        try:
            known = await self._casework.known(escalation_id)
        except NoSuchEscalation:
            raise not_found(_WHAT) from None
        assert not isinstance(known.state, NotConsidered)  # it has events
        check_scope(principal, known.authority, known.state.facts.place.organisation.path)
        return known

    async def take(
        self,
        escalation_id: UUID,
        *,
        principal: Principal,
        idempotency: Idempotency,
        command_type: type[Command],
        body: bodies.Body,
        make: Make,
    ) -> EscalationView:
        """Take a step and answer with the escalation as it then stands."""
        known = await self.known(escalation_id, principal)
        caller = acting(principal, command_type, body.happened_at, self._casework.clock(), idempotency)
        after = await self._casework.take(
            known, make(caller, known), Asked(idempotency.key(principal, _since(known)), idempotency.fingerprint)
        )
        return view_of(after)


def _since(known: Known) -> str:
    """Name the turn of its story a step is taken in, with nothing added where there was none."""
    turns = sum(event.type in _TURNS for event in known.events)
    return f":{turns}" if turns else ""


def router(casework: Casework) -> APIRouter:  # noqa: C901 - a route a function, nothing in between
    """Return the routes of the escalation service."""
    routes = Routes(casework)
    api = APIRouter(prefix="/v1/escalations", tags=["audit escalations"])

    @api.get("")
    async def list_escalations(
        *,
        status: Status | None = None,
        district: Annotated[
            str | None, Query(pattern=r"^[a-z0-9-]+(/[a-z0-9-]+){0,2}$", description="area/district")
        ] = None,
        overdue: bool | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        after: UUID | None = None,
        principal: Principal = allowed(*READERS),
    ) -> EscalationList:
        """List audit escalations within the caller's scope, by state, district and whether overdue."""
        rows = await casework.listed(
            principal.authority,
            paths_within(principal, district),
            status=status,
            overdue=overdue,
            limit=limit,
            after=after,
        )
        return EscalationList(
            escalations=tuple(line_of(row) for row in rows), next=rows[-1].stream_id if len(rows) == limit else None
        )

    @api.get("/{escalation_id}")
    async def get_escalation(escalation_id: UUID, principal: Principal = allowed(*READERS)) -> EscalationView:
        """Give one audit escalation: causes, clock with the days counted and left out, actions, and every step."""
        return view_of(await routes.known(escalation_id, principal))

    @api.post("", status_code=201)
    async def start_escalation(
        *,
        request: Request,
        response: Response,
        principal: Principal = allowed_for(commands.Consider),
        idempotency: IdempotencyRequired,
        body: bodies.Started,
    ) -> EscalationView:
        """Start the consideration of a concern that comes without an audit."""
        check_place(casework, principal, body)
        key = idempotency.key(principal)
        escalation_id = escalation_by_person(principal.authority, key)
        caller = acting(principal, commands.Consider, body.happened_at, casework.clock(), idempotency)
        command = commands.Consider(
            **caller.when_and_who,
            place=Place(
                escalation_id=escalation_id,
                audit_id=None,
                case_reference=body.case_reference,
                organisation=body.organisation,
                service=body.service,
            ),
            causes=(Cause(origin=Origin.PERSON, code=body.cause, finding=Finding.REPORT, category=body.category),),
            policy_version=casework.policies.policy(principal.authority, caller.happened_at).version,
        )
        known = await casework.start(
            escalation_id,
            principal.authority,
            command,
            Asked(key, idempotency.fingerprint),
            request.state.correlation_id,
        )
        response.headers["Location"] = f"/v1/escalations/{escalation_id}"
        return view_of(known)

    @api.post("/{escalation_id}/decision-not-required")
    async def record_not_required(
        escalation_id: UUID,
        body: bodies.NotRequiredDecision,
        idempotency: IdempotencyOf,
        principal: Principal = allowed_for(commands.RecordDecisionNotRequired),
    ) -> EscalationView:
        """Record that it was considered and found not required (step 2)."""

        def make(caller: Caller, _: Known) -> Command:
            return commands.RecordDecisionNotRequired(**caller.when_and_who, reason=body.reason)

        return await routes.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            command_type=commands.RecordDecisionNotRequired,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/raise")
    async def raise_escalation(
        *,
        escalation_id: UUID,
        body: bodies.Raise = bodies.Raise(),
        idempotency: IdempotencyOf,
        principal: Principal = allowed_for(commands.RaiseEscalation),
    ) -> EscalationView:
        """Escalate to the service manager of the district: the clock starts (steps 2 and 3)."""

        def make(caller: Caller, known: Known) -> Command:
            policy = casework.policies.policy(known.authority, caller.happened_at)
            return commands.RaiseEscalation(
                **caller.when_and_who,
                clocks=policy.clocks(caller.happened_at),
                told=policy.told_when_raised,
                category=body.category,
            )

        return await routes.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            command_type=commands.RaiseEscalation,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/reclassification")
    async def reclassify(
        escalation_id: UUID,
        body: bodies.Reclassification,
        idempotency: IdempotencyOf,
        principal: Principal = allowed_for(commands.Reclassify),
    ) -> EscalationView:
        """Change the category; the clock keeps the original raise, so the due moment may already be past."""

        def make(caller: Caller, known: Known) -> Command:
            return commands.Reclassify(
                **caller.when_and_who,
                category=body.category,
                reason=body.reason,
                second_person=second_person(casework, known, caller, body.second_person),
            )

        return await routes.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            command_type=commands.Reclassify,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/actions")
    async def add_action(
        *,
        escalation_id: UUID,
        principal: Principal = allowed_for(commands.AddAction),
        idempotency: IdempotencyRequired,
        body: bodies.NewAction,
    ) -> EscalationView:
        """Record an action the team manager added to the child's file (step 4)."""

        def make(caller: Caller, known: Known) -> Command:
            action_id = uuid5(known.id, f"action:{caller.key}")
            return commands.AddAction(**caller.when_and_who, action_id=action_id, kind=body.kind, due_on=body.due_on)

        return await routes.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            command_type=commands.AddAction,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/actions/{action_id}/completion")
    async def complete_action(
        *,
        escalation_id: UUID,
        action_id: UUID,
        body: bodies.Done = bodies.Done(),
        idempotency: IdempotencyOf,
        principal: Principal = allowed_for(commands.CompleteAction),
    ) -> EscalationView:
        """Record that an action was completed."""

        def make(caller: Caller, _: Known) -> Command:
            return commands.CompleteAction(**caller.when_and_who, action_id=action_id)

        return await routes.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            command_type=commands.CompleteAction,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/oversight")
    async def record_oversight(
        *,
        escalation_id: UUID,
        body: bodies.Done = bodies.Done(),
        idempotency: IdempotencyOf,
        principal: Principal = allowed_for(commands.RecordOversight),
    ) -> EscalationView:
        """Record that management oversight was added to the child's file (step 5)."""

        def make(caller: Caller, _: Known) -> Command:
            return commands.RecordOversight(**caller.when_and_who)

        return await routes.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            command_type=commands.RecordOversight,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/sign-off")
    async def sign_off(
        *,
        escalation_id: UUID,
        body: bodies.Done = bodies.Done(),
        idempotency: IdempotencyOf,
        principal: Principal = allowed_for(commands.SignOff),
    ) -> EscalationView:
        """Sign off the completed actions (step 5); within the clock if it happened by the due moment."""

        def make(caller: Caller, _: Known) -> Command:
            return commands.SignOff(**caller.when_and_who, scope=principal.scope)

        return await routes.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            command_type=commands.SignOff,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/closure")
    async def close(
        *,
        escalation_id: UUID,
        body: bodies.Done = bodies.Done(),
        idempotency: IdempotencyOf,
        principal: Principal = allowed_for(commands.TellAssistantDirectorAndClose),
    ) -> EscalationView:
        """Record that the assistant director of the district was told, and close (step 6)."""

        def make(caller: Caller, _: Known) -> Command:
            return commands.TellAssistantDirectorAndClose(**caller.when_and_who)

        return await routes.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            command_type=commands.TellAssistantDirectorAndClose,
            body=body,
            make=make,
        )

    return api
