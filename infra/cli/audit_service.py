"""Asking a service from the command line, audit unless another is named: address and token from the settings."""

import os
from dataclasses import dataclass
from typing import Any

import httpx

from infra.cli.addresses import address_of
from infra.cli.ways_out import at_the_keyboard, in_commands
from infra.errors import SightlineError, Unreachable
from infra.stack.home import Home, default_home
from shared.web.principal import Role
from shared.web.tokens import LocalIssuer

_PATIENCE_SECONDS = 600.0
_PROBLEM = "urn:sightline:problem:"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the service refused, as its problem document says it."""

    kind: str
    detail: str
    problems: list[dict[str, str]]


def post(path: str, authority: str, *, role: Role, **request: Any) -> dict[str, Any] | Refusal:
    """Post to the audit service for an authority; gives its answer, or what it refused with its reasons.

    The token is SIGHTLINE_TOKEN, or one of the local issuer. Raises `SightlineError` when the service does not answer,
    or the token is not taken.
    """
    return _asked("POST", path, authority, role, request)


def put(path: str, authority: str, *, role: Role, **request: Any) -> dict[str, Any] | Refusal:
    """Put to the audit service for an authority, as `post` does."""
    return _asked("PUT", path, authority, role, request)


def get(path: str, authority: str, *, role: Role, service: str = "audit", **request: Any) -> dict[str, Any]:
    """Get from a service for an authority, as `post` does; a refusal is a `SightlineError` as well."""
    answer = _asked("GET", path, authority, role, request, service=service)
    if isinstance(answer, Refusal):
        raise SightlineError(answer.detail)
    return answer


def download(path: str, authority: str, *, role: Role, service: str = "audit", **request: Any) -> bytes:
    """Get a file from a service for an authority, as `get` does; gives its bytes.

    A path that begins with a slash is taken as it is, else it is one of `/v1/`.
    """
    answer = _answer("GET", path, authority, role, request, service=service)
    if not answer.is_success:
        refusal = _refused(answer, _body(answer, service), authority)
        faults = "".join(_fault(each) for each in refusal.problems)
        raise SightlineError(f"{refusal.detail}{faults}")
    return answer.content


def _fault(problem: dict[str, str]) -> str:
    return f" {problem['place'].removeprefix('body/')}: {problem['message'].rstrip('.')}."


def _asked(
    method: str, path: str, authority: str, role: Role, request: dict[str, Any], *, service: str = "audit"
) -> dict[str, Any] | Refusal:
    answer = _answer(method, path, authority, role, request, service=service)
    body = _body(answer, service)
    return body if answer.is_success else _refused(answer, body, authority)


def _answer(
    method: str, path: str, authority: str, role: Role, request: dict[str, Any], *, service: str = "audit"
) -> httpx.Response:
    token = os.environ.get("SIGHTLINE_TOKEN") or LocalIssuer(Home(default_home()).keys).issue(role, authority, hours=1)
    headers = {"Authorization": f"Bearer {token}", **request.pop("headers", {})}
    address = f"{address_of(service)}{path}" if path.startswith("/") else f"{address_of(service)}/v1/{path}"
    try:
        return httpx.request(
            method,
            address,
            headers=headers,
            timeout=_PATIENCE_SECONDS,
            trust_env=False,
            follow_redirects=True,
            **request,
        )
    except httpx.TransportError as error:
        raise Unreachable(
            f"The {service} service does not answer: start it (`sightline up`), or name it with "
            f"SIGHTLINE_{service.upper()}_URL, and run this again."
        ) from error


def _body(answer: httpx.Response, service: str = "audit") -> dict[str, Any]:
    try:
        body: dict[str, Any] = answer.json()
    except ValueError as error:
        raise SightlineError(
            f"What answered is not the {service} service: look at SIGHTLINE_{service.upper()}_URL."
        ) from error
    return body


def _refused(answer: httpx.Response, body: dict[str, Any], authority: str) -> Refusal:
    kind = str(body.get("type", "")).removeprefix(_PROBLEM)
    said = str(body.get("detail") or f"The service answered {answer.status_code}.")
    detail = at_the_keyboard(kind, said, authority)
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND}:
        raise SightlineError(detail)
    problems = [
        {**each, "way_out": in_commands(each.get("way_out", ""), authority)} for each in body.get("problems") or ()
    ]
    return Refusal(kind, detail, problems)
