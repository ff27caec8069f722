"""HTTP route of the open disputes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.audit.adapters.http_asking import AuthorityOf, authority_for
from services.audit.app.moderation import access as moderation_access
from services.audit.app.moderation.queries import DisputePage, Disputes
from services.audit.domain.words import Code
from shared.web.access import allowed
from shared.web.principal import Principal

_LARGEST_PAGE = 500


def disputes_router(disputes: Disputes) -> APIRouter:
    """Build the route of the open disputes."""
    router = APIRouter(prefix="/v1/disputes", tags=["moderation"])

    @router.get("", summary="List open disputes within your own")
    async def list_disputes(
        *,
        authority: AuthorityOf = None,
        organisation: Annotated[
            str | None,
            Query(max_length=250, pattern=r"^[a-z0-9/-]+$", description="area, area/district or area/district/team"),
        ] = None,
        cycle: Code | None = None,
        kind: Code | None = None,
        limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 100,
        after: Annotated[UUID | None, Query(description="`after` of the page before")] = None,
        principal: Principal = allowed(*moderation_access.READERS),
    ) -> DisputePage:
        """Return the disputes that wait for a decision, with their age; those of withdrawn audits have lapsed."""
        levels = dict(zip(("area", "district", "team"), (organisation or "").split("/"), strict=False))
        wanted = {**(levels if organisation else {}), "cycle": cycle, "kind": kind}
        return await disputes.page(
            principal,
            authority=authority_for(principal, authority),
            where={field: value for field, value in wanted.items() if value is not None},
            limit=limit,
            after=after,
        )

    return router
