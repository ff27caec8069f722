"""HTTP routes of tools and of children: publish and read tools, look up and erase a child."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from services.audit.adapters.examples import TOOL
from services.audit.adapters.http_asking import Asking, AuthorityOf, authority_read_by, whole_authority_for
from services.audit.adapters.qa_examples import CASE_NUMBER, ERASURE
from services.audit.app.asking import Asked
from services.audit.app.audits.allocating import ChildUnknown
from services.audit.app.audits.handlers import Audits
from services.audit.app.forms import CaseNumberForm, ErasureForm
from services.audit.app.sealing import ChildIsErased
from services.audit.app.tools.service import Standing, Tools, Written
from services.audit.app.tools.views import (
    ToolDraftAnswer,
    ToolPage,
    ToolPublishedAnswer,
    ToolVersionPage,
    ToolVersionRow,
    versions_of,
    warnings_of,
    without_drafts,
)
from services.audit.domain.refusals import ToolNotFound
from services.audit.domain.tools.comparison import ToolComparison, compare
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Code
from shared.privacy.references import ErasedCase
from shared.web.access import allowed
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role
from shared.web.seen import etag, takes_if_match

_EVERYONE = tuple(Role)
_DESIGNERS = (Role.QA_MANAGER, Role.SERVICE)
_DRAFT_READERS = (Role.QA_OFFICER, *_DESIGNERS)
_MATCHING = takes_if_match({})
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


def tools_router(tools: Tools, asking: Asking) -> APIRouter:
    """Build the routes of tools: what everybody reads, and what designers write and read."""
    router = APIRouter(prefix="/v1/tools", tags=["tools"])
    _add_reading(router, tools)
    _add_publishing(router, tools, asking)
    _add_drafting(router, tools, asking)
    return router


def _add_reading(router: APIRouter, tools: Tools) -> None:
    @router.get("", summary="List tools")
    async def list_tools(
        *,
        authority: str = authority_read_by(*_EVERYONE),
        principal: Principal = allowed(*_EVERYONE),
        kind: Annotated[Code | None, Query(description="kind of audit it may be used for")] = None,
        status: Annotated[str | None, Query(pattern="^(draft|published|retired)$")] = None,
        limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 100,
        after: Annotated[UUID | None, Query(description="`after` of the page before")] = None,
    ) -> ToolPage:
        """Return the authority's tools: `draft` was never published, `retired` has no version in use.

        Drafts are the QA unit's: nobody else is told of one, and a page may then have fewer tools than `limit`.
        """
        page = await tools.page(authority, kind=kind, status=status, limit=limit, after=after)
        return page if principal.has(*_DRAFT_READERS) else without_drafts(page)

    @router.get("/{tool}", summary="Read a tool")
    async def read(
        tool: Code,
        version: Annotated[int | None, Query(ge=1, description="the newest in use if left out")] = None,
        authority: str = authority_read_by(*_EVERYONE),
    ) -> ToolDocument:
        """Return a published version of a tool."""
        return await tools.get(authority, tool, version)

    @router.get("/{tool}/versions", summary="List a tool's versions")
    async def list_versions(
        tool: Code,
        response: Response,
        *,
        authority: str = authority_read_by(*_EVERYONE),
        limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 100,
        after: Annotated[int, Query(ge=0, le=_LARGEST_VERSION, description="`after` of the page before")] = 0,
    ) -> ToolVersionPage:
        """Return the published versions of a tool and which are retired, oldest first; its ETag goes into If-Match."""
        standing = await tools.standing(authority, tool)
        rows = versions_of(standing.state)
        if not rows:
            raise ToolNotFound
        page = rows[after : after + limit]
        more = len(rows) > after + limit
        stamp(response, standing)
        return ToolVersionPage(versions=tuple(page), after=page[-1].version if more and page else None)


def _add_publishing(router: APIRouter, tools: Tools, asking: Asking) -> None:
    @router.post("", status_code=201, summary="Publish a tool, or its next version", openapi_extra=_MATCHING)
    async def publish(
        response: Response,
        document: Annotated[dict[str, Any], Body(openapi_examples=TOOL)],
        asked: Asked = asking.of_all_by(*_DESIGNERS),
    ) -> ToolPublishedAnswer:
        """Publish a tool document (docs/contracts/audit-tool.schema.json). What is in use already changes nothing.

        A document that names a retired version is refused: without a number it is published anew, as the next one.
        """
        return _published(response, await tools.publish(document, asked))

    @router.post("/{tool}/publication", status_code=201, summary="Publish a tool's draft", openapi_extra=_MATCHING)
    async def publish_draft(
        tool: Code, response: Response, asked: Asked = asking.of_all_by(*_DESIGNERS)
    ) -> ToolPublishedAnswer:
        """Publish the draft as the tool's next version: it is numbered, and never changes again."""
        return _published(response, await tools.publish_draft(tool, asked))

    @router.post("/{tool}/versions/{version}/retirement", summary="Retire a version of a tool", openapi_extra=_MATCHING)
    async def retire(
        tool: Code, version: VersionOf, response: Response, asked: Asked = asking.of_all_by(*_DESIGNERS)
    ) -> ToolVersionRow:
        """Let no new audit begin with a version. Audits under way finish on it, and it can still be read."""
        standing = await tools.retire(tool, version, asked)
        stamp(response, standing)
        return versions_of(standing.state)[version - 1]


def _add_drafting(router: APIRouter, tools: Tools, asking: Asking) -> None:
    @router.put("/{tool}/draft", summary="Save a draft of a tool's next version", openapi_extra=_MATCHING)
    async def draft(
        tool: Code,
        response: Response,
        document: Annotated[dict[str, Any], Body(openapi_examples=TOOL)],
        asked: Asked = asking.of_all_by(*_DESIGNERS),
    ) -> ToolDraftAnswer:
        """Save a draft in place of the one before, and tell what publishing it would change.

        `If-Match` takes the ETag of the draft, or of the tool's versions, that you have seen: where others wrote
        since, nothing is saved, and you are told what they did.
        """
        saved = await tools.draft(tool, document, asked)
        stamp(response, saved.standing)
        versions = saved.standing.state.versions
        return ToolDraftAnswer(
            tool=tool,
            free_text_boxes=saved.document.free_text_boxes,
            warnings=warnings_of(saved.document),
            comparison=compare(versions[-1], saved.document, versions) if versions else None,
        )

    @router.get("/{tool}/draft", summary="Read a tool's draft")
    async def read_draft(
        tool: Code, response: Response, authority: str = authority_read_by(*_DRAFT_READERS)
    ) -> ToolDocument:
        """Return the draft of the tool's next version; its ETag goes into If-Match."""
        drafted = await tools.drafted(authority, tool)
        stamp(response, drafted.standing)
        return drafted.document

    @router.get("/{tool}/comparison", summary="Compare two versions of a tool")
    async def compare_versions(
        tool: Code,
        *,
        old: Annotated[int | None, Query(ge=1, le=_LARGEST_VERSION, description="the newest if left out")] = None,
        new: Annotated[int | None, Query(ge=1, le=_LARGEST_VERSION, description="the draft if left out")] = None,
        authority: str = authority_read_by(*_DRAFT_READERS),
    ) -> ToolComparison:
        """Return what a version, or the draft, changes: which past answers carry over, and which trends break."""
        return await tools.compare(authority, tool, old, new)

    @router.post("/{tool}/comparison", summary="Compare a document with a version of its tool")
    async def compare_document(
        tool: Code,
        document: Annotated[dict[str, Any], Body(openapi_examples=TOOL)],
        *,
        old: Annotated[int | None, Query(ge=1, le=_LARGEST_VERSION, description="the newest if left out")] = None,
        authority: str = authority_read_by(*_DRAFT_READERS),
    ) -> ToolComparison:
        """Return what publishing a document would change, and what keeps it from being published. Stores nothing."""
        return await tools.compare_with(authority, tool, old, document)


def stamp(response: Response, standing: Standing) -> None:
    """Put the version a tool stands at into the answer's ETag: that of its whole story, drafts included."""
    response.headers["ETag"] = etag(standing.version)


def _published(response: Response, written: Written) -> ToolPublishedAnswer:
    stamp(response, written.standing)
    tool = written.document
    assert tool.version is not None
    return ToolPublishedAnswer(
        tool=tool.tool, version=tool.version, free_text_boxes=tool.free_text_boxes, warnings=warnings_of(tool)
    )


def children_router(audits: Audits, asking: Asking) -> APIRouter:
    """Build the routes of children: from a case number to the reference, made at first use, and erasure."""
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

    @router.post("", summary="Give a child a reference")
    async def give_reference(
        form: Annotated[CaseNumberForm, Body(openapi_examples=CASE_NUMBER)],
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.QA_OFFICER, Role.QA_MANAGER, Role.SERVICE),
    ) -> ChildAnswer:
        """Return the random reference of a case number, made at first use: for a concern that has no audit yet."""
        parts, key = audits.parts, whole_authority_for(principal, authority)
        async with parts.pool.acquire() as connection:
            found = await parts.references.reference_for(connection, key, form.case_number)
        if isinstance(found, ErasedCase):
            raise ChildIsErased
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
