"""What may be asked of the list of audits: a day is a day."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from services.audit.adapters.http_asking import Asking
from services.audit.adapters.http_audits import audits_router
from services.audit.app.audits.handlers import Audits
from services.audit.app.audits.queries import Queries
from services.audit.app.audits.views import AuditPage
from shared.web.app import create_app
from shared.web.principal import Role
from shared.web.tokens import LocalIssuer


class Asked:
    """Remembers what the list was asked for."""

    def __init__(self) -> None:
        self.where: list[Any] = []

    async def audits(self, _principal: object, *, where: dict[str, Any], **_: object) -> AuditPage:
        self.where.append(where)
        return AuditPage(audits=(), after=None)


@pytest.mark.parametrize(
    ("due_on", "status", "asked"),
    [("2026-11-30", 200, [{"due_on": "2026-11-30"}]), ("2026-13-45", 422, []), ("2026-02-29", 422, [])],
)
async def test_due_on_is_a_day_of_the_calendar(tmp_path: Path, due_on: str, status: int, asked: list[Any]) -> None:
    queries, issuer = Asked(), LocalIssuer(tmp_path)
    router = audits_router(
        cast("Audits", SimpleNamespace()), cast("Queries", queries), cast("Asking", SimpleNamespace())
    )
    app = create_app("Audit", "audit", issuer.verifier(), [router])
    headers = {"Authorization": f"Bearer {issuer.issue(Role.QA_MANAGER, 'northmoor')}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://audit") as client:
        answer = await client.get("/v1/audits", params={"due_on": due_on}, headers=headers)
    assert answer.status_code == status, answer.text
    assert queries.where == asked
