"""An event store on a database of its own, migrated as a service would do it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from shared.eventstore.database import Connection, Pool, open_pool
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate
from shared.eventstore.postgres import PostgresEventStore


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Connection]:
    """Connect to a database, and close the connection also after a failure."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def fresh_database(server: str) -> AsyncIterator[str]:
    """Make an empty database on a server, give its DSN, and drop it afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    await _administer(server, f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        await _administer(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _administer(server: str, statement: str) -> None:
    async with connected(server) as admin:
        await admin.execute(statement)


@asynccontextmanager
async def migrated_pool(dsn: str, *, size: int = 16) -> AsyncIterator[Pool]:
    """Migrate an empty database and open a pool on it."""
    await migrate(dsn, [OUTBOX, EVENTSTORE])
    pool = await open_pool(dsn, size=size)
    try:
        yield pool
    finally:
        pool.terminate()


@asynccontextmanager
async def postgres_store(dsn: str, *, size: int = 16) -> AsyncIterator[PostgresEventStore]:
    """Open an event store on an empty database."""
    async with migrated_pool(dsn, size=size) as pool:
        yield PostgresEventStore(pool)


async def outbox_rows(pool: Pool) -> list[asyncpg.Record]:
    """Return what waits in the outbox, in the order of sending."""
    return await pool.fetch("SELECT id, topic, key, key_hash, headers, value FROM outbox.messages ORDER BY id")
