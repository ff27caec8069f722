"""Following through over HTTP: copy, actions, oversight, sign-off, assistant director told (steps 3 to 6)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Body

from services.escalation.adapters import bodies, examples
from services.escalation.adapters.asking import Asking, Seen, state_of
from services.escalation.adapters.callers import Caller, allowed_for
from services.escalation.adapters.checks import by_right, check_code
from services.escalation.adapters.views import EscalationView, StateView
from services.escalation.app.casework import Known
from services.escalation.domain import commands
from services.escalation.domain.commands import Command
from services.escalation.domain.model import Actor
from services.escalation.domain.states import raised_of
from shared.web.idempotency import IdempotencyOf, IdempotencyRequired
from shared.web.principal import Principal
from shared.web.seen import VersionedRoute

Shown = EscalationView | StateView
"""What a step answers with: the whole, or how it stands for one who raised it."""


def router(asking: Asking) -> APIRouter:  # noqa: C901 - a route a function, nothing in between
    """Return the routes of following through."""
    api = APIRouter(prefix="/v1/escalations", tags=["audit escalations"], route_class=VersionedRoute)

    def right(principal: Principal, caller: Caller, known: Known) -> dict[str, Any]:
        """Return by what right the caller acts for the district on the day of the step."""
        return by_right(asking.casework, known.authority, principal, state_of(known), caller.happened_at)

    @api.post("/{escalation_id}/copy")
    async def record_copy(
        *,
        principal: Principal = allowed_for(commands.RecordCopySent),
        escalation_id: UUID,
        body: Annotated[bodies.Copy, Body(openapi_examples=examples.COPY)] = bodies.Copy(),
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Record that the copy of the audit tool, a link, was sent to those who are told (step 3)."""

        def make(caller: Caller, known: Known) -> Command:
            raised = raised_of(state_of(known))
            told = () if raised is None else raised.told
            return commands.RecordCopySent(**caller.when_and_who, to=told if body.to is None else body.to)

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.RecordCopySent,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/actions-discussed")
    async def record_actions_discussed(
        *,
        principal: Principal = allowed_for(commands.RecordActionsDiscussed),
        escalation_id: UUID,
        body: Annotated[bodies.Done, Body(openapi_examples=examples.DONE)] = bodies.Done(),
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Record that the service manager discussed the actions with practitioner and team manager (step 4)."""

        def make(caller: Caller, known: Known) -> Command:
            return commands.RecordActionsDiscussed(**caller.when_and_who, **right(principal, caller, known))

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.RecordActionsDiscussed,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/actions")
    async def add_action(
        *,
        principal: Principal = allowed_for(commands.AddAction),
        escalation_id: UUID,
        body: Annotated[bodies.NewAction, Body(openapi_examples=examples.ACTION)],
        idempotency: IdempotencyRequired,
        seen: Seen,
    ) -> Shown:
        """Record an action the team manager added to the child's file (step 4), with who is to do it."""

        def make(caller: Caller, known: Known) -> Command:
            check_code(body.kind, caller.policy.escalation.action_kinds, "kind")
            return commands.AddAction(
                **caller.when_and_who,
                action_id=uuid5(known.id, f"action:{caller.key}"),
                kind=body.kind,
                due_on=body.due_on,
                owner=Actor(role=body.owner.role, reference=body.owner.reference),
            )

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.AddAction,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/actions/{action_id}/completion")
    async def complete_action(
        *,
        principal: Principal = allowed_for(commands.CompleteAction),
        escalation_id: UUID,
        action_id: UUID,
        body: Annotated[bodies.Done, Body(openapi_examples=examples.DONE)] = bodies.Done(),
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Record that an action was completed."""

        def make(caller: Caller, _: Known) -> Command:
            return commands.CompleteAction(**caller.when_and_who, action_id=action_id)

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.CompleteAction,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/actions/{action_id}/withdrawal")
    async def withdraw_action(
        *,
        principal: Principal = allowed_for(commands.WithdrawAction),
        escalation_id: UUID,
        action_id: UUID,
        body: Annotated[bodies.Because, Body(openapi_examples=examples.ACTION_WITHDRAWAL)],
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Record that an action is not to be done after all."""

        def make(caller: Caller, _: Known) -> Command:
            check_code(body.reason, caller.policy.escalation.action_withdrawal_reasons, "reason")
            return commands.WithdrawAction(**caller.when_and_who, action_id=action_id, reason=body.reason)

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.WithdrawAction,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/oversight")
    async def record_oversight(
        *,
        principal: Principal = allowed_for(commands.RecordOversight),
        escalation_id: UUID,
        body: Annotated[bodies.Oversight, Body(openapi_examples=examples.OVERSIGHT)] = bodies.Oversight(),
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Record that management oversight was added to the child's file (step 5)."""

        def make(caller: Caller, known: Known) -> Command:
            return commands.RecordOversight(**caller.when_and_who, **right(principal, caller, known))

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.RecordOversight,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/sign-off")
    async def sign_off(
        *,
        principal: Principal = allowed_for(commands.SignOff),
        escalation_id: UUID,
        body: Annotated[bodies.Done, Body(openapi_examples=examples.DONE)] = bodies.Done(),
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Sign off the completed actions (step 5); within the clock if it happened by the due moment."""

        def make(caller: Caller, known: Known) -> Command:
            return commands.SignOff(**caller.when_and_who, **right(principal, caller, known))

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.SignOff,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/closure")
    async def close(
        *,
        principal: Principal = allowed_for(commands.TellAssistantDirectorAndClose),
        escalation_id: UUID,
        body: Annotated[bodies.Done, Body(openapi_examples=examples.DONE)] = bodies.Done(),
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Record that the assistant director of the district was told, and close (step 6)."""

        def make(caller: Caller, known: Known) -> Command:
            return commands.TellAssistantDirectorAndClose(**caller.when_and_who, **right(principal, caller, known))

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.TellAssistantDirectorAndClose,
            body=body,
            make=make,
        )

    return api
