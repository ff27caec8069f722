"""The application factory of every service: deny by default, problem+json for every error, health and metrics."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount, Route

from shared.telemetry import metrics
from shared.telemetry.health import Probe, in_words
from shared.web import problems
from shared.web.access import Allowed
from shared.web.documenting import document_refusals
from shared.web.middleware import Guard, KeysRepeated, too_large
from shared.web.problems import PageOf, Problem
from shared.web.sign_in import LocalSignIn, sign_in_router
from shared.web.tokens import TokenVerifier

OPEN_PATHS = frozenset({"/health/live", "/health/ready", "/metrics", "/openapi.json", "/sign-in"})
"""The only paths without a role: they show no one's data. `/sign-in` exists in local use alone."""

STATIC = "/static"
DEFAULT_BODY_LIMIT = 1024 * 1024
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class UnguardedRoute(Exception):
    """A route has no `allow(...)`: the service refuses to start."""


def create_app(
    title: str,
    service: str,
    verifier: TokenVerifier,
    routers: Sequence[APIRouter],
    probes: Sequence[Probe] = (),
    *,
    sign_in: LocalSignIn | None = None,
    page: PageOf | None = None,
    body_limit: int = DEFAULT_BODY_LIMIT,
    static: Path | None = None,
    error_types: Mapping[type[Exception], Callable[[Any], Problem]] | None = None,
    lifespan: Lifespan | None = None,
    version: str = "1",
) -> FastAPI:
    """Build a service's application.

    `sign_in` is given in local use alone: its links and the cookie they set work then, and nowhere else. `page` shows
    a problem to whoever asks for text/html, at any address; without it all answers are problem+json.
    `error_types` says which of the service's own exceptions become which problem; `static` is a folder of the
    service's own styles, scripts and fonts, served to anyone under /static; `body_limit` is in bytes. Raises
    `UnguardedRoute` when any route but the open ones says no role.
    """
    app = FastAPI(
        title=title,
        version=version,
        docs_url=None,  # their scripts would come from another host
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.verifier = verifier
    app.state.local = sign_in is not None
    app.state.service = service
    app.state.body_limit = body_limit
    app.add_middleware(Guard, body_limit=body_limit, page=page)
    _add_error_answers(app, error_types or {}, page)
    app.include_router(_health(service, probes))
    if sign_in is not None:
        app.include_router(sign_in_router(sign_in))
    if static is not None:
        app.mount(STATIC, StaticFiles(directory=static), name="static")
    for router in routers:
        app.include_router(router)
    _refuse_unguarded(app)
    document_refusals(app)
    return app


def _add_error_answers(
    app: FastAPI, error_types: Mapping[type[Exception], Callable[[Any], Problem]], page: PageOf | None
) -> None:
    def http(request: Request, error: HTTPException) -> Problem:
        return _from_http(error, app.state.body_limit, _methods(request))

    translations: dict[type[Exception], Callable[[Request, Any], Problem]] = {
        Problem: lambda _, problem: problem,
        HTTPException: http,
        RequestValidationError: lambda _, error: problems.from_validation(error.errors()),
        **{kind: _without_request(translate) for kind, translate in error_types.items()},
    }
    for kind, translate in translations.items():
        app.add_exception_handler(kind, _answering(translate, page))


def _without_request(translate: Callable[[Any], Problem]) -> Callable[[Request, Any], Problem]:
    return lambda _, error: translate(error)


def _answering(
    translate: Callable[[Request, Any], Problem], page: PageOf | None
) -> Callable[[Request, Exception], Coroutine[Any, Any, Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        return problems.answer_to(translate(request, error), request.headers, _correlation(request), page)

    return answer


def _methods(request: Request) -> str:
    """Return what an address takes: each of its methods is a route of its own, and the framework names the first."""
    taken: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.matches(request.scope)[0] is not Match.NONE:
            taken |= set(route.methods or ())
    return ", ".join(sorted(taken))


def _from_http(error: HTTPException, body_limit: int, methods: str) -> Problem:
    if isinstance(error, KeysRepeated):
        return error.problem
    headers = dict(error.headers or {})
    match error.status_code:
        case 404:
            return problems.not_found()
        case 405:
            return Problem(
                405,
                "method-not-allowed",
                detail=f"This address takes {methods or 'other methods'} only.",
                headers={**headers, "Allow": methods} if methods else headers,
            )
        case 413:
            return too_large(body_limit)
        case 400:
            return Problem(
                400, "not-readable", detail="The request cannot be read. Check the body's encoding and form."
            )
        case status:
            return Problem(status, "refused", detail="The request was refused.", headers=headers)


def _correlation(request: Request) -> str | None:
    given: UUID | None = getattr(request.state, "correlation_id", None)
    return str(given) if given else None


def _health(service: str, probes: Sequence[Probe]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> JSONResponse:
        """Tell that the process turns: a process that cannot answer this is to be restarted."""
        return JSONResponse({"service": service, "status": "alive"})

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        """Tell whether every part does its work; 503 with the parts that do not."""
        parts = [in_words(one) for one in probes]
        all_ready = all(part["ready"] for part in parts)
        metrics.READY.labels(service).set(1 if all_ready else 0)
        body = {"service": service, "status": "ready" if all_ready else "not ready", "parts": parts}
        return JSONResponse(body, status_code=200 if all_ready else 503)

    @router.get("/metrics")
    async def prometheus() -> Response:
        """Give the process's metrics in Prometheus's text format."""
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def _refuse_unguarded(app: FastAPI) -> None:
    """Walk every route, included ones too, and refuse to start if one says no role."""
    for route in iter_route_contexts(app.routes):
        original = route.original_route
        if route.path in OPEN_PATHS and isinstance(original, Route):
            continue
        if isinstance(original, Mount) and original.path == STATIC:
            continue
        if not isinstance(original, APIRoute) or not _is_guarded(route.dependant):
            raise UnguardedRoute(
                f"{route.path} says no role: give it a dependency allow(Role...), or it would be open to everyone"
            )


def _is_guarded(dependant: Dependant) -> bool:
    return any(isinstance(one.call, Allowed) or _is_guarded(one) for one in dependant.dependencies)
