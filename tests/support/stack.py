"""The real Kafka and PostgreSQL that tests run against: one fixture, whichever stack serves it.

`SIGHTLINE_TEST_STACK` says which: `env` (servers named by `SIGHTLINE_TEST_POSTGRES` and
`SIGHTLINE_TEST_KAFKA`), `docker` (testcontainers) or `embedded`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic


@dataclass(frozen=True, slots=True)
class Stack:
    """Addresses of the servers under test: a PostgreSQL superuser DSN and Kafka bootstrap servers."""

    kind: str
    postgres: str
    bootstrap: str


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
def stack() -> Stack:
    """Give the session its Kafka and PostgreSQL."""
    return Stack("env", os.environ["SIGHTLINE_TEST_POSTGRES"], os.environ["SIGHTLINE_TEST_KAFKA"])


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
