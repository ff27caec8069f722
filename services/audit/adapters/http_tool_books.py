"""HTTP routes of tools as workbooks and as text: check an XLSForm, save it as a draft, take a version out."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from services.audit.adapters.http_asking import Asking, authority_read_by
from services.audit.adapters.http_files import content_of, file_body
from services.audit.adapters.http_tools import stamp
from services.audit.app.asking import Asked
from services.audit.app.tools.service import Tools
from services.audit.app.tools.text import tool_text
from services.audit.app.tools.xlsform.faults import Fault, WorkbookRefused, whole_file
from services.audit.app.tools.xlsform.reading import read_workbook
from services.audit.app.tools.xlsform.workbook import XLSX, write_workbook
from services.audit.domain.words import Code
from shared.web.principal import Role
from shared.web.seen import takes_if_match

_LARGEST_VERSION = 1_000_000

VersionOf = Annotated[int, Path(ge=1, le=_LARGEST_VERSION)]


class WorkbookAnswer(BaseModel):
    """What a workbook holds: the tool's document, or every fault that keeps it from being one."""

    model_config = ConfigDict(frozen=True)

    document: dict[str, Any] | None = Field(
        description="the tool as JSON, with what is not its default; none if faulty"
    )
    draft: bool = Field(description="whether it was saved as the draft of the tool's next version")
    faults: tuple[Fault, ...] = Field(default=(), description="by sheet, row and column")
    notes: tuple[Fault, ...] = Field(default=(), description="what of the workbook a tool has no place for")


def tool_books_router(tools: Tools, asking: Asking) -> APIRouter:
    """Build the routes; they come before the other ones of tools, whose addresses are wider."""
    router = APIRouter(prefix="/v1/tools", tags=["tools"])

    @router.post(
        "/xlsform",
        summary="Check an XLSForm workbook, or save it as a draft",
        openapi_extra=takes_if_match(file_body(XLSX)),
    )
    async def take(
        *,
        request: Request,
        response: Response,
        draft: Annotated[bool, Query(description="save it as the draft of the tool's next version")] = False,
        asked: Asked = asking.of_all_by(Role.QA_MANAGER, Role.SERVICE),
    ) -> WorkbookAnswer:
        """Read a tool from a workbook (docs/tools.md). A check answers with its faults; a draft with faults is refused.

        A draft has no version yet, whatever the workbook says: publishing it gives it the next number.
        """
        content = await content_of(request, whole_file)
        try:
            read = await asyncio.to_thread(read_workbook, content)
        except WorkbookRefused as refused:
            if draft:
                raise
            return WorkbookAnswer(document=None, draft=False, faults=refused.faults)
        document = read.tool.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        if draft:
            document.pop("version", None)
            stamp(response, (await tools.draft(read.tool.tool, document, asked)).standing)
        return WorkbookAnswer(document=document, draft=draft, notes=read.notes)

    @router.get(
        "/{tool}/versions/{version}.xlsx",
        summary="Take a version out as an XLSForm workbook",
        response_class=Response,
        responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def take_out(tool: Code, version: VersionOf, authority: str = authority_read_by(*Role)) -> Response:
        """Return a published version as a workbook that pyxform, ODK and Kobo read."""
        document = await tools.get(authority, tool, version)
        content = await asyncio.to_thread(write_workbook, document)
        name = f"{tool.replace('/', '-')}.{version}.xlsx"
        return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @router.get("/{tool}/versions/{version}.txt", summary="Read a version as text", response_class=PlainTextResponse)
    async def read_out(tool: Code, version: VersionOf, authority: str = authority_read_by(*Role)) -> PlainTextResponse:
        """Return a published version as plain text: in order, with its conditions and limits in words."""
        return PlainTextResponse(tool_text(await tools.get(authority, tool, version)))

    return router
