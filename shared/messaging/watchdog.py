"""Notices a consumer that died without a word, from the private tasks of aiokafka and FastStream.

Fetching, coordination and heartbeat each run in a task; one that ends leaves a consumer that looks alive and reads
nothing. Restarting in place was seen to fail, so the process ends and is started anew. The names used here are
private: aiokafka is pinned, and a test breaks when they move.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Vitals:
    """The tasks a reading consumer lives by, as far as they exist at the moment."""

    fetch: asyncio.Task[Any]
    coordination: asyncio.Task[Any]
    heartbeat: asyncio.Task[Any] | None
    refresh: asyncio.Task[Any] | None
    consume: tuple[asyncio.Task[Any], ...]


def vitals_of(consumer: Any, consume: Iterable[asyncio.Task[Any]]) -> Vitals:
    """Find the tasks of an AIOKafkaConsumer that has joined a group, and FastStream's own that read from it."""
    coordinator, fetcher = consumer._coordinator, consumer._fetcher  # noqa: SLF001 - see the module's docstring
    return Vitals(
        fetch=fetcher._fetch_task,  # noqa: SLF001 - see above
        coordination=coordinator._coordination_task,  # noqa: SLF001 - see above
        heartbeat=coordinator._heartbeat_task,  # noqa: SLF001 - see above
        refresh=coordinator._commit_refresh_task,  # noqa: SLF001 - see above
        consume=tuple(consume),
    )


class Watchdog:
    """Judges vitals again and again; remembers since when something is missing. Times are monotonic seconds."""

    def __init__(self, *, heartbeat_missing_after: float, stall_after: float) -> None:
        self._heartbeat_missing_after = heartbeat_missing_after
        self._stall_after = stall_after
        self._heartbeat_missing_since: float | None = None
        self._stalled_since: float | None = None
        self._position: int | None = None

    def dead_tasks(self, vitals: Vitals, now: float) -> str | None:
        """Return a code for what has died, or None while everything lives.

        Heartbeat and refresh end and begin anew with every rebalance, so only their staying away counts.
        """
        if vitals.fetch.done():
            return "fetch-task-ended"
        if vitals.coordination.done():
            return "coordination-task-ended"
        if all(task.done() for task in vitals.consume):
            return "consume-task-ended"
        if all(task is not None and not task.done() for task in (vitals.heartbeat, vitals.refresh)):
            self._heartbeat_missing_since = None
            return None
        if self._heartbeat_missing_since is None:
            self._heartbeat_missing_since = now
        if now - self._heartbeat_missing_since < self._heartbeat_missing_after:
            return None
        return "heartbeat-task-ended"

    def stalled(self, *, position: int, lag: int, busy: bool, now: float) -> str | None:
        """Return a code when nothing moved for too long although messages wait; `busy`: in a handler, a pause.

        `position` is any number that grows with every message read, such as the sum of the partitions' positions.
        """
        if busy or lag == 0 or position != self._position:
            self._position = position
            self._stalled_since = None
            return None
        if self._stalled_since is None:
            self._stalled_since = now
        return "no-progress" if now - self._stalled_since >= self._stall_after else None
