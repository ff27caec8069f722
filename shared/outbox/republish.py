"""Publishes a whole store again: the same events with the same ids, numbers and times, byte for byte.

For a topic that was lost, or a new one that replaces it. What is on the topic already is only repeated, which readers
ignore. Only `traceparent` is not repeated: it belonged to the moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from shared.eventstore.database import borrow
from shared.eventstore.errors import CategoryUnknown, PublicationChanged, RelayRuns, SendingHeldUp
from shared.eventstore.handling import seal
from shared.eventstore.model import Aggregate, OutboxMessage, StoredEvent
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import EventStore
from shared.messaging.kafka import KafkaSettings
from shared.outbox import headers
from shared.outbox.partitioning import key_hash
from shared.outbox.queue import Waiting
from shared.outbox.relay import LEADER_LOCK
from shared.outbox.sending import Sender

_ROUND_MESSAGES: Final = 4000
_HELD_UP_SECONDS: Final = 30.0
_LOCK_EVERY_SECONDS: Final = 0.2


async def republish(
    store: PostgresEventStore,
    aggregates: Iterable[Aggregate[Any, Any, Any]],
    kafka: KafkaSettings,
    *,
    topic_prefix: str = "",
    progress: Callable[[int], None] = lambda _: None,
    wait_seconds: float = 5.0,
) -> int:
    """Send every public event of a store to its topic again; return how many there were.

    Nothing else may send meanwhile, so a relay that leads is waited for, at most `wait_seconds`. `progress` is told
    the number sent so far.

    Raises:
        RelayRuns: a relay goes on sending the outbox.
        CategoryUnknown: the store holds streams that none of the aggregates understands.
        PublicationChanged: the aggregates would number the events otherwise than they were published.
        SendingHeldUp: Kafka refuses a message, or does not answer.

    """
    sender = Sender(kafka, topic_prefix=topic_prefix)
    sent = 0
    try:
        async with _instead_of_the_relay(store, wait_seconds):
            batch: list[Waiting] = []
            async for topic, message in published(store, aggregates):
                batch.append(
                    Waiting(
                        sent + len(batch),
                        topic,
                        message.key,
                        key_hash(message.key),
                        headers.write(message.headers),
                        message.value,
                    )
                )
                if len(batch) == _ROUND_MESSAGES:
                    sent += await _send_all(sender, batch)
                    progress(sent)
                    batch = []
            sent += await _send_all(sender, batch)
            progress(sent)
    finally:
        await sender.drop_producer()
    return sent


async def published(store: EventStore, aggregates: Iterable[Aggregate[Any, Any, Any]]) -> AsyncIterator[OutboxMessage]:
    """Give every public event of a store as it was first published, stream by stream."""
    by_category = {aggregate.category: aggregate for aggregate in aggregates}
    stream_id: UUID | None = None
    state: Any = None
    sequence = 0
    async for stored in store.read_all():
        aggregate = by_category.get(stored.category)
        if aggregate is None:
            raise CategoryUnknown(stored.category)
        if stored.stream_id != stream_id:
            stream_id, state, sequence = stored.stream_id, aggregate.initial, 0
        event = aggregate.from_json(stored.type, stored.data)
        publications = aggregate.publish(state, event)
        _refuse_other_numbers(stored, sequence + len(publications))
        for publication in publications:
            sequence += 1
            yield seal(
                publication,
                source=aggregate.source,
                stream_id=stored.stream_id,
                sequence=sequence,
                authority=stored.authority,
                recorded_at=stored.recorded_at,
                correlation_id=stored.correlation_id,
                causation_id=stored.causation_id,
            )
        state = aggregate.evolve(state, event)


def _refuse_other_numbers(stored: StoredEvent, sequence: int) -> None:
    if sequence != stored.public_sequence:
        raise PublicationChanged(stored.type, stored.stream_id, stored.version, stored.public_sequence, sequence)


async def _send_all(sender: Sender, messages: list[Waiting]) -> int:
    """Send messages until each is acknowledged, in order within each partition."""
    left = messages
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _HELD_UP_SECONDS
    while left:
        acknowledged = set((await sender.send(left)).acknowledged)
        left = [message for message in left if message.id not in acknowledged]
        if acknowledged:
            deadline = loop.time() + _HELD_UP_SECONDS
        elif loop.time() > deadline:
            raise SendingHeldUp(sender.trouble or "Kafka acknowledges nothing.")
        if left:
            await asyncio.sleep(_LOCK_EVERY_SECONDS)
    return len(messages)


@asynccontextmanager
async def _instead_of_the_relay(store: PostgresEventStore, wait_seconds: float) -> AsyncIterator[None]:
    """Hold the lock of the one who sends."""
    deadline = asyncio.get_running_loop().time() + wait_seconds
    async with borrow(store.pool) as connection:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):
            if asyncio.get_running_loop().time() > deadline:
                raise RelayRuns
            await asyncio.sleep(_LOCK_EVERY_SECONDS)
        try:
            yield
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", LEADER_LOCK)
