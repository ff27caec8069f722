"""Messages take effect once, in their stream's order, whatever else is on the topic."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from shared.eventstore.database import Connection
from shared.messaging.records import Received
from tests.integration.messaging.support import Service, consumer_of, erased, running, send, service, until
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


def by_stream(applied: list[tuple[UUID, int]]) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = defaultdict(list)
    for stream, sequence in applied:
        found[stream].append(sequence)
    return dict(found)


async def test_every_message_takes_effect_once_and_in_order(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic()
    streams = [uuid4() for _ in range(20)]
    messages = [erased(stream, sequence) for sequence in range(1, 11) for stream in streams]
    await send(kafka.bootstrap, topic, messages)
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await until(lambda: _count(audit, 200))
        assert by_stream(await audit.applied()) == {stream: list(range(1, 11)) for stream in streams}
        assert await audit.parked() == []


async def _count(audit: Service, wanted: int) -> bool:
    return await audit.count() >= wanted


async def test_duplicates_and_reordered_redelivery_change_nothing(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream, other = uuid4(), uuid4()
    order = [1, 2, 2, 1, 3, 2, 3, 4, 1, 4]
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await send(kafka.bootstrap, topic, [erased(stream, number) for number in order])
        await send(kafka.bootstrap, topic, [erased(stream, number) for number in (4, 3, 2, 1)])
        await send(kafka.bootstrap, topic, [erased(other, 1)])
        await until(lambda: _has(audit, (other, 1)))
        assert await audit.applied() == [(stream, 1), (stream, 2), (stream, 3), (stream, 4), (other, 1)]
        assert await audit.pool.fetchval("select count(*) from messaging.holes") == 0


async def test_a_hole_is_noticed_and_stops_nothing(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream, late = uuid4(), uuid4()
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await send(kafka.bootstrap, topic, [erased(stream, 1), erased(stream, 4), erased(late, 3), erased(stream, 5)])
        await until(lambda: _has(audit, (stream, 5)))
        assert await audit.applied() == [(stream, 1), (stream, 4), (late, 3), (stream, 5)]
        rows = await audit.pool.fetch("select stream_id, expected, found from messaging.holes")
        assert {tuple(row) for row in rows} == {(stream, 2, 4), (late, 1, 3)}


async def test_types_of_no_interest_move_their_stream_and_are_not_parsed(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    foreign = erased(stream, 2, event_type="tool-published.v1")._replace(value=b"not even JSON")
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await send(kafka.bootstrap, topic, [erased(stream, 1), foreign, erased(stream, 3)])
        await until(lambda: _has(audit, (stream, 3)))
        assert await audit.applied() == [(stream, 1), (stream, 3)]
        assert await audit.parked() == []
        assert await audit.pool.fetchval("select count(*) from messaging.holes") == 0


async def test_one_batch_is_one_transaction(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    streams = [uuid4() for _ in range(50)]
    await send(kafka.bootstrap, topic, [erased(stream, 1) for stream in streams])
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await until(lambda: _count(audit, 50))
        transactions = await audit.pool.fetch("select count(*) from applied group by xmin")
        assert [row["count"] for row in transactions] == [50]


async def test_ready_means_partitions_a_turning_loop_and_a_known_lag(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=2)
    async with service(postgres_dsn) as audit:
        consumer = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])
        assert not consumer.ready
        assert consumer.health().lag == {}
        async with running(consumer):
            await until(lambda: consumer.ready)
            health = consumer.health()
            assert health.assigned == (f"{topic}/0", f"{topic}/1")
            assert health.lag == {topic: 0}
            assert (health.turning, health.paused_reason, health.last_error) == (True, None, None)
        assert not consumer.ready


async def test_the_lag_is_what_waits(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    in_batch, go_on = asyncio.Event(), asyncio.Event()
    async with service(postgres_dsn) as audit:

        async def handle(connection: Connection, received: Sequence[Received]) -> None:
            await audit.handle(connection, received)
            in_batch.set()
            await go_on.wait()

        consumer = consumer_of(audit.pool, handle, kafka.bootstrap, [topic])
        async with running(consumer):
            await send(kafka.bootstrap, topic, [erased(uuid4(), 1)])
            await in_batch.wait()
            await send(kafka.bootstrap, topic, [erased(uuid4(), 1) for _ in range(7)])
            await until(lambda: consumer.health().lag == {topic: 7})
            go_on.set()
            await until(lambda: consumer.health().lag == {topic: 0})


async def _has(audit: Service, one: tuple[UUID, int]) -> bool:
    return one in await audit.applied()
