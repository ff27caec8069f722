"""Whether a topic holds events that the store does not: then the store was restored to an earlier state.

The newest messages of each partition are enough to tell: whatever was published after the backup lies at the end.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.eventstore.database import Connection
from shared.eventstore.errors import TopicAhead
from shared.messaging.kafka import KafkaSettings

TAIL_MESSAGES: Final = 500
"""How many of a partition's newest messages are looked at."""

_READ_WITHIN_SECONDS: Final = 30.0
_NUMBERS: Final = (
    "SELECT s.stream_id, coalesce((SELECT e.public_sequence FROM eventstore.events e "
    "WHERE e.stream_id = s.stream_id ORDER BY e.version DESC LIMIT 1), 0) FROM unnest($1::uuid[]) AS s (stream_id)"
)


async def refuse_topic_ahead(connection: Connection, topic: str, on_topic: dict[UUID, int]) -> None:
    """Compare the highest numbers on a topic (see `highest_numbers`) with the store.

    Raises:
        TopicAhead: the topic holds a later event of some stream than the store does.

    """
    if not on_topic:
        return
    rows = await connection.fetch(_NUMBERS, list(on_topic))
    ahead = [(stream_id, in_store) for stream_id, in_store in rows if on_topic[stream_id] > in_store]
    if ahead:
        stream_id, in_store = ahead[0]
        raise TopicAhead(topic, stream_id, on_topic[stream_id], in_store, len(ahead))


async def highest_numbers(kafka: KafkaSettings, topic: str) -> dict[UUID, int]:
    """Return the highest `ce_sequence` of each stream among the newest messages of a topic.

    Messages without a readable envelope are nobody's numbers; a topic that does not exist holds none.

    Raises:
        TimeoutError: the topic's tail could not be read in time.

    """
    async with asyncio.timeout(_READ_WITHIN_SECONDS):
        numbers = await _partition_numbers(kafka, topic)
        return await _read_tail(kafka, topic, numbers) if numbers else {}


async def _read_tail(kafka: KafkaSettings, topic: str, numbers: list[int]) -> dict[UUID, int]:
    consumer = AIOKafkaConsumer(**kafka.client_options(), enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.beginning_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, max(begins[partition], ends[partition] - TAIL_MESSAGES))
        found: dict[UUID, int] = {}
        while [one for one in partitions if await consumer.position(one) < ends[one]]:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    _note(found, record)
        return found
    finally:
        await consumer.stop()


async def _partition_numbers(kafka: KafkaSettings, topic: str) -> list[int]:
    admin = AIOKafkaAdminClient(**kafka.client_options())
    await admin.start()
    try:
        (description,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return sorted(partition["partition"] for partition in description["partitions"])


def _note(found: dict[UUID, int], record: Any) -> None:
    named = dict(record.headers)
    try:
        stream_id = UUID(named["ce_subject"].decode())
        sequence = int(named["ce_sequence"])
    except (KeyError, ValueError, AttributeError):
        return
    found[stream_id] = max(sequence, found.get(stream_id, 0))
