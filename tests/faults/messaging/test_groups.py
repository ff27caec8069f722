"""Rebalances hand partitions over drained, kills lose nothing, and nothing takes effect twice (G2)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests.integration.messaging.support import (
    Service,
    consumer_of,
    erased,
    running,
    send,
    service,
    until,
)
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


async def _count(audit: Service, wanted: int) -> bool:
    return await audit.count() >= wanted


def _messages(streams: list[UUID], numbers: range) -> list[Any]:
    return [erased(stream, number) for number in numbers for stream in streams]


async def test_members_come_and_go_and_each_message_takes_effect_once(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=6)
    group = f"sightline.test-{uuid4().hex[:8]}"
    streams = [uuid4() for _ in range(60)]
    calls: Counter[tuple[UUID, int]] = Counter()
    async with service(postgres_dsn) as audit:

        async def handle(connection: Any, received: Any) -> None:
            calls.update((one.envelope.subject, one.envelope.sequence) for one in received)
            await audit.handle(connection, received)

        first = consumer_of(audit.pool, handle, kafka.bootstrap, [topic], group=group)
        async with running(first):
            await send(kafka.bootstrap, topic, _messages(streams, range(1, 11)))
            second = consumer_of(audit.pool, handle, kafka.bootstrap, [topic], group=group)
            sending = asyncio.create_task(send(kafka.bootstrap, topic, _messages(streams, range(11, 31))))
            async with running(second):
                await until(lambda: first.health().assigned and second.health().assigned)
                assert len(first.health().assigned) + len(second.health().assigned) == 6
                await sending
                await send(kafka.bootstrap, topic, _messages(streams, range(31, 41)))
                await until(lambda: _count(audit, 60 * 40))
            await until(lambda: len(first.health().assigned) == 6)
            await send(kafka.bootstrap, topic, _messages(streams, range(41, 43)))
            await until(lambda: _count(audit, 60 * 42))
        assert sorted(await audit.applied()) == sorted((stream, n) for stream in streams for n in range(1, 43))
        assert max(calls.values()) == 1
        assert await audit.pool.fetchval("select count(*) from messaging.holes") == 0


async def test_a_rebalance_waits_for_the_batch_in_hand(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=2)
    group = f"sightline.test-{uuid4().hex[:8]}"
    streams = [uuid4() for _ in range(8)]
    calls: Counter[tuple[UUID, int]] = Counter()
    in_batch, go_on = asyncio.Event(), asyncio.Event()
    async with service(postgres_dsn) as audit:

        async def handle(connection: Any, received: Any) -> None:
            calls.update((one.envelope.subject, one.envelope.sequence) for one in received)
            await audit.handle(connection, received)
            in_batch.set()
            await go_on.wait()

        first = consumer_of(audit.pool, handle, kafka.bootstrap, [topic], group=group)
        async with running(first):
            await send(kafka.bootstrap, topic, _messages(streams, range(1, 3)))
            await in_batch.wait()
            second = consumer_of(audit.pool, handle, kafka.bootstrap, [topic], group=group)
            async with running(second):
                await until(first._hurry.is_set)  # the group asks for the partitions back while the batch is in hand
                go_on.set()
                await until(lambda: second.health().assigned)
                await until(lambda: _count(audit, 16))
        assert max(calls.values()) == 1
        assert sorted(await audit.applied()) == sorted((stream, n) for stream in streams for n in (1, 2))


async def test_two_at_the_same_messages_at_once_apply_them_once(postgres_dsn: str, kafka: TestKafka) -> None:
    """What a member does that was paused past its session: it works on what is another's by now.

    Two groups stand for that here: both get every message, and both write to the same database.
    """
    topic = await kafka.create_topic(partitions=1)
    streams = [uuid4() for _ in range(10)]
    await send(kafka.bootstrap, topic, _messages(streams, range(1, 4)))
    in_batch, go_on = asyncio.Event(), asyncio.Event()
    async with service(postgres_dsn) as audit:

        async def handle(connection: Any, received: Any) -> None:
            await audit.handle(connection, received)
            in_batch.set()
            await go_on.wait()

        async with running(consumer_of(audit.pool, handle, kafka.bootstrap, [topic])) as one:
            await in_batch.wait()
            async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])) as other:
                await until(lambda: _waits_for_a_lock(audit))  # it has planned the same messages by now
                go_on.set()
                await until(lambda: one.health().lag == other.health().lag == {topic: 0})
                await until(lambda: _count(audit, 30))
        assert sorted(await audit.applied()) == sorted((stream, n) for stream in streams for n in range(1, 4))
        assert await audit.parked() == []


async def _waits_for_a_lock(audit: Service) -> bool:
    return bool(
        await audit.pool.fetchval(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
    )


async def test_a_stop_in_a_batch_finishes_and_commits_it(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    group = f"sightline.test-{uuid4().hex[:8]}"
    stream = uuid4()
    in_batch, go_on = asyncio.Event(), asyncio.Event()
    async with service(postgres_dsn) as audit:

        async def handle(connection: Any, received: Any) -> None:
            await audit.handle(connection, received)
            in_batch.set()
            await go_on.wait()

        consumer = consumer_of(audit.pool, handle, kafka.bootstrap, [topic], group=group)
        await consumer.start()
        await send(kafka.bootstrap, topic, [erased(stream, 1)])
        await in_batch.wait()
        stopping = asyncio.create_task(consumer.stop())
        await until(consumer._stopping.is_set)
        go_on.set()
        await asyncio.wait_for(stopping, 15)
        assert await audit.applied() == [(stream, 1)]
        assert await _committed(kafka, group) == {(topic, 0): 1}
        again = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)
        async with running(again):
            await until(lambda: again.ready)
            await send(kafka.bootstrap, topic, [erased(stream, 2)])
            await until(lambda: _count(audit, 2))
        assert audit.batches[-1] == [(stream, 2)]


async def _committed(kafka: TestKafka, group: str) -> dict[tuple[str, int], int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {(key.topic, key.partition): offset.offset for key, offset in offsets.items()}


async def test_a_kill_in_the_middle_of_batches_loses_and_repeats_nothing(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=3)
    group = f"sightline.test-{uuid4().hex[:8]}"
    streams = [uuid4() for _ in range(50)]
    await send(kafka.bootstrap, topic, _messages(streams, range(1, 41)))
    async with service(postgres_dsn) as audit:
        for wanted in (100, 400, 800):
            async with consumer_process(postgres_dsn, kafka.bootstrap, topic, group) as process:
                await until(lambda wanted=wanted: _count(audit, wanted))  # type: ignore[misc]  # bound now, on purpose
                process.send_signal(signal.SIGKILL)
                await process.wait()
        async with consumer_process(postgres_dsn, kafka.bootstrap, topic, group) as process:
            await until(lambda: _count(audit, 2000), within=60)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 30) == 0
        assert sorted(await audit.applied()) == sorted((stream, n) for stream in streams for n in range(1, 41))
        assert await audit.parked() == []
        assert await audit.pool.fetchval("select count(*) from messaging.holes") == 0


@asynccontextmanager
async def consumer_process(
    dsn: str, bootstrap: str, topic: str, group: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a consumer as a process of its own, in small batches; killed with the block at the latest."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.messaging.consumer_process",
        dsn,
        bootstrap,
        topic,
        group,
        env={**os.environ},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()
