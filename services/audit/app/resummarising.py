"""Rows of summaries that an earlier version of Sightline wrote, brought up to date when the service starts.

Lists, filters and the moderation policy read them: a row without a field that they ask for would be left out in silence
until its audit changed. A row is only ever what its stream's events fold to, so it can be made again at any time.
"""

from __future__ import annotations

from typing import Any, Final

from services.audit.app.aggregates import AUDIT, TOOL
from shared.eventstore.database import Pool
from shared.eventstore.handling import fold
from shared.eventstore.model import Aggregate
from shared.eventstore.store import EventStore

_OLD: Final[tuple[tuple[Aggregate[Any, Any, Any], str], ...]] = (
    (
        AUDIT,
        "not data ? 'practitioner' or (data ? 'completed_on' and not data ?& array['dispute', 'moderated_blind_by'])",
    ),
    (TOOL, "not data ? 'in_use'"),
)
"""How the rows of earlier versions are known, by category: by fields that they lack."""
_AT_ONCE: Final = 500


async def bring_up_to_date(pool: Pool, store: EventStore) -> int:
    """Make every row of an earlier version anew from its events; return how many. Harmless when repeated or cut off."""
    made = 0
    for aggregate, is_old in _OLD:
        query = (
            "select stream_id from eventstore.summaries where category = $1"  # noqa: S608 - words of ours
            f" and ($2::uuid is null or stream_id > $2) and ({is_old}) order by stream_id limit {_AT_ONCE}"
        )
        after = None
        while rows := await pool.fetch(query, aggregate.category, after):
            for row in rows:
                made += await _make_anew(pool, store, aggregate, row["stream_id"])
            after = rows[-1]["stream_id"]
    return made


async def _make_anew(pool: Pool, store: EventStore, aggregate: Aggregate[Any, Any, Any], stream_id: Any) -> int:
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
