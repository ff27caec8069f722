"""The long part of a rebuild: some partitions of the log, from their beginning to where they ended just now.

One process reads, folds and copies rows in; two take half of the partitions each, since a stream never spans two.
Facts still changing are kept in memory and written when they can be: nothing is updated, no index is there to keep.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.reporting.facts.ledger import Facts, Row
from services.reporting.facts.quick import QuickWay
from services.reporting.facts.rows import FIXED, Table
from services.reporting.facts.tables import merge_positions, quoted
from shared.eventstore.database import Connection
from shared.messaging.clients import start_client, stop_reader
from shared.messaging.kafka import KafkaSettings
from shared.messaging.plan import Hole, ToPark
from shared.messaging.records import RawRecord, StreamKey
from shared.messaging.storage import PartitionKey

MAX_RECORDS: Final = 5000
_FLUSH_ROWS: Final = 40_000
_POLL_MS: Final = 500

Progress = Callable[[int], None]
"""Told how many more messages were read."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one process loads: partitions with where they begin and end, into which schema of which database."""

    dsn: str
    kafka: KafkaSettings
    schema: str
    partitions: Mapping[PartitionKey, tuple[int, int]]
    discarded: frozenset[bytes]
    discarded_numbers: frozenset[tuple[bytes, int]]


@dataclass(slots=True)
class Loaded:
    """What became of a job: next offsets, what was set aside, and how many messages were read."""

    offsets: dict[PartitionKey, int] = field(default_factory=dict)
    parked: list[ToPark] = field(default_factory=list)
    holes: dict[StreamKey, list[Hole]] = field(default_factory=dict)
    late: dict[StreamKey, int] = field(default_factory=dict)
    messages: int = 0


@asynccontextmanager
async def log_reader(kafka: KafkaSettings, partitions: Mapping[PartitionKey, int]) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a reader of these partitions at these offsets, in no consumer group."""
    reader = AIOKafkaConsumer(
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=4 * 1024 * 1024,
        **kafka.client_options(),
    )
    try:  # from the start on: cancelled in its middle, it has connections to close already
        await start_client(reader)
        await asyncio.sleep(0)  # its own task has to have begun: stopped before that, the client raises
        reader.assign([TopicPartition(*partition) for partition in partitions])
        for partition, offset in partitions.items():
            reader.seek(TopicPartition(*partition), offset)
        yield reader
    finally:
        await stop_reader(reader)


async def read_until(
    reader: AIOKafkaConsumer, ends: Mapping[PartitionKey, int], *, patience: float = 60.0
) -> AsyncIterator[dict[TopicPartition, list[RawRecord]]]:
    """Read batches, by partition, until every partition's position has come to its end offset.

    Positions and not record numbers decide, since the last offsets of a partition may hold no record at all.

    Raises:
        TimeoutError: nothing came for `patience` seconds.

    """
    outstanding = {TopicPartition(*partition): end for partition, end in ends.items()}
    silent = 0.0
    while True:
        for partition, end in list(outstanding.items()):
            if await reader.position(partition) >= end:
                del outstanding[partition]
        if not outstanding:
            return
        found = await reader.getmany(timeout_ms=_POLL_MS, max_records=MAX_RECORDS)
        if found:
            silent = 0.0
            yield found
            continue
        silent += _POLL_MS / 1000
        if silent > patience:
            raise TimeoutError("Kafka gave no message of the log for a minute.")


async def load(job: Job, progress: Progress) -> Loaded:
    """Load a job's partitions; what it writes counts only once the build is switched to."""
    loaded = Loaded()
    way = QuickWay(job.discarded, job.discarded_numbers)
    begins = {partition: begin for partition, (begin, _) in job.partitions.items()}
    ends = {partition: end for partition, (_, end) in job.partitions.items()}
    connection = await asyncpg.connect(job.dsn)
    writer = _Writer(connection, job.schema)
    try:
        # The commit of the switch waits for everything before it to be on disk; none of these has to by itself.
        await connection.execute("SET synchronous_commit TO off")
        with _without_collector():
            async with log_reader(job.kafka, begins) as reader:
                async for found in read_until(reader, ends):
                    for at, records in found.items():
                        way.fold((at.topic, at.partition), records)
                        loaded.messages += len(records)
                    progress(sum(map(len, found.values())))
                    await writer.take(way.facts)
                for partition in job.partitions:
                    loaded.offsets[partition] = await reader.position(TopicPartition(*partition))
            await writer.finish(way.facts)
        await merge_positions(connection, job.schema, way.reached)
        await _write_stream_positions(connection, job.schema, way)
    finally:
        await writer.close()
        await connection.close()
    loaded.parked, loaded.holes, loaded.late = way.sieve.parked, way.sieve.holes, way.sieve.late
    return loaded


async def _write_stream_positions(connection: Connection, schema: str, way: QuickWay) -> None:
    await connection.copy_records_to_table(
        "build_positions",
        schema_name=schema,
        columns=("topic", "stream_id", "sequence"),
        records=((topic, stream_id, sequence) for (topic, stream_id), sequence in way.positions.items()),
    )


class _Writer:
    """Copies finished rows in while the next messages are read and folded."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self._connection = connection
        self._schema = schema
        self._running: asyncio.Task[None] | None = None

    async def take(self, facts: Facts) -> None:
        """Take the rows that will not change any more, once there are enough of them."""
        count = sum(map(len, facts.fixed.values())) + sum(len(ledger.ended) for ledger in facts.ledgers.values())
        if count < _FLUSH_ROWS:
            return
        rows: list[tuple[Table, list[Row]]] = []
        for ledger in facts.ledgers.values():
            rows.append((ledger.table, ledger.ended))
            ledger.ended = []
        rows += _take_fixed(facts)
        await self._begin(rows)

    async def finish(self, facts: Facts) -> None:
        """Write all that is left: the newest version of everything too."""
        rows: list[tuple[Table, list[Row]]] = []
        for ledger in facts.ledgers.values():
            rows.append((ledger.table, ledger.ended))
            rows.append((ledger.table, list(ledger.current.values())))
        rows += _take_fixed(facts)
        await self._begin(rows)
        await self._done()

    async def close(self) -> None:
        """End a copy that is still under way, whatever became of it."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _begin(self, rows: list[tuple[Table, list[Row]]]) -> None:
        await self._done()
        self._running = asyncio.create_task(self._copy(rows))
        await asyncio.sleep(0)

    async def _done(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            await running

    async def _copy(self, rows: list[tuple[Table, list[Row]]]) -> None:
        async with self._connection.transaction():
            for table, some in rows:
                if some:
                    await self._connection.copy_records_to_table(
                        table.name, schema_name=self._schema, columns=table.columns, records=some
                    )


def _take_fixed(facts: Facts) -> list[tuple[Table, list[Row]]]:
    taken: list[tuple[Table, list[Row]]] = []
    for table in FIXED:
        taken.append((table, facts.fixed[table.name]))
        facts.fixed[table.name] = []
    return taken


class _without_collector:  # noqa: N801 - reads as a word in a with statement
    """Hold the cyclic garbage collector: millions of rows and no cycles, which it would walk again and again."""

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_on:
            gc.enable()


async def make_build_tables(connection: Connection, schema: str) -> None:
    """Make what a build needs for itself: how far each of its streams has come."""
    await connection.execute(
        f"CREATE TABLE {quoted(schema)}.build_positions"
        " (topic text NOT NULL, stream_id uuid NOT NULL, sequence bigint NOT NULL)"
    )
