"""A message that was lost takes effect once when it is published again: with the database, and with Kafka before it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.eventstore.database import Connection
from shared.messaging import holes, parked
from shared.messaging.parked import Outcome
from shared.messaging.records import Received
from shared.telemetry import metrics
from tests.integration.messaging.support import Service, consumer_of, erased, running, send, service, until
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


async def missing(audit: Service) -> list[tuple[UUID, int, int]]:
    rows = await audit.pool.fetch("select stream_id, expected, found from messaging.holes order by expected")
    return [(row["stream_id"], row["expected"], row["found"]) for row in rows]


async def has(audit: Service, one: tuple[UUID, int]) -> bool:
    return one in await audit.applied()


async def is_missing(audit: Service, wanted: list[tuple[UUID, int, int]]) -> bool:
    return await missing(audit) == wanted


def shown() -> float | None:
    return metrics.REGISTRY.get_sample_value("sightline_messages_missing", {"service": "test"})


async def test_what_was_lost_takes_effect_once_and_its_hole_narrows_and_closes(
    postgres_dsn: str, kafka: TestKafka
) -> None:
    """2 to 5 are lost; 4 comes, then all of the store twice over: each once, and the count of the missing goes down."""
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await send(kafka.bootstrap, topic, [erased(stream, 1), erased(stream, 6)])
        await until(lambda: is_missing(audit, [(stream, 2, 6)]))
        noticed = await audit.pool.fetchval("select noticed_at from messaging.holes")
        await until(lambda: shown() == 4)
        await send(kafka.bootstrap, topic, [erased(stream, 4)])
        await until(lambda: is_missing(audit, [(stream, 2, 4), (stream, 5, 6)]))
        assert {row[0] for row in await audit.pool.fetch("select noticed_at from messaging.holes")} == {noticed}
        await until(lambda: shown() == 3)
        await send(kafka.bootstrap, topic, [erased(stream, number) for number in (1, 2, 3, 4, 5, 6)] * 2)
        await send(kafka.bootstrap, topic, [erased(stream, 7)])
        await until(lambda: has(audit, (stream, 7)))
        assert await audit.applied() == [(stream, number) for number in (1, 6, 4, 2, 3, 5, 7)]
        assert await missing(audit) == []
        await until(lambda: shown() == 0)


async def test_a_crash_between_leaves_it_missing_and_it_takes_effect_when_it_comes_again(
    postgres_dsn: str, kafka: TestKafka
) -> None:
    """The handler's effect and the hole's end are one transaction: cut between the two, neither has happened."""
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    group = f"sightline.test-{uuid4().hex[:8]}"
    in_handler = asyncio.Event()

    async with service(postgres_dsn) as audit:
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)):
            await send(kafka.bootstrap, topic, [erased(stream, 1), erased(stream, 3)])
            await until(lambda: has(audit, (stream, 3)))

        async def cut(connection: Connection, received: list[Received]) -> None:
            await audit.handle(connection, received)
            in_handler.set()
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")

        async with running(consumer_of(audit.pool, cut, kafka.bootstrap, [topic], group=group)):  # type: ignore[arg-type]  # a sequence is a list here
            await send(kafka.bootstrap, topic, [erased(stream, 2)])
            await asyncio.wait_for(in_handler.wait(), 30)
        assert await missing(audit) == [(stream, 2, 3)]
        assert await audit.applied() == [(stream, 1), (stream, 3)]
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)):
            await until(lambda: is_missing(audit, []))
        assert await audit.applied() == [(stream, 1), (stream, 3), (stream, 2)]


async def test_two_consumers_with_the_same_lost_message_let_one_of_them_apply_it(
    postgres_dsn: str, kafka: TestKafka
) -> None:
    """Two groups on one database read the same record at the same time, as two replicas do about a rebalance."""
    topic = await kafka.create_topic(partitions=1)
    streams = [uuid4() for _ in range(30)]
    async with (
        service(postgres_dsn) as audit,
        running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])) as one,
        running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])) as other,
    ):
        await until(lambda: one.ready and other.ready)
        await send(kafka.bootstrap, topic, [erased(stream, number) for stream in streams for number in (1, 3)])
        await until(lambda: has(audit, (streams[-1], 3)))
        for stream in streams:
            await send(kafka.bootstrap, topic, [erased(stream, 2)] * 2)
        await until(lambda: is_missing(audit, []))
        await until(lambda: one.health().lag == other.health().lag == {topic: 0})
        assert sorted(await audit.applied()) == sorted((stream, number) for stream in streams for number in (1, 2, 3))


async def test_two_transactions_fill_a_number_once(postgres_dsn: str) -> None:
    """The second waits for the first, and finds the number gone; a hole's other numbers are as they were."""
    stream = ("audit.events", uuid4())
    async with service(postgres_dsn) as audit:
        await audit.pool.execute("insert into messaging.stream_position values ($1, $2, 9)", *stream)
        await audit.pool.execute("insert into messaging.holes values ($1, $2, 2, 6)", *stream)
        async with audit.pool.acquire() as first, audit.pool.acquire() as second:
            transaction = first.transaction()
            await transaction.start()
            assert await holes.fill(first, {stream: {3}})

            async def again() -> bool:
                async with second.transaction():
                    return await holes.fill(second, {stream: {3}})

            waiting = asyncio.create_task(again())
            await until(lambda: _waits_for_a_lock(audit))
            await transaction.commit()
            assert await waiting is False
        assert await missing(audit) == [(stream[1], 2, 3), (stream[1], 4, 6)]


async def _waits_for_a_lock(audit: Service) -> bool:
    return bool(await audit.pool.fetchval("select count(*) from pg_locks where not granted"))


async def ask(audit: Service, question: Callable[[asyncpg.Connection], Awaitable[Outcome]]) -> Outcome:
    async with audit.pool.acquire() as connection:
        return await question(connection)  # type: ignore[arg-type]  # a pooled connection is as good


async def test_a_message_lost_in_the_middle_of_a_parked_stream(postgres_dsn: str, kafka: TestKafka) -> None:
    """2 is refused, 3 is lost, 4 waits behind 2; 3 comes again and waits too. Settled, each takes effect once."""
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        audit.refuses = lambda one: RuntimeError() if one.envelope.sequence == 2 else None
        await send(kafka.bootstrap, topic, [erased(stream, number) for number in (1, 2, 4)])
        await until(lambda: _parked(audit, 2))
        await send(kafka.bootstrap, topic, [erased(stream, 3)])
        [first, *_] = await until(lambda: _parked(audit, 3))
        audit.refuses = lambda _one: None
        outcome = await ask(audit, lambda connection: parked.retry(connection, first["id"], by="operator"))
        assert (outcome.outcome, outcome.applied) == ("applied", 3)
        assert await audit.applied() == [(stream, number) for number in (1, 2, 4, 3)]
        assert (await missing(audit), await audit.parked()) == ([], [])


async def test_what_was_lost_before_a_parked_message_does_not_wait_for_it(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        audit.refuses = lambda one: RuntimeError() if one.envelope.sequence == 4 else None
        await send(kafka.bootstrap, topic, [erased(stream, number) for number in (1, 3, 4, 5)])
        await until(lambda: _parked(audit, 2))
        await send(kafka.bootstrap, topic, [erased(stream, 2)])
        await until(lambda: has(audit, (stream, 2)))
        assert await missing(audit) == []
        assert [row["sequence"] for row in await audit.parked()] == [4, 5]


async def test_a_lost_message_that_is_refused_is_parked_and_stays_missing_until_it_is_settled(
    postgres_dsn: str, kafka: TestKafka
) -> None:
    """Once by a retry, once by a discard; a discarded one is not missing any more, and never takes effect."""
    topic = await kafka.create_topic(partitions=1)
    retried, discarded = uuid4(), uuid4()
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        audit.refuses = lambda one: RuntimeError() if one.envelope.sequence == 2 else None
        await send(kafka.bootstrap, topic, [erased(one, number) for one in (retried, discarded) for number in (1, 3)])
        await send(kafka.bootstrap, topic, [erased(retried, 2), erased(discarded, 2)])
        rows = await until(lambda: _parked(audit, 2))
        assert len(await missing(audit)) == 2
        audit.refuses = lambda _one: None
        by_stream = {row["stream_id"]: row["id"] for row in rows}
        await ask(audit, lambda connection: parked.retry(connection, by_stream[retried], by="operator"))
        assert await missing(audit) == [(discarded, 2, 3)]
        await ask(
            audit, lambda connection: parked.discard(connection, by_stream[discarded], reason="junk", by="operator")
        )
        assert await missing(audit) == []
        await send(kafka.bootstrap, topic, [erased(discarded, 2), erased(retried, 2), erased(retried, 4)])
        await until(lambda: has(audit, (retried, 4)))
        assert sorted(await audit.applied()) == sorted(
            [(retried, 1), (retried, 2), (retried, 3), (retried, 4), (discarded, 1), (discarded, 3)]
        )


async def test_what_was_lost_before_a_discarded_message_is_missing_and_can_come(
    postgres_dsn: str, kafka: TestKafka
) -> None:
    """4 is refused and discarded while 2 and 3 never came: stepping over 4 must not make them look old."""
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        audit.refuses = lambda one: RuntimeError() if one.envelope.sequence == 4 else None
        await send(kafka.bootstrap, topic, [erased(stream, 1), erased(stream, 4)])
        [row] = await until(lambda: _parked(audit, 1))
        await ask(audit, lambda connection: parked.discard(connection, row["id"], reason="junk", by="operator"))
        assert await missing(audit) == [(stream, 2, 4)]
        await send(kafka.bootstrap, topic, [erased(stream, number) for number in (2, 3, 4, 5)])
        await until(lambda: has(audit, (stream, 5)))
        assert await audit.applied() == [(stream, number) for number in (1, 2, 3, 5)]
        assert await missing(audit) == []


async def _parked(audit: Service, wanted: int) -> list[dict[str, object]] | None:
    rows = await audit.parked()
    return rows if len(rows) >= wanted else None
