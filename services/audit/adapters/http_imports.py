"""HTTP route of imports: a CSV or XLSX file of completed audits, as the body or as a multipart field `file`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.audit.adapters.http_asking import Asking, AuthorityOf, authority_for
from services.audit.adapters.http_files import content_of, file_body
from services.audit.app.importing.problems import ImportReport, refuse
from services.audit.app.importing.service import Importing
from shared.web.access import allowed
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role
from shared.web.problems import not_in_scope

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def imports_router(importing: Importing, asking: Asking) -> APIRouter:
    """Build the route of imports."""
    router = APIRouter(prefix="/v1/imports", tags=["imports"])

    @router.post("", summary="Import completed audits", openapi_extra=file_body("text/csv", _XLSX))
    async def take(
        *,
        request: Request,
        idempotency: IdempotencyOf,
        dry_run: Annotated[bool, Query(description="check the file and change nothing")] = False,
        all_or_nothing: Annotated[bool, Query(description="with one fault, nothing comes in")] = False,
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.QA_OFFICER, Role.QA_MANAGER, Role.SERVICE),
    ) -> ImportReport:
        """Take in audits completed elsewhere (docs/importing.md). The same file twice changes nothing."""
        key = authority_for(principal, authority)
        if not principal.covers(key):
            raise not_in_scope("An import is for the whole authority, and your access covers a part of it.")
        asked = asking(request, principal, idempotency, authority=key)
        return await importing.take(
            await content_of(request, refuse), asked, dry_run=dry_run, all_or_nothing=all_or_nothing
        )

    return router
