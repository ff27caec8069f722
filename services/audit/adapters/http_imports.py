"""HTTP route of imports: a CSV or XLSX file of completed audits, as the body or as a multipart field `file`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.datastructures import UploadFile

from services.audit.adapters.http_asking import Asking, AuthorityOf, authority_for
from services.audit.app.importing.problems import ImportReport, refuse
from services.audit.app.importing.service import Importing
from shared.web.access import allowed
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role
from shared.web.problems import not_in_scope

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"type": "string", "format": "binary"}
            },
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


def imports_router(importing: Importing, asking: Asking) -> APIRouter:
    """Build the route of imports."""
    router = APIRouter(prefix="/v1/imports", tags=["imports"])

    @router.post("", summary="Import completed audits", openapi_extra=_BODY)
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
        return await importing.take(await _content(request), asked, dry_run=dry_run, all_or_nothing=all_or_nothing)

    return router


async def _content(request: Request) -> bytes:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await request.body()
    async with request.form(max_files=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise refuse("the form has no file", "Send the file as the field `file`.")
        return await file.read()
