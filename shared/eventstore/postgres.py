"""The event store in PostgreSQL: one function call an append (schema/), plain SELECTs for the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NoReturn, TypeAlias
from uuid import UUID

import asyncpg

from shared.eventstore.appender import Appender
from shared.eventstore.database import Connection, Pool, borrow
from shared.eventstore.errors import IdempotencyKeyReused, VersionConflict
from shared.eventstore.model import NO_PAST, Append, Appended, Past, StoredEvent, Stream, SummaryRow
from shared.eventstore.store import DEFAULT_MESSAGE_LIMIT, refuse_large
from shared.outbox import headers
from shared.outbox.failpoints import hit
from shared.outbox.partitioning import key_hash

_VERSION_CONFLICT: Final = "SL001"
_KEY_REUSED: Final = "SL002"
_UNIQUE_VIOLATION: Final = "23505"

_APPEND: Final = f"SELECT * FROM eventstore.append({', '.join(f'${n}' for n in range(1, 23))})"  # noqa: S608 - numbers

_EVENT: Final = (
    "stream_id, version, public_sequence, position, recorded_at, correlation_id, causation_id, "
    "category, authority, actor, type, data"
)
_LOAD: Final = f"SELECT {_EVENT} FROM eventstore.events WHERE stream_id = $1 ORDER BY version"  # noqa: S608 - constants
_LOAD_MANY: Final = (
    f"SELECT {_EVENT} FROM eventstore.events WHERE stream_id = ANY($1::uuid[]) ORDER BY stream_id, version"  # noqa: S608 - constants
)
_PAST: Final = (
    "SELECT version, public_sequence, type, data FROM eventstore.events WHERE stream_id = $1 ORDER BY version"
)
_READ_ALL: Final = f"SELECT {_EVENT} FROM eventstore.events ORDER BY stream_id, version"  # noqa: S608 - constants
_ANSWERED: Final = (
    "SELECT stream_id, version, public_sequence, fingerprint FROM eventstore.commands WHERE idempotency_key = $1"
)
_SUMMARY: Final = "SELECT stream_id, category, authority, status, version, wake_at, data FROM eventstore.summaries"
_DUE: Final = f"{_SUMMARY} WHERE wake_at <= $1 ORDER BY wake_at, stream_id LIMIT $2"


BesideWriter: TypeAlias = Callable[[Connection, Sequence[Append]], Awaitable[None]]
"""Keeps what appends have `beside` their events, on the appends' own connection and in their transaction."""


class PostgresEventStore:
    """The event store of a service in its database; see `EventStore`.

    `message_limit` is in bytes, for one public event with its headers. `beside` keeps what an aggregate wants kept in
    the transaction of its events; a store without it refuses an append that has such things.
    """

    def __init__(
        self, pool: Pool, *, message_limit: int = DEFAULT_MESSAGE_LIMIT, beside: BesideWriter | None = None
    ) -> None:
        self.pool = pool
        self._message_limit = message_limit
        self._beside = beside
        self._appender = Appender(pool, _APPEND)

    async def append(self, request: Append, *, connection: Connection | None = None) -> Appended:
        """Store events, outbox rows, idempotency key and summary in one round trip."""
        refuse_large(request, self._message_limit)
        hit("append.before")
        try:
            if connection is not None:
                appended = await self._append_here(request, connection)
            elif request.beside:
                async with borrow(self.pool) as borrowed, borrowed.transaction():
                    appended = await self._append_here(request, borrowed)
            else:
                arguments = _arguments(request)
                row = await self._appender.append(request.stream_id, request.meta.idempotency_key, arguments)
                appended = Appended(*_found(row))
        except asyncpg.PostgresError as error:
            _translate(error, request)
        hit("append.after")
        return appended

    async def append_many(
        self, requests: Sequence[Append], *, connection: Connection | None = None
    ) -> Sequence[Appended]:
        """Append to many streams in one round trip and one transaction.

        A `VersionConflict` names the first stream of the batch when the server does not say which one it was.
        """
        if not requests:
            return []
        for request in requests:
            refuse_large(request, self._message_limit)
        hit("append.before")
        try:
            if connection is not None:
                appended = await self._append_many_here(requests, connection)
            elif any(request.beside for request in requests):
                async with borrow(self.pool) as borrowed, borrowed.transaction():
                    appended = await self._append_many_here(requests, borrowed)
            else:
                async with borrow(self.pool) as borrowed:  # one statement for all is one transaction already
                    appended = await self._append_many_here(requests, borrowed)
        except asyncpg.PostgresError as error:
            _translate(error, requests[0])
        hit("append.after")
        return appended

    async def _append_here(self, request: Append, connection: Connection) -> Appended:
        appended = Appended(*_found(await connection.fetchrow(_APPEND, *_arguments(request))))
        await self._keep_beside([request], [appended], connection)
        return appended

    async def _append_many_here(self, requests: Sequence[Append], connection: Connection) -> list[Appended]:
        rows = await connection.fetchmany(_APPEND, [_arguments(request) for request in requests])
        appended = [Appended(*row) for row in rows]
        await self._keep_beside(requests, appended, connection)
        return appended

    async def _keep_beside(
        self, requests: Sequence[Append], appended: Sequence[Appended], connection: Connection
    ) -> None:
        """Keep what goes beside the events; a repeat had kept it the first time."""
        kept = [request for request, one in zip(requests, appended, strict=True) if request.beside and not one.replayed]
        if not kept:
            return
        if self._beside is None:
            raise RuntimeError(f"nothing keeps what {kept[0].category} streams have beside their events")
        await self._beside(connection, kept)

    async def load(self, stream_id: UUID, *, connection: Connection | None = None) -> Stream:
        """Return a stream's events in order."""
        if connection is not None:
            rows = await connection.fetch(_LOAD, stream_id)
        else:
            async with borrow(self.pool) as borrowed:
                rows = await borrowed.fetch(_LOAD, stream_id)
        return Stream([_event(row) for row in rows])

    async def load_many(self, stream_ids: Collection[UUID]) -> Mapping[UUID, Stream]:
        """Return many streams by their ids, in one round trip."""
        async with borrow(self.pool) as borrowed:
            rows = await borrowed.fetch(_LOAD_MANY, list(stream_ids))
        found: dict[UUID, list[StoredEvent]] = {stream_id: [] for stream_id in stream_ids}
        for row in rows:
            event = _event(row)
            found[event.stream_id].append(event)
        return {stream_id: Stream(events) for stream_id, events in found.items()}

    async def past(self, stream_id: UUID, *, connection: Connection | None = None) -> Past:
        """Return a stream's events without what was said of them."""
        if connection is not None:
            rows = await connection.fetch(_PAST, stream_id)
        else:
            async with borrow(self.pool) as borrowed:
                rows = await borrowed.fetch(_PAST, stream_id)
        if not rows:
            return NO_PAST
        return Past(rows[-1][0], rows[-1][1], [(row[2], row[3].encode()) for row in rows])

    async def answered(
        self, idempotency_key: str, fingerprint: bytes, *, connection: Connection | None = None
    ) -> Appended | None:
        """Return the result of an earlier command with this key, or None."""
        if connection is not None:
            row = await connection.fetchrow(_ANSWERED, idempotency_key)
        else:
            async with borrow(self.pool) as borrowed:
                row = await borrowed.fetchrow(_ANSWERED, idempotency_key)
        if row is None:
            return None
        stream_id, version, public_sequence, stored = row
        if stored != fingerprint:
            raise IdempotencyKeyReused
        return Appended(stream_id, version, public_sequence, replayed=True)

    async def read_all(self) -> AsyncIterator[StoredEvent]:
        """Read the whole store as it is at one moment, stream by stream, each in order, in pages of 1,000."""
        async with (
            borrow(self.pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            async for row in connection.cursor(_READ_ALL, prefetch=1000):
                yield _event(row)

    async def find(
        self,
        category: str,
        *,
        authority: str | None = None,
        where: dict[str, Any] | None = None,
        status: str | None = None,
        limit: int = 100,
        after: UUID | None = None,
        newest_first: bool = False,
        below: Mapping[str, str] | None = None,
        connection: Connection | None = None,
    ) -> list[SummaryRow]:
        """Return streams by their summaries, ordered by stream id."""
        arguments: list[Any] = [category, limit]
        conditions = ["category = $1"]
        for condition, value in (
            ("authority = ${}", authority),
            ("status = ${}", status),
            ("data @> ${}", where),
            ("stream_id < ${}" if newest_first else "stream_id > ${}", after),
        ):
            if value is not None:
                arguments.append(value)
                conditions.append(condition.format(len(arguments)))
        for field, value in (below or {}).items():
            arguments += [field, value]
            conditions.append(f'(data->>${len(arguments) - 1}) < ${len(arguments)} COLLATE "C"')
        direction = "DESC" if newest_first else "ASC"
        query = f"{_SUMMARY} WHERE {' AND '.join(conditions)} ORDER BY stream_id {direction} LIMIT $2"
        if connection is not None:
            rows = await connection.fetch(query, *arguments)
        else:
            async with borrow(self.pool) as borrowed:
                rows = await borrowed.fetch(query, *arguments)
        return [SummaryRow(*row) for row in rows]

    async def due(self, now: datetime, limit: int = 100) -> list[SummaryRow]:
        """Return the streams whose `wake_at` has come, the longest overdue first."""
        async with borrow(self.pool) as connection:
            rows = await connection.fetch(_DUE, now, limit)
        return [SummaryRow(*row) for row in rows]


def _arguments(request: Append) -> tuple[Any, ...]:
    """Return the arguments of eventstore.append in its order."""
    meta, summary, events, messages = request.meta, request.summary, request.events, request.messages
    return (
        request.stream_id,
        request.expected_version,
        request.expected_public_sequence,
        request.category,
        meta.authority,
        meta.actor,
        meta.recorded_at,
        meta.correlation_id,
        meta.causation_id,
        meta.idempotency_key,
        meta.fingerprint,
        [event.type for event in events],
        [event.data.decode() for event in events],
        [event.public_sequence for event in events],
        [topic for topic, _ in messages],
        [message.key for _, message in messages],
        [key_hash(message.key) for _, message in messages],
        [headers.write(message.headers) for _, message in messages],
        [message.value for _, message in messages],
        None if summary is None else summary.status,
        None if summary is None else summary.data,
        None if summary is None else summary.wake_at,
    )


def _translate(error: asyncpg.PostgresError, request: Append) -> NoReturn:
    """Raise what the error means to a caller, or the error itself."""
    if error.sqlstate == _VERSION_CONFLICT:
        actual = int(error.detail) if error.detail else None
        raise VersionConflict(request.stream_id, request.expected_version, actual) from None
    if error.sqlstate == _UNIQUE_VIOLATION and error.constraint_name == "events_pkey":
        # Two writers passed the head check together; the key is the final judge.
        raise VersionConflict(request.stream_id, request.expected_version) from None
    if error.sqlstate == _KEY_REUSED:
        raise IdempotencyKeyReused from None
    raise error


def _event(row: asyncpg.Record) -> StoredEvent:
    return StoredEvent._make((*row[:11], row[11].encode()))


def _found(row: asyncpg.Record | None) -> asyncpg.Record:
    assert row is not None, "eventstore.append answers with one row"
    return row
