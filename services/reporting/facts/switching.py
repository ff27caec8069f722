"""What a rebuild says to the database around its own tables: decisions, positions, the hand-over, and what to drop."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Final

import asyncpg

from services.reporting.facts.live import READERS_LOCK, point_to
from services.reporting.facts.refolding import mark_late, stepped_over
from services.reporting.facts.rows import FIXED, VERSIONED
from services.reporting.facts.sieve import Sieve
from services.reporting.facts.tables import quoted
from shared.contracts.envelope import key_of
from shared.eventstore.database import Connection
from shared.messaging import storage
from shared.messaging.plan import Hole
from shared.messaging.records import StreamKey
from shared.messaging.storage import PartitionKey

_BUILD: Final = re.compile(r"facts_[0-9]+")


async def discarded(connection: Connection) -> set[bytes]:
    """Return the fingerprints of the messages people decided to discard."""
    rows = await connection.fetch("SELECT fingerprint FROM messaging.discarded")
    return {row["fingerprint"] for row in rows}


async def discarded_numbers(connection: Connection) -> set[tuple[bytes, int]]:
    """Return key and sequence of the discarded messages that have them: where a fingerprint has to be looked at."""
    rows = await connection.fetch(
        "SELECT stream_id, sequence FROM messaging.discarded WHERE stream_id IS NOT NULL AND sequence IS NOT NULL"
    )
    return {(key_of(row["stream_id"]), row["sequence"]) for row in rows}


async def stream_positions(connection: Connection, schema: str, streams: Collection[StreamKey]) -> dict[StreamKey, int]:
    """Return how far a build has applied these streams."""
    rows = await connection.fetch(
        "SELECT topic, stream_id, sequence FROM unnest($1::text[], $2::uuid[]) AS asked (topic, stream_id)"  # noqa: S608 - names of ours
        f" JOIN {quoted(schema)}.build_positions USING (topic, stream_id)",
        [topic for topic, _ in streams],
        [stream for _, stream in streams],
    )
    return {(row["topic"], row["stream_id"]): row["sequence"] for row in rows}


async def move_streams(connection: Connection, schema: str, moved: Mapping[StreamKey, int]) -> None:
    """Note how far a build has applied these streams now."""
    if not moved:
        return
    await connection.execute(
        f"INSERT INTO {quoted(schema)}.build_positions (topic, stream_id, sequence)"  # noqa: S608 - names of ours
        " SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[])"
        " ON CONFLICT (topic, stream_id) DO UPDATE SET sequence = excluded.sequence",
        [topic for topic, _ in moved],
        [stream for _, stream in moved],
        list(moved.values()),
    )


async def streams_ahead(connection: Connection, schema: str, topics: Sequence[str]) -> int:
    """Count the streams that the live facts have followed further than a build; discarded ones do not count."""
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM messaging.stream_position AS live"  # noqa: S608 - names of ours
            f" LEFT JOIN {quoted(schema)}.build_positions AS build USING (topic, stream_id)"
            " LEFT JOIN (SELECT topic, stream_id, max(sequence) AS sequence FROM messaging.discarded GROUP BY 1, 2)"
            " AS discarded USING (topic, stream_id)"
            " WHERE live.topic = ANY($1) AND live.sequence > greatest(build.sequence, discarded.sequence, 0)",
            list(topics),
        )
    )


async def hand_over(
    connection: Connection,
    schema: str,
    offsets: Mapping[PartitionKey, int],
    sieve: Sieve,
    *,
    set_back: bool = False,
) -> None:
    """Make a build the live facts and let the live consumer go on behind it, in the caller's transaction.

    Streams and partitions move forward to where the build is; with `set_back` they move back as well. Messages that
    waited as parked and took effect in the build wait no longer; what the build set aside is parked. What is missing
    is what the build misses, and what came late to it at the very last is folded anew behind it.
    """
    build = f"{quoted(schema)}.build_positions"
    topics = sorted({topic for topic, _ in offsets})
    if set_back:
        await connection.execute("DELETE FROM messaging.stream_position WHERE topic = ANY($1)", topics)
        await connection.execute("DELETE FROM messaging.partition_position WHERE topic = ANY($1)", topics)
    await connection.execute(
        "INSERT INTO messaging.stream_position AS live (topic, stream_id, sequence)"  # noqa: S608 - names of ours
        f" SELECT build.topic, build.stream_id, build.sequence FROM {build} AS build"
        " LEFT JOIN messaging.stream_position AS known USING (topic, stream_id)"
        " WHERE known.sequence IS NULL OR known.sequence < build.sequence"
        " ON CONFLICT (topic, stream_id) DO UPDATE SET sequence = excluded.sequence"
    )
    await connection.execute(
        "DELETE FROM messaging.parked AS waiting"  # noqa: S608 - names of ours
        f" USING {build} AS build WHERE waiting.topic = build.topic AND waiting.stream_id = build.stream_id"
        " AND waiting.sequence <= build.sequence"
    )
    if sieve.parked:
        await storage.park(connection, sieve.parked)
    await _hand_over_holes(connection, topics, sieve)
    await connection.execute("DELETE FROM reporting.late_streams WHERE topic = ANY($1)", topics)
    await mark_late(connection, sieve.late)
    await point_to(connection, schema)
    await connection.execute(f"DROP TABLE {build}")
    await storage.read_to(connection, offsets)


async def _hand_over_holes(connection: Connection, topics: Sequence[str], sieve: Sieve) -> None:
    """Let what a build misses be what is missing; a message that people discarded is not missing.

    A build leaves a hole where it met a discarded message whose headers cannot be read; the live consumer had stepped
    over it then, and knows no such hole.
    """
    before = {
        (row["topic"], row["stream_id"], row["expected"], row["found"]): row["noticed_at"]
        for row in await connection.fetch("DELETE FROM messaging.holes WHERE topic = ANY($1) RETURNING *", topics)
    }
    known: dict[StreamKey, list[Hole]] = defaultdict(list)
    for topic, stream_id, expected, found in before:
        known[topic, stream_id].append(Hole(topic, stream_id, expected, found))
    discarded = await stepped_over(connection, sieve.holes)
    rows = []
    for stream, holes in sieve.holes.items():
        come = {number for number in discarded.get(stream, ()) if not any(hole.holds(number) for hole in known[stream])}
        for hole in chain.from_iterable(one.without(come) for one in holes):
            row = (hole.topic, hole.stream_id, hole.expected, hole.found)
            rows.append((*row, before.get(row)))
    await connection.executemany(
        "INSERT INTO messaging.holes (topic, stream_id, expected, found, noticed_at)"
        " VALUES ($1, $2, $3, $4, coalesce($5, now()))",
        rows,
    )


async def analyse(connection: Connection, schema: str) -> None:
    """Let the planner know new tables before anybody reads them."""
    for table in (*VERSIONED, *FIXED):
        await connection.execute(f"ANALYZE {quoted(schema)}.{table.name}")


async def drop_others(connection: Connection) -> list[str]:
    """Drop every build but the live one, as far as nobody reads it; return those dropped.

    Called under the lock of rebuilds, so that none of them is one being made. What cannot be dropped now, because a
    long report still reads it, is left to the next rebuild.
    """
    live = await connection.fetchval("SELECT schema_name FROM reporting.live")
    names = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'facts\\_%' ORDER BY nspname")
    dropped = []
    for row in names:
        name = row["nspname"]
        if name == live or not _BUILD.fullmatch(name):
            continue
        try:
            await _drop(connection, name)
        except asyncpg.LockNotAvailableError:
            continue
        dropped.append(name)
    return dropped


async def _drop(connection: Connection, schema: str) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout TO '5s'")
        await connection.execute("SET LOCAL client_min_messages TO warning")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", READERS_LOCK)
        await connection.execute(f"DROP SCHEMA IF EXISTS {quoted(schema)} CASCADE")


async def drop_quietly(dsn: str, schema: str) -> None:
    """Drop a build that came to nothing, if the database can be reached; the next rebuild drops it otherwise."""
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, asyncpg.PostgresError):
        return
    try:
        if await connection.fetchval("SELECT schema_name FROM reporting.live") != schema:
            await _drop(connection, schema)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return
    finally:
        await connection.close()
