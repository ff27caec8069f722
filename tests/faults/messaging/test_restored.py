"""A topic that is not the one that was read stops the reading until a person has looked; nothing jumps silently."""

from __future__ import annotations

from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.structs import TopicPartition

from shared.messaging import parked
from tests.integration.messaging.support import Service, consumer_of, erased, running, send, service, until
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


async def _count(audit: Service, wanted: int) -> bool:
    return await audit.count() >= wanted


async def _again(kafka: TestKafka, topic: str, partitions: int = 1) -> None:
    """Make a topic anew, as a broker restored from an older copy has it: the same name, an earlier end."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
        await until(lambda: _gone(admin, topic))
    finally:
        await admin.close()
    await kafka.create_topic(topic, partitions=partitions)


async def _gone(admin: AIOKafkaAdminClient, topic: str) -> bool:
    return topic not in await admin.list_topics()


async def test_noticed_at_start_and_read_again_once_accepted(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    group = f"sightline.test-{uuid4().hex[:8]}"
    stream, other = uuid4(), uuid4()
    async with service(postgres_dsn) as audit:
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)):
            await send(kafka.bootstrap, topic, [erased(stream, number) for number in range(1, 6)])
            await until(lambda: _count(audit, 5))
        await _again(kafka, topic)
        await send(kafka.bootstrap, topic, [erased(stream, 1), erased(other, 1)])
        consumer = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)
        async with running(consumer):
            await until(lambda: consumer.health().paused_reason == "restored-topic")
            assert not consumer.ready
            assert consumer.dead_reason is None
            assert await audit.count() == 5
            async with audit.pool.acquire() as connection:
                await parked.accept_topic(connection, topic)
            await until(lambda: _count(audit, 6))
            await until(lambda: consumer.ready)
            assert (await audit.applied())[5:] == [(other, 1)]
            await send(kafka.bootstrap, topic, [erased(stream, number) for number in range(2, 7)])
            await until(lambda: _count(audit, 7))
            assert (await audit.applied())[6:] == [(stream, 6)]


async def test_noticed_while_reading(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    async with service(postgres_dsn) as audit:
        consumer = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])
        async with running(consumer):
            await send(kafka.bootstrap, topic, [erased(stream, number) for number in range(1, 6)])
            await until(lambda: _count(audit, 5))
            await until(lambda: consumer.ready)
            await _again(kafka, topic)
            await send(kafka.bootstrap, topic, [erased(uuid4(), 1)])
            await until(lambda: consumer.health().paused_reason == "restored-topic")
            assert not consumer.ready
            assert await audit.count() == 5
            assert consumer.dead_reason is None


async def test_events_deleted_before_they_were_read_are_noticed(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    group = f"sightline.test-{uuid4().hex[:8]}"
    stream = uuid4()
    async with service(postgres_dsn) as audit:
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)):
            await send(kafka.bootstrap, topic, [erased(stream, 1)])
            await until(lambda: _count(audit, 1))
        await send(kafka.bootstrap, topic, [erased(stream, number) for number in range(2, 6)])
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=3)})
        finally:
            await admin.close()
        consumer = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)
        async with running(consumer):
            await until(lambda: consumer.health().paused_reason == "restored-topic")
            assert consumer._standing.restored[0].reason == "topic-begins-later"
            assert await audit.count() == 1


async def test_a_database_made_anew_is_filled_from_the_beginning(postgres_dsn: str, kafka: TestKafka) -> None:
    """The group's committed offsets outlive the database: what took effect only in the old one must be read again."""
    topic = await kafka.create_topic(partitions=2)
    group = f"sightline.test-{uuid4().hex[:8]}"
    streams = [uuid4() for _ in range(5)]
    async with service(postgres_dsn) as audit:
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)):
            await send(kafka.bootstrap, topic, [erased(stream, 1) for stream in streams])
            await until(lambda: _count(audit, 5))
        for table in ("applied", "messaging.stream_position", "messaging.partition_position"):
            await audit.pool.execute(f"truncate {table}")
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)):
            await until(lambda: _count(audit, 5))
