"""Asking the audit service from the command line: address and token from the settings, refusals as sentences."""

import os
from dataclasses import dataclass
from typing import Any

import httpx

from infra.cli.addresses import address_of
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
    token = os.environ.get("SIGHTLINE_TOKEN") or LocalIssuer(Home(default_home()).keys).issue(role, authority, hours=1)
    headers = {"Authorization": f"Bearer {token}", **request.pop("headers", {})}
    try:
        answer = httpx.post(
            f"{address_of('audit')}/v1/{path}", headers=headers, timeout=_PATIENCE_SECONDS, trust_env=False, **request
        )
        body: dict[str, Any] = answer.json()
    except httpx.TransportError as error:
        raise Unreachable(
            "The audit service does not answer: start it (`sightline up`), or name it with SIGHTLINE_AUDIT_URL, "
            "and run this again."
        ) from error
    except ValueError as error:
        raise SightlineError("What answered is not the audit service: look at SIGHTLINE_AUDIT_URL.") from error
    if answer.is_success:
        return body
    detail = str(body.get("detail") or f"The audit service answered {answer.status_code}.")
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND}:
        raise SightlineError(detail)
    return Refusal(str(body.get("type", "")).removeprefix(_PROBLEM), detail, list(body.get("problems") or ()))
