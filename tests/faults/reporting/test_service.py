"""The reporting service as a process: it starts by itself, opens its pages, and stops in good order."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from shared.web.principal import Role
from tests.support.platform import platform
from tests.support.servers import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]


async def test_it_runs_alone_and_stops_when_asked(stack: Stack, tmp_path: Path) -> None:
    """Without the other services and without one event, pages open and say that they are fresh."""
    async with platform(stack, tmp_path) as services:
        await services.start("reporting")
        address = f"http://127.0.0.1:{services.ports['reporting']}"
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            refused = await client.get(f"{address}/reports/triannual.json")
            page = await client.get(f"{address}/", headers=services.token(Role.QA_MANAGER, "northmoor"))
        assert refused.status_code == httpx.codes.UNAUTHORIZED
        assert page.status_code == httpx.codes.OK
        assert await services.stop("reporting") == {"reporting": 0}
