"""The outermost layer of every service: ids, limits, headers, and one place where faults become answers."""

import time
from collections.abc import Iterable, Mapping
from uuid import UUID

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid7

from shared.telemetry import context, logs, metrics, tracing
from shared.web.media import ACCEPTED, JSON, taken_at
from shared.web.problems import PageOf, Problem, answer_to, from_repeated
from shared.web.repeated import repeated_keys

_log = logs.get_logger()
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = ("/health/", "/metrics")


class Guard:
    """ASGI middleware around the whole application.

    - gives the request a correlation id (the caller's X-Correlation-Id when that is a UUID) and answers with it;
    - refuses a body above the limit with 413, announced or chunked, and one of an unknown media type with 415;
    - refuses a JSON body in which a key comes twice, once all of it is read;
    - puts the security headers on every answer (a route may set its own value for one);
    - answers a fault with 500 and writes its class and place to the log, never its message;
    - shows its refusals by `page` to whoever asks for pages.
    """

    def __init__(self, app: ASGIApp, *, body_limit: int, page: PageOf | None = None) -> None:
        self._app = app
        self._limit = body_limit
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        correlation = _correlation_id(headers.get("x-correlation-id"))
        scope.setdefault("state", {})["correlation_id"] = UUID(correlation)
        exchange = _Exchange(receive, send, correlation, self._limit, is_json=_media_type(headers) == JSON)
        started = time.perf_counter()
        with (
            context.bind(correlation_id=correlation),
            tracing.span("http_request", traceparent=headers.get("traceparent"), method=_method(scope)),
        ):
            try:
                refusal = _refuse_early(scope, headers, self._limit)
                if refusal is not None:
                    answer = answer_to(refusal, headers, correlation, self._page)
                    await answer(scope, receive, exchange.send)
                else:
                    await self._app(scope, exchange.receive, exchange.send)
            except Exception as error:  # noqa: BLE001 - the last place where a fault can become an answer
                _log.error("request_failed", method=_method(scope), route=_route(scope), status=500, error=error)
                if not exchange.started:
                    answer = answer_to(_fault(), headers, correlation, self._page)
                    await answer(scope, receive, exchange.send)
            finally:
                _account(scope, exchange.status, time.perf_counter() - started)


class KeysRepeated(HTTPException):
    """A JSON body has keys twice; `problem` says where. Raised while the body is read, as one above the limit is."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status)
        self.problem = problem


class _Exchange:
    """One request's two directions, counted and dressed."""

    def __init__(self, receive: Receive, send: Send, correlation: str, limit: int, *, is_json: bool) -> None:
        self._receive = receive
        self._send = send
        self._correlation = correlation
        self._left = limit
        self._read: list[bytes] | None = [] if is_json else None
        self.status = 500
        self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(413)
            self._look_for_repeated_keys(message)
        return message

    def _look_for_repeated_keys(self, message: Message) -> None:
        if self._read is None:
            return
        self._read.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        body, self._read = b"".join(self._read), None
        if places := repeated_keys(body):
            raise KeysRepeated(from_repeated(places))

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Correlation-Id"] = self._correlation
        await self._send(message)


def too_large(limit: int) -> Problem:
    """413: the body is above the limit."""
    return Problem(413, "body-too-large", detail=f"The body is larger than {limit} bytes. Send it in smaller parts.")


def _refuse_early(scope: Scope, headers: Headers, limit: int) -> Problem | None:
    """Refuse by the headers and the route alone, before any of the body is read."""
    announced = headers.get("content-length")
    if announced is not None and announced.isdigit() and int(announced) > limit:
        return too_large(limit)
    has_body = (announced not in {None, "0"}) or "transfer-encoding" in headers
    if scope["method"] not in _WITH_BODY or not has_body:
        return None
    media_type = _media_type(headers)
    declared = taken_at(scope["app"].routes, scope)
    if media_type in (declared or ACCEPTED):
        return None
    return Problem(
        415,
        "media-type",
        detail=f"A body is taken here as {_either(declared or {JSON})} only; say so in the header Content-Type.",
    )


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").split(";")[0].strip().lower()


def _either(types: Iterable[str]) -> str:
    """Name media types as a choice."""
    *others, last = sorted(types)
    return f"{', '.join(others)} or {last}" if others else last


def _fault() -> Problem:
    return Problem(
        500,
        "fault",
        title="Something went wrong on our side",
        detail="Send the same request again; if it fails again, tell your administrator the number in `instance`.",
    )


def _correlation_id(given: str | None) -> str:
    if given is not None:
        try:
            return str(UUID(given))
        except ValueError:
            pass
    return str(uuid7())


def _route(scope: Scope) -> str:
    """Give the route's template; an address that matched none is not repeated."""
    return str(getattr(scope.get("route"), "path", None) or "unmatched")


def _method(scope: Scope) -> str:
    """Give the method as logs, metrics and traces name it: one that HTTP does not know is the caller's own text."""
    method = str(scope["method"])
    return method if method in _METHODS else "OTHER"


def _account(scope: Scope, status: int, seconds: float) -> None:
    route = _route(scope)
    method = _method(scope)
    metrics.HTTP_REQUESTS.labels(method, route, str(status)).inc()
    metrics.HTTP_DURATION.labels(method, route).observe(seconds)
    if not scope["path"].startswith(_QUIET):
        _log.info("request_handled", method=method, route=route, status=status, duration_ms=round(seconds * 1000, 1))
