"""The HTTP API with people calling: one client, a token a person, the rig behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from services.escalation.adapters.http import router
from services.escalation.adapters.pages.routes import message, pages_router
from services.escalation.adapters.problems import ERROR_TYPES
from services.escalation.app.casework import Casework
from shared.eventstore.memory import MemoryEventStore
from shared.web.app import create_app
from shared.web.principal import Role
from shared.web.tokens import LocalIssuer
from tests.unit.escalation import scenes as s
from tests.unit.escalation.lists import MemoryLists

SOMEONE = UUID(int=77)
AUDIT_ADDRESS = "https://audit.example"


@dataclass(frozen=True)
class Person:
    """Who calls: a role, parts of an authority, and a reference of their own."""

    role: Role
    scope: tuple[str, ...] = ("*",)
    reference: UUID = SOMEONE
    authority: str = "northmoor"


QA = Person(Role.QA_OFFICER, reference=UUID(int=1))
QA_MANAGER = Person(Role.QA_MANAGER, reference=UUID(int=2))
TEAM_MANAGER = Person(Role.TEAM_MANAGER, ("north/riverside/riverside-assessment",), UUID(int=3))
DSM = Person(Role.SERVICE_MANAGER, ("north/riverside",), UUID(int=4))
DSM_HILLSIDE = Person(Role.SERVICE_MANAGER, ("north/hillside",), UUID(int=6))
AD = Person(Role.ASSISTANT_DIRECTOR, ("north",), UUID(int=7))
STRANGER = Person(Role.QA_MANAGER, reference=UUID(int=8), authority="saltmere")


@dataclass(frozen=True)
class Office:
    """A client of the API."""

    client: httpx.AsyncClient
    issuer: LocalIssuer

    async def get(self, who: Person, path: str = "", **query: Any) -> httpx.Response:
        return await self.client.get(f"/v1/escalations{path}", params=query, headers=self.headers(who))

    async def page(self, who: Person, path: str, **query: Any) -> httpx.Response:
        """Open a page as a browser would."""
        headers = self.headers(who) | {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        return await self.client.get(path, params=query, headers=headers)

    async def post(
        self, who: Person, path: str = "", body: dict[str, Any] | None = None, key: str | None = None
    ) -> httpx.Response:
        headers = self.headers(who) | {"Idempotency-Key": key or str(uuid4())}
        return await self.client.post(f"/v1/escalations{path}", json=body or {}, headers=headers)

    async def post_without_key(self, who: Person, path: str = "", body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.client.post(f"/v1/escalations{path}", json=body or {}, headers=self.headers(who))

    async def done(self, who: Person, path: str, body: dict[str, Any] | None = None, key: str | None = None) -> Any:
        answer = await self.post(who, path, body, key)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def headers(self, who: Person) -> dict[str, str]:
        token = self.issuer.issue(who.role, who.authority, who.scope, who.reference)
        return {"Authorization": f"Bearer {token}"}


def application(casework: Casework, issuer: LocalIssuer) -> FastAPI:
    assert isinstance(casework.store, MemoryEventStore)
    lists = MemoryLists(casework.store)
    return create_app(
        "Sightline audit escalation",
        "escalation",
        issuer.verifier(),
        [router(casework, lists), pages_router(casework, lists, AUDIT_ADDRESS)],
        error_types=ERROR_TYPES,
        page=message,
    )


@asynccontextmanager
async def office(casework: Casework, folder: Path) -> AsyncIterator[Office]:
    issuer = LocalIssuer(folder)
    transport = httpx.ASGITransport(app=application(casework, issuer))
    async with httpx.AsyncClient(transport=transport, base_url="http://escalation") as client:
        yield Office(client, issuer)


AUDITOR = Person(Role.AUDITOR, ("north/hillside",), UUID(int=10))
OWNER = {"role": "practitioner", "reference": str(UUID(int=9))}
ID = f"/{s.ESCALATION}"
STARTED = {
    "cause": "inspector",
    "category": "safeguarding",
    "organisation": {"area": "north", "district": "riverside", "team": "riverside-assessment"},
    "service": "childrens-social-work",
    "case_reference": str(UUID(int=102)),
}
