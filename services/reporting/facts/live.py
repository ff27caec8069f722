"""Which facts are the live ones, how to read them undisturbed, and how fresh they are (G9)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.reporting.facts.tables import FACTS_VERSION, SHAPE, create_indexes, create_tables, quoted
from shared.eventstore.database import Connection, Pool, borrow
from shared.messaging.faults import NotNow

READERS_LOCK: Final = 0x53_4C_66_61_63_74_73  # any number: readers share it, whoever drops an old build takes it alone
_FIRST_LOCK: Final = READERS_LOCK + 1


class FactsOfAnotherVersion(NotNow):
    """The live facts were made by another version of the software: nothing is read from them or folded into them."""


class FactsOfEarlierVersion(FactsOfAnotherVersion):
    """They can be rebuilt, and reporting does so by itself (`adapters/renewing.py`)."""

    def __init__(self) -> None:
        super().__init__(
            "The facts are of an earlier version of Sightline: reporting rebuilds them when it starts, and so does "
            "`sightline rebuild`."
        )


class FactsOfLaterVersion(FactsOfAnotherVersion):
    """A later version runs, or ran, on this database: going back is for a person to decide."""

    def __init__(self, found: int) -> None:
        super().__init__(
            f"The facts are of a later version of Sightline (facts {found}; this one makes {FACTS_VERSION}): start "
            "that version, or run `sightline rebuild` of this one to go back."
        )


async def ensure_live(connection: Connection) -> str:
    """Return the live schema, made empty where there is none yet.

    Raises:
        FactsOfAnotherVersion: its facts are not those of this version.

    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _FIRST_LOCK)
        if await connection.fetchval("SELECT count(*) FROM reporting.live") == 0:
            schema = await next_schema(connection)
            await create_tables(connection, schema)
            await create_indexes(connection, schema)
            await point_to(connection, schema)
        return await live_schema(connection)


async def next_schema(connection: Connection) -> str:
    """Return a name for a new build."""
    number = await connection.fetchval("SELECT nextval('reporting.builds')")
    return f"facts_{number}"


async def live_schema(connection: Connection) -> str:
    """Return the schema whose facts count, as the caller's transaction sees it.

    Raises:
        FactsOfAnotherVersion: its facts are not those of this version.

    """
    found = await connection.fetchrow("SELECT schema_name, version, shape FROM reporting.live")
    if found is None:
        raise LookupError("reporting.live names no facts")
    if found["version"] > FACTS_VERSION:
        raise FactsOfLaterVersion(found["version"])
    if (found["version"], found["shape"]) != (FACTS_VERSION, SHAPE):
        raise FactsOfEarlierVersion
    return str(found["schema_name"])


async def point_to(connection: Connection, schema: str) -> None:
    """Let a schema be the live one."""
    await connection.execute(
        'INSERT INTO reporting.live (schema_name, shape, version) VALUES ($1, $2, $3) ON CONFLICT ("only") DO UPDATE'
        " SET schema_name = excluded.schema_name, shape = excluded.shape, version = excluded.version,"
        " switched_at = now()",
        schema,
        SHAPE,
        FACTS_VERSION,
    )


@asynccontextmanager
async def read_facts(pool: Pool) -> AsyncIterator[Connection]:
    """Give a connection on which the fact tables are simply `audits`, `moderations`, ...: one snapshot, read only.

    Every query within sees the same facts, whatever arrives or is switched meanwhile; an old build is dropped only
    once its readers are done.

    Raises:
        FactsOfAnotherVersion: there are no facts of this version now.

    """
    async with borrow(pool) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", READERS_LOCK)
        schema = await live_schema(connection)
        await connection.execute(f"SET LOCAL search_path TO {quoted(schema)}")
        yield connection


@dataclass(frozen=True, slots=True)
class Freshness:
    """What facts are true for.

    `moment` is when they were the whole truth: the moment of looking where nothing is outstanding, else the newest
    recorded time among them (None while there are none). `positions` are next offsets by topic and partition, for
    those read from; `lag` counts messages not in the facts yet, and is None where the log's end is not known.
    """

    moment: datetime | None
    recorded_to: datetime | None
    positions: Mapping[tuple[str, int], int]
    lag: int | None

    @property
    def behind(self) -> bool:
        """Whether the facts are, or may be, behind the log."""
        return self.lag != 0


async def freshness(
    connection: Connection, now: datetime, ends: Mapping[tuple[str, int], int] | None = None
) -> Freshness:
    """Say how fresh the facts are that a connection of `read_facts` reads.

    `ends` are the log's end offsets by topic and partition, as far as they are known (adapters/ends.py).
    """
    rows = await connection.fetch(
        "SELECT topic, partition, max(next_offset) AS next_offset, max(recorded_at) AS recorded_at FROM ("
        " SELECT topic, partition, next_offset, recorded_at FROM log_positions UNION ALL"
        " SELECT topic, partition, next_offset, NULL FROM messaging.partition_position"
        ") AS reached WHERE next_offset > 0 GROUP BY topic, partition ORDER BY topic, partition"
    )
    positions = {(row["topic"], row["partition"]): int(row["next_offset"]) for row in rows}
    recorded_to = max((row["recorded_at"] for row in rows if row["recorded_at"] is not None), default=None)
    lag = None if ends is None else sum(max(0, end - positions.get(key, 0)) for key, end in ends.items())
    if lag is not None:  # a late message is in the facts once its stream is folded anew
        lag += int(await connection.fetchval("SELECT count(*) FROM reporting.late_streams"))
    return Freshness(now if lag == 0 else recorded_to, recorded_to, positions, lag)
