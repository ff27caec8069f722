"""The whole platform for end-to-end tests: three service processes on databases and topics of their own."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx

from infra.sample.client import Addresses
from infra.sample.demonstration import HERE as SAMPLE
from infra.stack.home import checkout
from shared.contracts.base import TOPICS
from shared.web.principal import WHOLE, Role
from shared.web.settings import local_issuer
from shared.web.tokens import LocalIssuer
from tests.support.servers import Stack, clean_environment
from tests.support.stack import TestKafka
from tests.support.stores import connected

SERVICES = ("audit", "escalation", "reporting")
DATABASES = (*SERVICES, "audit_keys", "escalation_keys")
PARTITIONS = 4


async def until(condition: Callable[[], Awaitable[Any]], what: str, within: float = 60.0) -> Any:
    """Wait for a condition to hold and give what it gave; fails the test when it does not in time."""
    deadline = monotonic() + within
    while not (found := await condition()):
        if monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {within:g} s")
        await asyncio.sleep(0.05)
    return found


class Platform:
    """Three services, each a process that can be started, stopped and killed."""

    def __init__(self, folder: Path, dsns: dict[str, str], bootstrap: str, prefix: str) -> None:
        self.folder = folder
        self.dsns = dsns
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        self.running: dict[str, asyncio.subprocess.Process] = {}
        self.issuer: LocalIssuer = local_issuer(folder)
        self.kills: Counter[str] = Counter()

    @property
    def environment(self) -> dict[str, str]:
        return (
            clean_environment()
            | {f"SIGHTLINE_{name.upper()}_DATABASE": dsn for name, dsn in self.dsns.items()}
            | {f"SIGHTLINE_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
            | {
                "SIGHTLINE_HOME": str(self.folder),
                "SIGHTLINE_LOCAL": "true",
                "SIGHTLINE_KAFKA_BOOTSTRAP": self.bootstrap,
                "SIGHTLINE_TOPIC_PREFIX": self.prefix,
                "SIGHTLINE_AUTHORITIES": str(SAMPLE / "authorities"),
                "SIGHTLINE_MASTER_KEY_FILE": str(self.folder / "keys" / "master.key"),
                "SIGHTLINE_CONSUMER_SESSION_TIMEOUT": "6",
                "PYTHONPATH": str(checkout()),
            }
        )

    @property
    def addresses(self) -> Addresses:
        return Addresses(*(f"http://127.0.0.1:{self.ports[name]}" for name in SERVICES))

    def topic(self, name: str) -> str:
        return self.prefix + name

    def token(self, role: Role, authority: str = WHOLE, **options: Any) -> dict[str, str]:
        """Give the header that signs a caller in."""
        return {"Authorization": f"Bearer {self.issuer.issue(role, authority, **options)}"}

    async def begin(self, name: str, **settings: str) -> None:
        """Start a service without waiting for it."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"services.{name}.main", env=self.environment | settings, stdout=log, stderr=log
            )

    async def start(self, *names: str) -> None:
        """Start services (all of them unless named), and wait until each is ready."""
        for name in names or SERVICES:
            await self.begin(name)
        for name in names or SERVICES:
            await self.until_ready(name)

    async def until_ready(self, name: str) -> None:
        """Wait until a service that was begun is ready."""
        await until(lambda: self.is_ready(name), f"{name} being ready")

    async def is_ready(self, name: str) -> bool:
        code = self.running[name].returncode
        assert code is None, f"{name} ended with {code}: {self.log(name)[-3000:]}"
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"http://127.0.0.1:{self.ports[name]}/health/ready")
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    async def kill(self, name: str) -> None:
        """SIGKILL: no goodbye."""
        self.kills[name] += 1
        self.running[name].send_signal(signal.SIGKILL)
        await self.running[name].wait()

    async def stop(self, *names: str) -> dict[str, int]:
        """SIGTERM to services (all that run unless named); gives their exit codes."""
        codes = {}
        for name in names or tuple(self.running):
            process = self.running.pop(name)
            if process.returncode is None:
                process.terminate()
            codes[name] = await asyncio.wait_for(process.wait(), 60)
        return codes

    async def command(self, *arguments: str) -> tuple[int, str, str]:
        """Run `sightline` against this platform; gives exit code, output and errors."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "infra.cli", *arguments, env=self.environment | {"NO_COLOR": "1", "COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await asyncio.wait_for(process.communicate(), 120)
        return process.returncode or 0, output.decode(), errors.decode()

    async def get(self, service: str, path: str, role: Role, authority: str = WHOLE, **parameters: str) -> Any:
        """Get JSON from a service."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.get(
                f"http://127.0.0.1:{self.ports[service]}{path}", params=parameters, headers=self.token(role, authority)
            )
        answer.raise_for_status()
        return answer.json()


@asynccontextmanager
async def platform(stack: Stack, folder: Path) -> AsyncIterator[Platform]:
    """Give a platform that is not started yet; everything it made is removed afterwards."""
    mark = uuid4().hex[:8]
    prefix = f"e2e-{mark}."
    parts = urlsplit(stack.postgres)
    names = {name: f"e2e_{mark}_{name}" for name in DATABASES}
    dsns = {name: urlunsplit(parts._replace(path=f"/{database}")) for name, database in names.items()}
    made = Platform(folder, dsns, stack.bootstrap, prefix)
    async with connected(stack.postgres) as admin:
        try:
            for database in names.values():
                await admin.execute(f'create database "{database}"')
            for topic in TOPICS:
                await TestKafka(stack.bootstrap).create_topic(prefix + topic, partitions=PARTITIONS)
            yield made
        finally:
            for process in made.running.values():
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            for database in names.values():
                await admin.execute(f'drop database if exists "{database}" with (force)')


def free_ports(count: int) -> list[int]:
    """Give ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports
