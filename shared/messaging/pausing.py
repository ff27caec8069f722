"""The wait for a database or broker that is away: reading pauses, the member stays in its group, nothing is parked."""

import asyncio
from time import monotonic

from shared.eventstore.database import Pool, borrow
from shared.messaging.report import Reporter, log
from shared.messaging.settings import ConsumerSettings
from shared.messaging.subscription import Subscription


class Pause:
    """One consumer's pauses: each wait is longer than the one before, until a batch has taken effect again."""

    def __init__(self, *, pool: Pool, settings: ConsumerSettings, reporter: Reporter) -> None:
        self.reason: str | None = None
        self._pool = pool
        self._settings = settings
        self._reporter = reporter
        self._failures = 0
        self._resuming: asyncio.Task[None] | None = None

    def begin(self, subscription: Subscription, error: Exception) -> None:
        """Pause a subscription for an error; it reads on by itself when the database answers again."""
        self.reason = _reason(error)
        self._reporter.paused(paused=True)
        subscription.pause()
        log.warning("consumer_paused", error=error, wait_seconds=self._wait())
        if self._resuming is None or self._resuming.done():
            self._resuming = asyncio.create_task(self._resume_when_well(subscription, monotonic()))

    def all_is_well(self) -> None:
        """Note a batch that took effect: the next pause begins with the shortest wait."""
        self._failures = 0

    async def drop(self) -> None:
        """Forget the pause, with the subscription it belonged to."""
        resuming, self._resuming = self._resuming, None
        if resuming is not None:
            resuming.cancel()
            await asyncio.gather(resuming, return_exceptions=True)
        if self.reason is not None:
            self.reason = None
            self._reporter.paused(paused=False)

    def _wait(self) -> float:
        return min(self._settings.pause_longest, self._settings.pause_first * 2.0 ** min(self._failures, 16))

    async def _resume_when_well(self, subscription: Subscription, since: float) -> None:
        while True:
            wait = self._wait()
            self._failures += 1
            await asyncio.sleep(wait)
            try:
                async with borrow(self._pool) as connection:
                    await connection.execute("select 1")
            except Exception as error:  # noqa: BLE001 - not well yet, whatever it says
                self.reason = _reason(error)
                continue
            break
        self.reason = None
        self._reporter.paused(paused=False)
        subscription.resume()
        log.info("consumer_resumed", seconds=round(monotonic() - since, 1))


def _reason(error: Exception) -> str:
    return f"infrastructure:{type(error).__name__}"
