"""The one consumer of the platform: reads public events and lets each take effect once, in order, or parks it.

What it promises is G2, G3 and G6 of the design; how it does so is told in docs/events.md. A service gives a handler;
everything else (decoding, what was applied already, retries, parking, pauses, rebalances) happens here.
"""

import asyncio
from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, TypeVar

from shared.eventstore.database import Pool
from shared.messaging.applying import Applier
from shared.messaging.faults import Interrupted, is_infrastructure
from shared.messaging.kafka import KafkaSettings
from shared.messaging.offsets import Scout, TopicsMissing
from shared.messaging.pausing import Pause
from shared.messaging.reading import Interests
from shared.messaging.records import BatchHandler, RawRecord
from shared.messaging.report import Reporter, log
from shared.messaging.settings import ConsumerSettings
from shared.messaging.settling import OnDiscard, Settler
from shared.messaging.standing import Standing
from shared.messaging.storage import PartitionKey
from shared.messaging.subscription import Subscription
from shared.messaging.watchdog import Watchdog

_TICK: Final = 0.5
_TURNING_WITHIN: Final = 5.0
_BEGIN_AGAIN: Final = 1.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ConsumerHealth:
    """How a consumer stands. `lag` is messages not yet handled by topic, empty while unknown."""

    assigned: tuple[str, ...] = ()
    lag: Mapping[str, int] = field(default_factory=dict)
    turning: bool = False
    paused_reason: str | None = None
    last_error: str | None = None


class Consumer:
    """Reads topics for one service, in one consumer group.

    `handler` gets the messages of the types in `interested` that are new, in order, with the connection of the
    transaction that also records them as applied; what it raises is its messages' fault unless it is the
    infrastructure's (`faults.is_infrastructure`).
    """

    def __init__(
        self,
        *,
        service: str,
        group: str,
        topics: Collection[str],
        handler: BatchHandler,
        pool: Pool,
        kafka: KafkaSettings,
        interested: Collection[str],
        on_discard: OnDiscard | None = None,
        settings: ConsumerSettings | None = None,
    ) -> None:
        """`topics` are names in Kafka (prefix included); `on_discard` is called in a discard's own transaction."""
        self._group = group
        self._topics = sorted(topics)
        self._pool = pool
        self._kafka = kafka
        self._settings = settings or ConsumerSettings()
        self._reporter = Reporter(service)
        self._hurry = asyncio.Event()
        self._stopping = asyncio.Event()
        self._dead = asyncio.Event()
        self.dead_reason: str | None = None
        self._applier = Applier(
            pool=pool,
            handler=handler,
            interests=Interests(interested),
            reporter=self._reporter,
            settings=self._settings,
            hurry=self._hurry,
        )
        self._settler = Settler(
            pool=pool,
            applier=self._applier,
            interests=Interests(interested),
            reporter=self._reporter,
            on_discard=on_discard,
        )
        self._scout = Scout(kafka, group, self._topics)
        self._subscription: Subscription | None = None
        self._watchdog = self._new_watchdog()
        self._tasks: list[asyncio.Task[None]] = []
        self._pause = Pause(pool=pool, settings=self._settings, reporter=self._reporter)
        self._last_error: str | None = None
        self._standing = Standing(pool=pool, scout=self._scout, topics=self._topics)
        self._lag: dict[PartitionKey, int] = {}

    async def start(self) -> None:
        """Begin to read, and return at once: a broker, topic or database that is away is waited for, never an error."""
        assert not self._tasks, "a consumer is started once"
        self._tasks = [
            asyncio.create_task(self._guarded(self._run())),
            asyncio.create_task(self._guarded(self._settle_requests())),
        ]

    async def stop(self) -> None:
        """Let the batch in hand end and commit (within `graceful`), leave the group, and end."""
        self._stopping.set()
        self._hurry.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self._settings.graceful + _TURNING_WITHIN)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._pause.drop()
        await self._scout.close()

    async def wait_dead(self) -> None:
        """Return when the consumer has died by itself (`dead_reason` says how): the process should end and restart."""
        await self._dead.wait()

    def health(self) -> ConsumerHealth:
        """Say how it stands; asks nobody."""
        subscription = self._subscription
        lag: dict[str, int] = {}
        if subscription is not None and self._lag_known():
            for (topic, _), count in self._lag.items():
                lag[topic] = lag.get(topic, 0) + count
            lag = dict.fromkeys(self._topics, 0) | lag
        return ConsumerHealth(
            assigned=tuple(sorted(f"{topic}/{number}" for topic, number in subscription.assigned))
            if subscription is not None
            else (),
            lag=lag,
            turning=self._turning(),
            paused_reason="restored-topic" if self._standing.restored else self._pause.reason,
            last_error=self._last_error or (subscription.last_error if subscription is not None else None),
        )

    @property
    def ready(self) -> bool:
        """Whether it does its work: partitions assigned, the loop turning, lag known, no pause."""
        return (
            self._subscription is not None
            and self._subscription.joined
            and self._subscription.last_error is None
            and self._turning()
            and self._lag_known()
            and self._pause.reason is None
            and not self._standing.restored
            and not self._dead.is_set()
        )

    def _turning(self) -> bool:
        subscription = self._subscription
        if subscription is None or self._dead.is_set():
            return False
        if subscription.busy_since is not None:
            return monotonic() - subscription.busy_since < self._settings.handler_timeout
        return monotonic() - subscription.turned_at < _TURNING_WITHIN

    def _lag_known(self) -> bool:
        return self._standing.known_within(3 * self._settings.look_every)

    def _new_watchdog(self) -> Watchdog:
        return Watchdog(
            heartbeat_missing_after=2 * self._settings.session_timeout, stall_after=self._settings.stall_after
        )

    # Beginning, reading, beginning again

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Interrupted:
            return
        except Exception as error:
            self._die(f"unexpected:{type(error).__name__}")
            raise

    async def _run(self) -> None:
        while not self._stopping.is_set() and not self._dead.is_set():
            try:
                prepared = await self._unless_stopping(self._standing.prepare())
                self._last_error = None
                if prepared:
                    await self._read()
            except TopicsMissing as missing:
                self._waits(missing, "topics-missing", missing.topics)
            except Interrupted:
                break
            except Exception as error:
                if not is_infrastructure(error):
                    raise
                self._waits(error, "broker-or-database-away", self._topics)
            finally:
                await self._leave()
            await self._sleep(self._settings.look_every if self._standing.restored else _BEGIN_AGAIN)

    async def _read(self) -> None:
        """Be a member of the group until stopped, dead, or a topic is not what it was."""
        self._subscription = subscription = Subscription(
            kafka=self._kafka,
            group=self._group,
            topics=self._topics,
            settings=self._settings,
            hurry=self._hurry,
            settle=self._settle,
        )
        await self._unless_stopping(subscription.open())
        log.info("consumer_started", group=self._group, topics=self._topics)
        self._watchdog = self._new_watchdog()
        look_at = monotonic()
        while not self._stopping.is_set():
            if monotonic() >= look_at:
                try:
                    await self._unless_stopping(self._standing.look())
                    self._last_error = None
                except Exception as error:
                    if isinstance(error, Interrupted) or not is_infrastructure(error):
                        raise
                    self._last_error = type(error).__name__
                if self._standing.restored:
                    return
                look_at = monotonic() + self._settings.look_every
            if await self._is_dead(subscription):
                return
            await self._sleep(_TICK)

    async def _is_dead(self, subscription: Subscription) -> bool:
        positions = await subscription.positions()
        self._lag = {
            key: max(0, max(highwater or 0, self._standing.ends.get(key, 0)) - position)
            for key, (position, highwater) in positions.items()
        }
        self._reporter.lag(self._lag)
        now = monotonic()
        reason = self._watchdog.dead_tasks(subscription.vitals(), now) or self._watchdog.stalled(
            position=sum(position for position, _ in positions.values()),
            lag=sum(self._lag.values()),
            busy=subscription.busy_since is not None or self._pause.reason is not None or self._last_error is not None,
            now=now,
        )
        if reason is not None:
            self._die(reason)
        return reason is not None

    async def _leave(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is None:
            return
        await self._pause.drop()
        await subscription.close()
        log.info("consumer_stopped", group=self._group)

    def _die(self, reason: str) -> None:
        if not self._dead.is_set():
            self.dead_reason = reason
            log.error("consumer_dead", reason_code=reason)
            self._dead.set()

    def _waits(self, error: Exception, reason: str, topics: list[str]) -> None:
        if self._last_error != reason:  # once for each cause, not every second
            log.warning("consumer_waiting", error=error, topics=topics, reason_code=reason)
        self._last_error = reason

    # One batch

    async def _settle(self, records: tuple[RawRecord, ...]) -> bool:
        """Apply a batch; on a fault of the infrastructure pause, so that it comes again when that is over."""
        if self._stopping.is_set():
            return False
        try:
            await self._applier.apply(records)
        except Interrupted:
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing may be stepped over: wait and try again
            if self._subscription is not None and not self._stopping.is_set():
                self._pause.begin(self._subscription, error)
            return False
        self._pause.all_is_well()
        return True

    # What people asked for

    async def _settle_requests(self) -> None:
        look_at = 0.0
        while not self._stopping.is_set():
            try:
                while await self._settler.settle_next():
                    pass
                if monotonic() >= look_at:
                    self._reporter.parked_now(*await self._settler.parked_now())
                    self._reporter.missing_now(await self._settler.missing_now())
                    look_at = monotonic() + self._settings.look_every
            except Exception as error:  # noqa: BLE001 - the request stays open and is tried again
                log.warning("settling_failed", error=error)
                await self._sleep(self._settings.look_every)
            await self._sleep(self._settings.requests_every)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _unless_stopping(self, work: Awaitable[_T]) -> _T:
        """Do what may wait for ever, such as for a broker, unless a stop comes first.

        Raises:
            Interrupted: the stop came first.

        """
        task = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Interrupted
        finally:
            stopping.cancel()
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
