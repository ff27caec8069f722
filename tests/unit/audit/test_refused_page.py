"""A role that audit has no page for is told so on a page, with where its pages are, and no way round in a circle."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter

from services.audit.adapters.pages.routes import message
from services.audit.app import access
from shared.web.access import allowed
from shared.web.app import create_app
from shared.web.principal import Principal, Role
from shared.web.tokens import LocalIssuer

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.BOARD_MEMBER, Role.ANALYST])
async def test_a_director_s_start_is_a_page(role: Role, tmp_path: Path) -> None:
    router = APIRouter()

    @router.get("/")
    async def start(_principal: Principal = allowed(*access.READERS)) -> str:
        return "audits"

    issuer = LocalIssuer(tmp_path)
    app = create_app("audit", "audit", issuer.verifier(), [router], page=message)
    headers = {"Authorization": f"Bearer {issuer.issue(role, 'northmoor', ('*',), hours=1)}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://audit") as http:
        page = await http.get("/", headers={**headers, "Accept": BROWSER})
        plain = await http.get("/", headers=headers)
    assert (page.status_code, plain.status_code) == (403, 403)
    assert page.headers["content-type"].startswith("text/html")
    assert "published reports in reporting" in page.text
    assert "Your token" not in page.text
    assert "Start page" not in page.text
    assert plain.json()["type"] == "urn:sightline:problem:role-not-allowed"
