"""Counts what needs attention in the service's database (`app.attention`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.escalation.app.attention import Awaited, OpenIn
from services.escalation.app.summaries import CATEGORY
from shared.eventstore.database import Pool, borrow

_OPEN: Final = """
    select authority, data->'paths'->>1 as district, count(*)::int as count from eventstore.summaries
    where category = $1 and status in ('considering', 'raised', 'signed-off')
    group by 1, 2 order by 1, 2
"""
_AWAITED: Final = """
    select count(*)::int as count, (count(*) filter (where s.data->>'case_number' = 'unusable'))::int as unusable,
           coalesce(extract(epoch from $2::timestamptz - min(first.recorded_at)), 0)::float as oldest_age_seconds
    from eventstore.summaries s join eventstore.events first on first.stream_id = s.stream_id and first.version = 1
    where s.category = $1 and s.data->>'case_number' in ('awaiting', 'unusable')
"""


class StoredStanding:
    """How open audit escalations stand in one database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open_in_districts(self) -> Sequence[OpenIn]:
        """Return each district in which one is open."""
        async with borrow(self._pool) as connection:
            return [OpenIn(**row) for row in await connection.fetch(_OPEN, CATEGORY)]

    async def awaited(self, now: datetime) -> Awaited:
        """Return the references that are awaited."""
        async with borrow(self._pool) as connection:
            row = await connection.fetchrow(_AWAITED, CATEGORY, now)
        assert row is not None  # an aggregate has one row
        return Awaited(row["count"], max(float(row["oldest_age_seconds"]), 0.0), row["unusable"])
