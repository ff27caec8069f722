"""latency: milliseconds from a command being accepted to being visible in a query over the facts, at 100 a second.

A command is handled by the event store, with its relay beside it as in a service; reporting's consumer runs in a
process of its own; a reader asks the facts every few milliseconds which of the outstanding audits are there.
Against the bare way: one row committed by hand, then one message produced and consumed, at the same rate.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from uuid_utils.compat import uuid7

from benchmarks.figures import Figure, figure
from benchmarks.plan import Plan
from benchmarks.servers import PARTITIONS, Servers
from benchmarks.workload import AUDIT, allocation, meta
from services.reporting.adapters.consuming import fold_into_live
from services.reporting.facts.fold import INTERESTED
from services.reporting.facts.live import ensure_live
from services.reporting.main import MIGRATIONS, TOPICS
from shared.contracts.base import AUDIT_EVENTS
from shared.eventstore.database import open_pool
from shared.eventstore.handling import handle
from shared.eventstore.migrations import migrate
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import KafkaSettings
from shared.outbox.relay import Relay

NAMES: Final = ("latency.p50", "latency.p99")
RATE: Final = 100
LOOK_EVERY: Final = 0.002
WARM_UP: Final = 100
"""Commands before those that count."""

Command = Callable[[], Awaitable[UUID]]


async def measure(servers: Servers, plan: Plan) -> list[Figure]:
    """Measure both figures in one go."""
    count = int(RATE * plan.seconds)
    ours: list[list[float]] = []
    bare: list[list[float]] = []
    for repetition in range(1, plan.repetitions + 1):
        ours.append(await accepted_to_visible(servers, count))
        bare.append(await by_hand(servers, count))
        for who, values in (("sightline", ours[-1]), ("bare", bare[-1])):
            shown = f"p50 {_quantile(values, 50):.1f} ms, p99 {_quantile(values, 99):.1f} ms"
            plan.say(f"latency {repetition}/{plan.repetitions} {who}: {shown}")
    return [
        figure(
            name,
            "ms",
            [_quantile(values, percent) for values in ours],
            {"bare": [_quantile(values, percent) for values in bare]},
        )
        for name, percent in zip(NAMES, (50, 99), strict=True)
        if plan.wanted(name)
    ]


def _quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


async def accepted_to_visible(servers: Servers, count: int) -> list[float]:
    """Return the milliseconds of each command."""
    async with (
        servers.database() as audit_dsn,
        servers.database(migrated=False) as reporting_dsn,
        servers.prefix(*TOPICS) as prefix,
    ):
        await migrate(reporting_dsn, MIGRATIONS)
        async with _reporting(reporting_dsn, servers.bootstrap, prefix), _audit(audit_dsn, servers, prefix) as command:
            reader = await asyncpg.connect(reporting_dsn)
            try:
                schema = await reader.fetchval("SELECT schema_name FROM reporting.live")
                query = f"SELECT audit_id FROM {schema}.audits WHERE audit_id = ANY($1) AND known_until = 'infinity'"

                async def visible(waiting: list[UUID]) -> list[UUID]:
                    return [row["audit_id"] for row in await reader.fetch(query, waiting)]

                return await _paced(command, visible, count)
            finally:
                await reader.close()


async def _paced(command: Command, visible: Callable[[list[UUID]], Awaitable[list[UUID]]], count: int) -> list[float]:
    """Give commands at the rate, look for what they did, and return how long each took to be seen, in milliseconds."""
    accepted: dict[UUID, float] = {}
    seen: dict[UUID, float] = {}
    order: list[UUID] = []

    async def one() -> None:
        stream = await command()
        accepted[stream] = time.perf_counter()
        order.append(stream)

    async def look() -> None:
        while len(seen) < count + WARM_UP:
            waiting = [stream for stream in accepted if stream not in seen]
            if waiting:
                for stream in await visible(waiting):
                    seen[stream] = time.perf_counter()
            await asyncio.sleep(LOOK_EVERY)

    async with asyncio.timeout(60 + 2 * count / RATE), asyncio.TaskGroup() as group:
        group.create_task(look())
        begun = time.perf_counter()
        for number in range(count + WARM_UP):
            await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
            group.create_task(one())
    return [(seen[stream] - accepted[stream]) * 1000 for stream in order[WARM_UP:]]


@asynccontextmanager
async def _audit(dsn: str, servers: Servers, prefix: str) -> AsyncIterator[Command]:
    """Give a command: an audit allocated by the event store, its relay told of it."""
    pool = await open_pool(dsn, size=8)
    relay = Relay(dsn, KafkaSettings(bootstrap=servers.bootstrap), "audit", prefix)
    await relay.start()
    store = PostgresEventStore(pool)

    async def command() -> UUID:
        audit_id = uuid7()
        await handle(store, AUDIT, audit_id, allocation(audit_id), meta(), expects_new=True)
        relay.wake()
        return UUID(int=audit_id.int)

    try:
        async with asyncio.timeout(30):
            while not relay.health().leader:  # noqa: ASYNC110 - the relay tells nobody when it leads
                await asyncio.sleep(0.05)
        yield command
    finally:
        await relay.stop()
        await pool.close()


@asynccontextmanager
async def _reporting(dsn: str, bootstrap: str, prefix: str) -> AsyncIterator[None]:
    """Run reporting's consumer as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.latency", dsn, bootstrap, prefix,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            if not await process.stdout.readline():
                raise RuntimeError("reporting's consumer did not become ready")
        yield
    finally:
        process.stdin.close()
        await process.wait()


async def consume(dsn: str, bootstrap: str, prefix: str) -> None:
    """Be reporting's consumer, until the input ends."""
    pool = await open_pool(dsn, size=4)
    async with pool.acquire() as connection:
        await ensure_live(connection)
    consumer = Consumer(
        service="reporting",
        group=f"{prefix}reporting",
        topics=[prefix + topic for topic in TOPICS],
        handler=fold_into_live,
        pool=pool,
        kafka=KafkaSettings(bootstrap=bootstrap),
        interested=INTERESTED,
    )
    await consumer.start()
    while not consumer.ready:  # noqa: ASYNC110 - the consumer tells nobody when it is ready
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await consumer.stop()
    await pool.close()


async def by_hand(servers: Servers, count: int) -> list[float]:
    """Return the milliseconds of one commit and one message there, each time."""
    async with servers.database(migrated=False) as dsn, servers.prefix(AUDIT_EVENTS) as prefix:
        topic = prefix + AUDIT_EVENTS
        pool = await asyncpg.create_pool(dsn, min_size=4, max_size=8)
        await pool.execute("CREATE TABLE bare (id uuid PRIMARY KEY, data bytea)")
        producer = AIOKafkaProducer(bootstrap_servers=servers.bootstrap, acks="all", enable_idempotence=True)
        consumer = AIOKafkaConsumer(bootstrap_servers=servers.bootstrap, group_id=None, enable_auto_commit=False)
        await producer.start()
        await consumer.start()
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        times = await _round_trips(pool, producer, consumer, topic, count)
        await consumer.stop()
        await producer.stop()
        await pool.close()
    return times


async def _round_trips(pool: Any, producer: Any, consumer: Any, topic: str, count: int) -> list[float]:
    begun_at: dict[bytes, float] = {}
    order: list[bytes] = []
    seen: dict[bytes, float] = {}
    value = b"x" * 500

    async def one() -> None:
        key = uuid4()
        begun_at[key.bytes] = time.perf_counter()
        order.append(key.bytes)
        await pool.execute("INSERT INTO bare VALUES ($1, $2)", key, value)
        await producer.send_and_wait(topic, value, key.bytes)

    async def receive() -> None:
        while len(seen) < count + WARM_UP:
            record = await consumer.getone()
            seen[record.key] = time.perf_counter()

    async with asyncio.timeout(60 + 2 * count / RATE), asyncio.TaskGroup() as group:
        group.create_task(receive())
        begun = time.perf_counter()
        for number in range(count + WARM_UP):
            await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
            group.create_task(one())
    return [(seen[key] - begun_at[key]) * 1000 for key in order[WARM_UP:]]


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(consume(*sys.argv[1:]))
