"""The relay between a real PostgreSQL and a real Kafka, when nothing goes wrong."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from shared.contracts.envelope import decode, event_id
from shared.outbox.partitioning import key_hash
from tests.support.outboxes import a_service, sixteen_writers, until
from tests.support.stack import Stack, TestKafka
from tests.support.topics import until_empty

pytestmark = pytest.mark.stack


async def test_events_arrive_once_in_order_with_their_envelope(stack: Stack) -> None:
    async with a_service(stack) as service:
        stream = uuid4()
        await service.write(stream, "a", "b", copies=2)
        await service.write(stream, "c")
        async with service.relaying():
            await until_empty(service.pool)
        records = await service.records()
        envelopes = [decode(record.headers, record.value) for record in records]
        assert [envelope.sequence for envelope in envelopes] == [1, 2, 3, 4, 5]
        assert [envelope.id for envelope in envelopes] == [event_id("/test/notebook", stream, n) for n in range(1, 6)]
        assert {record.key for record in records} == {str(stream).encode()}
        assert {record.partition for record in records} == {key_hash(str(stream).encode()) % 3}
        assert envelopes[-1].data == b'{"entry":"c","copy_number":1,"entries_before":2}'


async def test_nothing_is_lost_or_reordered_under_sixteen_writers(stack: Stack) -> None:
    async with a_service(stack) as service:
        async with service.relaying() as relay:
            await sixteen_writers(service, commands=60)
            await until_empty(service.pool)
            assert relay.health().leader
        findings = await service.findings()
        assert findings.faults == ({}, [], [])
        assert findings.repeats == 0


async def test_a_woken_relay_sends_what_was_committed(stack: Stack) -> None:
    async with a_service(stack) as service, service.relaying() as relay:
        await until(lambda: relay.health().leader)
        await service.write(uuid4(), "a")
        relay.wake()
        await until_empty(service.pool)
        assert len(await service.records()) == 1


async def test_two_relays_have_one_leader_and_the_other_takes_over(stack: Stack) -> None:
    async with a_service(stack) as service:
        first, second = service.relay(), service.relay()
        await first.start()
        await until(lambda: first.health().leader)
        await second.start()
        await asyncio.gather(sixteen_writers(service, commands=10), until(lambda: second.health().depth >= 0))
        assert not second.health().leader
        await first.stop()
        await until(lambda: second.health().leader)
        await sixteen_writers(service, commands=10, seed=8)
        await until_empty(service.pool)
        await second.stop()
        assert (await service.findings()).faults == ({}, [], [])


async def test_many_messages_go_in_several_rounds_and_batches(stack: Stack) -> None:
    async with a_service(stack, partitions=2) as service:
        streams = [uuid4() for _ in range(20)]
        for stream in streams:
            await service.write(stream, *[f"entry {n}" for n in range(250)])
        async with service.relaying():
            await until_empty(service.pool)
        findings = await service.findings()
        assert findings.faults == ({}, [], [])
        assert findings.repeats == 0


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
async def test_messages_may_be_compressed(stack: Stack, compression: str) -> None:
    async with a_service(stack) as service:
        await service.write(uuid4(), "a" * 1000)
        async with service.relaying(compression=compression):
            await until_empty(service.pool)
        (record,) = await service.records()
        assert decode(record.headers, record.value).sequence == 1


async def test_a_stopped_relay_has_ended_and_leaves_the_rest_waiting(stack: Stack) -> None:
    async with a_service(stack) as service:
        async with service.relaying() as relay:
            await until(lambda: relay.health().leader)
        await relay.wait()
        await service.write(uuid4(), "a")
        assert await service.pool.fetchval("SELECT count(*) FROM outbox.messages") == 1
        assert not relay.health().leader


async def test_an_unknown_topic_is_named_and_waited_for(stack: Stack) -> None:
    async with a_service(stack, create_topic=False) as service:
        await service.write(uuid4(), "a")
        async with service.relaying() as relay:
            await until(lambda: f"no topic {service.topic}" in (relay.health().last_error or ""))
            await TestKafka(stack.bootstrap).create_topic(service.topic)
            await until_empty(service.pool)
        assert relay.health().last_error is None
        assert len(await service.records()) == 1
