"""Facts of an earlier version are rebuilt by the service itself, while everything else of it runs.

Of several processes one rebuilds, and the others wait for it. Killed in the middle, it begins anew at the next start.
Facts of a later version are left alone: two versions that run side by side during an update would else rebuild each
other's facts for ever.
"""

from __future__ import annotations

import asyncio
from typing import Final

from services.reporting.facts.live import FactsOfEarlierVersion, FactsOfLaterVersion, ensure_live
from services.reporting.facts.rebuild import Plan, RebuildNotNeeded, RebuildRefused, RebuildRunning, rebuild
from services.reporting.facts.tables import FACTS_VERSION
from shared.eventstore.database import Pool, borrow
from shared.telemetry import events, logs
from shared.telemetry.health import Stage

log = logs.get_logger()

_LOOK_EVERY: Final = 5.0
_LOOK_AGAIN: Final = 1.0
_REFUSED_EVERY: Final = 30.0
_LONGEST_WAIT: Final = 30.0
_REBUILDING: Final = "facts of an earlier version are being rebuilt"

events.register(
    events.LogEvent(
        "facts_rebuild_started",
        "info",
        ("version",),
        "The facts are of an earlier version (as after an update) and are rebuilt to this one; reports wait for it.",
        "Nothing: readiness and `sightline status` say how far it is.",
    ),
    events.LogEvent(
        "facts_rebuilt",
        "info",
        ("version", "count", "parked", "seconds"),
        "The facts were rebuilt from `count` messages and switched to; reports are shown again.",
        "Nothing.",
    ),
    events.LogEvent(
        "facts_rebuild_failed",
        "warning",
        ("error", "where", "wait_seconds"),
        "The rebuild came to nothing, as when Kafka or the database went away; it is tried again.",
        "If it repeats, look at `error` and `where`, and whether Kafka answers.",
    ),
    events.LogEvent(
        "facts_rebuild_refused",
        "error",
        ("reason_code",),
        "The facts cannot be rebuilt without losing something, or are of a later version; reports are not shown.",
        "Readiness says it in a sentence with the way out. log-refused: mend the topics or say `sightline rebuild "
        "--accept-shorter`; later-version: start the later version, or `sightline rebuild` with this one to go back.",
    ),
)


class Renewal:
    """Sees to it that the live facts are of this version; a probe at the same time."""

    name = "facts"

    def __init__(self, plan: Plan, pool: Pool) -> None:
        """`plan` says what to rebuild from; it has `earlier_only`, so that no facts of this version are touched."""
        self.ready = False
        self.stage: Stage = "done"
        self.detail = "not looked at yet"
        self._plan = plan
        self._pool = pool
        self._done = asyncio.Event()
        self._failures = 0
        self._told = ""
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, make empty facts in an empty database, and begin to watch over them.

        Raises:
            OSError, asyncpg.PostgresError: the database does not answer.

        """
        needed = await self._look()
        self._task = asyncio.create_task(self._watch(rebuild_first=needed))

    async def done(self) -> None:
        """Return once the facts are of this version."""
        await self._done.wait()

    async def stop(self) -> None:
        """End; a rebuild under way is given up, and leaves nothing behind."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self, *, rebuild_first: bool) -> None:
        needed = rebuild_first
        while True:
            try:
                wait = await self._rebuild() if needed else _LOOK_EVERY
                await asyncio.sleep(wait)
                needed = await self._look()
            except Exception as error:  # noqa: BLE001 - whatever it was, the old facts stand, and another try harms nothing
                wait = min(_LONGEST_WAIT, 2.0**self._failures)
                if needed:  # else the database alone was asked, whose own probe says that it is away
                    self._failures += 1
                    self._stands("working", f"{_REBUILDING}: the last try failed ({type(error).__name__})")
                    log.warning("facts_rebuild_failed", error=error, wait_seconds=wait)
                await asyncio.sleep(wait)

    async def _look(self) -> bool:
        """Find out what the live facts are; give whether they have to be rebuilt."""
        try:
            async with borrow(self._pool) as connection:
                await ensure_live(connection)
        except FactsOfEarlierVersion:
            if self.stage == "done":
                self._stands("working", _REBUILDING)
            return True
        except FactsOfLaterVersion as later:
            self._refused("later-version", str(later))
            return False
        self._stands("done", "of this version")
        self._failures = 0
        return False

    async def _rebuild(self) -> float:
        """Rebuild earlier facts unless another process does; give how long to wait before looking again."""
        began = False

        def step(words: str) -> None:
            nonlocal began
            if not began:
                began = True
                log.info("facts_rebuild_started", version=FACTS_VERSION)
            self._stands("working", f"{_REBUILDING}: {words}")

        def progress(done: int, total: int) -> None:
            self._stands("working", f"{_REBUILDING}: {done:,} of {total:,} messages")

        try:
            made = await rebuild(self._plan, step, progress)
        except RebuildNotNeeded:
            return 0.0
        except RebuildRunning:
            self._stands("working", f"{_REBUILDING} by another process")
            return _LOOK_AGAIN
        except RebuildRefused as refused:
            self._refused("log-refused", str(refused))
            return _REFUSED_EVERY
        log.info(
            "facts_rebuilt",
            version=FACTS_VERSION,
            count=made.messages,
            parked=made.parked,
            seconds=round(made.seconds, 1),
        )
        return 0.0

    def _refused(self, reason: str, sentence: str) -> None:
        self._stands("waits-for-a-person", sentence)
        if self._told != reason:
            self._told = reason
            log.error("facts_rebuild_refused", reason_code=reason)

    def _stands(self, stage: Stage, detail: str) -> None:
        self.ready, self.stage, self.detail = stage == "done", stage, detail
        if self.ready:
            self._told = ""
            self._done.set()
