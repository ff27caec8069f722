"""The notices in the service's database: written beside events, leased for sending, looked at by the operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from services.escalation.app.notices import Kind, Notice, Standing
from services.escalation.app.sending import Leased
from shared.eventstore.database import Connection, Pool, borrow
from shared.eventstore.model import Append
from shared.process.parts import NoticeFigures

MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"
"""The migrations of the service's own tables; those of the event store come before."""

_CONTENT: Final = tuple(field.name for field in fields(Notice))
_COLUMNS: Final = ", ".join(_CONTENT)

_INSERT: Final = f"""
    insert into escalation.notices (id, version, created_at, next_at, give_up_at, tried_for, {_COLUMNS})
    values ({", ".join(f"${n}" for n in range(1, len(_CONTENT) + 7))})
    on conflict (id) do nothing
"""  # noqa: S608 - names of ours and numbers

_LEASE: Final = f"""
    with taken as (
        select id from escalation.notices
        where state in ('waiting', 'failed') and next_at <= $1 and (leased_until is null or leased_until <= $1)
        order by next_at, created_at, id limit $2 for update skip locked
    ), leased as (
        update escalation.notices n set lease = $4, leased_until = $3, attempts = n.attempts + 1
        from taken where n.id = taken.id returning n.*
    )
    select n.id, n.lease, n.attempts, n.give_up_at, n.state, {", ".join(f"n.{name}" for name in _CONTENT)},
           s.status as now_status, s.data as now_data,
           (select array_agg(o.person order by o.id) from escalation.notices o
            where o.escalation_id = n.escalation_id and o.version = n.version and o.kind = n.kind and o.role = n.role
           ) as others
    from leased n left join eventstore.summaries s on s.stream_id = n.escalation_id
    order by n.created_at, n.version, n.id
"""  # noqa: S608 - names of ours

_SENT: Final = """
    update escalation.notices set state = 'sent', reason = null, channel = $2, settled_at = $3, lease = null,
           leased_until = null
    where id = $1 and state <> 'sent'
"""
_SETTLE: Final = """
    update escalation.notices set state = $3, reason = $4, channel = coalesce($5, channel), settled_at = $6,
           lease = null, leased_until = null
    where id = $1 and lease = $2
"""
_FAILED: Final = """
    update escalation.notices set state = 'failed', reason = $3, channel = coalesce($4, channel), next_at = $5,
           lease = null, leased_until = null
    where id = $1 and lease = $2
"""
_PUT_BACK: Final = """
    update escalation.notices set attempts = attempts - 1, next_at = $3, lease = null, leased_until = null
    where id = $1 and lease = $2
"""
_PRUNE: Final = """
    delete from escalation.notices where id in (
        select id from escalation.notices
        where state in ('sent', 'overtaken', 'given-up') and settled_at < $1
        order by settled_at limit $2 for update skip locked
    )
"""
_FIGURES: Final = """
    select count(*) filter (where state in ('waiting', 'failed')) as waiting,
           count(*) filter (where state = 'failed') as failing,
           count(*) filter (where state = 'given-up') as given_up,
           coalesce(extract(epoch from $1::timestamptz - min(created_at) filter (where state <> 'given-up')), 0)
               as oldest_age_seconds,
           mode() within group (order by reason) filter (where state = 'failed') as reason
    from escalation.notices where state in ('waiting', 'failed', 'given-up')
"""
_RETRY: Final = """
    update escalation.notices
    set state = 'waiting', next_at = now(), give_up_at = now() + tried_for, settled_at = null,
        lease = null, leased_until = null
    where state in ('waiting', 'failed', 'given-up') and (leased_until is null or leased_until < now()) and
"""


class NoticeWriter:
    """Writes what an event gives rise to, in the event's own transaction (`shared.eventstore.postgres.BesideWriter`).

    `give_up_after` is how long each is tried.
    """

    def __init__(self, give_up_after: timedelta) -> None:
        self._give_up_after = give_up_after

    async def __call__(self, connection: Connection, requests: Sequence[Append]) -> None:
        """Write the notices that appends have beside their events."""
        await connection.executemany(
            _INSERT,
            [
                (
                    notice.id(version),
                    version,
                    request.meta.recorded_at,
                    request.meta.recorded_at,
                    request.meta.recorded_at + self._give_up_after,
                    self._give_up_after,
                    *(_stored(getattr(notice, name)) for name in _CONTENT),
                )
                for request in requests
                for version, notice in request.beside
                if isinstance(notice, Notice)
            ],
        )


def _stored(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


class StoredNotices:
    """The notices as the sender takes them in hand."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def lease(self, now: datetime, limit: int, until: datetime) -> Sequence[Leased]:
        """Take some that are due and that nobody else has in hand, the longest waiting first."""
        async with borrow(self._pool) as connection:
            rows = await connection.fetch(_LEASE, now, limit, until, uuid4())
        return [_leased(row) for row in rows]

    async def sent(self, one: Leased, channel: str, now: datetime) -> None:
        """Record that it was sent, whoever has it in hand by now."""
        await self._execute(_SENT, one.id, channel, now)

    async def settle(self, one: Leased, state: str, reason: str, now: datetime, channel: str | None = None) -> None:
        """Record that it will not be sent, and why."""
        await self._execute(_SETTLE, one.id, one.lease, state, reason, channel, now)

    async def failed(self, one: Leased, reason: str, again_at: datetime, channel: str | None = None) -> None:
        """Record that it was tried in vain, and when to try again."""
        await self._execute(_FAILED, one.id, one.lease, reason, channel, again_at)

    async def put_back(self, one: Leased, again_at: datetime) -> None:
        """Give it back untried."""
        await self._execute(_PUT_BACK, one.id, one.lease, again_at)

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete some that were settled before this moment, the oldest first; return how many.

        One that waits, fails or is tried again stays, however old.
        """
        async with borrow(self._pool) as connection:
            done = await connection.execute(_PRUNE, before, limit)
        return int(str(done).removeprefix("DELETE "))

    async def figures(self, now: datetime) -> NoticeFigures:
        """Return how the notices stand."""
        async with borrow(self._pool) as connection:
            row = await connection.fetchrow(_FIGURES, now)
        assert row is not None  # an aggregate has one row
        return NoticeFigures(**{**row, "oldest_age_seconds": max(float(row["oldest_age_seconds"]), 0.0)})

    async def _execute(self, statement: str, *arguments: Any) -> None:
        async with borrow(self._pool) as connection:
            await connection.execute(statement, *arguments)


def _leased(row: asyncpg.Record) -> Leased:
    data = row["now_data"]
    standing = None
    if data is not None:
        due = data.get("due_at")
        standing = Standing(
            row["now_status"], int(data.get("clock_number", 0)), None if due is None else datetime.fromisoformat(due)
        )
    return Leased(
        id=row["id"],
        lease=row["lease"],
        notice=_notice(row),
        attempts=row["attempts"],
        give_up_at=row["give_up_at"],
        standing=standing,
        others=tuple(row["others"] or ()),
    )


def _notice(row: asyncpg.Record) -> Notice:
    return Notice(**{name: row[name] for name in _CONTENT} | {"kind": Kind(row["kind"]), "roles": tuple(row["roles"])})


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as the operator sees it."""

    id: UUID
    notice: Notice
    version: int
    state: str
    reason: str | None
    channel: str | None
    attempts: int
    created_at: datetime
    next_at: datetime
    give_up_at: datetime
    settled_at: datetime | None


async def list_notices(
    connection: Connection, states: Sequence[str], *, escalation: UUID | None = None, limit: int = 200
) -> list[NoticeRow]:
    """Return notices in these states, the oldest first; of one audit escalation where it is named."""
    rows = await connection.fetch(
        "select * from escalation.notices where state = any($1::text[]) and ($2::uuid is null or escalation_id = $2) "
        "order by created_at, version, id limit $3",
        list(states),
        escalation,
        limit,
    )
    return [_row(row) for row in rows]


async def show_notice(connection: Connection, notice_id: UUID) -> NoticeRow | None:
    """Return one notice, or None where there is none."""
    row = await connection.fetchrow("select * from escalation.notices where id = $1", notice_id)
    return None if row is None else _row(row)


async def retry_notice(connection: Connection, notice_id: UUID) -> bool:
    """Have a notice tried again now, for as long as a new one; False where it was sent, is over or is being sent."""
    return str(await connection.execute(f"{_RETRY} id = $1", notice_id)) == "UPDATE 1"


async def retry_given_up(connection: Connection) -> int:
    """Have every notice that was given up tried again; return how many."""
    return int(str(await connection.execute(f"{_RETRY} state = 'given-up'")).removeprefix("UPDATE "))


def _row(row: asyncpg.Record) -> NoticeRow:
    return NoticeRow(
        notice=_notice(row),
        **{field.name: row[field.name] for field in fields(NoticeRow) if field.name != "notice"},
    )
