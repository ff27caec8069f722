"""What a topic holds, read from its beginning, and whether that is what was published."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.envelope import decode
from shared.messaging.clients import start_client, stop_reader


async def read_topic(bootstrap: str, topic: str, *, partitions: int = 3) -> list[Any]:
    """Return every record of a topic, partition by partition, in order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await start_client(consumer)
        assigned = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(assigned)
        ends = await consumer.end_offsets(assigned)
        await consumer.seek_to_beginning(*assigned)
        records: dict[TopicPartition, list[Any]] = defaultdict(list)
        async with asyncio.timeout(60):
            while [one for one in assigned if await consumer.position(one) < ends[one]]:
                for partition, some in (await consumer.getmany(timeout_ms=500)).items():
                    records[partition].extend(some)
        return [record for partition in assigned for record in records[partition]]
    finally:
        await stop_reader(consumer)


@dataclass
class Findings:
    """How the records of a topic differ from what was stored: all empty (but for repeats) is right.

    `lost` are streams with fewer events than stored, `breaks` are streams where a number came before a smaller one
    had come, `invented` what was never stored.
    """

    lost: dict[UUID, list[int]] = field(default_factory=dict)
    breaks: list[tuple[UUID, int, int]] = field(default_factory=list)
    invented: list[tuple[UUID, int]] = field(default_factory=list)
    repeats: int = 0

    @property
    def faults(self) -> tuple[dict[UUID, list[int]], list[tuple[UUID, int, int]], list[tuple[UUID, int]]]:
        return self.lost, self.breaks, self.invented


def compare(records: Iterable[Any], stored: Mapping[UUID, int]) -> Findings:
    """Go through records as a reader that keeps the last number applied of each stream, and compare event by event.

    `stored` says how many public events each stream has in its store.
    """
    findings = Findings()
    last: dict[UUID, int] = defaultdict(int)
    seen: dict[UUID, set[int]] = defaultdict(set)
    for record in records:
        envelope = decode(record.headers, record.value)
        stream, number = envelope.subject, envelope.sequence
        if number > stored.get(stream, 0):
            findings.invented.append((stream, number))
        if number in seen[stream]:
            findings.repeats += 1
        elif number != last[stream] + 1:
            findings.breaks.append((stream, last[stream], number))
        seen[stream].add(number)
        last[stream] = max(last[stream], number)
    for stream, count in stored.items():
        missing = sorted(set(range(1, count + 1)) - seen[stream])
        if missing:
            findings.lost[stream] = missing
    return findings


async def stored_numbers(pool: Any) -> dict[UUID, int]:
    """Return how many public events each stream has published, as its store says."""
    rows = await pool.fetch("SELECT stream_id, max(public_sequence) FROM eventstore.events GROUP BY stream_id")
    return {row[0]: row[1] for row in rows}


async def until_empty(pool: Any, *, seconds: float = 60) -> None:
    """Wait until the outbox is empty."""
    async with asyncio.timeout(seconds):
        while await pool.fetchval("SELECT count(*) FROM outbox.messages"):  # noqa: ASYNC110 - the database tells no event
            await asyncio.sleep(0.05)
