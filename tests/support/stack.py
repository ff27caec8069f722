"""The real Kafka and PostgreSQL that tests run against: one fixture, whichever stack serves it.

`SIGHTLINE_TEST_STACK` says which: `embedded` (the default), `env` (servers named by `SIGHTLINE_TEST_POSTGRES` and
`SIGHTLINE_TEST_KAFKA`) or `docker` (testcontainers). The session's header says which was used. Tests marked
`containers` need a Docker engine and are skipped by name unless `SIGHTLINE_TEST_CONTAINERS=yes`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.support.servers import KINDS, Stack, kind, serve

__all__ = ["Stack", "TestKafka", "kafka", "postgres_dsn", "stack"]


def pytest_report_header() -> list[str]:
    """Say which stack the session uses."""
    named = kind()
    return [f"stack: {named} ({KINDS[named]})"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, by name, what needs a Docker engine where nobody said that there is one."""
    if os.environ.get("SIGHTLINE_TEST_CONTAINERS") == "yes":
        return
    skip = pytest.mark.skip(reason="needs a Docker engine: set SIGHTLINE_TEST_CONTAINERS=yes where there is one")
    for item in items:
        if item.get_closest_marker("containers"):
            item.add_marker(skip)


@dataclass(frozen=True, slots=True)
class TestKafka:
    """Kafka as one test sees it: topics of its own, made on purpose."""

    __test__ = False

    bootstrap: str

    async def create_topic(self, name: str | None = None, *, partitions: int = 3) -> str:
        """Create a topic with a unique name (or the name given) and return its name."""
        topic = name or f"test-{uuid4().hex[:12]}"
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(topic, partitions, 1)])
        finally:
            await admin.close()
        return topic


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Give the session its Kafka and PostgreSQL, and stop them at its end if they were started for it."""
    with serve(kind()) as served:
        yield served


@pytest_asyncio.fixture
async def postgres_dsn(stack: Stack) -> AsyncIterator[str]:
    """Give the test an empty database of its own, dropped afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(stack.postgres)
    try:
        await admin.execute(f'create database "{name}"')
        parts = urlsplit(stack.postgres)
        yield urlunsplit(parts._replace(path=f"/{name}"))
        await admin.execute(f'drop database if exists "{name}" with (force)')
    finally:
        await admin.close()


@pytest.fixture
def kafka(stack: Stack) -> TestKafka:
    """Give the test its Kafka."""
    return TestKafka(stack.bootstrap)
