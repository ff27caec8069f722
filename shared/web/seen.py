"""The version a writer has seen: `ETag` on every answer that has a version, `If-Match` on every write.

A write that names the version it was made for is refused (412) where others wrote since, and is told what they changed:
the names of events and fields and the roles of who did it, never values. A write without it is decided as things stand.
"""

import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from shared.web.problems import FieldProblem, Problem

HEADER = "If-Match"
_READING = frozenset({"GET", "HEAD"})
_VERSION = re.compile(r'(?:W/)?"(\d{1,9})"|(\d{1,9})')
_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The version you have seen, as its answer's ETag gave it; refused (412) where others wrote since.",
    "schema": {"type": "string", "pattern": r'^("\d{1,9}"|\*)$'},
    "example": '"3"',
}
_REFUSED = {
    "description": "Others wrote since the version you have seen; what they changed is listed (problem+json)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
}


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody else changed: the event's name, the fields it speaks of, and the role of who did it."""

    event: str
    version: int
    role: str
    fields: tuple[str, ...] = ()


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def seen(request: Request) -> int | None:
    """Return the version the writer has seen, or None where the request names none.

    Raises:
        Problem: 400, the header is no version.

    """
    given = request.headers.get(HEADER)
    if given is None or given.strip() == "*":
        return None
    found = _VERSION.fullmatch(given.strip())
    if found is None:
        raise Problem(
            400,
            "if-match-malformed",
            detail='If-Match takes one version in quotation marks, such as "3", as the ETag of an answer gave it.',
        )
    return int(found[1] or found[2])


def version_seen_is_old(now: int, changes: Sequence[Change], *, seen: int | None = None) -> Problem:
    """412: others wrote since; `changes` says what, so that the writer can look before writing over it.

    A version above the one it stands at was never given out, and nothing changed since: that is said instead.
    """
    if seen is not None and seen > now:
        return Problem(
            412,
            "version-never-given",
            title="There is no such version yet",
            detail=f"It stands at version {now}, and no later one was given out. Read it, and send its ETag.",
            headers={"ETag": etag(now)},
        )
    return Problem(
        412,
        "version-seen-is-old",
        title="Others wrote since you looked",
        detail=f"It stands at version {now} by now. Read it again, and send your change with its ETag.",
        problems=[_told(one) for one in changes],
        headers={"ETag": etag(now)},
    )


def _told(change: Change) -> FieldProblem:
    fields = f": {', '.join(change.fields)}" if change.fields else ""
    return FieldProblem(
        field=change.event,
        place=f"version/{change.version}",
        message=f"{change.event} by {change.role}{fields}",
        way_out="Read it again before you write over it.",
    )


class VersionedRoute(APIRoute):
    """A route whose answer's `version` is its ETag, and whose writes, where they name a thing, take `If-Match`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        methods = {method.upper() for method in options.get("methods") or ("GET",)}
        if "{" in path and not methods <= _READING:
            options["openapi_extra"] = takes_if_match(options.get("openapi_extra") or {})
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that puts the version of its answer into the ETag."""
        answer = super().get_route_handler()

        async def versioned(request: Request) -> Response:
            response = await answer(request)
            version = _version_in(response)
            if version is not None:
                response.headers["ETag"] = etag(version)
            return response

        return versioned


def _version_in(response: Response) -> int | None:
    body = getattr(response, "body", b"")
    if not isinstance(body, bytes) or not body.startswith(b"{"):
        return None
    version = orjson.loads(body).get("version")
    return version if isinstance(version, int) else None


def takes_if_match(extra: dict[str, Any]) -> dict[str, Any]:
    """Return what a route documents with the header and its refusal, once."""
    parameters = [one for one in extra.get("parameters", ()) if one.get("name") != HEADER]
    responses = {**extra.get("responses", {}), "412": _REFUSED}
    return {**extra, "parameters": [*parameters, _PARAMETER], "responses": responses}
