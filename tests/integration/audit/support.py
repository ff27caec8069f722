"""The audit service on real databases, asked over HTTP as its callers ask it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.audit.adapters.errors import ERROR_TYPES
from services.audit.adapters.http import routers
from services.audit.app.handling import Parts
from services.audit.main import MIGRATIONS, open_parts
from shared.authority.settings import Authorities, parse_settings
from shared.eventstore.database import Pool, open_pool
from shared.eventstore.migrations import migrate
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.kafka import KafkaSettings
from shared.messaging.topics import TopicSettings
from shared.privacy.master import MasterKey
from shared.process.parts import Runtime
from shared.web.app import create_app
from shared.web.principal import WHOLE, Role
from shared.web.settings import WebSettings
from shared.web.tokens import LocalIssuer
from tests.support.stores import fresh_database, outbox_rows
from tests.unit.audit.builders import AUDITOR, TOOL_JSON, settings_text

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
MASTER = MasterKey(bytes(range(32)))


@dataclass
class Service:
    """The service under test."""

    http: httpx.AsyncClient
    issuer: LocalIssuer
    parts: Parts
    pool: Pool
    keys_dsn: str
    dsn: str
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    def headers(
        self,
        role: Role,
        *,
        person: UUID | None = None,
        authority: str = "northmoor",
        scope: tuple[str, ...] = (WHOLE,),
        key: str | None = None,
        also: tuple[Role, ...] = (),
    ) -> dict[str, str]:
        token = self.issuer.issue(role, authority, scope, person or uuid4(), hours=1, also=also)
        keyed = {} if key is None else {"Idempotency-Key": key}
        return {"Authorization": f"Bearer {token}", **keyed}

    async def post(self, path: str, body: Any, role: Role, **who: Any) -> httpx.Response:
        return await self.http.post(f"/v1{path}", json=body, headers=self.headers(role, **who))

    async def get(self, path: str, role: Role, **who: Any) -> httpx.Response:
        return await self.http.get(f"/v1{path}", headers=self.headers(role, **who))

    async def published(self, stream: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """What waits to be published (of one stream): type and data, in order."""
        rows = [row for row in await outbox_rows(self.pool) if stream in (None, bytes(row["key"]).decode())]
        return [(json.loads(row["headers"])["ce_type"], json.loads(bytes(row["value"]))) for row in rows]


@asynccontextmanager
async def service(server: str, folder: Path, *documents: str) -> AsyncIterator[Service]:
    """Open the service on databases of its own, for the authorities of these documents."""
    authorities = Authorities(
        [parse_settings(text, "test.yaml") for text in documents or (settings_text("northmoor"),)]
    )
    issuer = LocalIssuer(folder / "keys")
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(server))
        keys_dsn = await stack.enter_async_context(fresh_database(server))
        await migrate(dsn, MIGRATIONS)
        pool = await open_pool(dsn, size=8)
        stack.push_async_callback(pool.close)
        clock = [NOW]
        runtime = Runtime(
            "audit",
            pool,
            PostgresEventStore(pool),
            lambda: None,
            KafkaSettings(bootstrap="127.0.0.1:1"),
            TopicSettings(),
            WebSettings(local=True, home=folder),
            lambda: clock[0],
        )
        parts = await stack.enter_async_context(open_parts(runtime, keys_dsn, MASTER, authorities))
        app = create_app(
            "audit", "audit", issuer.verifier(), routers(parts, MASTER.derive("requests")), error_types=ERROR_TYPES,
            body_limit=8 * 1024 * 1024,
        )  # fmt: skip
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://audit")
        )
        yield Service(http, issuer, parts, pool, keys_dsn, dsn, clock)


async def publish_tool(service: Service, document: dict[str, Any] = TOOL_JSON, authority: str = "northmoor") -> None:
    answer = await service.post("/tools", document, Role.QA_MANAGER, authority=authority)
    assert answer.status_code == 201, answer.text


def allocation(**changes: Any) -> dict[str, Any]:
    given = {
        "kind": "case-file",
        "cycle": "2025-11",
        "organisation": {"area": "north", "district": "riverside", "team": "riverside-1"},
        "case_number": "RS-000123",
        "child_status": "in-need",
        "tool": "riverside-check",
        "auditor": str(AUDITOR),
        "due_on": "2025-11-30",
        "happened_at": "2025-11-03T09:00:00+00:00",
    }
    return {**given, **changes}


def completion(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "took_part": "both",
        "reflective_discussion": True,
        "overall_grade": "good",
        "overall_rationale": "The plan works, and the family says so.",
        "sections": {"planning": {"grade": "good"}},
        "answers": {
            "plan-grade": {"value": "good"},
            "plan-smart": {"value": True, "evidence": "Seen in the plan of March."},
            "plan-shared": {"value": ["family"]},
            "plan-visits": {"value": 4},
            "heard": {"value": "yes"},
            "areas-to-develop": {"value": ["drift-and-delay"]},
        },
        "child_feedback": {"obtained": False, "why_not": "too-young"},
        "parent_feedback": {"obtained": True, "score": 2},
        "practitioner_feedback": {"obtained": True},
        "recommendations": [{"category": "supervision", "text": "Say who decided what, and why."}],
        "happened_at": "2025-11-20T15:00:00+00:00",
    }
    return {**given, **changes}


QUALITY = {"thorough": "yes", "evidenced": "partly", "actions_right": "no"}
"""How good the audit itself was."""


def moderation(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "overall_grade": "inadequate",
        "sections": {"planning": "inadequate"},
        "concern": "practice",
        "inadequate_likely": True,
        "met_team_manager": True,
        "met_practitioner": False,
        "quality": QUALITY,
        "rationale": "The plan has stood still since spring.",
        "happened_at": "2025-12-04T10:00:00+00:00",
    }
    told = {**given, **changes}
    return {"section_reasons": dict.fromkeys(told["sections"], "Nobody asked what had come of it."), **told}


async def allocated(service: Service, **changes: Any) -> str:
    answer = await service.post("/audits", allocation(**changes), Role.QA_OFFICER)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["audit_id"])


async def completed(service: Service, **changes: Any) -> str:
    audit_id = await allocated(service, **changes)
    answer = await service.post(f"/audits/{audit_id}/completion", completion(), Role.AUDITOR, person=AUDITOR)
    assert answer.status_code == 200, answer.text
    return audit_id
