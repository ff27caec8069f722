"""A database or broker that is away parks nothing: the consumer waits, stays in its group, and goes on by itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from shared.messaging.consumer import Consumer
from tests.faults.messaging.broker import own_broker
from tests.integration.messaging.support import QUICK, Service, consumer_of, erased, running, send, service, until
from tests.support.servers import Stack
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


@asynccontextmanager
async def database_away(stack: Stack, dsn: str) -> AsyncIterator[None]:
    """Let nobody in and end every session, as a server that went down does; let them in again afterwards."""
    name = urlsplit(dsn).path.lstrip("/")
    admin = await asyncpg.connect(stack.postgres)
    try:
        await admin.execute(f'alter database "{name}" with allow_connections false')
        await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        yield
    finally:
        await admin.execute(f'alter database "{name}" with allow_connections true')
        await admin.close()


async def _count(audit: Service, wanted: int) -> bool:
    return await audit.count() >= wanted


async def test_a_database_that_goes_in_the_middle_of_a_batch(postgres_dsn: str, kafka: TestKafka, stack: Stack) -> None:
    topic = await kafka.create_topic(partitions=3)
    streams = [uuid4() for _ in range(30)]
    in_batch, go_on = asyncio.Event(), asyncio.Event()
    async with service(postgres_dsn) as audit:

        async def handle(connection: Any, received: Any) -> None:
            await audit.handle(connection, received)
            if not go_on.is_set():
                in_batch.set()
                await go_on.wait()

        consumer = consumer_of(audit.pool, handle, kafka.bootstrap, [topic])
        async with running(consumer):
            await send(kafka.bootstrap, topic, [erased(stream, number) for number in (1, 2, 3) for stream in streams])
            await in_batch.wait()
            async with database_away(stack, postgres_dsn):
                go_on.set()
                await until(lambda: consumer.health().paused_reason)
                assert not consumer.ready
            await until(lambda: _count(audit, 90))
            await until(lambda: consumer.ready)
        applied = await audit.applied()
        assert sorted(applied) == sorted((stream, number) for stream in streams for number in (1, 2, 3))
        assert await audit.parked() == []


async def test_away_for_longer_than_the_session_the_group_keeps_its_member(
    postgres_dsn: str, kafka: TestKafka, stack: Stack
) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    async with service(postgres_dsn) as audit:
        consumer = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])
        async with running(consumer):
            await send(kafka.bootstrap, topic, [erased(stream, 1)])
            await until(lambda: _count(audit, 1))
            member = _member(consumer)
            async with database_away(stack, postgres_dsn):
                await send(kafka.bootstrap, topic, [erased(stream, 2)])
                await until(lambda: consumer.health().paused_reason)
                await asyncio.wait_for(_heartbeats(consumer, 8.0), 30)  # session_timeout is 6 s
            await until(lambda: _count(audit, 2))
            assert _member(consumer) == member
            assert consumer.dead_reason is None


def _member(consumer: Consumer) -> str:
    assert consumer._subscription is not None
    return str(consumer._subscription._client()._coordinator.member_id)


async def _heartbeats(consumer: Consumer, seconds: float) -> None:
    """Let the group's clock run past its session timeout: the one thing here that only time can show."""
    loop = asyncio.get_running_loop()
    until_then = loop.time() + seconds
    await until(lambda: loop.time() >= until_then)


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
async def test_a_broker_that_goes_and_comes_back(ended_by: signal.Signals, postgres_dsn: str) -> None:
    async with own_broker() as broker, service(postgres_dsn) as audit:
        topic = await TestKafka(broker.bootstrap).create_topic(partitions=3)
        streams = [uuid4() for _ in range(30)]
        consumer = consumer_of(audit.pool, audit.handle, broker.bootstrap, [topic])
        async with running(consumer):
            await send(broker.bootstrap, topic, [erased(stream, 1) for stream in streams])
            await until(lambda: _count(audit, 30))
            await until(lambda: consumer.ready)
            await broker.end(ended_by)
            await until(lambda: not consumer.ready)
            assert consumer.dead_reason is None
            await broker.start()
            await send(broker.bootstrap, topic, [erased(stream, 2) for stream in streams])
            await until(lambda: _count(audit, 60), within=60)
            await until(lambda: consumer.ready, within=60)
            assert consumer.dead_reason is None
        assert sorted(await audit.applied()) == sorted((stream, number) for stream in streams for number in (1, 2))
        assert await audit.parked() == []


async def test_started_before_broker_and_topic_it_waits_and_says_so(postgres_dsn: str) -> None:
    async with own_broker() as broker, service(postgres_dsn) as audit:
        await broker.end()
        topic = f"late-{uuid4().hex[:8]}"
        consumer = consumer_of(audit.pool, audit.handle, broker.bootstrap, [topic])
        async with running(consumer):
            await until(lambda: consumer.health().last_error == "broker-or-database-away")
            assert not consumer.ready
            await broker.start()
            await until(lambda: consumer.health().last_error == "topics-missing", within=60)
            await TestKafka(broker.bootstrap).create_topic(topic, partitions=2)
            stream = uuid4()
            await send(broker.bootstrap, topic, [erased(stream, 1)])
            await until(lambda: _count(audit, 1), within=60)
            await until(lambda: consumer.ready)


async def test_a_stop_does_not_wait_for_a_broker_that_is_away(postgres_dsn: str) -> None:
    async with service(postgres_dsn) as audit:
        consumer = consumer_of(audit.pool, audit.handle, "127.0.0.1:9", ["audit.events"])
        await consumer.start()
        await until(lambda: consumer.health().last_error)
        await asyncio.wait_for(consumer.stop(), 10)


async def test_a_table_that_is_missing_parks_nothing(postgres_dsn: str, kafka: TestKafka) -> None:
    """The installation's fault, not a message's: it waits until someone migrates."""
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    async with service(postgres_dsn) as audit:
        await audit.pool.execute("alter table applied rename to not_yet")
        consumer = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])
        async with running(consumer):
            await send(kafka.bootstrap, topic, [erased(stream, 1)])
            await until(lambda: consumer.health().paused_reason == "infrastructure:UndefinedTableError")
            await audit.pool.execute("alter table not_yet rename to applied")
            await until(lambda: _count(audit, 1))
        assert await audit.parked() == []


async def test_a_handler_that_hangs_is_cut_off_and_tried_again(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    hung = asyncio.Event()
    async with service(postgres_dsn) as audit:

        async def handle(connection: Any, received: Any) -> None:
            await audit.handle(connection, received)
            if not hung.is_set():
                hung.set()
                await asyncio.Event().wait()

        consumer = consumer_of(
            audit.pool, handle, kafka.bootstrap, [topic], settings=QUICK.model_copy(update={"handler_timeout": 1.0})
        )
        async with running(consumer):
            await send(kafka.bootstrap, topic, [erased(stream, 1)])
            await until(lambda: _count(audit, 1))
        assert await audit.applied() == [(stream, 1)]
        assert await audit.parked() == []
