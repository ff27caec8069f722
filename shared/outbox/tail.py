"""Whether a topic holds events that the store does not: then the store was restored to an earlier state.

The newest messages of each partition are enough to tell: whatever was published after the backup lies at the end.
Only what the service itself could have published counts. Whoever may write to the topic by mistake must not be able
to hold up the service with a record that says nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts import registry
from shared.contracts.base import PublicEvent
from shared.contracts.envelope import Envelope, EnvelopeInvalid, decode, event_id, key_of
from shared.eventstore.database import Connection
from shared.eventstore.errors import TopicAhead
from shared.messaging.clients import start_client, stop_reader
from shared.messaging.kafka import KafkaSettings

TAIL_MESSAGES: Final = 500
"""How many of a partition's newest messages are looked at."""

_READ_WITHIN_SECONDS: Final = 30.0
_HIGHEST_NUMBER: Final = 2**31 - 1  # of the column eventstore.events.public_sequence
_STORED: Final = (
    "SELECT t.stream_id, coalesce((SELECT e.public_sequence FROM eventstore.events e "
    "WHERE e.stream_id = t.stream_id ORDER BY e.version DESC LIMIT 1), 0), p.correlation_id, p.recorded_at "
    "FROM unnest($1::uuid[], $2::integer[]) AS t (stream_id, sequence) LEFT JOIN LATERAL "
    "(SELECT e.correlation_id, e.recorded_at FROM eventstore.events e WHERE e.stream_id = t.stream_id "
    "AND e.public_sequence >= t.sequence ORDER BY e.version LIMIT 1) p ON true"
)

Parse: TypeAlias = Callable[[Envelope], PublicEvent | None]


@dataclass(slots=True)
class Newest:
    """The highest number of a stream on a topic, and what each event under it says of its recording."""

    sequence: int
    recordings: set[tuple[UUID, datetime]]


@dataclass(frozen=True, slots=True)
class Foreign:
    """A record that the topic's service cannot have published: where it lies, and why it cannot."""

    partition: int
    offset: int
    reason_code: str


@dataclass(slots=True)
class Tail:
    """What the newest messages of a topic say: of each stream the newest, and what is not the service's own."""

    newest: dict[UUID, Newest] = field(default_factory=dict)
    foreign: list[Foreign] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ownership:
    """What a service publishes: the `sources` of its aggregates, and events that `parse` knows."""

    sources: Collection[str]
    parse: Parse = registry.parse

    def read(self, record: Any) -> Envelope | str:
        """Return the envelope of a record that the service could have published, else why not, as a code."""
        try:
            envelope = decode(record.headers, record.value)
            known = self.parse(envelope) is not None
        except EnvelopeInvalid:
            return "envelope-invalid"
        except registry.EventInvalid:
            return "value-invalid"
        faults = {
            "type-unknown": not known,
            "source-differs": envelope.source not in self.sources,
            "key-differs": record.key != key_of(envelope.subject),
            "sequence-too-high": envelope.sequence > _HIGHEST_NUMBER,
            "id-differs": envelope.id != event_id(envelope.source, envelope.subject, envelope.sequence),
        }
        return next((fault for fault, found in faults.items() if found), envelope)


async def refuse_topic_ahead(connection: Connection, topic: str, newest: dict[UUID, Newest]) -> None:
    """Compare the newest events on a topic (see `read_tail`) with the store.

    A store that went on after its loss may have come to the same number with another event, which then differs in
    what it says of its recording.

    Raises:
        TopicAhead: the topic holds a later event of some stream than the store does, or another one.

    """
    if not newest:
        return
    rows = await connection.fetch(_STORED, list(newest), [one.sequence for one in newest.values()])
    ahead = [(stream_id, in_store) for stream_id, in_store, _, _ in rows if newest[stream_id].sequence > in_store]
    others = [
        (stream_id, in_store)
        for stream_id, in_store, *recording in rows
        if newest[stream_id].sequence <= in_store and tuple(recording) not in newest[stream_id].recordings
    ]
    if ahead or others:
        stream_id, in_store = (ahead or others)[0]
        number = newest[stream_id].sequence
        raise TopicAhead(topic, stream_id, number, in_store, len(ahead) + len(others), another=not ahead)


async def read_tail(kafka: KafkaSettings, topic: str, ownership: Ownership) -> Tail:
    """Read the newest messages of a topic; one that does not exist holds none.

    Raises:
        TimeoutError: the topic's tail could not be read in time.

    """
    async with asyncio.timeout(_READ_WITHIN_SECONDS):
        numbers = await _partition_numbers(kafka, topic)
        return await _read(kafka, topic, numbers, ownership) if numbers else Tail()


async def _read(kafka: KafkaSettings, topic: str, numbers: list[int], ownership: Ownership) -> Tail:
    consumer = AIOKafkaConsumer(**kafka.client_options(), enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await start_client(consumer)
        partitions = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.beginning_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, max(begins[partition], ends[partition] - TAIL_MESSAGES))
        tail = Tail()
        while [one for one in partitions if await consumer.position(one) < ends[one]]:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    _note(tail, record, ownership)
        return tail
    finally:
        await stop_reader(consumer)


async def _partition_numbers(kafka: KafkaSettings, topic: str) -> list[int]:
    admin = AIOKafkaAdminClient(**kafka.client_options())
    try:
        await start_client(admin)
        (description,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return sorted(partition["partition"] for partition in description["partitions"])


def _note(tail: Tail, record: Any, ownership: Ownership) -> None:
    envelope = ownership.read(record)
    if isinstance(envelope, str):
        tail.foreign.append(Foreign(record.partition, record.offset, envelope))
        return
    recording = envelope.correlation_id, envelope.recorded_at
    known = tail.newest.get(envelope.subject)
    if known is None or envelope.sequence > known.sequence:
        tail.newest[envelope.subject] = Newest(envelope.sequence, {recording})
    elif envelope.sequence == known.sequence:
        known.recordings.add(recording)
