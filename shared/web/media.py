"""Which media types an address takes as a body: what a refusal names is what that very route can read."""

from collections.abc import Sequence
from typing import Final

from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

JSON: Final = "application/json"
ACCEPTED: Final = frozenset({
    JSON,
    "multipart/form-data",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
})  # fmt: skip
"""All that any route of ours reads."""


def taken_at(routes: Sequence[BaseRoute], scope: Scope) -> frozenset[str] | None:
    """Give the media types that the route of a request declares; None where no route takes it, or none are declared.

    A route declares them by its body's model, or by `openapi_extra` where it reads the bytes itself.
    """
    for context in iter_route_contexts(routes):
        route = context.original_route
        if isinstance(route, APIRoute) and context.matches(scope)[0] is Match.FULL:
            return _declared(route) or None
    return None


def _declared(route: APIRoute) -> frozenset[str]:
    declared = set((route.openapi_extra or {}).get("requestBody", {}).get("content", {}))
    if route.body_field is not None:
        declared.add(getattr(route.body_field.field_info, "media_type", JSON))
    return frozenset(declared)
