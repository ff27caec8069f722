"""An event store on a database of its own, migrated as a service would do it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg

from shared.eventstore.database import Connection, Pool, open_pool
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate
from shared.eventstore.model import Append, Beside
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
        yield PostgresEventStore(pool, beside=keep_in_margin)


async def keep_in_margin(connection: Connection, requests: Sequence[Append]) -> None:
    """Keep what a test's aggregates have beside their events in a table of the test's own."""
    await connection.execute("CREATE TABLE IF NOT EXISTS public.margin (stream_id uuid, version integer, content text)")
    for request in requests:
        for version, content in request.beside:
            await connection.execute("INSERT INTO margin VALUES ($1, $2, $3)", request.stream_id, version, content)


async def margin_rows(pool: Pool) -> list[tuple[UUID, Beside]]:
    """Return what was kept beside events, as `MemoryEventStore.beside` has it."""
    if not await pool.fetchval("SELECT to_regclass('public.margin')::text"):
        return []
    rows = await pool.fetch("SELECT stream_id, version, content FROM margin ORDER BY version")
    return [(row["stream_id"], Beside(row["version"], row["content"])) for row in rows]


async def outbox_rows(pool: Pool) -> list[asyncpg.Record]:
    """Return what waits in the outbox, in the order of sending."""
    return await pool.fetch("SELECT id, topic, key, key_hash, headers, value FROM outbox.messages ORDER BY id")
