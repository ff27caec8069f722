"""Reporting's database and log as tests use them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from services.reporting.adapters.consuming import fold_into_live
from services.reporting.facts.fold import INTERESTED
from services.reporting.facts.live import ensure_live
from services.reporting.main import MIGRATIONS
from shared.eventstore.database import Pool, open_pool
from shared.eventstore.migrations import migrate
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import KafkaSettings
from shared.messaging.settings import ConsumerSettings
from tests.support.fact_log import AUDIT, ESCALATION, Sent
from tests.support.stack import TestKafka

PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Log:
    """Two topics of a test's own."""

    kafka: TestKafka
    prefix: str

    @property
    def topics(self) -> list[str]:
        return [self.prefix + AUDIT, self.prefix + ESCALATION]

    @property
    def settings(self) -> KafkaSettings:
        return KafkaSettings(bootstrap=self.kafka.bootstrap)

    async def send(self, messages: Iterable[Sent]) -> None:
        """Send messages, each topic's in order."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.kafka.bootstrap, acks="all", enable_idempotence=True, linger_ms=5
        )
        await producer.start()
        try:
            for sent in messages:
                message = sent.message
                await producer.send(
                    self.prefix + sent.topic, key=message.key, value=message.value, headers=message.headers
                )
            await producer.flush()
        finally:
            await producer.stop()


async def new_log(kafka: TestKafka, *, partitions: int = 4) -> Log:
    """Make two topics."""
    log = Log(kafka, f"t{uuid4().hex[:10]}.")
    for topic in log.topics:
        await kafka.create_topic(topic, partitions=partitions)
    return log


async def migrated(dsn: str) -> None:
    """Bring an empty database to reporting's shape, with empty live facts."""
    await migrate(dsn, MIGRATIONS)
    pool = await open_pool(dsn, size=2)
    try:
        async with pool.acquire() as connection:
            await ensure_live(connection)
    finally:
        await pool.close()


@asynccontextmanager
async def consuming(
    log: Log, pool: Pool, *, handler: Any = fold_into_live, on_discard: Any = None
) -> AsyncIterator[Consumer]:
    """Run the live consumer, with small batches and short waits."""
    consumer = Consumer(
        service="reporting",
        group=f"{log.prefix}reporting",
        topics=log.topics,
        handler=handler,
        pool=pool,
        kafka=log.settings,
        interested=INTERESTED,
        on_discard=on_discard,
        settings=ConsumerSettings(batch=200, attempts=2, retry_first=0.01, look_every=0.5, requests_every=0.1),
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def until(what: str, holds: Callable[[], Any]) -> None:
    """Wait until a condition holds (a function, or a coroutine function), with a deadline."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                found = holds()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited in vain: {what}") from None


async def all_read(log: Log, pool: Pool) -> None:
    """Wait until the live consumer has settled every message of the log."""
    asker = AIOKafkaConsumer(bootstrap_servers=log.kafka.bootstrap, group_id=None)
    await asker.start()
    try:
        async with pool.acquire() as connection:
            count = await _partitions(log)
            ends = await asker.end_offsets([TopicPartition(topic, n) for topic in log.topics for n in range(count)])

            async def reached() -> bool:
                rows = await connection.fetch("SELECT topic, partition, next_offset FROM messaging.partition_position")
                positions = {(row[0], row[1]): row[2] for row in rows}
                return all(positions.get((at.topic, at.partition), 0) >= end for at, end in ends.items())

            await until("the live consumer reads to the end", reached)
    finally:
        await asker.stop()


async def _partitions(log: Log) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=log.kafka.bootstrap)
    await admin.start()
    try:
        [described] = await admin.describe_topics([log.topics[0]])
        return len(described["partitions"])
    finally:
        await admin.close()
