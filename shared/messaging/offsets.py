"""Whether a topic is still the one that was read, and where reading begins: judged from numbers alone.

aiokafka's own answer to an offset that no longer exists is to jump, nearly silently. Here it never does
(`auto_offset_reset="none"`): a new group is given its first offsets on purpose, and a topic that ends before what was
read, or begins after it, stops the reading until a person has looked.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.messaging.clients import start_client, stop_reader
from shared.messaging.kafka import KafkaSettings
from shared.messaging.storage import PartitionKey, ReadTo

_REQUEST_TIMEOUT_MS = 10_000


@dataclass(frozen=True, slots=True)
class Offsets:
    """Where a partition begins and ends, and what its group has committed (None: nothing)."""

    begin: int
    end: int
    committed: int | None


@dataclass(frozen=True, slots=True)
class Restored:
    """A topic is not the one that was read: a code, how far it was read, where it begins and ends now."""

    topic: str
    partition: int
    reason: Literal["topic-ends-earlier", "topic-begins-later"]
    position: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Begin:
    """The group's offset of a partition has to be set, to `offset`, before reading begins."""

    offset: int


def judge(partition: PartitionKey, offsets: Offsets, read_to: ReadTo | None) -> Restored | Begin | None:
    """Say whether a partition can be read on (None), has to be given its offset first, or is not what it was.

    The database's own position is the truth: effects and position were written in one transaction. A committed offset
    beyond it belongs to a database that was restored or made anew, and is set back; what is read twice is dropped.
    """
    if read_to is not None and read_to.accepted:
        return None if offsets.committed == offsets.begin else Begin(offsets.begin)
    known = [position for position in (offsets.committed, read_to.next_offset if read_to else None) if position]
    if known and max(known) > offsets.end:
        return Restored(*partition, "topic-ends-earlier", max(known), offsets.begin, offsets.end)
    if read_to is not None and read_to.next_offset < offsets.begin:
        return Restored(*partition, "topic-begins-later", read_to.next_offset, offsets.begin, offsets.end)
    wanted = read_to.next_offset if read_to is not None else offsets.begin
    if offsets.committed is None or offsets.committed > wanted or offsets.committed < offsets.begin:
        return Begin(wanted)
    return None


def lag_of(offsets: Mapping[PartitionKey, Offsets], positions: Mapping[PartitionKey, int]) -> dict[PartitionKey, int]:
    """Return how many messages of each partition are not read yet, for the partitions with a known position."""
    return {key: max(0, offsets[key].end - position) for key, position in positions.items() if key in offsets}


class TopicsMissing(Exception):
    """Some topics do not exist yet."""

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__(f"these topics do not exist yet: {', '.join(topics)}; create them (`sightline up` does)")
        self.topics = list(topics)


class Scout:
    """Asks Kafka about topics and offsets, with clients of its own: the reading one cannot be trusted on itself."""

    def __init__(self, kafka: KafkaSettings, group: str, topics: Sequence[str]) -> None:
        self._kafka = kafka
        self._group = group
        self._topics = list(topics)
        self._admin: AIOKafkaAdminClient | None = None
        self._asker: AIOKafkaConsumer | None = None

    async def offsets(self) -> dict[PartitionKey, Offsets]:
        """Give begin, end and the group's committed offset of every partition.

        Raises:
            TopicsMissing: a topic does not exist.
            KafkaError, OSError: the broker does not answer; the next call begins with new connections.

        """
        try:
            async with asyncio.timeout(3 * _REQUEST_TIMEOUT_MS / 1000):
                return await self._ask()
        except (KafkaError, OSError):
            await self.close()
            raise

    async def _ask(self) -> dict[PartitionKey, Offsets]:
        admin, asker = await self._open()
        partitions = await self._partitions(admin)
        # In this order: what is committed while we ask is then never taken to lie beyond the end.
        committed = await admin.list_consumer_group_offsets(self._group)
        begins = await asker.beginning_offsets(partitions)
        ends = await asker.end_offsets(partitions)
        found = {}
        for partition in partitions:
            offset = committed[partition].offset if partition in committed else -1
            found[partition.topic, partition.partition] = Offsets(
                begins[partition], ends[partition], offset if offset >= 0 else None
            )
        return found

    async def _partitions(self, admin: AIOKafkaAdminClient) -> list[TopicPartition]:
        # All topics are listed, since asking for one by name would create it where brokers create topics unasked.
        described = {topic["topic"]: topic for topic in await admin.describe_topics()}
        missing = [topic for topic in self._topics if topic not in described]
        if missing:
            raise TopicsMissing(missing)
        return [
            TopicPartition(topic, partition["partition"])
            for topic in self._topics
            for partition in described[topic]["partitions"]
        ]

    async def _open(self) -> tuple[AIOKafkaAdminClient, AIOKafkaConsumer]:
        if self._admin is None or self._asker is None:
            options = {**self._kafka.client_options(), "request_timeout_ms": _REQUEST_TIMEOUT_MS}
            self._admin = AIOKafkaAdminClient(client_id=f"{self._group}-scout", **options)
            self._asker = AIOKafkaConsumer(
                client_id=f"{self._group}-scout", group_id=None, enable_auto_commit=False, **options
            )
            await start_client(self._admin)
            await start_client(self._asker)
        return self._admin, self._asker

    async def close(self) -> None:
        """Close the connections; asking again opens new ones."""
        admin, asker = self._admin, self._asker
        self._admin = self._asker = None
        if asker is not None:
            await stop_reader(asker)
        if admin is not None:
            await admin.close()

    async def set_group(self, offsets: Mapping[PartitionKey, int]) -> None:
        """Commit offsets for a group that has no member.

        Raises:
            KafkaError: the group has members (they have set its offsets, or have to stop first), or no answer came.

        """
        partitions = {TopicPartition(topic, number): offset for (topic, number), offset in offsets.items()}
        setter = AIOKafkaConsumer(
            client_id=f"{self._group}-scout",
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
            **self._kafka.client_options(),
        )
        setter.assign(list(partitions))
        setter.pause(*partitions)
        try:
            await start_client(setter)
            async with asyncio.timeout(_REQUEST_TIMEOUT_MS / 1000):
                await setter.commit(partitions)
        finally:
            await stop_reader(setter)
