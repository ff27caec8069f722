"""load_append.16: streams of 20 events; load, fold, decide and append one more, sixteen at once.

Against asyncpg by hand (the same query, orjson, a plain loop as fold, the same function call with ready arguments), and
against `eventsourcing` by its defaults.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Final
from uuid import UUID, uuid4

import orjson
from uuid_utils.compat import uuid7

from benchmarks.eventsourcing_side import EVENTS_BEFORE, run_eventsourcing
from benchmarks.figures import Figure, figure
from benchmarks.plan import Plan, interleaved
from benchmarks.servers import Servers
from benchmarks.workload import AT, AUDIT, AUTHORITY, Audit, Flag, allocation, evolve, meta
from shared.eventstore.database import Pool, open_pool
from shared.eventstore.handling import handle, prepare
from shared.eventstore.model import Append, Stream
from shared.eventstore.postgres import PostgresEventStore

NAMES: Final = ("load_append.16",)
WRITERS: Final = 16
STREAMS: Final = 10_000


async def measure(servers: Servers, plan: Plan) -> list[Figure]:
    """Measure the figure."""
    streams = plan.count(STREAMS)
    values = await interleaved(
        plan,
        NAMES[0],
        {
            "sightline": lambda: ours(servers, streams),
            "bare": lambda: by_hand(servers, streams),
            "eventsourcing": lambda: run_eventsourcing(servers, "load_append", WRITERS, max(200, streams // 5)),
        },
    )
    return [figure(NAMES[0], "commands/s", values.pop("sightline"), values)]


async def ours(servers: Servers, streams: int) -> float:
    """Return commands a second."""
    async with servers.database() as dsn:
        pool = await open_pool(dsn, size=WRITERS)
        store = PostgresEventStore(pool)
        ids = iter(await _streams_of_twenty(pool, streams))

        async def writer(left: Iterator[UUID]) -> None:
            for audit_id in left:
                handled = await handle(store, AUDIT, audit_id, Flag(uuid4()), meta())
                assert handled.version == EVENTS_BEFORE + 1

        begun = time.perf_counter()
        await asyncio.gather(*(writer(ids) for _ in range(WRITERS)))
        elapsed = time.perf_counter() - begun
        await pool.close()
    return streams / elapsed


async def by_hand(servers: Servers, streams: int) -> float:
    """Return the same of a loop written by hand for this one command, with nothing around it."""
    async with servers.database() as dsn:
        pool = await open_pool(dsn, size=WRITERS)
        ids = iter(await _streams_of_twenty(pool, streams))
        call = f"SELECT * FROM eventstore.append({', '.join(f'${n}' for n in range(1, 23))})"

        async def writer(left: Iterator[UUID]) -> None:
            async with pool.acquire() as connection:
                for audit_id in left:
                    rows = await connection.fetch(
                        "SELECT version, public_sequence, data FROM eventstore.events "
                        "WHERE stream_id = $1 ORDER BY version",
                        audit_id,
                    )
                    allocated, concerns = None, 0
                    for row in rows:
                        event = orjson.loads(row[2])
                        if event["type"] == "allocated":
                            allocated = event
                        else:
                            concerns += 1
                    assert allocated is not None
                    version, sequence, _ = rows[-1]
                    command, key = uuid4(), str(audit_id).encode()
                    private = orjson.dumps(
                        {"type": "flagged", "at": AT, "concern": "practice", "flagged_by": command}
                    ).decode()
                    value = orjson.dumps({
                        "audit_id": audit_id, "kind": "case-file", "cycle": "2026-03",
                        "organisation": {"area": "east", "district": "east-coast", "team": "east-coast-3"},
                        "service": "childrens-social-work", "case_reference": allocated["case_reference"],
                        "child_status": "protection", "concern": "practice", "inadequate_likely": True,
                        "flagged_by": {"role": "auditor", "reference": command},
                    })  # fmt: skip
                    names = orjson.dumps({
                        "ce_specversion": "1.0", "ce_id": command, "ce_type": "concern-flagged.v1",
                        "ce_source": "/audit", "ce_subject": audit_id, "ce_time": AT,
                        "ce_dataschema": "urn:sightline:schema:concern-flagged.v1", "ce_authority": AUTHORITY,
                        "ce_sequence": str(sequence + 1), "ce_correlationid": command, "ce_recordedtime": AT,
                        "content-type": "application/json",
                        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                    }).decode()  # fmt: skip
                    await connection.fetchrow(
                        call, audit_id, version, sequence, "bench-audit", AUTHORITY, str(command), AT, command, None,
                        str(command), command.bytes * 2, ["flagged"], [private], [sequence + 1], ["audit.events"],
                        [key], [1], [names], [value], None, None, None,
                    )  # fmt: skip

        begun = time.perf_counter()
        await asyncio.gather(*(writer(ids) for _ in range(WRITERS)))
        elapsed = time.perf_counter() - begun
        await pool.close()
    return streams / elapsed


async def _streams_of_twenty(pool: Pool, streams: int) -> list[UUID]:
    """Store streams of 20 events in bulk, with the rows that as many commands would have left."""
    ids: list[UUID] = []
    store = PostgresEventStore(pool)
    for start in range(0, streams, 200):
        requests = [_whole_stream() for _ in range(min(200, streams - start))]
        await store.append_many(requests)
        ids += [request.stream_id for request in requests]
    await pool.execute("VACUUM ANALYZE eventstore.events")
    await pool.execute("CHECKPOINT")
    return ids


def _whole_stream() -> Append:
    audit_id = uuid7()
    events = list(AUDIT.decide(allocation(audit_id), Audit()))
    state = evolve(Audit(), events[0])
    for _ in range(EVENTS_BEFORE - 1):
        events += AUDIT.decide(Flag(uuid4()), state)
    request, _ = prepare(AUDIT, audit_id, events, stream=Stream(), state=Audit(), meta=meta())
    return request
