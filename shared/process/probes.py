"""How each part of a process says whether it does its work."""

from __future__ import annotations

import time
from collections.abc import Callable

import asyncpg

from shared.eventstore.database import Pool, is_connection_error
from shared.messaging.consumer import Consumer
from shared.outbox.relay import Relay
from shared.telemetry.health import FunctionProbe

_STALE_AFTER_SECONDS = 60.0


class DatabaseProbe:
    """Whether the database answers, asked for by the watch and remembered here."""

    name = "database"

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.ready = False
        self.detail = "not asked yet"

    async def ask(self) -> None:
        """Ask the database now and remember what it said."""
        try:
            await self._pool.fetchval("select 1", timeout=5.0)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
            away = is_connection_error(error)
            self.ready, self.detail = False, "does not answer" if away else f"refuses ({type(error).__name__})"
        else:
            self.ready, self.detail = True, "answers"


class TimerProbe:
    """Whether a timer turns: its last round ended well, and the next one is not long overdue."""

    def __init__(self, name: str, every_seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.name = f"timer {name}"
        self._stale_after = every_seconds + _STALE_AFTER_SECONDS
        self._monotonic = monotonic
        self._turned_at: float | None = None
        self._failed = False

    def turned(self) -> None:
        """Note a round that ended well."""
        self._turned_at, self._failed = self._monotonic(), False

    def failed(self) -> None:
        """Note a round that failed."""
        self._failed = True

    @property
    def ready(self) -> bool:
        """Tell whether it turns."""
        return self._turned_at is not None and not self._failed and self._age() < self._stale_after

    @property
    def detail(self) -> str:
        """Say how it stands."""
        if self._failed:
            return "its last round failed"
        return "turns" if self.ready else "has not turned yet" if self._turned_at is None else "stands still"

    def _age(self) -> float:
        return self._monotonic() - (self._turned_at or 0.0)


def relay_probe(relay: Relay) -> FunctionProbe:
    """Say whether the outbox is being sent, by this process or by another that leads."""

    def check() -> tuple[bool, str]:
        health = relay.health()
        if health.last_error is not None:
            return False, health.last_error
        return True, "sends the outbox" if health.leader else "stands by"

    return FunctionProbe("relay", check)


def consumer_probe(consumer: Consumer) -> FunctionProbe:
    """Say whether the consumer has its partitions, turns, and knows its lag."""

    def check() -> tuple[bool, str]:
        health = consumer.health()
        if consumer.ready:
            return True, "reads"
        return False, health.paused_reason or health.last_error or "waits for its partitions"

    return FunctionProbe("consumer", check)
