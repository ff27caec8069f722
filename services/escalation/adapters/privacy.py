"""What the service keeps about texts in its own database: who read them, and whose child is erased; who has a turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.eventstore.database import Connection, Pool
from shared.privacy.readings import Reader, Reading, ReadingTable, Shown

_TABLE: Final = ReadingTable("escalation.text_readings", "escalation_id")
_TURN: Final = 7_265_051
"""The advisory lock of whoever asks audit for references; number chosen at random."""


class StoredReadings:
    """Readings of texts in the service's database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def record(self, reader: Reader, shown: Shown, *, boxes: Collection[str], at: datetime) -> None:
        """Keep that somebody is shown these boxes; nothing where there are none."""
        async with self._pool.acquire() as connection:
            await _TABLE.record(connection, reader, shown, boxes=boxes, at=at)

    async def readings(
        self,
        authority: str,
        *,
        escalations: Collection[UUID] | None = None,
        reader: UUID | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[Reading]:
        """Return an authority's readings in the order they were recorded."""
        async with self._pool.acquire() as connection:
            return await _TABLE.readings(
                connection, authority, streams=escalations, reader=reader, after=after, limit=limit
            )


class StoredErasures:
    """The children whose erasure was heard of."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, reference: UUID, at: datetime, connection: Connection | None = None) -> None:
        """Keep one, in the caller's transaction where one is given."""
        await (connection or self._pool).execute(
            "insert into escalation.erased_children (reference, erased_at) values ($1, $2) on conflict do nothing",
            reference,
            at,
        )

    async def every(self) -> Collection[UUID]:
        """Return them all."""
        return [row["reference"] for row in await self._pool.fetch("select reference from escalation.erased_children")]


@asynccontextmanager
async def turn(pool: Pool) -> AsyncIterator[bool]:
    """Give whether this replica has the turn to ask audit; it is given back at the end, or when the process dies."""
    async with pool.acquire() as connection:
        ours = bool(await connection.fetchval("select pg_try_advisory_lock($1)", _TURN))
        try:
            yield ours
        finally:
            if ours:
                await connection.execute("select pg_advisory_unlock($1)", _TURN)
