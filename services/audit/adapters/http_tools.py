"""HTTP routes of tools and of children: publish and read tools, look up and erase a child."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict

from services.audit.adapters.examples import TOOL
from services.audit.adapters.http_asking import Asking, AuthorityOf, authority_for
from services.audit.app.allocating import ChildUnknown
from services.audit.app.forms import CaseNumberForm, ErasureForm
from services.audit.app.handlers import Audits
from services.audit.app.sealing import ChildIsErased
from services.audit.app.tools import Tools
from services.audit.domain.tool import ToolDocument
from services.audit.domain.words import Code
from shared.privacy.references import ErasedCase
from shared.web.access import allowed
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role

_EVERYONE = tuple(Role)


class ToolRow(BaseModel):
    """A tool in the list."""

    model_config = ConfigDict(frozen=True)

    tool: str
    title: str
    kinds: tuple[str, ...]
    graded: bool
    versions: int


class ToolPublishedAnswer(BaseModel):
    """Which version a document was published as."""

    model_config = ConfigDict(frozen=True)

    tool: str
    version: int
    free_text_boxes: int


class ChildAnswer(BaseModel):
    """A child's random reference."""

    model_config = ConfigDict(frozen=True)

    case_reference: UUID


class ErasureAnswer(BaseModel):
    """What an erasure did: `erased_now` is false where the child had been erased before."""

    model_config = ConfigDict(frozen=True)

    case_reference: UUID
    erased_now: bool


def tools_router(tools: Tools, asking: Asking) -> APIRouter:
    """Build the routes of tools."""
    router = APIRouter(prefix="/v1/tools", tags=["tools"])

    @router.post("", status_code=201, summary="Publish a tool, or its next version")
    async def publish(
        request: Request,
        document: Annotated[dict[str, Any], Body(openapi_examples=TOOL)],
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.QA_MANAGER, Role.SERVICE),
    ) -> ToolPublishedAnswer:
        """Publish a tool document (docs/contracts/audit-tool.schema.json). The same document again changes nothing."""
        key = authority_for(principal, authority)
        tool = await tools.publish(document, asking(request, principal, idempotency, authority=key))
        assert tool.version is not None
        return ToolPublishedAnswer(tool=tool.tool, version=tool.version, free_text_boxes=tool.free_text_boxes)

    @router.get("", summary="List tools")
    async def list_tools(
        authority: AuthorityOf = None, principal: Principal = allowed(*_EVERYONE)
    ) -> tuple[ToolRow, ...]:
        """Return the authority's published tools."""
        rows = await tools.list(authority_for(principal, authority))
        return tuple(ToolRow(**row.data) for row in rows)

    @router.get("/{tool}", summary="Read a tool")
    async def read(
        tool: Code,
        version: Annotated[int | None, Query(ge=1, description="the newest if left out")] = None,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*_EVERYONE),
    ) -> ToolDocument:
        """Return a published version of a tool."""
        return await tools.get(authority_for(principal, authority), tool, version)

    return router


def children_router(audits: Audits, asking: Asking) -> APIRouter:
    """Build the routes of children: from a case number to the reference, and erasure."""
    router = APIRouter(prefix="/v1/children", tags=["children"])

    @router.post("/reference", summary="Find a child's reference")
    async def look_up(
        form: CaseNumberForm,
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.QA_OFFICER, Role.QA_MANAGER),
    ) -> ChildAnswer:
        """Return the random reference of a case number. The number goes in the body: addresses are written down."""
        parts = audits.parts
        async with parts.pool.acquire() as connection:
            found = await parts.references.look_up(connection, authority_for(principal, authority), form.case_number)
        if isinstance(found, ErasedCase):
            raise ChildIsErased
        if found is None:
            raise ChildUnknown
        return ChildAnswer(case_reference=found)

    @router.post("/{reference}/erasure", summary="Erase a child")
    async def erase(
        *,
        reference: UUID,
        request: Request,
        form: ErasureForm,
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.QA_MANAGER),
    ) -> ErasureAnswer:
        """Destroy the child's key and the link to the case number, for good. Figures stay; texts are unreadable."""
        key = authority_for(principal, authority)
        asked = asking(request, principal, idempotency, authority=key, happened_at=form.happened_at)
        return ErasureAnswer(case_reference=reference, erased_now=await audits.erase_child(reference, form, asked))

    return router
