"""One batch into the database: all of it in one transaction, or, where a message refuses, as much as can be.

A batch that fails by a message's own fault is split until the message is found. That one is tried again with growing
waits and then parked; the others take effect. A fault of the infrastructure goes up to the consumer, which waits and
gets the same messages again: what did take effect by then is known by its position and dropped.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from shared.eventstore.database import Connection, Pool, borrow
from shared.messaging import holes, storage
from shared.messaging.faults import Interrupted, Overtaken, fault_of, is_infrastructure
from shared.messaging.plan import Known, Plan, Reading, plan, read_all, streams_of, to_park
from shared.messaging.reading import Interests
from shared.messaging.records import BatchHandler, RawRecord, Received, StreamKey, fingerprint_of, key_class_of
from shared.messaging.report import Reporter
from shared.messaging.settings import ConsumerSettings

_RETRY_FACTOR: Final = 5
_REPLANS: Final = 20


@dataclass(slots=True)
class Waiting:
    """How much waiting for retries a batch has left, in seconds."""

    left: float


class Applier:
    """Applies batches through one service's handler."""

    def __init__(
        self,
        *,
        pool: Pool,
        handler: BatchHandler,
        interests: Interests,
        reporter: Reporter,
        settings: ConsumerSettings,
        hurry: asyncio.Event,
    ) -> None:
        self._pool = pool
        self._handler = handler
        self._interests = interests
        self._reporter = reporter
        self._settings = settings
        self._hurry = hurry

    async def apply(self, records: Sequence[RawRecord]) -> None:
        """Let a batch take effect, parking what refuses.

        Raises:
            Interrupted: the consumer has to let go in the middle; what is not applied comes again.
            Exception: a fault of the infrastructure (see `faults.is_infrastructure`).

        """
        await self._apply(records, Waiting(self._settings.retry_per_batch))

    async def _apply(self, records: Sequence[RawRecord], waiting: Waiting) -> None:
        try:
            await self._once(records)
        except Exception as error:
            if is_infrastructure(error):
                raise
            if len(records) == 1:
                await self._again(records[0], error, waiting)
                return
            if self._hurry.is_set():
                raise Interrupted from error
            middle = len(records) // 2
            await self._apply(records[:middle], waiting)
            await self._apply(records[middle:], waiting)

    async def _once(self, records: Sequence[RawRecord]) -> None:
        """Apply records in one transaction; plan again when another consumer was a moment faster."""
        started = monotonic()
        readings = read_all(records)
        for _ in range(_REPLANS):
            try:
                async with borrow(self._pool) as connection, connection.transaction():
                    made = await self._in_transaction(connection, readings)
                    await storage.read_to(connection, _read_to(records))
            except Overtaken:
                continue
            self._reporter.applied(made, records, monotonic() - started)
            return
        raise Interrupted

    async def _in_transaction(self, connection: Connection, readings: Sequence[Reading]) -> Plan:
        made = plan(readings, await known_of(connection, readings), self._interests)
        await claim(connection, made)
        if made.parked:
            await storage.park(connection, made.parked)
        if made.received:
            await self.handle(connection, made.received)
        return made

    async def handle(self, connection: Connection, received: Sequence[Received]) -> None:
        """Call the service's handler, bounded in time."""
        async with asyncio.timeout(self._settings.handler_timeout):
            await self._handler(connection, received)

    async def _again(self, record: RawRecord, error: Exception, waiting: Waiting) -> None:
        """Try one message again and again, then park it."""
        wait = self._settings.retry_first
        for attempt in range(2, self._settings.attempts + 1):
            self._reporter.retried(record, attempt, error)
            await self._wait(min(wait, waiting.left))
            waiting.left = max(0.0, waiting.left - wait)
            wait *= _RETRY_FACTOR
            try:
                await self._once([record])
            except Exception as again:
                if is_infrastructure(again):
                    raise
                error = again
            else:
                return
        await self._park(record, error)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return
        raise Interrupted

    async def _park(self, record: RawRecord, error: Exception) -> None:
        """Park a message its handler refuses, unless another consumer has applied it meanwhile."""
        [reading] = read_all([record])
        message = to_park(reading, fault_of(error), attempts=self._settings.attempts)
        async with borrow(self._pool) as connection, connection.transaction():
            await storage.lock_keys(connection, [message.key_class])
            known = await known_of(connection, [reading])
            made = plan([reading], known.without_parked(), self._interests)
            if made.received or made.parked:
                await storage.park(connection, [message])
            await storage.read_to(connection, _read_to([record]))
        if made.received or made.parked:
            self._reporter.parked(message)


async def claim(connection: Connection, made: Plan) -> None:
    """Take for this transaction what a plan lets take effect: streams move forward, holes open, narrow and close.

    Raises:
        Overtaken: another consumer has moved one of the streams, or filled one of the holes, meanwhile.

    """
    if made.filled and not await holes.fill(connection, made.filled, made.positions.keys()):
        raise Overtaken
    if made.positions and not await storage.claim(connection, made.positions):
        raise Overtaken
    if made.holes:
        await holes.note(connection, made.holes)


async def known_of(connection: Connection, readings: Sequence[Reading]) -> Known:
    """Ask the database what has to be known before these messages can be planned: one round trip as a rule."""
    looked = await storage.look(connection, streams_of(readings))
    parked_keys = (
        await storage.lock_parked_keys(connection, {key_class_of(reading.record) for reading in readings})
        if looked.any_parked
        else {}
    )
    if parked_keys:  # the locks may have been waited for, and messages of these keys settled meanwhile
        looked = await storage.look(connection, streams_of(readings))
    discarded = (
        await storage.discarded_among(connection, [fingerprint_of(reading.record) for reading in readings])
        if looked.any_discarded
        else set()
    )
    missing = await holes.open_of(connection, _not_newer(readings, looked.positions)) if looked.any_missing else {}
    return Known(looked.positions, parked_keys, discarded, bool(discarded), missing)


def _not_newer(readings: Sequence[Reading], positions: Mapping[StreamKey, int]) -> set[StreamKey]:
    """Return the streams of which a message came that is not newer than what was applied: a repeat, or a lost one."""
    return {
        (reading.record.topic, reading.envelope.subject)
        for reading in readings
        if reading.envelope is not None
        and reading.envelope.sequence <= positions.get((reading.record.topic, reading.envelope.subject), 0)
    }


def _read_to(records: Sequence[RawRecord]) -> dict[storage.PartitionKey, int]:
    """Return the offset after the last record of each partition."""
    offsets: dict[storage.PartitionKey, int] = {}
    for record in records:
        offsets[record.topic, record.partition] = record.offset + 1
    return offsets
