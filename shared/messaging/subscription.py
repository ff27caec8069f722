"""One membership in a consumer group, on FastStream's batch subscriber: raw records in, offsets out, nothing decided.

What FastStream would do by itself and must not (field notes): its parser loses a whole batch over one odd header, so
ours only wraps the records; its policies commit or repeat at once on an error, so `NACK_ON_ERROR` stands as the net
below a handler that settles everything itself and returns.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from faststream.message import AckStatus

from shared.messaging.kafka import KafkaSettings
from shared.messaging.records import RawRecord
from shared.messaging.settings import ConsumerSettings
from shared.messaging.storage import PartitionKey
from shared.messaging.watchdog import Vitals, vitals_of
from shared.telemetry import logs

_EMPTY_WAIT_MS: Final = 10
_POLL_MS: Final = 500
_COMMIT_TIMEOUT: Final = 10.0
_FETCH_BYTES: Final = 2 * 1024 * 1024  # twice the largest message: aiokafka steps over one that is larger than this

log = logs.get_logger()


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Reads batches until it is closed; a new one is made for every new beginning."""

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        group: str,
        topics: Iterable[str],
        settings: ConsumerSettings,
        hurry: asyncio.Event,
        settle: Callable[[tuple[RawRecord, ...]], Awaitable[bool]],
    ) -> None:
        """`settle` gets each batch and says whether it took effect; if not, the batch is given back and comes again.

        `hurry` is set while partitions are being taken away, so that waits inside a batch end.
        """
        self.assigned: frozenset[PartitionKey] = frozenset()
        self.joined = False
        self.turned_at = monotonic()
        self.busy_since: float | None = None
        self.last_error: str | None = None
        self._settle = settle
        self._settings = settings
        self._hurry = hurry
        self._closing = False
        self._paused = False
        self._handed_out: dict[TopicPartition, int] = {}
        self._astray = False
        self._broker = KafkaBroker(
            kafka.bootstrap_servers,
            security=kafka.faststream_security(),
            client_id=group,
            consumer_only=True,
            allow_auto_create_topics=False,
            graceful_timeout=settings.graceful,
            apply_types=False,
            logger=None,
        )
        session_ms = int(settings.session_timeout * 1000)
        self._subscriber = self._broker.subscriber(
            *topics,
            group_id=group,
            batch=True,
            batch_timeout_ms=_EMPTY_WAIT_MS,
            max_records=settings.batch,
            max_partition_fetch_bytes=_FETCH_BYTES,
            auto_offset_reset="none",
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=session_ms // 4,
            max_poll_interval_ms=int(settings.handler_timeout * 2000),
            listener=self,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            parser=self._wrap,
            decoder=_as_it_is,
        )
        self._subscriber(self._received)

    async def open(self) -> None:
        """Join the group; waits for the first assignment, however long others take.

        Raises KafkaError or OSError when the broker is away: close this one and make another.
        """
        await self._broker.start()
        self._watch(self._client())

    async def close(self) -> None:
        """Let the batch in hand end and be committed, then leave the group."""
        self._closing = True
        await self._broker.stop()

    async def _wrap(self, records: tuple[Any, ...]) -> KafkaMessage:
        """Only wrap the raw records; a message that cannot be acknowledged would never be committed."""
        return KafkaAckableMessage(raw_message=records, body=b"", consumer=self._client())

    async def _received(self, message: KafkaMessage) -> None:
        records: Any = message.raw_message
        self.busy_since = monotonic()
        try:
            if self._paused or not await self._settle(records):
                self._give_back(records)
                message.committed = AckStatus.NACKED
                return
            await self._commit(message)
        finally:
            self.busy_since = None

    async def _commit(self, message: KafkaMessage) -> None:
        """Commit the offsets; if that fails the messages come again, and are known by their streams' positions."""
        try:
            async with asyncio.timeout(_COMMIT_TIMEOUT):
                await message.ack()
        except (KafkaError, IllegalStateError, OSError) as error:
            message.committed = AckStatus.NACKED
            log.warning("offsets_not_committed", error=error)

    def _give_back(self, records: Iterable[RawRecord]) -> None:
        """Go back to before a batch, in each partition that is still ours."""
        earliest: dict[TopicPartition, int] = {}
        for record in records:
            earliest.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        client = self._client()
        for partition, offset in earliest.items():
            if partition in client.assignment():
                client.seek(partition, offset)
                self._handed_out[partition] = offset

    async def _find_back(self) -> None:
        """Go back to the first message not handed out yet, in each partition.

        A call for messages that fails may have moved on in partitions that it had drained before it failed: what it
        took from them would be stepped over.
        """
        client = self._client()
        for partition in client.assignment():
            offset = self._handed_out.get(partition)
            if offset is None:  # nothing of it was handed out yet: it began where the group's offset is
                offset = await client.committed(partition)
            if offset is not None:
                client.seek(partition, offset)
        self._astray = False

    def pause(self) -> None:
        """Stop reading, and stay in the group: heartbeats go on."""
        self._paused = True
        client = self._client()
        client.pause(*client.assignment())

    def resume(self) -> None:
        """Read on after a pause."""
        self._paused = False
        client = self._client()
        client.resume(*client.assignment())

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Hold the rebalance until the batch in hand has ended, within bounds: nothing is then handled twice."""
        if not revoked:
            return
        lock: Any = self._subscriber.lock  # typed as any context manager; it is FastStream's MultiLock
        self._hurry.set()
        try:
            await lock.wait_release(self._settings.drain)
        finally:
            if not self._closing:
                self._hurry.clear()
        log.info("partitions_revoked", partitions=_names(revoked), outcome="drained" if lock.empty else "cut")
        self.assigned = frozenset()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Remember what is ours; in a pause, new partitions pause too."""
        self.assigned = frozenset((partition.topic, partition.partition) for partition in assigned)
        self._handed_out.clear()
        self.joined = True
        if self._paused and assigned:
            self._client().pause(*assigned)
        log.info("partitions_assigned", partitions=_names(assigned))

    async def positions(self) -> dict[PartitionKey, tuple[int, int | None]]:
        """Give position and last seen end of each assigned partition, without asking the broker."""
        client = self._client()
        found: dict[PartitionKey, tuple[int, int | None]] = {}
        for partition in client.assignment():
            try:
                async with asyncio.timeout(0.05):
                    position = await client.position(partition)
                found[partition.topic, partition.partition] = (position, client.highwater(partition))
            except (TimeoutError, IllegalStateError, AssertionError, KafkaError):
                continue  # taken away or not settled yet: the next look finds it
        return found

    def vitals(self) -> Vitals:
        """Give the tasks this membership lives by."""
        return vitals_of(self._client(), self._subscriber.tasks)

    def _client(self) -> AIOKafkaConsumer:
        client = self._subscriber.consumer
        assert client is not None, "the subscription is open"
        return client

    def _watch(self, client: AIOKafkaConsumer) -> None:
        """Note every turn of the loop, and wait for messages in the call itself.

        FastStream sleeps after each empty answer, in which a message would have to wait.
        """
        inner = client.getmany

        async def getmany(*partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Any:
            found: Any = {}
            while not found and self._subscriber.running:
                try:
                    if self._astray:
                        await self._find_back()
                    found = await inner(*partitions, timeout_ms=max(timeout_ms, _POLL_MS), max_records=max_records)
                except Exception as error:
                    self._astray = True
                    self.last_error = type(error).__name__  # FastStream tries again; health and readiness tell
                    raise
                else:
                    self.last_error = None
                    self._handed_out |= {partition: records[-1].offset + 1 for partition, records in found.items()}
                finally:
                    self.turned_at = monotonic()
            return found

        client.getmany = getmany


async def _as_it_is(message: KafkaMessage) -> KafkaMessage:
    """Decode nothing: the envelope is read by us, message by message, where a fault can be parked."""
    return message


def _names(partitions: Iterable[TopicPartition]) -> list[str]:
    return sorted(f"{partition.topic}/{partition.partition}" for partition in partitions)
