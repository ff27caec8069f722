"""HTTP route of the open disputes."""

from __future__ import annotations

from fastapi import APIRouter

from services.audit.adapters.http_asking import AfterOf, AuthorityOf, LimitOf, OrganisationOf, authority_for, levels_of
from services.audit.app.moderation import access as moderation_access
from services.audit.app.moderation.queries import DisputePage, Disputes
from services.audit.domain.words import Code
from shared.web.access import allowed
from shared.web.principal import Principal


def disputes_router(disputes: Disputes) -> APIRouter:
    """Build the route of the open disputes."""
    router = APIRouter(prefix="/v1/disputes", tags=["moderation"])

    @router.get("", summary="List open disputes within your own")
    async def list_disputes(
        *,
        authority: AuthorityOf = None,
        organisation: OrganisationOf = None,
        cycle: Code | None = None,
        kind: Code | None = None,
        limit: LimitOf = 100,
        after: AfterOf = None,
        principal: Principal = allowed(*moderation_access.READERS),
    ) -> DisputePage:
        """Return the disputes that wait for a decision, with their age; those of withdrawn audits have lapsed."""
        wanted = {**levels_of(organisation), "cycle": cycle, "kind": kind}
        return await disputes.page(
            principal,
            authority=authority_for(principal, authority),
            where={field: value for field, value in wanted.items() if value is not None},
            limit=limit,
            after=after,
        )

    return router
