"""Builds the facts anew beside the live ones, from the beginning of the log, and switches when it has caught up (G5).

1. A new schema; the long read (loading.py) into it, in one process or two; then its indexes.
2. What came meanwhile is read the way live traffic is, until little is outstanding.
3. Streams of which a message had been missing and came late are folded anew, in order (refolding.py).
4. The switch, in one transaction: live batches are held off, the build reads what they had read, takes its place, and
   hands the streams' positions over, so that the live consumer goes on exactly behind it.

Killed at any moment it leaves at most a half-made schema, which the next rebuild drops; the live facts do not notice.
"""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from time import monotonic
from typing import Final

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from services.reporting.facts import refolding, switching
from services.reporting.facts.ledger import Facts
from services.reporting.facts.live import FactsOfEarlierVersion, FactsOfLaterVersion, live_schema, next_schema
from services.reporting.facts.loading import Job, Loaded, log_reader, make_build_tables, read_until
from services.reporting.facts.parallel import load_all
from services.reporting.facts.sieve import Sieve
from services.reporting.facts.tables import create_indexes, create_tables, load_current, note_positions, quoted, write
from shared.eventstore.database import Connection
from shared.messaging.clients import start_client, stop_reader
from shared.messaging.kafka import KafkaSettings
from shared.messaging.plan import lowest_parked, read_all, streams_of
from shared.messaging.records import RawRecord, StreamKey
from shared.messaging.storage import PartitionKey, partition_positions

_REBUILD_LOCK: Final = 0x53_4C_72_65_62_75_69
_NEARLY: Final = 2000
_ROUNDS: Final = 20
_WAY_OUT: Final = (
    "if a topic was restored from an older copy, publish the stores again first (`sightline republish`); say "
    "--accept-shorter if the loss is meant. Nothing was changed."
)


class RebuildRefused(RuntimeError):
    """A rebuild cannot be done, or would lose something; the sentence says what to do."""


class RebuildRunning(RebuildRefused):
    """Another rebuild of this database runs."""


class RebuildNotNeeded(RebuildRefused):
    """Asked to rebuild earlier facts only, it found that they are none."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did. `schema` is the live one now; `load_seconds` is the long read with its indexes."""

    schema: str
    messages: int
    parked: int
    load_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What to rebuild. `topics` are names in Kafka; `accept_shorter` lets facts go whose events the log lost.

    With `earlier_only` facts of this version or a later one are left as they are. With `apart` the long read is done
    by processes of its own, which a service that has to answer meanwhile wants.
    """

    dsn: str
    kafka: KafkaSettings
    topics: Sequence[str]
    processes: int = 1
    accept_shorter: bool = False
    earlier_only: bool = False
    apart: bool = False


Step = Callable[[str], None]
"""Told in a few words what begins now."""
Progress = Callable[[int, int], None]
"""Told how many messages of how many were read."""


async def rebuild(
    wanted: Plan, step: Step = lambda _words: None, progress: Progress = lambda _done, _of: None
) -> Rebuilt:
    """Rebuild the facts and switch to them.

    Raises:
        RebuildRefused: another rebuild runs, a topic is missing, or the log is shorter than what the facts hold.
        KafkaError, OSError, asyncpg.PostgresError: a server went away; nothing was switched.

    """
    started = monotonic()
    connection = await asyncpg.connect(wanted.dsn)
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _REBUILD_LOCK):
            raise RebuildRunning("A rebuild is running already: wait for it to end.")
        if wanted.earlier_only:
            await _refuse_unless_earlier(connection)
        await switching.drop_others(connection)
        discarded = await switching.discarded(connection)
        edges = await _edges(wanted.kafka, wanted.topics)
        schema = await _new_build(connection)
        build = _Build(wanted, connection, schema, edges)
        try:
            step("reading the log")
            await build.load(discarded, progress)
            load_seconds = monotonic() - started
            async with log_reader(wanted.kafka, build.offsets) as reader:
                step("catching up")
                await build.catch_up(reader)
                await build.refold()
                step("switching")
                await build.switch(reader)
        except BaseException:
            await asyncio.shield(switching.drop_quietly(wanted.dsn, schema))
            raise
        await switching.drop_others(connection)
        return Rebuilt(schema, build.messages, len(build.sieve.parked), load_seconds, monotonic() - started)
    finally:
        await connection.close()


async def _refuse_unless_earlier(connection: Connection) -> None:
    """Look under the lock: another process may have rebuilt the facts while this one came to it."""
    try:
        await live_schema(connection)
    except FactsOfEarlierVersion:
        return
    except FactsOfLaterVersion as later:
        raise RebuildNotNeeded(str(later)) from later
    raise RebuildNotNeeded("The facts are of this version already.")


async def _new_build(connection: Connection) -> str:
    async with connection.transaction():
        schema = await next_schema(connection)
        await create_tables(connection, schema)
        await make_build_tables(connection, schema)
    return schema


async def _edges(kafka: KafkaSettings, topics: Sequence[str]) -> dict[PartitionKey, tuple[int, int]]:
    """Return where each partition of the topics begins and ends now."""
    admin = AIOKafkaAdminClient(**kafka.client_options())
    try:
        await start_client(admin)
        # All topics, since asking for one by name would create it where brokers create topics unasked.
        described = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
    finally:
        await admin.close()
    missing = sorted(topic for topic in topics if not described.get(topic))
    if missing:
        raise RebuildRefused(f"There is no topic {', '.join(missing)}: create it first (`sightline up` does).")
    partitions = [TopicPartition(topic, partition["partition"]) for topic in topics for partition in described[topic]]
    asker = AIOKafkaConsumer(group_id=None, enable_auto_commit=False, **kafka.client_options())
    try:
        await start_client(asker)
        begins = await asker.beginning_offsets(partitions)
        ends = await asker.end_offsets(partitions)
    finally:
        await stop_reader(asker)
    return {(at.topic, at.partition): (begins[at], ends[at]) for at in partitions}


class _Build:
    """A build under way: its schema, how far it has read, and what it set aside."""

    def __init__(
        self,
        wanted: Plan,
        connection: Connection,
        schema: str,
        edges: Mapping[PartitionKey, tuple[int, int]],
    ) -> None:
        self._wanted = wanted
        self._connection = connection
        self._schema = schema
        self._edges = edges
        self.offsets: dict[PartitionKey, int] = {}
        self.sieve = Sieve({}, set())
        self.messages = 0

    async def load(self, discarded: Collection[bytes], progress: Progress) -> None:
        """Read the log as it stood at the start, and index what came of it."""
        total = sum(end - begin for begin, end in self._edges.values())
        shares = _shares(self._edges, self._wanted.processes)
        wanted = self._wanted
        numbers = await switching.discarded_numbers(self._connection)
        jobs = [
            Job(wanted.dsn, wanted.kafka, self._schema, share, frozenset(discarded), frozenset(numbers))
            for share in shares
        ]
        loads: list[Loaded] = await load_all(
            jobs, lambda done: progress(min(done, total), total), here=0 if wanted.apart else 1
        )
        for loaded in loads:
            self.offsets |= loaded.offsets
            self.messages += loaded.messages
        self.sieve = Sieve(
            {},
            set(discarded),
            parked=list(chain.from_iterable(loaded.parked for loaded in loads)),
            holes=dict(ChainMap(*(loaded.holes for loaded in loads))),  # a stream is in one partition, so in one load
            late=dict(ChainMap(*(loaded.late for loaded in loads))),
        )
        self.sieve.held = lowest_parked(self.sieve.parked)
        async with self._connection.transaction():
            await create_indexes(self._connection, self._schema)
            await self._connection.execute(
                f"ALTER TABLE {quoted(self._schema)}.build_positions ADD PRIMARY KEY (topic, stream_id)"
            )
        await self._connection.execute(f"ANALYZE {quoted(self._schema)}.build_positions")
        await switching.analyse(self._connection, self._schema)

    async def catch_up(self, reader: AIOKafkaConsumer) -> None:
        """Read what came meanwhile, until little is outstanding or it is plain that more comes than can be read."""
        for _ in range(_ROUNDS):
            ends = await self._ends(reader)
            if sum(max(0, end - self.offsets[key]) for key, end in ends.items()) < _NEARLY:
                return
            await self._read_to(reader, ends)

    async def refold(self) -> None:
        """Fold the streams anew of which a message came late; those of which one comes from now on are handed over."""
        connection = self._connection
        while self.sieve.late:
            some = dict(islice(self.sieve.late.items(), refolding.AT_ONCE))
            edges = {key: (self._edges[key][0], end) for key, end in self.offsets.items()}
            gathered = await refolding.gather(self._wanted.kafka, edges, some)
            positions = await switching.stream_positions(connection, self._schema, some)
            numbers = await refolding.stepped_over(connection, some)
            done = {}
            for stream in some:
                standing = refolding.Standing(
                    positions[stream], self.sieve.holes.get(stream, ()), self.sieve.discarded, numbers.get(stream, ())
                )
                received = refolding.in_order(gathered.records[stream], standing)
                if received is None:
                    raise RebuildRefused("The log lost messages while it was read: start the rebuild again.")
                done[stream[1]] = received
            async with connection.transaction():
                await refolding.replace(connection, self._schema, done)
            for stream in some:
                del self.sieve.late[stream]

    async def switch(self, reader: AIOKafkaConsumer) -> None:
        """Take the place of the live facts.

        The lock on the streams' positions is what every live batch takes first, before it reads which facts are
        live: those under way have ended when it is granted, and those after it find the new facts.
        """
        connection, schema = self._connection, self._schema
        async with connection.transaction():
            await connection.execute("LOCK TABLE messaging.stream_position IN SHARE ROW EXCLUSIVE MODE")
            live = await partition_positions(connection, self._wanted.topics)
            await self._read_to(
                reader, await self._reachable(reader, {key: at.next_offset for key, at in live.items()}), within=True
            )
            await self._honour(await switching.discarded(connection))
            ahead = await switching.streams_ahead(connection, schema, self._wanted.topics)
            if ahead and not self._wanted.accept_shorter:
                raise RebuildRefused(
                    f"{ahead} streams reach further in the live facts than the log does now, so that a rebuild would "
                    f"lose some of their facts: {_WAY_OUT}"
                )
            await switching.hand_over(
                connection, schema, self.offsets, self.sieve, set_back=self._wanted.accept_shorter
            )

    async def _reachable(self, reader: AIOKafkaConsumer, live: Mapping[PartitionKey, int]) -> dict[PartitionKey, int]:
        """Return how far the build has to read to know all that the live facts know."""
        ends = await self._ends(reader)
        short = sorted(key for key, offset in live.items() if ends.get(key, 0) < offset)
        if short and not self._wanted.accept_shorter:
            names = ", ".join(f"{topic}/{number}" for topic, number in short)
            raise RebuildRefused(f"The log ends before what the live facts have read ({names}): {_WAY_OUT}")
        return {key: min(offset, ends[key]) for key, offset in live.items() if key in ends}

    async def _honour(self, discarded: set[bytes]) -> None:
        """Take in what people discarded while the log was read, and let what waited behind it take effect."""
        waiting = self.sieve.release(discarded - self.sieve.discarded)
        if waiting:
            await self._apply(waiting)

    async def _ends(self, reader: AIOKafkaConsumer) -> dict[PartitionKey, int]:
        ends = await reader.end_offsets([TopicPartition(*key) for key in self.offsets])
        return {(at.topic, at.partition): end for at, end in ends.items()}

    async def _read_to(
        self, reader: AIOKafkaConsumer, ends: Mapping[PartitionKey, int], *, within: bool = False
    ) -> None:
        async for found in read_until(reader, ends):
            records = list(chain.from_iterable(found.values()))
            if within:
                await self._apply(records)
            else:
                async with self._connection.transaction():
                    await self._apply(records)
            self.messages += len(records)
        for key in self.offsets:
            self.offsets[key] = await reader.position(TopicPartition(*key))

    async def _apply(self, records: Sequence[RawRecord]) -> None:
        """Let messages take effect in the build, in the open transaction: the live way, on the build's own tables."""
        connection, schema = self._connection, self._schema
        readings = read_all(records)
        self.sieve.positions = await switching.stream_positions(connection, schema, streams_of(readings))
        before = dict(self.sieve.positions)
        made = self.sieve.plan(readings)
        facts = Facts()
        await load_current(connection, schema, facts, made.received)
        done = self.sieve.fold(facts, readings, made)
        await write(connection, schema, facts)
        await note_positions(connection, schema, done.received)
        moved: dict[StreamKey, int] = {
            stream: sequence for stream, sequence in self.sieve.positions.items() if before.get(stream) != sequence
        }
        await switching.move_streams(connection, schema, moved)


def _shares(edges: Mapping[PartitionKey, tuple[int, int]], processes: int) -> list[dict[PartitionKey, tuple[int, int]]]:
    """Deal partitions out, the longest first, each to whoever has least so far."""
    shares: list[dict[PartitionKey, tuple[int, int]]] = [{} for _ in range(processes)]
    loads = [0] * processes
    for key, (begin, end) in sorted(edges.items(), key=lambda item: (item[1][0] - item[1][1], item[0])):
        least = loads.index(min(loads))
        shares[least][key] = (begin, end)
        loads[least] += end - begin
    return [share for share in shares if share]
