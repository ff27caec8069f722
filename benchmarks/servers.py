"""The servers to measure on: those named by the environment, or an embedded stack started for the run."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.stack import control
from infra.stack.home import Home
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate

PARTITIONS = 12
"""As the topics of an installation have (design: chosen once)."""


@dataclass(frozen=True, slots=True)
class Servers:
    """A PostgreSQL superuser's DSN and Kafka's bootstrap servers."""

    postgres: str
    bootstrap: str

    async def versions(self) -> dict[str, str]:
        """Return what the servers say they are."""
        connection = await asyncpg.connect(self.postgres)
        try:
            return {"postgresql": await connection.fetchval("SHOW server_version")}
        finally:
            await connection.close()

    @asynccontextmanager
    async def database(self, *, migrated: bool = True, like: str | None = None) -> AsyncIterator[str]:
        """Give a fresh database, with the store's tables unless told otherwise, and drop it afterwards.

        Each repetition of each contender has one of its own, after a checkpoint, so that all begin alike. `like` is
        the DSN of one to copy, to which nobody is connected meanwhile.
        """
        name = f"bench_{uuid4().hex[:12]}"
        template = "" if like is None else f' TEMPLATE "{urlsplit(like).path.removeprefix("/")}"'
        await self._administer(f'CREATE DATABASE "{name}"{template}')
        dsn = urlunsplit(urlsplit(self.postgres)._replace(path=f"/{name}"))
        try:
            if migrated and like is None:
                await migrate(dsn, [OUTBOX, EVENTSTORE])
            await self._administer("CHECKPOINT")
            yield dsn
        finally:
            await self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.postgres)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def prefix(self, *topics: str) -> AsyncIterator[str]:
        """Give a topic prefix under which these topics exist, and delete them afterwards."""
        prefix = f"bench-{uuid4().hex[:12]}."
        names = [prefix + topic for topic in topics]
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
            await asyncio.sleep(0.5)  # every partition has its leader
            yield prefix
            await admin.delete_topics(names)
        finally:
            await admin.close()


@contextmanager
def serve() -> Iterator[Servers]:
    """Use SIGHTLINE_BENCH_POSTGRES and SIGHTLINE_BENCH_KAFKA, or start an embedded stack in a temporary folder."""
    postgres, kafka = os.environ.get("SIGHTLINE_BENCH_POSTGRES"), os.environ.get("SIGHTLINE_BENCH_KAFKA")
    if postgres and kafka:
        yield Servers(postgres, kafka)
        return
    home = Home(Path(tempfile.mkdtemp(prefix="sightline-bench-")))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIGHTLINE_")}
    environment |= {name: os.environ[name] for name in ("SIGHTLINE_CACHE", "SIGHTLINE_MAVEN") if name in os.environ}
    try:
        control.start_in_background(home, ["postgres", "kafka"], bound_to_caller=True, variables=environment)
        yield Servers(control.administrator(home), control.environment(home)["SIGHTLINE_KAFKA_BOOTSTRAP"])
    finally:
        control.stop(home)
        shutil.rmtree(home.root, ignore_errors=True)
