"""Each wrong way to empty an outbox breaks here, visibly; ours goes through the same scene unharmed.

A wrong variant is written out in the test itself, so that the comparison that judges ours is seen to go red.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError

from shared.eventstore.database import Connection
from shared.eventstore.handling import handle
from shared.outbox import headers, queue
from shared.outbox.partitioning import key_hash
from tests.support.notebook import NOTEBOOK, Write, meta
from tests.support.outboxes import Service, a_service, until
from tests.support.stack import Stack
from tests.support.topics import until_empty

pytestmark = pytest.mark.stack

_READ = "SELECT id, topic, key, key_hash, headers, value FROM outbox.messages"


async def send(service: Service, rows: Sequence[asyncpg.Record]) -> None:
    """Send rows one after the other, each acknowledged before the next: no variant here fails by its producer."""
    producer = AIOKafkaProducer(bootstrap_servers=service.kafka.bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for row in rows:
            await producer.send_and_wait(
                service.prefix + row["topic"], row["value"], row["key"], headers=headers.read(row["headers"])
            )
    finally:
        await producer.stop()


@asynccontextmanager
async def slow_writer(service: Service, stream: UUID) -> AsyncIterator[asyncpg.transaction.Transaction]:
    """Append in a transaction that is still open in the block: its outbox row has its id, and nobody sees it yet."""
    async with service.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await handle(service.store, NOTEBOOK, stream, Write("slow"), meta(), connection=connection)
        yield transaction


async def test_deleting_up_to_the_last_id_loses_a_late_commit(stack: Stack) -> None:
    async with a_service(stack) as service:
        async with slow_writer(service, uuid4()) as open_transaction:
            await service.write(uuid4(), "quick")
            rows = await service.pool.fetch(f"{_READ} ORDER BY id")
            await send(service, rows)
            await open_transaction.commit()
            await service.pool.execute("DELETE FROM outbox.messages WHERE id <= $1", rows[-1]["id"])
        assert len((await service.findings()).lost) == 1


async def test_remembering_the_last_id_steps_over_a_late_commit(stack: Stack) -> None:
    async with a_service(stack) as service:
        async with slow_writer(service, uuid4()) as open_transaction:
            await service.write(uuid4(), "quick")
            rows = await service.pool.fetch(f"{_READ} WHERE id > 0 ORDER BY id")
            await send(service, rows)
            last = rows[-1]["id"]
            await open_transaction.commit()
        await send(service, await service.pool.fetch(f"{_READ} WHERE id > $1 ORDER BY id", last))
        assert len((await service.findings()).lost) == 1


async def test_ours_sends_a_commit_that_comes_between_read_and_delete(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same two scenes: a smaller id becomes visible after the read, and just before the delete."""
    async with a_service(stack) as service, slow_writer(service, uuid4()) as open_transaction:
        await service.write(uuid4(), "quick")
        delete = queue.delete
        committed = asyncio.Event()

        async def commit_then_delete(connection: Connection, ids: Sequence[int]) -> None:
            if not committed.is_set():
                committed.set()
                await open_transaction.commit()
            await delete(connection, ids)

        monkeypatch.setattr(queue, "delete", commit_then_delete)
        async with service.relaying():
            await until(committed.is_set)
            await until_empty(service.pool)
        findings = await service.findings()
        assert (findings.faults, findings.repeats) == (({}, [], []), 0)


async def test_deleting_before_the_acknowledgement_loses_what_a_kill_catches(stack: Stack) -> None:
    async with a_service(stack) as service:
        await service.write(uuid4(), "a")
        rows = await service.pool.fetch("DELETE FROM outbox.messages RETURNING topic, key, headers, value")
        assert len(rows) == 1  # and here the process is killed: what it held in its hands is gone
        await send(service, await service.pool.fetch(f"{_READ} ORDER BY id"))
        assert len((await service.findings()).lost) == 1


async def test_several_relays_with_skip_locked_break_the_order(stack: Stack) -> None:
    async with a_service(stack) as service:
        await service.write(uuid4(), "one", "two")
        take = f"{_READ} ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
        async with (
            service.pool.acquire() as first,
            service.pool.acquire() as second,
            first.transaction(),
            second.transaction(),
        ):
            rows_of_first = await first.fetch(take)
            rows_of_second = await second.fetch(take)
            await send(service, rows_of_second)  # the second relay happens to be the faster one
            await send(service, rows_of_first)
        assert len((await service.findings()).breaks) == 2


async def test_ours_lets_one_of_several_relays_send(stack: Stack) -> None:
    async with a_service(stack) as service:
        stream = uuid4()
        relays = [service.relay() for _ in range(3)]
        for relay in relays:
            await relay.start()
        await until(lambda: any(relay.health().leader for relay in relays))
        for n in range(30):
            await service.write(stream, f"entry {n}", f"and {n}")
        await until_empty(service.pool)
        assert sum(relay.health().leader for relay in relays) == 1
        for relay in relays:
            await relay.stop()
        findings = await service.findings()
        assert (findings.faults, findings.repeats) == (({}, [], []), 0)


@pytest.mark.parametrize("cache", [1, 50])
async def test_ids_taken_ahead_by_a_session_break_the_order(stack: Stack, cache: int) -> None:
    """With ids cached by session even our relay breaks the order; as the table is made (1), it does not."""
    async with a_service(stack) as service:
        if cache != 1:
            await service.pool.execute("ALTER SEQUENCE outbox.messages_id_seq CACHE 50")
        else:
            made = "SELECT seqcache FROM pg_sequence WHERE seqrelid = 'outbox.messages_id_seq'::regclass"
            assert await service.pool.fetchval(made) == 1
        stream = uuid4()
        async with service.pool.acquire() as one, service.pool.acquire() as other:
            await handle(service.store, NOTEBOOK, uuid4(), Write("takes ids 1 to 50"), meta(), connection=one)
            await handle(service.store, NOTEBOOK, stream, Write("first"), meta(), connection=other)
            await handle(service.store, NOTEBOOK, stream, Write("second"), meta(), connection=one)
        async with service.relaying():
            await until_empty(service.pool)
        assert bool((await service.findings()).breaks) is (cache != 1)


async def small_topic(service: Service, size: int) -> None:
    """Let the topic refuse batches of more bytes than this."""
    admin = AIOKafkaAdminClient(bootstrap_servers=service.kafka.bootstrap)
    await admin.start()
    try:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, service.topic, configs={"max.message.bytes": str(size)})]
        )
    finally:
        await admin.close()


async def test_sending_the_next_batch_after_a_refused_one_breaks_the_order(stack: Stack) -> None:
    """A producer that does not wait: the large first event is refused, and the small second one gets in."""
    async with a_service(stack, partitions=1) as service:
        await small_topic(service, 3000)
        stream = uuid4()
        await service.write(stream, "x" * 5000)
        await service.write(stream, "small")
        rows = await service.pool.fetch(f"{_READ} ORDER BY id")
        producer = AIOKafkaProducer(bootstrap_servers=service.kafka.bootstrap, acks="all")
        await producer.start()
        sends = []
        for row in rows:
            batch = producer.create_batch()
            batch.append(timestamp=None, key=row["key"], value=row["value"], headers=headers.read(row["headers"]))
            sends.append(await producer.send_batch(batch, service.topic, partition=0))
        refused, accepted = await asyncio.gather(*sends, return_exceptions=True)
        await producer.stop()
        assert isinstance(refused, MessageSizeTooLargeError)
        assert not isinstance(accepted, BaseException)
        assert (await service.findings()).breaks == [(stream, 0, 2)]


async def test_ours_holds_up_the_partition_of_a_refused_message_and_no_other(stack: Stack) -> None:
    """v2 never gets out without v1; the other partitions flow, health says why, and a larger limit heals it."""
    async with a_service(stack, partitions=3) as service:
        await small_topic(service, 3000)
        large = uuid4()
        await service.write(large, "before")
        await service.write(large, "x" * 5000)
        await service.write(large, "after")
        others = [uuid4() for _ in range(12)]
        for stream in others:
            await service.write(stream, *[f"entry {n}" for n in range(20)])
        behind = [stream for stream in [large, *others] if _partition(stream) == _partition(large)]
        async with service.relaying() as relay:
            await until(lambda: "too large" in (relay.health().last_error or ""))
            assert str(large) in (relay.health().last_error or "")
            await _until_sent(service, [stream for stream in others if stream not in behind])
            findings = await service.findings()
            assert findings.breaks == []
            assert set(findings.lost) <= set(behind)
            assert findings.lost[large] == [2, 3]

            await small_topic(service, 1_000_000)
            await until_empty(service.pool)
            assert relay.health().last_error is None
        assert (await service.findings()).faults == ({}, [], [])


async def test_batches_too_large_for_the_topic_are_made_smaller(stack: Stack) -> None:
    """No single message is too large, only a thousand of them together: they arrive, in order, in smaller batches."""
    async with a_service(stack, partitions=1) as service:
        await small_topic(service, 20_000)
        for _ in range(3):
            await service.write(uuid4(), *[f"entry {n} {'x' * 300}" for n in range(150)])
        async with service.relaying():
            await until_empty(service.pool)
        assert (await service.findings()).faults == ({}, [], [])


def _partition(stream: UUID) -> int:
    return key_hash(str(stream).encode()) % 3


async def _until_sent(service: Service, streams: Sequence[UUID]) -> None:
    keys = [str(stream).encode() for stream in streams]
    async with asyncio.timeout(30):
        while await service.pool.fetchval("SELECT count(*) FROM outbox.messages WHERE key = ANY($1)", keys):  # noqa: ASYNC110 - the database tells no event
            await asyncio.sleep(0.05)
