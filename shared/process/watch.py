"""Looks at the process every second: what the probes, metrics and `/operations/status` tell is gathered here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

import asyncpg

from shared.eventstore.database import borrow
from shared.messaging import holes
from shared.messaging.consumer import Consumer
from shared.outbox.relay import Relay
from shared.process.parts import Attention, NoticeFigures, Runtime
from shared.process.probes import DatabaseProbe
from shared.telemetry import metrics

_EVERY_SECONDS = 1.0
_COUNTED_EVERY_ROUNDS = 15
_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


class Watch:
    """Asks the database whether it is there, and gathers figures when someone wants them."""

    def __init__(
        self,
        runtime: Runtime,
        relay: Relay,
        consumer: Consumer | None,
        overdue: Callable[[], Awaitable[int]] | None,
        database: DatabaseProbe,
        *,
        notices: Callable[[], Awaitable[NoticeFigures]] | None = None,
        attention: Callable[[], Awaitable[Sequence[Attention]]] | None = None,
    ) -> None:
        self._runtime = runtime
        self._relay = relay
        self._consumer = consumer
        self._overdue = overdue
        self._database = database
        self._notices = notices
        self._attention = attention

    async def run(self) -> None:
        """Ask for ever."""
        rounds = 0
        while True:
            await self._database.ask()
            if self._database.ready and rounds % _COUNTED_EVERY_ROUNDS == 0:
                with contextlib.suppress(*_AWAY):  # what cannot be counted now is counted next time
                    await self._count()
            rounds += 1
            await asyncio.sleep(_EVERY_SECONDS)

    async def _count(self) -> None:
        """Put what is counted in the database into the metrics."""
        name = self._runtime.name
        if self._overdue:
            metrics.OVERDUE.labels(name).set(await self._overdue())
        if self._notices:
            found = await self._notices()
            metrics.NOTICES_WAITING.labels(name).set(found.waiting)
            metrics.NOTICES_OLDEST_AGE.labels(name).set(found.oldest_age_seconds)
            metrics.NOTICES_GIVEN_UP.labels(name).set(found.given_up)
        for one in await self._attention() if self._attention else ():
            metrics.ATTENTION.labels(name, one.kind).set(one.count)
            metrics.ATTENTION_OLDEST_AGE.labels(name, one.kind).set(one.oldest_age_seconds)

    async def figures(self) -> dict[str, Any]:
        """Give lag, outbox, parked, missing, overdue, notices and attention as `ServiceStatus` has them."""
        relay = self._relay.health()
        return {
            "lag": dict(self._consumer.health().lag) if self._consumer else None,
            "outbox": {"depth": relay.depth, "oldest_age_seconds": relay.oldest_age_seconds},
            "parked": await self._parked(),
            "missing": await self._missing(),
            "overdue": await self._overdue() if self._overdue else None,
            "notices": asdict(await self._notices()) if self._notices else None,
            "attention": [asdict(one) for one in await self._attention() if one.count] if self._attention else [],
        }

    async def _parked(self) -> int:
        try:
            return int(await self._runtime.pool.fetchval("select count(*) from messaging.parked"))
        except asyncpg.UndefinedTableError:  # a service that reads no topic has no such table
            return 0

    async def _missing(self) -> int:
        try:
            async with borrow(self._runtime.pool) as connection:
                return int(await holes.missing(connection))
        except asyncpg.UndefinedTableError:  # as above
            return 0
