"""A message is lost on its way to the topic; `republish` of the real store brings it into effect, once (G1, G2).

The sender is a real event store whose streams are what audit publishes; the reader is the escalation service's own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer

from services.escalation.app.policies import escalation_of
from services.escalation.domain.model import Category
from services.escalation.domain.states import Considering
from shared.contracts.base import Concern, Grade, PublicEvent
from shared.eventstore.handling import handle
from shared.eventstore.model import Aggregate, Meta, Publication
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.kafka import KafkaSettings
from shared.outbox.republish import published, republish
from tests.integration.escalation.support import Desk, desk, reading, until
from tests.support.stack import Stack, TestKafka
from tests.support.stores import fresh_database, postgres_store
from tests.unit.escalation import incoming

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Told:
    """What a stream of audit tells, word for word as it is published."""

    type: str
    event: PublicEvent


_MODELS = {model.TYPE: model for model in (type(incoming.flagged()), type(incoming.completed()))}

TELLING: Aggregate[Sequence[PublicEvent], int, Told] = Aggregate(
    category="told",
    source="/audit",
    initial=0,
    decide=lambda command, _state: [Told(event.TYPE, event) for event in command],
    evolve=lambda state, _event: state + 1,
    to_json=lambda told: (told.type, told.event.model_dump_json().encode()),
    from_json=lambda kind, data: Told(kind, _MODELS[kind].model_validate_json(data)),
    publish=lambda _before, told: [Publication(told.event, incoming.AT)],
    summarise=lambda _state: None,
)


def story(audit: UUID) -> list[PublicEvent]:
    """An audit in which a safeguarding concern was flagged at once; its completion says it of practice alone."""
    return [
        incoming.completed(Grade.GOOD, audit_id=audit),
        incoming.flagged(Concern.SAFEGUARDING, audit_id=audit),
        incoming.completed(Grade.INADEQUATE, Concern.PRACTICE, audit_id=audit),
    ]


@asynccontextmanager
async def audit_store(stack: Stack, streams: Sequence[UUID]) -> AsyncIterator[PostgresEventStore]:
    async with fresh_database(stack.postgres) as dsn, postgres_store(dsn) as store:
        for stream in streams:
            meta = Meta(
                authority="northmoor",
                recorded_at=incoming.AT,
                correlation_id=uuid4(),
                causation_id=None,
                idempotency_key=None,
            )
            await handle(store, TELLING, stream, story(stream), meta)
        yield store


async def send_but(store: PostgresEventStore, bootstrap: str, topic: str, *, lost: int) -> None:
    """Send what the store published, without one number of each stream: lost between the store and the topic."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        async for _topic, message in published(store, [TELLING]):
            if dict(message.headers)["ce_sequence"] != str(lost).encode():
                await producer.send(topic, key=message.key, value=message.value, headers=message.headers)
        await producer.flush()
    finally:
        await producer.stop()


async def holes(service: Desk) -> list[tuple[Any, ...]]:
    rows = await service.pool.fetch("select stream_id, expected, found from messaging.holes")
    return [tuple(row) for row in rows]


async def test_a_lost_concern_is_brought_in_by_republish_and_counts_once(
    postgres_dsn: str, stack: Stack, kafka: TestKafka
) -> None:
    """1 and 3 of each audit come, 2 (the flag) is lost; the store is published again, twice; then the consumer anew."""
    prefix = f"lost-{uuid4().hex[:12]}."
    topic = await kafka.create_topic(f"{prefix}audit.events", partitions=3)
    audits = [uuid4() for _ in range(8)]
    settings = KafkaSettings(bootstrap=kafka.bootstrap)
    group = f"{prefix}escalation"
    async with audit_store(stack, audits) as store, desk(postgres_dsn) as service:
        await send_but(store, kafka.bootstrap, topic, lost=2)
        async with reading(service.consumer(kafka.bootstrap, topic, group=group)):

            async def noticed() -> bool:
                return len(await holes(service)) == len(audits)

            await until(noticed, what="the holes being noticed")
            assert sorted(await holes(service)) == sorted((audit, 2, 3) for audit in audits)
            for audit in audits:
                state = await service.state(escalation_of(audit))
                assert isinstance(state, Considering)
                assert state.category is Category.PRACTICE

            assert await republish(store, [TELLING], settings, topic_prefix=prefix) == 3 * len(audits)

            async def closed() -> bool:
                return await holes(service) == []

            await until(closed, what="the holes being closed")
        stood = [await service.types(escalation_of(audit)) for audit in audits]
        for audit in audits:
            state = await service.state(escalation_of(audit))
            assert isinstance(state, Considering)
            assert state.category is Category.SAFEGUARDING

        await republish(store, [TELLING], settings, topic_prefix=prefix)
        async with reading(service.consumer(kafka.bootstrap, topic, group=group)) as consumer:

            async def all_read() -> bool:
                return consumer.ready and consumer.health().lag == {topic: 0}

            await until(all_read, what="everything being read")
        assert [await service.types(escalation_of(audit)) for audit in audits] == stood
        assert await holes(service) == []
