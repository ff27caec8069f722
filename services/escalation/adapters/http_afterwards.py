"""Closing and after over HTTP: answered, reopened, withdrawn as raised in error, a re-audit asked for."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body

from services.escalation.adapters import bodies, examples
from services.escalation.adapters.asking import Asking, Seen
from services.escalation.adapters.callers import Caller, allowed_for
from services.escalation.adapters.checks import check_answers, check_code, due_on_of_re_audit, second_person
from services.escalation.adapters.views import EscalationView, StateView
from services.escalation.app.casework import Known
from services.escalation.domain import commands
from services.escalation.domain.commands import Command
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal
from shared.web.seen import VersionedRoute

Shown = EscalationView | StateView
"""What a step answers with: the whole, or how it stands for one who raised it."""


def router(asking: Asking) -> APIRouter:
    """Return the routes of closing and after."""
    api = APIRouter(prefix="/v1/escalations", tags=["audit escalations"], route_class=VersionedRoute)

    @api.post("/{escalation_id}/answer")
    async def answer_closing(
        *,
        principal: Principal = allowed_for(commands.AnswerClosing),
        escalation_id: UUID,
        body: Annotated[bodies.ClosingAnswer, Body(openapi_examples=examples.ANSWER)],
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Confirm the closing, or ask to reopen, as one who raised it."""

        def make(caller: Caller, _: Known) -> Command:
            check_answers(caller)
            return commands.AnswerClosing(**caller.when_and_who, answer=body.answer)

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.AnswerClosing,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/reopening")
    async def reopen(
        *,
        principal: Principal = allowed_for(commands.Reopen),
        escalation_id: UUID,
        body: Annotated[bodies.Reopening, Body(openapi_examples=examples.REOPENING)],
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Reopen what was signed off or closed: a new clock runs, the old one stays on record."""

        def make(caller: Caller, _: Known) -> Command:
            check_code(body.reason, caller.policy.escalation.reopening_reasons, "reason")
            return commands.Reopen(
                **caller.when_and_who,
                reason=body.reason,
                clocks=caller.policy.clocks(caller.happened_at),
                told=caller.policy.told_when_raised,
                category=body.category,
                steps_required=caller.policy.steps_required,
            )

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.Reopen,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/withdrawal")
    async def withdraw(
        *,
        principal: Principal = allowed_for(commands.Withdraw),
        escalation_id: UUID,
        body: Annotated[bodies.Withdrawal, Body(openapi_examples=examples.WITHDRAWAL)],
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Withdraw what was raised in error; a second person agrees."""

        def make(caller: Caller, known: Known) -> Command:
            check_code(body.reason, caller.policy.escalation.withdrawal_reasons, "reason")
            return commands.Withdraw(
                **caller.when_and_who,
                reason=body.reason,
                second_person=second_person(
                    asking.casework, known.authority, caller, commands.Withdraw, body.second_person
                ),
            )

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.Withdraw,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/re-audit")
    async def request_re_audit(
        *,
        principal: Principal = allowed_for(commands.RequestReAudit),
        escalation_id: UUID,
        body: Annotated[bodies.ReAuditRequest, Body(openapi_examples=examples.RE_AUDIT)],
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Ask for a re-audit of the case by a date, or within the days of the authority's settings."""

        def make(caller: Caller, _: Known) -> Command:
            return commands.RequestReAudit(**caller.when_and_who, due_on=due_on_of_re_audit(caller, body.due_on))

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.RequestReAudit,
            body=body,
            make=make,
        )

    return api
