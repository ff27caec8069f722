"""Looks at the process every second: what the probes, metrics and `/operations/status` tell is gathered here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from shared.messaging.consumer import Consumer
from shared.outbox.relay import Relay
from shared.process.parts import Runtime
from shared.process.probes import DatabaseProbe
from shared.telemetry import metrics

_EVERY_SECONDS = 1.0
_COUNTED_EVERY_ROUNDS = 15


class Watch:
    """Asks the database whether it is there, and gathers figures when someone wants them."""

    def __init__(
        self,
        runtime: Runtime,
        relay: Relay,
        consumer: Consumer | None,
        overdue: Callable[[], Awaitable[int]] | None,
        database: DatabaseProbe,
    ) -> None:
        self._runtime = runtime
        self._relay = relay
        self._consumer = consumer
        self._overdue = overdue
        self._database = database

    async def run(self) -> None:
        """Ask for ever."""
        rounds = 0
        while True:
            await self._database.ask()
            if self._overdue and self._database.ready and rounds % _COUNTED_EVERY_ROUNDS == 0:
                await self._count_overdue(self._overdue)
            rounds += 1
            await asyncio.sleep(_EVERY_SECONDS)

    async def _count_overdue(self, overdue: Callable[[], Awaitable[int]]) -> None:
        """Put the number of passed deadlines into the metrics; one that cannot be had now is had next time."""
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            metrics.OVERDUE.labels(self._runtime.name).set(await overdue())

    async def figures(self) -> dict[str, Any]:
        """Give lag, outbox, parked and overdue as `ServiceStatus` has them."""
        relay = self._relay.health()
        return {
            "lag": dict(self._consumer.health().lag) if self._consumer else None,
            "outbox": {"depth": relay.depth, "oldest_age_seconds": relay.oldest_age_seconds},
            "parked": await self._parked(),
            "overdue": await self._overdue() if self._overdue else None,
        }

    async def _parked(self) -> int:
        try:
            return int(await self._runtime.pool.fetchval("select count(*) from messaging.parked"))
        except asyncpg.UndefinedTableError:  # a service that reads no topic has no such table
            return 0
