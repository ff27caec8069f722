"""Lists from the service's database: walked along an index by the time left, so that no list is sorted."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from services.escalation.app.lists import AT_ITS_END, OPEN, Counted, Day, Page, Place, Wanted, microseconds
from shared.eventstore.database import Pool, borrow
from shared.eventstore.model import SummaryRow

_UNTIL: Final = "escalation.left_until(status, data)"
_CLOSED: Final = "escalation.moment(data->>'closed_at')"
_ROW: Final = "stream_id, category, authority, status, version, wake_at, data"
_OURS: Final = "category = 'escalation' and authority = $1"
_WITHIN: Final = "($2::text[] is null or data->'paths' ?| $2)"
_CLOCKED: Final = "(status <> 'considering' or data->>'consider_by' is not null)"
"""What waits for a decision without a clock is sorted by when it came up, and is never past its time."""

_CLOSED_SINCE: Final = f"""
    select {_ROW} from eventstore.summaries
    where {_OURS} and status = 'closed' and {_WITHIN} and {_CLOSED} >= $3
    order by {_CLOSED} desc, stream_id limit $4
"""  # noqa: S608 - words of ours

_COUNT: Final = f"""
    select district, sum(open)::int, sum(today)::int, sum(overdue)::int, sum(closed)::int from (
        select data->'paths'->>1 as district, 1 as open, 0 as closed,
               (status <> 'signed-off' and {_CLOCKED} and {_UNTIL} < $3)::int as overdue,
               (status <> 'signed-off' and {_CLOCKED} and {_UNTIL} >= $3 and {_UNTIL} < $4)::int as today
        from eventstore.summaries where {_OURS} and {_WITHIN} and {_UNTIL} < {AT_ITS_END}
        union all
        select data->'paths'->>1, 0, 1, 0, 0
        from eventstore.summaries where {_OURS} and {_WITHIN} and status = 'closed' and {_CLOSED} >= $5
    ) counted
    group by district order by district
"""  # noqa: S608 - words of ours


class PostgresLists:
    """The lists of one database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, wanted: Wanted, limit: int, after: Place | None = None) -> Page:
        """Return a page of those wanted, the least time left first."""
        arguments: list[Any] = [wanted.authority, limit + 1]
        conditions = [_OURS]
        for condition, values in _conditions(wanted, after):
            numbers = [f"${len(arguments) + at}" for at in range(1, len(values) + 1)]
            conditions.append(condition.format(*numbers))
            arguments += values
        query = (
            f"select {_ROW}, {_UNTIL} from eventstore.summaries where {' and '.join(conditions)} "  # noqa: S608 - ours
            f"order by {_UNTIL}, stream_id limit $2"
        )
        async with borrow(self._pool) as connection:
            found = await connection.fetch(query, *arguments)
        rows = [SummaryRow(*row[:7]) for row in found[:limit]]
        last = found[limit - 1] if len(found) > limit else None
        return Page(rows, None if last is None else Place(last[7], last["stream_id"]))

    async def closed(
        self, authority: str, paths: tuple[str, ...] | None, since: datetime, limit: int
    ) -> list[SummaryRow]:
        """Return those closed since a moment, the last one first."""
        async with borrow(self._pool) as connection:
            rows = await connection.fetch(_CLOSED_SINCE, authority, paths, microseconds(since), limit)
        return [SummaryRow(*row) for row in rows]

    async def count(self, authority: str, paths: tuple[str, ...] | None, day: Day) -> list[Counted]:
        """Return how many there are in each district that has any, by its path."""
        bounds = [microseconds(one) for one in (day.now, day.ends, day.month)]
        async with borrow(self._pool) as connection:
            rows = await connection.fetch(_COUNT, authority, paths, *bounds)
        return [Counted(*row) for row in rows]


def _conditions(wanted: Wanted, after: Place | None) -> list[tuple[str, list[Any]]]:
    """Return what a row must meet, each with the values it is said of.

    What many rows meet is asked for by `coalesce`: the planner takes half of the rows to meet it, and walks the index
    by the time left. Without it, it takes next to none to meet what it has no figures of, finds them all and sorts.
    """
    rare = {
        "reopening_asked": wanted.reopening_asked,
        "found_by": None if wanted.found_by is None else [str(wanted.found_by)],
    }
    held = {name: value for name, value in rare.items() if value is not None}
    asked: list[tuple[str, Any]] = [
        ("coalesce(data->'paths' ?| {}::text[], false)", None if wanted.paths is None else list(wanted.paths)),
        ("status = any({}::text[])", [one.value for one in wanted.statuses] or None),
        (_UNTIL + _end(wanted) + "{}::bigint", AT_ITS_END if wanted.statuses and _end(wanted) else None),
        ("coalesce(data->>'category' = {}::text, false)", wanted.category),
        *_late("status = 'raised'", wanted.overdue, wanted.now),
        *_late(f"status = 'considering' and {_CLOCKED}", wanted.undecided, wanted.now),
        ("coalesce(data->>'waits_for' = any({}::text[]), false)", list(wanted.waits_for) or None),
        ("coalesce(data->>'next_step' = any({}::text[]), false)", list(wanted.next_steps) or None),
        (f"{_CLOCKED} and {_UNTIL} >= {{}}::bigint", _micros(wanted.due_from)),
        (f"{_CLOCKED} and {_UNTIL} < {{}}::bigint", _micros(wanted.due_before)),
        ("data @> {}::jsonb", held or None),
    ]
    conditions: list[tuple[str, list[Any]]] = [(text, [value]) for text, value in asked if value is not None]
    if after is not None:
        conditions.append((f"({_UNTIL}, stream_id) > ({{}}::bigint, {{}}::uuid)", [after.left_until, after.id]))
    return conditions


def _late(running: str, asked: bool | None, now: datetime | None) -> list[tuple[str, Any]]:
    """Return the condition of running past its due moment, or of not doing so, as asked; none where nobody asks."""
    if asked is None:
        return []
    assert now is not None  # whoever asks says as of when
    past = f"{running} and {_UNTIL} < {{}}::bigint"
    return [(past if asked else f"not ({past})", microseconds(now))]


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds(moment)


def _end(wanted: Wanted) -> str:
    """Return which end of the index is walked: what is open, or what is at its end; empty for both."""
    if set(wanted.statuses) <= set(OPEN):
        return " < "
    return "" if set(wanted.statuses) & set(OPEN) else " = "
