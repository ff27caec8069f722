"""Rows of summaries that an earlier version of Sightline wrote, made anew from their events when a service starts.

Lists, filters and timers read them: a row without a field that they ask for would be left out in silence until its
stream changed. A row is only ever what its stream's events fold to, so it can be made again at any time.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from shared.eventstore.database import Pool
from shared.eventstore.handling import fold
from shared.eventstore.model import Aggregate
from shared.eventstore.store import EventStore

_AT_ONCE: Final = 500


async def make_anew(pool: Pool, store: EventStore, aggregate: Aggregate[Any, Any, Any], is_old: str) -> int:
    """Make every row of an aggregate anew that an earlier version wrote; return how many.

    `is_old` is the condition on `data` by which such rows are known, in words of ours: by a field that they lack, for
    example `not data ? 'practitioner'`. Harmless when repeated, cut off, or done by several replicas.
    """
    query = (
        "select stream_id from eventstore.summaries where category = $1"  # noqa: S608 - words of ours
        f" and ($2::uuid is null or stream_id > $2) and ({is_old}) order by stream_id limit {_AT_ONCE}"
    )
    made = 0
    after = None
    while rows := await pool.fetch(query, aggregate.category, after):
        for row in rows:
            made += await _make_anew(pool, store, aggregate, row["stream_id"])
        after = rows[-1]["stream_id"]
    return made


async def _make_anew(pool: Pool, store: EventStore, aggregate: Aggregate[Any, Any, Any], stream_id: UUID) -> int:
    stream = await store.load(stream_id)
    summary = aggregate.summarise(fold(aggregate, stream.events))
    if summary is None:
        return 0
    done = await pool.execute(
        # Not where an append came between: that made the row as new as it is.
        "update eventstore.summaries set status = $3, wake_at = $4, data = $5 where stream_id = $1 and version = $2",
        stream_id,
        stream.version,
        summary.status,
        summary.wake_at,
        summary.data,
    )
    return int(done.split()[-1])
