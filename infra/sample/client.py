"""The services' HTTP APIs as a client uses them: a token a role, an idempotency key a command, patience once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import httpx

from infra.errors import SightlineError
from shared.web.principal import Role
from shared.web.tokens import LocalIssuer

_TIMEOUT_SECONDS = 120.0
_CONNECTIONS = 24
_AGAIN_AFTER_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services answer."""

    audit: str
    escalation: str
    reporting: str


@dataclass(frozen=True, slots=True)
class Who:
    """In which role, as which person (a random reference), something is asked."""

    role: Role
    person: UUID


class Refused(SightlineError):
    """A service refused what was asked. `problem` is the stable kind of its answer, such as `published-already`."""

    def __init__(self, message: str, problem: str) -> None:
        super().__init__(message)
        self.problem = problem


class Client:
    """Asks one authority's services; what they refuse becomes a `SightlineError` with their own words."""

    def __init__(
        self, addresses: Addresses, issuer: LocalIssuer, authority: str, *, patience_seconds: float = 5.0
    ) -> None:
        """`patience_seconds`: how long a service may be away before it is an error."""
        self.addresses = addresses
        self._patience = patience_seconds
        self._issuer = issuer
        self._authority = authority
        self._tokens: dict[Who, str] = {}
        self._http = httpx.AsyncClient(
            timeout=_TIMEOUT_SECONDS, limits=httpx.Limits(max_connections=_CONNECTIONS), trust_env=False
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def post(self, who: Who, url: str, body: Mapping[str, Any], *, key: str) -> Any:
        """Post a command as JSON under an idempotency key, and give the answer."""
        return await self._sent(who, "POST", url, key=key, json=dict(body))

    async def upload(self, who: Who, url: str, content: bytes, *, kind: str, key: str) -> Any:
        """Post a file's bytes of a media type as the body, and give the answer."""
        return await self._sent(who, "POST", url, key=key, kind=kind, content=content)

    async def get(self, who: Who, url: str, **parameters: Any) -> Any:
        """Get JSON."""
        return await self._sent(who, "GET", url, params={k: v for k, v in parameters.items() if v is not None})

    async def _sent(self, who: Who, method: str, url: str, *, key: str = "", kind: str = "", **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token(who)}"}
        if kind:
            headers["Content-Type"] = kind
        if key:
            headers["Idempotency-Key"] = key
        until = monotonic() + self._patience
        while True:
            try:
                answer = await self._http.request(method, url, headers=headers, **body)
            except httpx.TransportError as error:
                if monotonic() > until:
                    raise SightlineError(f"{url} does not answer: `sightline status` shows what runs.") from error
            else:
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or monotonic() > until:
                    break
            await asyncio.sleep(_AGAIN_AFTER_SECONDS)  # then the same key again: whatever happened, it happens once
        if answer.is_error:
            raise Refused(f"{method} {url} was refused: {_words(answer)}", _problem(answer))
        return answer.json()

    def _token(self, who: Who) -> str:
        if who not in self._tokens:
            self._tokens[who] = self._issuer.issue(who.role, self._authority, person=who.person, hours=2)
        return self._tokens[who]


def _problem(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["type"]).rpartition(":")[2]
    except (ValueError, KeyError, TypeError):
        return ""


def _words(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"status {answer.status_code}"
    named = "; ".join(f"{one.get('place')}: {one.get('message')}" for one in problem.get("problems") or ())
    return " ".join(str(part) for part in (problem.get("title"), problem.get("detail"), named) if part)
