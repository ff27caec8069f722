"""HTTP routes of drafts: an audit saved as one goes, with every gap that its tool still sees."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Request

from services.audit.adapters.examples import DRAFT
from services.audit.adapters.http_asking import not_yours
from services.audit.app import access
from services.audit.app.audits.queries import Queries
from services.audit.app.drafts.forms import DraftForm
from services.audit.app.drafts.service import Drafts, DraftView
from services.audit.app.handling import Begun
from shared.web.access import allowed
from shared.web.principal import Principal, Role
from shared.web.seen import VersionedRoute, seen


def drafts_router(drafts: Drafts, queries: Queries) -> APIRouter:
    """Build the routes of drafts."""
    router = APIRouter(prefix="/v1/audits", tags=["drafts"], route_class=VersionedRoute)

    async def writable(audit_id: UUID, principal: Principal) -> Begun:
        state, _ = await queries.stand(audit_id, principal)
        if not access.completes(principal, state.allocation):
            raise not_yours("A draft is written by the audit's auditor or the QA unit.")
        return state

    @router.get("/{audit_id}/draft", summary="Read a draft")
    async def read(
        audit_id: UUID, request: Request, principal: Principal = allowed(Role.AUDITOR, *access.QA)
    ) -> DraftView:
        """Return what is written, and everything that the tool still asks for. That you read it is recorded."""
        return await drafts.read(await writable(audit_id, principal), principal, seen(request))

    @router.patch("/{audit_id}/draft", summary="Save some boxes of a draft")
    async def save(
        audit_id: UUID,
        request: Request,
        form: Annotated[DraftForm, Body(openapi_examples=DRAFT)],
        principal: Principal = allowed(Role.AUDITOR, *access.QA),
    ) -> DraftView:
        """Save the boxes you send, null empties one; `If-Match` takes the version of the draft you have seen.

        A box that somebody else wrote since stays as they wrote it: it is named in `not_saved`. Look at it, and send
        yours again with the newer version where it should stand.
        """
        state = await writable(audit_id, principal)
        return await drafts.save(state, form, principal, seen=seen(request), whole=False)

    @router.put("/{audit_id}/draft", summary="Save a whole draft")
    async def replace(
        audit_id: UUID,
        request: Request,
        form: Annotated[DraftForm, Body(openapi_examples=DRAFT)],
        principal: Principal = allowed(Role.AUDITOR, *access.QA),
    ) -> DraftView:
        """Save a draft as a whole: boxes that you leave out are emptied, but for those others wrote since."""
        state = await writable(audit_id, principal)
        return await drafts.save(state, form, principal, seen=seen(request), whole=True)

    return router
