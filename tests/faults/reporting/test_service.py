"""The reporting service as a process: it starts by itself, opens its pages, and stops in good order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
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


async def test_facts_of_another_version_are_said_in_a_sentence(stack: Stack, tmp_path: Path) -> None:
    """After an upgrade that changed the tables it says to rebuild, and a rebuild makes it start."""
    async with platform(stack, tmp_path) as services:
        await services.start("reporting")
        await services.stop("reporting")
        connection = await asyncpg.connect(services.dsns["reporting"])
        await connection.execute("UPDATE reporting.live SET shape = 'of old'")
        await connection.close()
        await services.begin("reporting")
        assert await asyncio.wait_for(services.running["reporting"].wait(), 60) == 2
        assert (
            services.log("reporting").splitlines()[-1].endswith("run `sightline rebuild`, then start reporting again.")
        )
        assert "Traceback" not in services.log("reporting")
        code, _, wrong = await services.command("rebuild")
        assert code == 0, wrong
        await services.start("reporting")
