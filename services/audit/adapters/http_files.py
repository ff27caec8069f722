"""Files that callers send: as the body itself, or as a multipart field `file`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile


def file_body(*media_types: str) -> dict[str, Any]:
    """Return what OpenAPI says of a route that takes a file of one of these types."""
    plain: dict[str, Any] = {
        media_type: {"schema": {"type": "string"} | ({} if media_type.startswith("text/") else {"format": "binary"})}
        for media_type in media_types
    }
    field = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"required": True, "content": {**plain, "multipart/form-data": {"schema": field}}}}


async def content_of(request: Request, refused: Callable[[str, str], Exception]) -> bytes:
    """Return the file of a request; `refused` makes the error where the form has none, of its sentence and way out."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await request.body()
    async with request.form(max_files=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise refused("the form has no file", "Send the file as the field `file`.")
        return await file.read()
