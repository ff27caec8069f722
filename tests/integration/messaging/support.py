"""What the tests of the consumer share: made-up events, a topic to send them to, a service that notes what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import orjson
from aiokafka import AIOKafkaProducer

from shared.contracts.audit import ChildErasedV1
from shared.contracts.envelope import Envelope, Message, encode, event_id, schema_of
from shared.eventstore.database import Connection, Pool, open_pool
from shared.eventstore.migrations import migrate
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import KafkaSettings
from shared.messaging.records import BatchHandler, Received
from shared.messaging.settings import ConsumerSettings
from shared.messaging.storage import SCHEMA

INTERESTED = frozenset({ChildErasedV1.TYPE})
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUICK = ConsumerSettings(
    retry_first=0.01,
    retry_per_batch=5.0,
    pause_first=0.1,
    pause_longest=0.5,
    look_every=0.5,
    requests_every=0.05,
    session_timeout=6.0,
    drain=5.0,
    graceful=10.0,
)


async def until(
    condition: Callable[[], Awaitable[Any] | Any], *, within: float = 30.0, what: str = "the condition"
) -> Any:
    """Wait for something to become true, and return it; fail when it does not in time."""
    deadline = monotonic() + within
    while True:
        found = condition()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        if monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {within} s; last: {found!r}")
        await asyncio.sleep(0.02)


def erased(stream: UUID, sequence: int, *, reason: str = "request", event_type: str = ChildErasedV1.TYPE) -> Message:
    """Make a real event of a stream, the smallest there is."""
    return encode(
        Envelope(
            id=event_id("/audit", stream, sequence),
            type=event_type,
            source="/audit",
            subject=stream,
            time=NOON + timedelta(minutes=sequence),
            recorded_at=NOON + timedelta(minutes=sequence),
            authority="kent",
            sequence=sequence,
            correlation_id=uuid4(),
            causation_id=None,
            data_schema=schema_of(event_type),
            traceparent=None,
            data=orjson.dumps({"case_reference": str(stream), "reason": reason}),
        )
    )


def without_header(message: Message, name: str) -> Message:
    return message._replace(headers=[header for header in message.headers if header[0] != name])


def with_header(message: Message, name: str, value: bytes | None) -> Message:
    headers: list[Any] = [(key, value if key == name else old) for key, old in message.headers]
    return message._replace(headers=headers)


@asynccontextmanager
async def producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    sender = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await sender.start()
    try:
        yield sender
    finally:
        await sender.stop()


async def send(bootstrap: str, topic: str, messages: Sequence[Any], *, partition: int | None = None) -> None:
    """Send in order and wait for the acks; a message is (key, value, headers)."""
    async with producer(bootstrap) as sender:
        acks = [
            await sender.send(topic, key=key, value=value, headers=headers, partition=partition)
            for key, value, headers in messages
        ]
        await asyncio.gather(*acks)


@dataclass
class Service:
    """A service under test: it writes what it applies into a table of its own, and refuses what it is told to."""

    pool: Pool
    refuses: Callable[[Received], BaseException | None] = lambda _received: None
    batches: list[list[tuple[UUID, int]]] = field(default_factory=list)

    async def handle(self, connection: Connection, received: Sequence[Received]) -> None:
        self.batches.append([(one.envelope.subject, one.envelope.sequence) for one in received])
        for one in received:
            await connection.execute(
                "insert into applied (stream_id, sequence) values ($1, $2)", one.envelope.subject, one.envelope.sequence
            )
            if (refusal := self.refuses(one)) is not None:
                raise refusal

    async def applied(self) -> list[tuple[UUID, int]]:
        """What took effect, in order."""
        rows = await self.pool.fetch("select stream_id, sequence from applied order by number")
        return [(row["stream_id"], row["sequence"]) for row in rows]

    async def count(self) -> int:
        return int(await self.pool.fetchval("select count(*) from applied"))

    async def parked(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.pool.fetch("select * from messaging.parked order by id")]


@asynccontextmanager
async def service(dsn: str) -> AsyncIterator[Service]:
    """A migrated database with a table of effects: a second effect of one message would be a second row."""
    await migrate(dsn, [SCHEMA])
    pool = await open_pool(dsn, size=6)
    try:
        await pool.execute(
            "create table if not exists applied ("
            "number bigint generated always as identity, stream_id uuid not null, sequence bigint not null)"
        )
        yield Service(pool)
    finally:
        await pool.close()


def consumer_of(
    pool: Pool,
    handler: BatchHandler,
    bootstrap: str,
    topics: Sequence[str],
    *,
    group: str | None = None,
    settings: ConsumerSettings = QUICK,
    **more: Any,
) -> Consumer:
    return Consumer(
        service="test",
        group=group or f"sightline.test-{uuid4().hex[:8]}",
        topics=topics,
        handler=handler,
        pool=pool,
        kafka=KafkaSettings(bootstrap=bootstrap),
        interested=more.pop("interested", INTERESTED),
        settings=settings,
        **more,
    )


@asynccontextmanager
async def running(consumer: Consumer) -> AsyncIterator[Consumer]:
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
