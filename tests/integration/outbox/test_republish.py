"""A store published again is the same to the byte, apart from the trace of the moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.eventstore.errors import CategoryUnknown, PublicationChanged, RelayRuns, SendingHeldUp
from shared.eventstore.handling import handle
from shared.outbox import republish as republishing
from shared.outbox.republish import republish
from tests.support.notebook import NOON, NOTEBOOK, Close, Write, WriteMany, meta
from tests.support.outboxes import Service, a_service, sixteen_writers, until
from tests.support.stack import Stack, TestKafka
from tests.support.topics import read_topic, until_empty

pytestmark = pytest.mark.stack


async def fresh_topic(service: Service, stack: Stack) -> str:
    prefix = f"again-{uuid4().hex[:12]}."
    await TestKafka(stack.bootstrap).create_topic(f"{prefix}audit.events", partitions=service.partitions)
    return prefix


def by_stream(records: list[Any]) -> dict[bytes, list[tuple[bytes, list[tuple[str, bytes]]]]]:
    """Values and headers of each stream in the order they came, without repeats and traceparent."""
    found: dict[bytes, list[tuple[bytes, list[tuple[str, bytes]]]]] = {}
    for record in records:
        kept = [(name, value) for name, value in record.headers if name != "traceparent"]
        if (record.value, kept) not in (events := found.setdefault(record.key, [])):
            events.append((record.value, kept))
    return found


async def test_the_same_bytes_are_published_again(stack: Stack) -> None:
    async with a_service(stack) as service:
        stream = uuid4()
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        first = replace(
            meta("k", traceparent=trace), causation_id=uuid4(), recorded_at=NOON + timedelta(microseconds=7)
        )
        await handle(service.store, NOTEBOOK, stream, WriteMany(("a", "é"), copies=2), first)
        await handle(service.store, NOTEBOOK, stream, Write("c", copies=0), meta())
        await handle(service.store, NOTEBOOK, stream, Close(), meta())
        await sixteen_writers(service, commands=10)
        async with service.relaying():
            await until_empty(service.pool)
        original = await service.records()
        assert any(name == "traceparent" for record in original for name, _ in record.headers)

        prefix = await fresh_topic(service, stack)
        told: list[int] = []
        sent = await republish(service.store, [NOTEBOOK], service.kafka, topic_prefix=prefix, progress=told.append)
        again = await read_topic(stack.bootstrap, f"{prefix}audit.events")

        assert sent == len(again) == len(original) == told[-1]
        assert by_stream(again) == by_stream(original)
        assert all(name != "traceparent" for record in again for name, _ in record.headers)


async def test_a_large_store_goes_in_rounds(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(republishing, "_ROUND_MESSAGES", 7)
    async with a_service(stack) as service:
        await sixteen_writers(service, commands=5)
        prefix = await fresh_topic(service, stack)
        sent = await republish(service.store, [NOTEBOOK], service.kafka, topic_prefix=prefix)
        assert sent == await service.pool.fetchval("SELECT count(*) FROM outbox.messages")
        assert len(await read_topic(stack.bootstrap, f"{prefix}audit.events")) == sent


async def test_a_running_relay_is_not_joined(stack: Stack) -> None:
    async with a_service(stack) as service, service.relaying() as relay:
        await until(lambda: relay.health().leader)
        with pytest.raises(RelayRuns, match="stop the service"):
            await republish(service.store, [NOTEBOOK], service.kafka, topic_prefix=service.prefix, wait_seconds=0.3)


async def test_the_relay_may_lead_again_afterwards(stack: Stack) -> None:
    async with a_service(stack) as service:
        await service.write(uuid4(), "a")
        await republish(service.store, [NOTEBOOK], service.kafka, topic_prefix=service.prefix)
        async with service.relaying() as relay:
            await until_empty(service.pool)
            assert relay.health().leader
        findings = await service.findings()
        assert (findings.faults, findings.repeats) == (({}, [], []), 1)


async def test_a_changed_mapping_is_refused(stack: Stack) -> None:
    """More or fewer public events than when they were stored would give old numbers to other events."""
    changed = replace(NOTEBOOK, publish=lambda before, event: [*NOTEBOOK.publish(before, event)][:1])
    async with a_service(stack) as service:
        await service.write(uuid4(), "a", copies=2)
        with pytest.raises(
            PublicationChanged, match="to 2 public events when it was stored, and would now bring it to 1"
        ):
            await republish(service.store, [changed], service.kafka, topic_prefix=service.prefix)
        assert await service.records() == []


async def test_an_unknown_category_is_named(stack: Stack) -> None:
    async with a_service(stack) as service:
        await service.write(uuid4(), "a")
        with pytest.raises(CategoryUnknown, match="category notebook"):
            await republish(service.store, [], service.kafka, topic_prefix=service.prefix)


async def test_a_missing_topic_is_named(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(republishing, "_HELD_UP_SECONDS", 0.0)
    async with a_service(stack, create_topic=False) as service:
        await service.write(uuid4(), "a")
        with pytest.raises(SendingHeldUp, match=f"no topic {service.topic}"):
            await republish(service.store, [NOTEBOOK], service.kafka, topic_prefix=service.prefix)
