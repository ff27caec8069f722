"""HTTP routes of tools and of children: publish and read tools, look up and erase a child."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict

from services.audit.adapters.examples import TOOL
from services.audit.adapters.http_asking import Asking, AuthorityOf, authority_for, whole_authority_for
from services.audit.adapters.qa_examples import CASE_NUMBER, ERASURE
from services.audit.app.audits.allocating import ChildUnknown
from services.audit.app.audits.handlers import Audits
from services.audit.app.forms import CaseNumberForm, ErasureForm
from services.audit.app.sealing import ChildIsErased
from services.audit.app.tools.service import Tools
from services.audit.app.tools.views import (
    ToolDraftAnswer,
    ToolPage,
    ToolPublishedAnswer,
    ToolVersionPage,
    ToolVersionRow,
    versions_of,
)
from services.audit.domain.refusals import ToolNotFound
from services.audit.domain.tools.comparison import ToolComparison, compare
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Code
from shared.privacy.references import ErasedCase
from shared.web.access import allowed
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role

_EVERYONE = tuple(Role)
_DESIGNERS = (Role.QA_MANAGER, Role.SERVICE)
_DRAFT_READERS = (Role.QA_OFFICER, *_DESIGNERS)
_LARGEST_PAGE = 500
_LARGEST_VERSION = 1_000_000

VersionOf = Annotated[int, Path(ge=1, le=_LARGEST_VERSION)]
"""The number of a published version."""


class ChildAnswer(BaseModel):
    """A child's random reference."""

    model_config = ConfigDict(frozen=True)

    case_reference: UUID


class ErasureAnswer(BaseModel):
    """What an erasure did: `erased_now` is false where the child had been erased before."""

    model_config = ConfigDict(frozen=True)

    case_reference: UUID
    erased_now: bool


def tools_router(tools: Tools, asking: Asking) -> APIRouter:  # noqa: C901 - one route after the other, each a few lines
    """Build the routes of tools."""
    router = APIRouter(prefix="/v1/tools", tags=["tools"])

    @router.post("", status_code=201, summary="Publish a tool, or its next version")
    async def publish(
        request: Request,
        document: Annotated[dict[str, Any], Body(openapi_examples=TOOL)],
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*_DESIGNERS),
    ) -> ToolPublishedAnswer:
        """Publish a tool document (docs/contracts/audit-tool.schema.json). The same document again changes nothing."""
        key = whole_authority_for(principal, authority)
        return _answered(await tools.publish(document, asking(request, principal, idempotency, authority=key)))

    @router.get("", summary="List tools")
    async def list_tools(
        *,
        authority: AuthorityOf = None,
        kind: Annotated[Code | None, Query(description="kind of audit it may be used for")] = None,
        status: Annotated[str | None, Query(pattern="^(draft|published|retired)$")] = None,
        limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 100,
        after: Annotated[UUID | None, Query(description="`after` of the page before")] = None,
        principal: Principal = allowed(*_EVERYONE),
    ) -> ToolPage:
        """Return the authority's tools: `draft` was never published, `retired` has no version in use."""
        key = authority_for(principal, authority)
        return await tools.page(key, kind=kind, status=status, limit=limit, after=after)

    @router.get("/{tool}", summary="Read a tool")
    async def read(
        tool: Code,
        version: Annotated[int | None, Query(ge=1, description="the newest in use if left out")] = None,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*_EVERYONE),
    ) -> ToolDocument:
        """Return a published version of a tool."""
        return await tools.get(authority_for(principal, authority), tool, version)

    @router.get("/{tool}/versions", summary="List a tool's versions")
    async def list_versions(
        tool: Code,
        *,
        authority: AuthorityOf = None,
        limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 100,
        after: Annotated[int, Query(ge=0, le=_LARGEST_VERSION, description="`after` of the page before")] = 0,
        principal: Principal = allowed(*_EVERYONE),
    ) -> ToolVersionPage:
        """Return the published versions of a tool and which are retired, oldest first."""
        rows = versions_of(await tools.state(authority_for(principal, authority), tool))
        if not rows:
            raise ToolNotFound
        page = rows[after : after + limit]
        more = len(rows) > after + limit
        return ToolVersionPage(versions=tuple(page), after=page[-1].version if more and page else None)

    @router.post("/{tool}/versions/{version}/retirement", summary="Retire a version of a tool")
    async def retire(
        *,
        tool: Code,
        version: VersionOf,
        request: Request,
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*_DESIGNERS),
    ) -> ToolVersionRow:
        """Let no new audit begin with a version. Audits under way finish on it, and it can still be read."""
        key = whole_authority_for(principal, authority)
        state = await tools.retire(tool, version, asking(request, principal, idempotency, authority=key))
        return versions_of(state)[version - 1]

    @router.put("/{tool}/draft", summary="Save a draft of a tool's next version")
    async def draft(
        *,
        tool: Code,
        request: Request,
        document: Annotated[dict[str, Any], Body(openapi_examples=TOOL)],
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*_DESIGNERS),
    ) -> ToolDraftAnswer:
        """Save a draft in place of the one before, and tell what publishing it would change."""
        key = whole_authority_for(principal, authority)
        saved = await tools.draft(tool, document, asking(request, principal, idempotency, authority=key))
        state = await tools.state(key, tool)
        return ToolDraftAnswer(
            tool=tool,
            free_text_boxes=saved.free_text_boxes,
            comparison=compare(state.versions[-1], saved, state.versions) if state.versions else None,
        )

    @router.get("/{tool}/draft", summary="Read a tool's draft")
    async def read_draft(
        tool: Code, authority: AuthorityOf = None, principal: Principal = allowed(*_DRAFT_READERS)
    ) -> ToolDocument:
        """Return the draft of the tool's next version."""
        return await tools.drafted(authority_for(principal, authority), tool)

    @router.post("/{tool}/publication", status_code=201, summary="Publish a tool's draft")
    async def publish_draft(
        tool: Code,
        request: Request,
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*_DESIGNERS),
    ) -> ToolPublishedAnswer:
        """Publish the draft as the tool's next version: it is numbered, and never changes again."""
        key = whole_authority_for(principal, authority)
        return _answered(await tools.publish_draft(tool, asking(request, principal, idempotency, authority=key)))

    @router.get("/{tool}/comparison", summary="Compare two versions of a tool")
    async def compare_versions(
        tool: Code,
        *,
        old: Annotated[int | None, Query(ge=1, le=_LARGEST_VERSION, description="the newest if left out")] = None,
        new: Annotated[int | None, Query(ge=1, le=_LARGEST_VERSION, description="the draft if left out")] = None,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*_DRAFT_READERS),
    ) -> ToolComparison:
        """Return what a version, or the draft, changes: which past answers carry over, and which trends break."""
        return await tools.compare(authority_for(principal, authority), tool, old, new)

    @router.post("/{tool}/comparison", summary="Compare a document with a version of its tool")
    async def compare_document(
        tool: Code,
        document: Annotated[dict[str, Any], Body(openapi_examples=TOOL)],
        *,
        old: Annotated[int | None, Query(ge=1, le=_LARGEST_VERSION, description="the newest if left out")] = None,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*_DRAFT_READERS),
    ) -> ToolComparison:
        """Return what publishing a document would change, and what keeps it from being published. Stores nothing."""
        return await tools.compare_with(authority_for(principal, authority), tool, old, document)

    return router


def _answered(tool: ToolDocument) -> ToolPublishedAnswer:
    assert tool.version is not None
    return ToolPublishedAnswer(tool=tool.tool, version=tool.version, free_text_boxes=tool.free_text_boxes)


def children_router(audits: Audits, asking: Asking) -> APIRouter:
    """Build the routes of children: from a case number to the reference, and erasure."""
    router = APIRouter(prefix="/v1/children", tags=["children"])

    @router.post("/reference", summary="Find a child's reference")
    async def look_up(
        form: Annotated[CaseNumberForm, Body(openapi_examples=CASE_NUMBER)],
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.QA_OFFICER, Role.QA_MANAGER),
    ) -> ChildAnswer:
        """Return the random reference of a case number. The number goes in the body: addresses are written down."""
        parts, key = audits.parts, whole_authority_for(principal, authority)
        async with parts.pool.acquire() as connection:
            found = await parts.references.look_up(connection, key, form.case_number)
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
        form: Annotated[ErasureForm, Body(openapi_examples=ERASURE)],
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.QA_MANAGER),
    ) -> ErasureAnswer:
        """Destroy the child's key and the link to the case number, for good. Figures stay; texts are unreadable."""
        key = whole_authority_for(principal, authority)
        asked = asking(request, principal, idempotency, authority=key, happened_at=form.happened_at)
        return ErasureAnswer(case_reference=reference, erased_now=await audits.erase_child(reference, form, asked))

    return router
