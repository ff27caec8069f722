"""Sends messages to Kafka so that each partition keeps its order, whatever is refused.

The one way found to break the order (docs/adr) is a partition's batch refused by the broker while its next one is
accepted. So a partition's batches go one after the other, the first refusal ends that partition's turn, and after any
refusal the producer is dropped once everything in flight has ended: an idempotent producer that has lost a batch
counts wrongly ever after.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnknownTopicOrPartitionError,
)

from shared.messaging.kafka import KafkaSettings
from shared.outbox import events, headers
from shared.outbox.failpoints import hit
from shared.outbox.queue import Partition, Waiting
from shared.telemetry import logs

Compression = Literal["none", "lz4", "zstd"]

BATCH_MESSAGES: Final = 1000
BATCH_BYTES: Final = 950_000
"""Below Kafka's default `max.message.bytes` of 1,048,588, which counts a whole batch."""

_ACCEPTED_BEFORE_MORE: Final = 50
_FIRST_BLOCK_SECONDS: Final = 0.1
_LONGEST_BLOCK_SECONDS: Final = 2.0
_LONGEST_BLOCK_TOO_LARGE_SECONDS: Final = 30.0
_ACKNOWLEDGED_WITHIN_SECONDS: Final = 20.0
_TOPIC_KNOWN_WITHIN_SECONDS: Final = 5.0
_STOP_WITHIN_SECONDS: Final = 2.0

log = logs.get_logger()
events.register_all()


@dataclass(slots=True)
class Block:
    """Why a partition waits, until when (monotonic seconds), and how long the last wait was."""

    reason: str
    until: float
    seconds: float


@dataclass(slots=True)
class Limit:
    """How many messages a batch of a partition may have after a larger one was refused; grows with what is taken."""

    messages: int
    accepted: int = 0


@dataclass(slots=True)
class Sent:
    """What became of a round: the ids that Kafka acknowledged, and how many a topic."""

    acknowledged: list[int] = field(default_factory=list)
    topics: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    refused: bool = False


class Sender:
    """Sends rounds of messages over one idempotent producer, made anew after any error.

    A partition whose batch was refused waits longer each time, and the others flow on.
    """

    def __init__(self, kafka: KafkaSettings, *, topic_prefix: str = "", compression: Compression = "none") -> None:
        self._kafka = kafka
        self._prefix = topic_prefix
        self._compression = None if compression == "none" else compression
        self._producer: Any = None  # aiokafka ships no types
        self._partitions: dict[str, int] = {}
        self._limits: dict[Partition, Limit] = {}
        self._blocks: dict[Partition, Block] = {}

    @property
    def trouble(self) -> str | None:
        """Why a partition waits (one of them, if several do), in a sentence; None when all flow."""
        return next((block.reason for block in self._blocks.values()), None)

    def waiting_partitions(self) -> list[Partition]:
        """Return the partitions whose messages are not to be sent now."""
        now = time.monotonic()
        return [partition for partition, block in self._blocks.items() if block.until > now]

    async def send(self, messages: Sequence[Waiting]) -> Sent:
        """Send messages and wait for every acknowledgement or refusal.

        Raises:
            KafkaError: no broker could be reached, so that nothing was sent.

        """
        sent = Sent()
        by_partition = await self._by_partition(messages, sent)
        tasks = [
            asyncio.create_task(self._send_partition(partition, rows, sent)) for partition, rows in by_partition.items()
        ]
        try:
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        if sent.refused:
            await self.drop_producer()
        return sent

    async def _by_partition(self, messages: Sequence[Waiting], sent: Sent) -> dict[Partition, list[Waiting]]:
        """Group messages by partition, in order, leaving out topics that Kafka does not know."""
        if self._producer is None:
            self._producer = await self._new_producer()
        found: defaultdict[Partition, list[Waiting]] = defaultdict(list)
        unknown: set[str] = set()
        for message in messages:
            topic = message.topic
            if topic in unknown:
                continue
            partitions = self._partitions.get(topic) or await self._count_partitions(topic)
            if partitions is None:
                unknown.add(topic)
                sent.refused = True
                continue
            found[Partition(topic, message.key_hash % partitions, partitions)].append(message)
        for partition in [known for known in found if known in self._blocks and self._still_blocked(known)]:
            del found[partition]
        return found

    def _still_blocked(self, partition: Partition) -> bool:
        return self._blocks[partition].until > time.monotonic()

    async def _count_partitions(self, topic: str) -> int | None:
        """Ask how many partitions a topic has, before a first send would wait for its metadata for long."""
        name = self._prefix + topic
        everything = Partition(topic, 0, 1)
        try:
            async with asyncio.timeout(_TOPIC_KNOWN_WITHIN_SECONDS):
                partitions = await self._producer.partitions_for(name)
        except (TimeoutError, UnknownTopicOrPartitionError):
            self._block(
                everything, f"Kafka has no topic {name}: create it (`sightline up` or the topics job), nothing is lost."
            )
            return None
        self._blocks.pop(everything, None)
        count = len(partitions)
        self._partitions[topic] = count
        return count

    async def _send_partition(self, partition: Partition, rows: list[Waiting], sent: Sent) -> None:
        """Send one partition's messages, each batch after the acknowledgement of the one before."""
        producer, topic = self._producer, self._prefix + partition.topic
        start = 0
        while start < len(rows):
            limit = self._limits[partition].messages if partition in self._limits else BATCH_MESSAGES
            batch = producer.create_batch()
            end = start
            for row in rows[start : start + limit]:
                added = batch.append(timestamp=None, key=row.key, value=row.value, headers=headers.read(row.headers))
                if added is None:
                    break
                end += 1
            batch.close()
            try:
                async with asyncio.timeout(_ACKNOWLEDGED_WITHIN_SECONDS):
                    acknowledgement = await producer.send_batch(batch, topic, partition=partition.number)
                    hit("relay.after-send")
                    await acknowledgement
            except (KafkaError, TimeoutError) as error:
                sent.refused = True
                self._refused(partition, rows[start:end], error)
                return
            sent.acknowledged.extend(row.id for row in rows[start:end])
            sent.topics[partition.topic] += end - start
            start = end
            self._accepted(partition)

    def _accepted(self, partition: Partition) -> None:
        self._blocks.pop(partition, None)
        limit = self._limits.get(partition)
        if limit is None:
            return
        limit.accepted += 1
        if limit.accepted >= _ACCEPTED_BEFORE_MORE:
            limit.messages, limit.accepted = limit.messages * 2, 0
            if limit.messages >= BATCH_MESSAGES:
                del self._limits[partition]

    def _refused(self, partition: Partition, batch: list[Waiting], error: KafkaError | TimeoutError) -> None:
        """Take note of a refused batch: a smaller one next if it was too large, else the partition waits."""
        place = f"{self._prefix}{partition.topic} partition {partition.number}"
        too_large = isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError)
        if too_large and len(batch) > 1:
            self._limits[partition] = Limit(len(batch) // 2)
            return
        first = batch[0]
        event_type = dict(headers.read(first.headers)).get("ce_type", b"?").decode()
        if too_large:
            block = self._block(
                partition,
                f"{place} waits: Kafka refuses {event_type} of stream {first.key.decode()} with {len(first.value):,} "
                "bytes as too large. Raise max.message.bytes of the topic; later messages of this partition wait "
                "behind it.",
                longest=_LONGEST_BLOCK_TOO_LARGE_SECONDS,
            )
        else:
            problem = "does not acknowledge" if isinstance(error, TimeoutError) else "refuses"
            block = self._block(
                partition, f"{place} waits: Kafka {problem} a batch ({type(error).__name__}); it is tried again."
            )
        log.error(
            "relay_held_up",
            topic=self._prefix + partition.topic,
            partition=partition.number,
            event_type=event_type,
            stream_id=first.key.decode(),
            bytes=len(first.value),
            error=error,
            wait_seconds=round(block.seconds, 1),
        )

    def _block(self, partition: Partition, reason: str, *, longest: float = _LONGEST_BLOCK_SECONDS) -> Block:
        before = self._blocks.get(partition)
        seconds = min(before.seconds * 2, longest) if before else _FIRST_BLOCK_SECONDS
        block = self._blocks[partition] = Block(reason, time.monotonic() + seconds, seconds)
        return block

    async def _new_producer(self) -> Any:
        producer = AIOKafkaProducer(
            **self._kafka.client_options(),
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            max_request_size=BATCH_BYTES,
            compression_type=self._compression,
            request_timeout_ms=20_000,
        )
        try:
            await producer.start()
        except BaseException:
            await _stop(producer)
            raise
        return producer

    async def drop_producer(self) -> None:
        """Give the producer up; the next round makes a new one, which counts its batches from the start."""
        producer, self._producer = self._producer, None
        self._partitions.clear()
        if producer is not None:
            await _stop(producer)


async def _stop(producer: Any) -> None:
    """Stop a producer, also one whose broker is away: its own stop would wait for the broker for ever."""
    stopping = asyncio.create_task(producer.stop())
    done, _ = await asyncio.wait({stopping}, timeout=_STOP_WITHIN_SECONDS)
    if done:
        with suppress(KafkaError, OSError):
            stopping.result()
        return
    # aiokafka is pinned for this: its sender retries for ever, and only these two private steps end it.
    sending = producer._sender.sender_task  # noqa: SLF001 - see above
    if sending is not None:
        sending.cancel()
    await producer.client.close()
    stopping.cancel()
    await asyncio.wait({task for task in (stopping, sending) if task is not None}, timeout=_STOP_WITHIN_SECONDS)
