"""The relay: takes a service's public events from its outbox to Kafka, in order, and forgets none.

One relay of a service leads (an advisory lock), reads and deletes over the connection that holds the lock, and
deletes what Kafka has acknowledged, by its ids. Whatever is killed in between, the worst is a repeat, which readers
ignore by its sequence number (G1 to G4).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg
from aiokafka.errors import KafkaError

from shared.eventstore.database import is_connection_error
from shared.eventstore.errors import TopicAhead, TopicEmptied
from shared.messaging.kafka import KafkaSettings
from shared.outbox import events, queue
from shared.outbox.failpoints import hit
from shared.outbox.queue import Waiting
from shared.outbox.sending import Compression, Sender
from shared.outbox.tail import Foreign, Ownership, read_tail, refuse_topic_ahead
from shared.telemetry import logs, metrics

LEADER_LOCK: Final = 0x53_6F_75_74_62_6F_78
"""The advisory lock of the one who sends; advisory locks belong to a database, so the number is the same everywhere."""

_BUSY_SECONDS: Final = 0.005
_IDLE_SECONDS: Final = 0.05
_STANDBY_SECONDS: Final = 0.5
_MEASURE_SECONDS: Final = 1.0
_ROUND_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0
_LOOK_AGAIN_SECONDS: Final = 30.0
_TELL_EVERY_LOOKS: Final = 20
_READ_BYTES: Final = 8_000_000
_READ_FEWEST: Final = 64
_READ_MOST: Final = 8192

_T = TypeVar("_T")
_Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

log = logs.get_logger()
events.register_all()


@dataclass(frozen=True, slots=True)
class RelayHealth:
    """How the relay stands: `depth` messages wait, the oldest for `oldest_age_seconds`.

    `last_error` says in a sentence what holds it up now, or is None.
    """

    leader: bool
    depth: int
    oldest_age_seconds: float
    last_error: str | None


class Relay:
    """Sends the outbox in the database at `dsn` to Kafka, while it leads.

    `topics` (without prefix) are those the service publishes to; they are compared with the store before anything is
    sent. What counts there as the service's own says `ownership`: unless given, events of the contracts with the
    service's name as their source. While a topic is ahead, nothing is sent, and it is looked at again every
    `look_again_seconds`. A leader that stands still (a stopped process, a lost host) is put off by the database after
    `session_seconds`, and another relay takes over.
    """

    def __init__(
        self,
        dsn: str,
        kafka: KafkaSettings,
        service: str,
        topic_prefix: str = "",
        *,
        topics: Sequence[str] | None = None,
        ownership: Ownership | None = None,
        compression: Compression = "none",
        session_seconds: float = 15.0,
        look_again_seconds: float = _LOOK_AGAIN_SECONDS,
    ) -> None:
        self._dsn = dsn
        self._kafka = kafka
        self._service = service
        self._topics = [topic_prefix + topic for topic in (topics or [f"{service}.events"])]
        self._ownership = ownership or Ownership({f"/{service}"})
        self._session_seconds = session_seconds
        self._look_again_seconds = look_again_seconds
        self._sender = Sender(kafka, topic_prefix=topic_prefix, compression=compression)
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._leader = False
        self._depth = 0
        self._oldest_age = 0.0
        self._measured_at = float("-inf")
        self._last_error: str | None = None
        self._refused: TopicAhead | None = None
        self._foreign: dict[str, list[Foreign]] = {}
        self._limit = _READ_FEWEST

    async def start(self) -> None:
        """Begin in the background; a database or broker that is away is waited for. See also `wait`."""
        if self._running is None:
            self._running = asyncio.create_task(self.run(), name=f"relay of {self._service}")

    async def wait(self) -> None:
        """Wait until the relay ends: after `stop`, or by raising what it died of (see `run`)."""
        if self._running is not None:
            await asyncio.shield(self._running)

    async def stop(self) -> None:
        """End after the round in hand; what is not acknowledged by then is sent by the next relay."""
        self._stopping.set()
        self._woken.set()
        if self._running is None:
            return
        _, late = await asyncio.wait({self._running}, timeout=_STOP_SECONDS)
        if late:
            self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    def wake(self) -> None:
        """Say that something was committed, so that it is sent at once and not at the next look."""
        self._woken.set()

    def health(self) -> RelayHealth:
        """Tell how the relay stands, as of at most a second or two ago."""
        return RelayHealth(self._leader, self._depth, self._oldest_age, self._last_error or self._sender.trouble)

    async def run(self) -> None:
        """Lead or stand by until stopped.

        Raises:
            asyncpg.PostgresError: the outbox is not there or may not be read; waiting would not help.

        """
        wait_seconds = 0.1
        while not self._stopping.is_set():
            try:
                await self._session()
                wait_seconds = 0.1
            except Exception as error:
                if not _passes(error):
                    self._last_error = f"The relay ended: {type(error).__name__}."
                    raise
                self._last_error = f"{_who(error)} cannot be reached ({type(error).__name__}); it is tried again."
                metrics.OUTBOX_ERRORS.labels(self._service).inc()
                log.warning("relay_interrupted", error=error, wait_seconds=round(wait_seconds, 1))
                await _pause(self._stopping, wait_seconds)
                wait_seconds = min(wait_seconds * 2, 2.0)

    async def _session(self) -> None:
        """Hold one database session: stand by until the lock is free, then lead until something breaks."""
        connection: _Session = await asyncpg.connect(
            self._dsn,
            timeout=10,
            command_timeout=30,
            server_settings={
                "application_name": f"sightline {self._service} relay",
                "idle_session_timeout": str(int(self._session_seconds * 1000)),
            },
        )
        try:
            await self._stand_by(connection)
            if not self._stopping.is_set():
                await self._lead(connection)
        finally:
            self._set_leader(leads=False)
            await self._sender.drop_producer()
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                await connection.close(timeout=2)

    async def _stand_by(self, connection: _Session) -> None:
        told = False
        while not self._stopping.is_set():
            if await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):
                return
            self._last_error = None
            if not told:
                log.info("relay_stands_by")
                told = True
            await self._measure(connection)
            await _pause(self._stopping, _STANDBY_SECONDS)

    async def _lead(self, connection: _Session) -> None:
        if not await self._agrees(connection):
            return
        self._set_leader(leads=True)
        self._last_error = None
        log.info("relay_leads")
        pause = _BUSY_SECONDS
        while not self._stopping.is_set():
            self._woken.clear()
            if await self._round(connection):
                pause = _BUSY_SECONDS
                continue
            await self._measure(connection)
            if self._stopping.is_set():
                break
            woken = await _pause(self._woken, pause)
            pause = _BUSY_SECONDS if woken else min(pause * 1.5, _IDLE_SECONDS)

    async def _agrees(self, connection: _Session) -> bool:
        """Wait until no topic is ahead of the store, saying so while one is; False when stopped before.

        The lock is kept meanwhile, so that nobody else sends or republishes.
        """
        looks = 0
        while not self._stopping.is_set():
            try:
                for topic in self._topics:
                    await self._compare(connection, topic)
            except TopicAhead as ahead:
                self._refused, self._last_error = ahead, str(ahead)
                if looks % _TELL_EVERY_LOOKS == 0:
                    log.exception(
                        "relay_refuses",
                        topic=ahead.topic,
                        stream_id=ahead.stream_id,
                        sequence=ahead.on_topic,
                        found=ahead.in_store,
                    )
                looks += 1
                await self._wait_in_session(connection)
            else:
                self._refused = None
                return True
        return False

    async def _compare(self, connection: _Session, topic: str) -> None:
        tail = await self._while_in_session(connection, read_tail(self._kafka, topic, self._ownership))
        if tail.foreign and tail.foreign != self._foreign.get(topic):
            self._foreign[topic] = tail.foreign
            one = tail.foreign[-1]
            log.warning(
                "relay_ignores",
                topic=topic,
                count=len(tail.foreign),
                partition=one.partition,
                offset=one.offset,
                reason_code=one.reason_code,
            )
        if self._refused is not None and self._refused.topic == topic and not tail.newest:
            raise TopicEmptied(self._refused)
        await refuse_topic_ahead(connection, topic, tail.newest)

    async def _wait_in_session(self, connection: _Session) -> None:
        """Wait for the time of the next look, measuring the outbox, which grows meanwhile."""
        until = time.monotonic() + self._look_again_seconds
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            await connection.execute("SELECT 1")
            await self._measure(connection)
            await _pause(self._stopping, min(left, _MEASURE_SECONDS, self._session_seconds / 3))

    async def _round(self, connection: _Session) -> bool:
        """Read, send, delete; tell whether there was anything to send."""
        hit("relay.before-read")
        messages = await queue.read(connection, self._limit, self._sender.waiting_partitions())
        if not messages:
            return False
        self._adapt_limit(messages)
        hit("relay.after-read")
        sent = await self._while_in_session(connection, self._sender.send(messages))
        hit("relay.after-ack")
        if sent.acknowledged:
            await queue.delete(connection, sent.acknowledged)
            hit("relay.after-delete")
        for topic, count in sent.topics.items():
            metrics.OUTBOX_SENT.labels(self._service, topic).inc(count)
        if sent.refused:
            metrics.OUTBOX_ERRORS.labels(self._service).inc()
        if time.monotonic() - self._measured_at > _MEASURE_SECONDS:
            await self._measure(connection)
        return bool(sent.acknowledged)

    def _adapt_limit(self, messages: Sequence[Waiting]) -> None:
        """Read as many messages at once as fit into a few megabytes."""
        size = sum(len(message.value) for message in messages)
        if len(messages) == self._limit and size < _READ_BYTES // 2:
            self._limit = min(self._limit * 2, _READ_MOST)
        elif size > _READ_BYTES:
            self._limit = max(self._limit // 2, _READ_FEWEST)

    async def _while_in_session(self, connection: _Session, work: Coroutine[Any, Any, _T]) -> _T:
        """Do work outside the database while the session, and with it the lead, is kept alive by small questions.

        Work that never ends is given up, and with it the lead: whoever leads next sends it again.
        """
        task = asyncio.create_task(work)
        deadline = time.monotonic() + _ROUND_SECONDS
        try:
            while True:
                done, _ = await asyncio.wait({task}, timeout=self._session_seconds / 3)
                if done:
                    return task.result()
                if time.monotonic() > deadline:
                    raise TimeoutError
                await connection.execute("SELECT 1")
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _measure(self, connection: _Session) -> None:
        """Look at the depth of the outbox, at most once a second."""
        now = time.monotonic()
        if now - self._measured_at < _MEASURE_SECONDS:
            return
        self._measured_at = now
        self._depth, self._oldest_age = await queue.depth(connection)
        metrics.OUTBOX_DEPTH.labels(self._service).set(self._depth)
        metrics.OUTBOX_OLDEST_AGE.labels(self._service).set(self._oldest_age)

    def _set_leader(self, *, leads: bool) -> None:
        self._leader = leads
        metrics.RELAY_LEADER.labels(self._service).set(int(leads))


async def _pause(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, at most so long; tell whether it came."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _passes(error: Exception) -> bool:
    """Tell whether waiting may help: a server is away, restarts or has no room; not: there is no such table."""
    if isinstance(error, KafkaError) or is_connection_error(error):
        return True
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in {"08", "40", "53", "55", "57", "58", "XX"}
    return isinstance(error, asyncpg.InterfaceError)


def _who(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "PostgreSQL or Kafka"
    return "Kafka" if isinstance(error, KafkaError) else "PostgreSQL"
