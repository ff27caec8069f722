"""HTTP routes of moderation: ask for one, record what a moderator found."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Request

from services.audit.adapters.http_asking import not_yours
from services.audit.adapters.http_beginning import Beginning, answered
from services.audit.adapters.moderation_examples import MODERATION
from services.audit.app import access
from services.audit.app.moderation_forms import ModerationForm, ModerationRequestForm
from services.audit.app.moderation_handlers import Moderations
from services.audit.app.views import AuditAnswer
from shared.web.access import allowed
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role
from shared.web.problems import FieldProblem, invalid
from shared.web.seen import VersionedRoute

_MODERATOR_MISSING = FieldProblem(
    field="moderator",
    place="body/moderator",
    message="The token stands for nobody in particular.",
    way_out="Name the moderator by their reference.",
)


def moderation_router(moderations: Moderations, begin: Beginning) -> APIRouter:
    """Build the routes of moderation."""
    router = APIRouter(prefix="/v1/audits", tags=["moderation"], route_class=VersionedRoute)

    @router.post("/{audit_id}/moderation-request", summary="Ask for a moderation")
    async def request_moderation(
        audit_id: UUID,
        request: Request,
        form: ModerationRequestForm,
        idempotency: IdempotencyOf,
        principal: Principal = allowed(*access.RUNNING),
    ) -> AuditAnswer:
        """Ask for a moderation beside the authority's policy, or for a second one."""
        state, asked = await begin(audit_id, principal, request, idempotency, form)
        if not access.runs(principal, state.allocation):
            raise not_yours("A moderation is asked for by the QA unit.")
        return answered(await moderations.request(state, form, asked))

    @router.post("/{audit_id}/moderation", summary="Record a moderation")
    async def moderate(
        audit_id: UUID,
        request: Request,
        form: Annotated[ModerationForm, Body(openapi_examples=MODERATION)],
        idempotency: IdempotencyOf,
        principal: Principal = allowed(Role.MODERATOR, *access.RUNNING),
    ) -> AuditAnswer:
        """Record what a moderator found. Of two moderators of one moderation the second is told it is recorded."""
        state, asked = await begin(audit_id, principal, request, idempotency, form)
        if not access.moderates(principal, state.allocation, access.moderators_of(state)):
            raise not_yours("A moderation is recorded by a moderator of that part of the authority.")
        moderator = form.moderator or principal.person
        if moderator != principal.person and not access.on_behalf(principal):
            raise not_yours("Only the QA unit records a moderation on another person's behalf.")
        if moderator == access.NOBODY:
            raise invalid([_MODERATOR_MISSING])
        return answered(await moderations.record(state, form, moderator, asked))

    return router
