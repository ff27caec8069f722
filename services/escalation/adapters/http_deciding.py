"""Considering over HTTP: another cause, the discussion, the decision, another category (Appendix E, steps 1 and 2)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter, Body

from services.escalation.adapters import bodies, examples
from services.escalation.adapters.asking import Asking, Seen, state_of
from services.escalation.adapters.callers import Caller, allowed_for, considered_by
from services.escalation.adapters.checks import check_child, check_code, second_person
from services.escalation.adapters.views import EscalationView, StateView
from services.escalation.app.casework import Known
from services.escalation.domain import commands
from services.escalation.domain.commands import Command
from services.escalation.domain.model import Cause, Finding, Origin
from shared.web.idempotency import IdempotencyOf, IdempotencyRequired
from shared.web.principal import Principal
from shared.web.seen import VersionedRoute

Shown = EscalationView | StateView
"""What a step answers with: the whole, or how it stands for one who raised it."""


def router(asking: Asking) -> APIRouter:  # noqa: C901 - a route a function, nothing in between
    """Return the routes of considering and deciding."""
    api = APIRouter(prefix="/v1/escalations", tags=["audit escalations"], route_class=VersionedRoute)

    @api.post("/{escalation_id}/causes")
    async def add_cause(
        *,
        principal: Principal = allowed_for(commands.Consider),
        escalation_id: UUID,
        body: Annotated[bodies.NewCause, Body(openapi_examples=examples.NEW_CAUSE)],
        idempotency: IdempotencyRequired,
        seen: Seen,
    ) -> Shown:
        """Report another cause of what is considered already; a safeguarding one lifts the whole."""

        def make(caller: Caller, known: Known) -> Command:
            state = state_of(known)
            return commands.Consider(
                **caller.when_and_who,
                place=state.facts.place,
                causes=(
                    Cause(
                        origin=Origin.PERSON,
                        code=body.cause,
                        finding=Finding.REPORT,
                        category=body.category,
                        report_id=uuid5(known.id, f"cause:{caller.key}"),
                        by=caller.actor,
                    ),
                ),
                **considered_by(caller),
            )

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.Consider,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/child")
    async def name_child(
        *,
        principal: Principal = allowed_for(commands.NameChild),
        escalation_id: UUID,
        body: Annotated[bodies.NamedChild, Body(openapi_examples=examples.NAMED_CHILD)],
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Enter which child it is about while its reference is awaited; for the QA unit, or who brought it in.

        Audit may take the case number it began with for none: then this gives the reference, or the right number.
        """
        awaits = state_of(await asking.known(escalation_id, principal)).facts.case_number is not None
        check_child(body)
        number = None
        if body.case_number is not None and awaits:
            number = await asking.casework.texts.case_number(escalation_id, body.case_number)

        def make(caller: Caller, _: Known) -> Command:
            return commands.NameChild(**caller.when_and_who, case_reference=body.case_reference, case_number=number)

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.NameChild,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/discussion")
    async def record_discussion(
        *,
        principal: Principal = allowed_for(commands.RecordDiscussion),
        escalation_id: UUID,
        body: Annotated[bodies.Discussion, Body(openapi_examples=examples.DISCUSSION)],
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Record the discussion with the allocated practitioner or manager (step 1)."""

        def make(caller: Caller, _: Known) -> Command:
            return commands.RecordDiscussion(**caller.when_and_who, with_whom=body.with_whom)

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.RecordDiscussion,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/decision-not-required")
    async def record_not_required(
        *,
        principal: Principal = allowed_for(commands.RecordDecisionNotRequired),
        escalation_id: UUID,
        body: Annotated[bodies.NotRequiredDecision, Body(openapi_examples=examples.NOT_REQUIRED)],
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Record that it was considered and found not required (step 2)."""

        def make(caller: Caller, _: Known) -> Command:
            check_code(body.reason, caller.policy.escalation.not_required_reasons, "reason")
            return commands.RecordDecisionNotRequired(**caller.when_and_who, reason=body.reason)

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.RecordDecisionNotRequired,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/raise")
    async def raise_escalation(
        *,
        principal: Principal = allowed_for(commands.RaiseEscalation),
        escalation_id: UUID,
        body: Annotated[bodies.Raise, Body(openapi_examples=examples.RAISE)] = bodies.Raise(),
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Escalate to the service manager of the district: the clock starts (steps 2 and 3)."""

        def make(caller: Caller, _: Known) -> Command:
            return commands.RaiseEscalation(
                **caller.when_and_who,
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
            command_type=commands.RaiseEscalation,
            body=body,
            make=make,
        )

    @api.post("/{escalation_id}/reclassification")
    async def reclassify(
        *,
        principal: Principal = allowed_for(commands.Reclassify),
        escalation_id: UUID,
        body: Annotated[bodies.Reclassification, Body(openapi_examples=examples.RECLASSIFICATION)],
        idempotency: IdempotencyOf,
        seen: Seen,
    ) -> Shown:
        """Change the category; the clock keeps the original raise, so the due moment may already be past."""

        def make(caller: Caller, known: Known) -> Command:
            check_code(body.reason, caller.policy.escalation.reclassification_reasons, "reason")
            return commands.Reclassify(
                **caller.when_and_who,
                category=body.category,
                reason=body.reason,
                second_person=second_person(
                    asking.casework, known.authority, caller, commands.Reclassify, body.second_person
                ),
            )

        return await asking.take(
            escalation_id,
            principal=principal,
            idempotency=idempotency,
            seen=seen,
            command_type=commands.Reclassify,
            body=body,
            make=make,
        )

    return api
