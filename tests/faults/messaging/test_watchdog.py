"""A consumer that died without a word is noticed; the names it is watched by are private and pinned."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from shared.messaging.consumer import Consumer
from tests.integration.messaging.support import QUICK, consumer_of, erased, running, send, service, until
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack

FAST = QUICK.model_copy(update={"session_timeout": 6.0, "stall_after": 2.0, "look_every": 0.3})


def _client(consumer: Consumer) -> Any:
    assert consumer._subscription is not None
    return consumer._subscription._client()


def _kill_fetch(consumer: Consumer) -> None:
    _client(consumer)._fetcher._fetch_task.cancel()


def _kill_coordination(consumer: Consumer) -> None:
    _client(consumer)._coordinator._coordination_task.cancel()


def _kill_consume(consumer: Consumer) -> None:
    assert consumer._subscription is not None
    for task in consumer._subscription._subscriber.tasks:
        task.cancel()


def _kill_heartbeat(consumer: Consumer) -> None:
    """What one unexpected error in the heartbeat does: it ends, and nobody begins it anew."""
    _client(consumer)._coordinator._heartbeat_task.cancel()


@pytest.mark.parametrize(
    ("kill", "reason"),
    [
        (_kill_fetch, "fetch-task-ended"),
        (_kill_coordination, "coordination-task-ended"),
        (_kill_consume, "consume-task-ended"),
        (_kill_heartbeat, "heartbeat-task-ended"),
    ],
    ids=["fetch", "coordination", "consume", "heartbeat"],
)
async def test_a_silent_death_is_noticed(kill: Any, reason: str, postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=2)
    async with service(postgres_dsn) as audit:
        consumer = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], settings=FAST)
        async with running(consumer):
            await until(lambda: consumer.ready)
            kill(consumer)
            await asyncio.wait_for(consumer.wait_dead(), 40)
            assert consumer.dead_reason == reason
            assert not consumer.ready


async def test_no_progress_with_messages_waiting_is_a_death(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    async with service(postgres_dsn) as audit:
        consumer = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], settings=FAST)
        async with running(consumer):
            await until(lambda: consumer.ready)
            client = _client(consumer)
            client.pause(*client.assignment())  # behind the consumer's back: every task lives, nothing is read
            await send(kafka.bootstrap, topic, [erased(stream, 1)])
            await asyncio.wait_for(consumer.wait_dead(), 30)
            assert consumer.dead_reason == "no-progress"


async def test_the_private_names_are_where_the_watchdog_looks(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    async with service(postgres_dsn) as audit:
        consumer = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])
        async with running(consumer):
            await until(lambda: consumer.ready)
            assert consumer._subscription is not None
            vitals = consumer._subscription.vitals()
            tasks = [vitals.fetch, vitals.coordination, vitals.heartbeat, vitals.refresh, *vitals.consume]
            names = [task.get_coro().__qualname__ for task in tasks if task is not None]  # type: ignore[union-attr]
            assert names == [
                "Fetcher._fetch_requests_routine",
                "GroupCoordinator._coordination_routine",
                "GroupCoordinator._heartbeat_routine",
                "GroupCoordinator._commit_refresh_routine",
                "LogicSubscriber._run_consume_loop",
            ]


async def test_a_group_at_rest_is_not_dead(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    async with service(postgres_dsn) as audit:
        consumer = consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], settings=FAST)
        async with running(consumer):
            await until(lambda: consumer.ready)
            looks = consumer._standing._looked_at
            assert looks is not None
            await until(lambda: (consumer._standing._looked_at or 0) > looks + 4)  # twice what a stall takes
            assert consumer.dead_reason is None
            assert consumer.ready
