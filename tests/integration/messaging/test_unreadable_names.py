"""A header name that is not UTF-8, which Kafka takes and aiokafka cannot read: a message's own fault (G4, G6)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import aiokafka.producer.message_accumulator
import aiokafka.producer.producer
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from shared.contracts.envelope import Message
from shared.messaging.header_names import ForgivingRecords
from shared.messaging.kafka import KafkaSettings
from shared.outbox.tail import Ownership, read_tail
from tests.integration.messaging.support import consumer_of, erased, running, send, service, until
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack

GOOD, SPOILT, OTHER = uuid4(), uuid4(), uuid4()


class BytesAsName(str):
    """A header name that goes to Kafka as bytes which are no text."""

    __slots__ = ()

    def encode(self, *_: Any, **__: Any) -> bytes:
        return b"ce_sequ\xff\xfence"


async def send_raw(
    kafka: TestKafka, monkeypatch: pytest.MonkeyPatch, sends: Sequence[tuple[str, Message]], compression: str | None
) -> None:
    """Send in one batch, by aiokafka's Python writer: the faster one takes proper names only."""
    with monkeypatch.context() as patched:
        for module in (aiokafka.producer.message_accumulator, aiokafka.producer.producer):
            patched.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)
        sender = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, linger_ms=200, compression_type=compression)
        await sender.start()
        try:
            acks = [
                await sender.send(topic, key=one.key, value=one.value, headers=one.headers, partition=0)
                for topic, one in sends
            ]
            await asyncio.gather(*acks)
        finally:
            await sender.stop()


def spoil(message: Message, *, name: str = "ce_sequence") -> Message:
    """Give one header, or with another name one more header, a name that is no text."""
    headers = [(BytesAsName("x") if old == name else old, value) for old, value in message.headers]
    if headers == message.headers and name not in dict(message.headers):
        headers.append((BytesAsName("x"), b"of no matter"))
    return message._replace(headers=headers)


@pytest.mark.parametrize("compression", [None, "gzip"])
async def test_is_parked_and_neighbours_of_its_batch_take_effect(
    compression: str | None, postgres_dsn: str, kafka: TestKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await kafka.create_topic(partitions=2)
    before = [(topic, erased(GOOD, number)) for number in range(1, 31)]
    after = [(topic, erased(GOOD, number)) for number in range(31, 61)]
    await send_raw(kafka, monkeypatch, [*before, (topic, spoil(erased(SPOILT, 1))), *after], compression)
    await send(kafka.bootstrap, topic, [erased(OTHER, number) for number in range(1, 31)], partition=1)
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await until(audit.parked)
        await until(lambda: _count(audit, 90))
        [parked] = await audit.parked()
        applied = await audit.applied()
    assert parked["reason"] == "envelope-invalid"
    assert rb"ce_sequ\xff\xfence" in parked["header_names"]
    assert [one for one in applied if one[0] == GOOD] == [(GOOD, number) for number in range(1, 61)]
    assert [one for one in applied if one[0] == OTHER] == [(OTHER, number) for number in range(1, 31)]


async def test_beside_proper_headers_it_changes_nothing(
    postgres_dsn: str, kafka: TestKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await kafka.create_topic(partitions=1)
    await send_raw(kafka, monkeypatch, [(topic, spoil(erased(GOOD, 1), name="another"))], None)
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await until(audit.applied)
        assert await audit.applied() == [(GOOD, 1)]
        assert await audit.parked() == []


async def test_it_does_not_hold_up_the_sending_to_its_topic(kafka: TestKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = await kafka.create_topic(partitions=1)
    await send_raw(kafka, monkeypatch, [(topic, erased(GOOD, 1)), (topic, spoil(erased(SPOILT, 1)))], None)
    tail = await read_tail(KafkaSettings(bootstrap=kafka.bootstrap), topic, Ownership({"/audit"}))
    assert list(tail.newest) == [GOOD]
    assert [one.reason_code for one in tail.foreign] == ["envelope-invalid"]


async def test_a_fetch_that_fails_half_way_steps_over_nothing(
    postgres_dsn: str, kafka: TestKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await kafka.create_topic(partitions=4)
    streams = [UUID(int=number) for number in range(1, 5)]
    for partition, stream in enumerate(streams):
        await send(kafka.bootstrap, topic, [erased(stream, number) for number in range(1, 41)], partition=partition)
    read, drained, failed = ForgivingRecords.__next__, set[int](), list[int]()

    def damaged_on_the_way(self: Any) -> Any:
        """Raise once, in a partition that is read after another one was drained."""
        record = read(self)
        if record.offset == 39:
            drained.add(record.partition)
        elif drained and not failed:
            failed.append(record.partition)
            raise CorruptRecordException("Invalid CRC")
        return record

    monkeypatch.setattr(ForgivingRecords, "__next__", damaged_on_the_way)
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await until(lambda: _count(audit, 160))
        applied = await audit.applied()
    assert failed
    assert sorted(applied) == [(stream, number) for stream in streams for number in range(1, 41)]


async def _count(audit: Any, count: int) -> bool:
    return bool(await audit.count() >= count)
