"""HTTP routes for what is kept of an audit: versions of its outcome, who read its texts, and a child's export."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from services.audit.adapters.http_asking import AuthorityOf, LimitOf, authority_for
from services.audit.app import access
from services.audit.app.audits.queries import Queries
from services.audit.app.audits.versions import VersionList, Versions, VersionView
from services.audit.app.audits.views import ReadingPage
from services.audit.app.exporting import ChildExport, Exporting
from shared.web.access import allowed, check_scope
from shared.web.principal import Principal, Role


def reading_router(versions: Versions, queries: Queries, exporting: Exporting) -> APIRouter:
    """Build the routes of what is kept."""
    router = APIRouter(prefix="/v1")

    @router.get("/audits/{audit_id}/versions", summary="List the versions of an outcome", tags=["audits"])
    async def all_versions(audit_id: UUID, principal: Principal = allowed(*access.READERS)) -> VersionList:
        """Return the completion and each amendment: what changed, why, by whom, when. Late stays late."""
        return await versions.all(audit_id, principal)

    @router.get("/audits/{audit_id}/versions/{number}", summary="Read a version of an outcome", tags=["audits"])
    async def one_version(
        audit_id: UUID,
        number: Annotated[int, Path(ge=1, le=10_000, description="1 is the completion")],
        principal: Principal = allowed(*access.READERS),
    ) -> VersionView:
        """Return an outcome as it was; its texts for those who may read them, and that is recorded."""
        return await versions.one(audit_id, number, principal)

    @router.get("/text-readings", summary="List who read which texts", tags=["text readings"])
    async def readings(
        *,
        authority: AuthorityOf = None,
        audit_id: UUID | None = None,
        reader: UUID | None = None,
        case_reference: UUID | None = None,
        limit: LimitOf = 100,
        after: Annotated[int | None, Query(ge=0, le=2**62, description="`after` of the page before")] = None,
        principal: Principal = allowed(*access.QA),
    ) -> ReadingPage:
        """Return every reading of free text: by whom, of which audit, which boxes, when. For the whole authority."""
        key = authority_for(principal, authority)
        check_scope(principal, key)
        return await queries.readings(
            key, audit_id=audit_id, reader=reader, case_reference=case_reference, limit=limit, after=after
        )

    @router.get("/children/{reference}/export", summary="Export what is held on a child", tags=["children"])
    async def export(
        reference: UUID, authority: AuthorityOf = None, principal: Principal = allowed(Role.QA_MANAGER)
    ) -> ChildExport:
        """Return everything that is held on a child, readable; the export is itself recorded as a reading."""
        key = authority_for(principal, authority)
        check_scope(principal, key)
        return await exporting.child(reference, key, principal)

    return router
