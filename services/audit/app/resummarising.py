"""Rows of summaries that an earlier version of Sightline wrote, brought up to date when the service starts.

Lists, filters and the moderation policy read them.
"""

from __future__ import annotations

from typing import Any, Final

from services.audit.app.aggregates import AUDIT, TOOL
from shared.eventstore.database import Pool
from shared.eventstore.model import Aggregate
from shared.eventstore.resummarising import make_anew
from shared.eventstore.store import EventStore

_OLD: Final[tuple[tuple[Aggregate[Any, Any, Any], str], ...]] = (
    (
        AUDIT,
        (
            "not data ? 'practitioner' or (status <> 'withdrawn' and not data ? 'flagged') or (data ? 'completed_on'"
            " and not data ?& array['dispute', 'moderated_blind_by', 'moderations_done'])"
        ),
    ),
    (TOOL, "not data ? 'in_use'"),
)
"""How the rows of earlier versions are known, by category: by fields that they lack."""


async def bring_up_to_date(pool: Pool, store: EventStore) -> int:
    """Make every row of an earlier version anew from its events; return how many. Harmless when repeated or cut off."""
    return sum([await make_anew(pool, store, aggregate, is_old) for aggregate, is_old in _OLD])
