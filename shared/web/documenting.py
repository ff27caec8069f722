"""What an OpenAPI document says of refusals: on each route every status it may answer with, all as problem+json."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from shared.web.idempotency import require_idempotency
from shared.web.problems import MEDIA_TYPE, ProblemDocument
from shared.web.seen import HEADER

_SCHEMA: Final = {"$ref": "#/components/schemas/ProblemDocument"}
_ALWAYS: Final = {
    "400": "It cannot be read: a header or the body is malformed",
    "401": "No token, or one that is not accepted",
    "403": "Not for the caller's role, or outside of their scope",
    "404": "Not there, or not for this caller; the two are not told apart",
    "409": "What happened before stands against it",
    "422": "Readable, and wrong in the ways listed",
    "503": "A database or the keys cannot be reached now; send it again",
}
_OF_WRITES: Final = {
    "413": "The body, or what it would store, is too large",
    "415": "The body is of a media type that is not taken here",
}
_OLD: Final = {"412": "Others wrote since the version you have seen; what they changed is listed"}
_KEYLESS: Final = {"428": "An Idempotency-Key is needed here"}


def document_refusals(app: FastAPI) -> None:
    """Let the app's OpenAPI document name every refusal of each route, made once like the document itself."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_refusals(plain(), _needing_keys(app))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _with_refusals(document: dict[str, Any], keyed: frozenset[tuple[str, str]]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    described = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(described.pop("$defs", {}))
    schemas["ProblemDocument"] = described
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            responses = {status: said for status, said in operation["responses"].items() if status[0] in "123"}
            operation["responses"] = responses
            for status, description in _refusals(method, operation, needs_key=(method, path) in keyed):
                responses[status] = {"description": description, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
    return document


def _refusals(method: str, operation: dict[str, Any], *, needs_key: bool) -> Iterator[tuple[str, str]]:
    yield from _ALWAYS.items()
    if method != "get":
        yield from _OF_WRITES.items()
    if any(one["name"] == HEADER for one in operation.get("parameters", ())):
        yield from _OLD.items()
    if needs_key:
        yield from _KEYLESS.items()


def _needing_keys(app: FastAPI) -> frozenset[tuple[str, str]]:
    """Return the routes, method and path, that refuse a request without an idempotency key."""
    return frozenset(
        (method.lower(), str(context.path))
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute) and _requires_key(context.dependant)
        for method in context.methods or ()
    )


def _requires_key(dependant: Dependant) -> bool:
    return any(one.call is require_idempotency or _requires_key(one) for one in dependant.dependencies)
