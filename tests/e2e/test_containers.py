"""docker-compose from build to report: healthy, a year loaded, and the report counts what the plan counts."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from infra.docker import make_environment
from infra.sample.demonstration import LARGE, Wanted, plans
from infra.stack.home import checkout
from tests.support.platform import free_ports, until
from tests.support.reports import compare_with_truth

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]

SERVICES = ("audit", "escalation", "reporting")


class Compose:
    """One project of docker-compose on the checkout's own file, with secrets and ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.name = f"sightline-{secrets.token_hex(4)}"
        self.ports = dict(zip(SERVICES, free_ports(3), strict=True))
        self._environment = folder / "environment"
        filled = make_environment.filled(make_environment.EXAMPLE.read_text())
        ports = "".join(f"{name.upper()}_PORT={port}\n" for name, port in self.ports.items())
        kept = [line for line in filled.splitlines() if not line.split("=")[0].endswith("_PORT")]
        self._environment.write_text("\n".join(kept) + "\n" + ports)

    async def __call__(self, *arguments: str, within: float = 300) -> str:
        tool = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
        process = await asyncio.create_subprocess_exec(
            *tool, "--project-directory", str(checkout()), "--env-file", str(self._environment), "-p", self.name,
            *arguments, cwd=checkout(), env={**os.environ, "DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", "1")},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await asyncio.wait_for(process.communicate(), within)
        assert process.returncode == 0, f"{arguments}: {errors.decode()[-3000:]}{output.decode()[-2000:]}"
        return output.decode()

    async def in_container(self, *command: str) -> str:
        """Run the command line in its own container."""
        return await self("run", "--rm", "-T", "command", *command)

    async def health(self, name: str) -> str:
        identity = (await self("ps", "-q", name)).strip()
        process = await asyncio.create_subprocess_exec(
            "docker", "inspect", "--format", "{{.State.Health.Status}}", identity, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        return output.decode().strip()


@pytest_asyncio.fixture
async def compose(tmp_path: Path) -> AsyncIterator[Compose]:
    made = Compose(tmp_path)
    try:
        yield made
    finally:
        await made("down", "--volumes", "--timeout", "5")


async def test_from_build_to_report(compose: Compose) -> None:
    await compose("up", "--build", "--detach", within=600)
    for name in SERVICES:

        async def healthy(name: str = name) -> bool:
            return await compose.health(name) == "healthy"

        await until(healthy, f"{name} being healthy", 180)
    wanted = Wanted(seed=3, as_of=date(2026, 11, 20), audits=150)
    said = await compose.in_container(
        "sightline", "demo", "--once", "--json", "--audits", "150", "--seed", "3", "--as-of", "2026-11-20"
    )
    [large, _] = plans(wanted)
    assert large.authority == LARGE
    report: dict[str, Any] = json.loads(said[said.index("{") :])["figures"]
    compare_with_truth(report, large, at_least=15)
    status = json.loads(await compose.in_container("sightline", "status", "--json"))
    assert {name: one["ready"] for name, one in status["services"].items()} == dict.fromkeys(SERVICES, True)


async def test_services_run_as_nobody_special_and_cannot_write(compose: Compose) -> None:
    """The image's user is not root, and a service's file system is read-only."""
    said = await compose("run", "--rm", "-T", "--no-deps", "audit", "sh", "-c", "id -u; touch /app/x 2>&1; true")
    assert said.split()[0] == "10001"
    assert "Read-only file system" in said
