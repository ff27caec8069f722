"""What is held on a child, and who read its texts, over HTTP: for the QA unit of the whole authority."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.escalation.app.exporting import ChildExport, ExportedReading, Exporting
from shared.privacy.readings import Reader
from shared.web.access import allowed, check_scope
from shared.web.principal import Principal, Role


class ReadingPage(BaseModel):
    """A page of readings; `after` leads to the next one, none on the last."""

    model_config = ConfigDict(frozen=True)

    readings: tuple[ExportedReading, ...]
    after: int | None = None


def children_router(exporting: Exporting, clock: Callable[[], datetime]) -> APIRouter:
    """Return the routes of children and of readings."""
    api = APIRouter(prefix="/v1")

    @api.get("/children/{reference}/export", summary="Export what is held on a child", tags=["children"])
    async def export(reference: UUID, principal: Principal = allowed(Role.QA_MANAGER)) -> ChildExport:
        """Return every audit escalation of a child, readable; nothing where there is none.

        The export is itself recorded as a reading. What audits hold on the child, audit exports: `sightline child
        export` gives both.
        """
        check_scope(principal, principal.authority)
        return await exporting.child(
            reference, principal.authority, Reader(principal.person, Role.QA_MANAGER.value), clock()
        )

    @api.get("/text-readings", summary="List who read which texts", tags=["text readings"])
    async def readings(
        *,
        escalation_id: UUID | None = None,
        reader: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        after: Annotated[int | None, Query(ge=0, le=2**62, description="`after` of the page before")] = None,
        principal: Principal = allowed(Role.QA_OFFICER, Role.QA_MANAGER),
    ) -> ReadingPage:
        """Return every reading of free text: by whom, of which audit escalation, which boxes, when."""
        check_scope(principal, principal.authority)
        found = await exporting.readings(
            principal.authority, escalation=escalation_id, reader=reader, after=after, limit=limit + 1
        )
        return ReadingPage(
            readings=tuple(found[:limit]), after=found[limit - 1].reading if len(found) > limit else None
        )

    return api
