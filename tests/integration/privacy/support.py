"""A key database and an audit database side by side, as a service has them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from shared.eventstore.database import Pool, open_pool
from shared.eventstore.migrations import migrate
from shared.privacy import keystore, references
from shared.privacy.keystore import KeyStore
from shared.privacy.master import MasterKey
from shared.privacy.references import References
from shared.privacy.sealing import Sealer

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MASTER = MasterKey(bytes(range(32)))


@dataclass
class Privacy:
    audit: Pool
    keys_pool: Pool
    audit_dsn: str
    keys_dsn: str
    keys: KeyStore
    sealer: Sealer
    references: References

    def again(self) -> Privacy:
        """The same databases seen by a process that has just started: nothing in memory."""
        keys = KeyStore(self.keys_pool, MASTER)
        sealer = Sealer(keys)
        return Privacy(
            self.audit, self.keys_pool, self.audit_dsn, self.keys_dsn, keys, sealer, References(MASTER, sealer)
        )


@asynccontextmanager
async def database(server: str) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(server)
    try:
        await admin.execute(f'create database "{name}"')
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        await admin.execute(f'drop database if exists "{name}" with (force)')
    finally:
        await admin.close()


@asynccontextmanager
async def privacy(server: str) -> AsyncIterator[Privacy]:
    async with database(server) as audit_dsn, database(server) as keys_dsn:
        await migrate(audit_dsn, [references.MIGRATIONS])
        await migrate(keys_dsn, [keystore.MIGRATIONS])
        audit = await open_pool(audit_dsn, size=6)
        keys_pool = await open_pool(keys_dsn, size=6)
        try:
            keys = KeyStore(keys_pool, MASTER)
            sealer = Sealer(keys)
            yield Privacy(audit, keys_pool, audit_dsn, keys_dsn, keys, sealer, References(MASTER, sealer))
        finally:
            await audit.close()
            await keys_pool.close()


async def dump(dsn: str, *, schema: str) -> dict[str, list[dict[str, object]]]:
    """Copy every row of a schema, as a backup does."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(
            "select table_name from information_schema.tables where table_schema = $1", schema
        )
        return {
            row["table_name"]: [
                dict(one) for one in await connection.fetch(f'select * from {schema}."{row["table_name"]}"')
            ]
            for row in tables
        }
    finally:
        await connection.close()


async def restore(dsn: str, backup: dict[str, list[dict[str, object]]], *, schema: str) -> None:
    """Put a schema back as it was in the backup, triggers and all."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("set session_replication_role = replica")  # a restore fires no triggers
        for table, rows in backup.items():
            await connection.execute(f'truncate {schema}."{table}"')
            for row in rows:
                names = ", ".join(row)
                places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
                await connection.execute(f'insert into {schema}."{table}" ({names}) values ({places})', *row.values())
    finally:
        await connection.close()
