"""The event store in memory, for tests of a service's own logic; held to the same suite as PostgreSQL's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.eventstore.database import Connection
from shared.eventstore.errors import IdempotencyKeyReused, VersionConflict
from shared.eventstore.model import (
    NO_PAST,
    Append,
    Appended,
    Beside,
    OutboxMessage,
    Past,
    StoredEvent,
    Stream,
    SummaryRow,
)
from shared.eventstore.store import DEFAULT_MESSAGE_LIMIT, refuse_large


class MemoryEventStore:
    """An event store that forgets; a `connection` given to it is not used, and joins no transaction.

    `outbox` holds the public events in the order they were appended, and `beside` what was kept beside the events of
    each stream, for a test to look at.
    """

    def __init__(self, *, message_limit: int = DEFAULT_MESSAGE_LIMIT) -> None:
        self.outbox: list[OutboxMessage] = []
        self.beside: list[tuple[UUID, Beside]] = []
        self._message_limit = message_limit
        self._streams: dict[UUID, list[StoredEvent]] = {}
        self._commands: dict[str, tuple[bytes, Appended]] = {}
        self._summaries: dict[UUID, SummaryRow] = {}
        self._position = 0

    async def append(self, request: Append, *, connection: Connection | None = None) -> Appended:
        """Store events, outbox rows, idempotency key and summary together."""
        return (await self.append_many([request], connection=connection))[0]

    async def append_many(
        self,
        requests: Sequence[Append],
        *,
        connection: Connection | None = None,  # noqa: ARG002 - of the protocol; memory has no transactions to join
    ) -> Sequence[Appended]:
        """Append to many streams, all or nothing."""
        for request in requests:
            refuse_large(request, self._message_limit)
        if len(requests) == 1:
            return [self._append_one(requests[0])]  # it refuses before it changes anything
        before = self._copy()
        try:
            return [self._append_one(request) for request in requests]
        except Exception:
            self.outbox, self.beside, self._streams, self._commands, self._summaries = before
            raise

    def _copy(
        self,
    ) -> tuple[
        list[OutboxMessage],
        list[tuple[UUID, Beside]],
        dict[UUID, list[StoredEvent]],
        dict[str, tuple[bytes, Appended]],
        dict[UUID, SummaryRow],
    ]:
        streams = {stream_id: list(events) for stream_id, events in self._streams.items()}
        return list(self.outbox), list(self.beside), streams, dict(self._commands), dict(self._summaries)

    def _append_one(self, request: Append) -> Appended:
        meta = request.meta
        if meta.idempotency_key is not None:
            earlier = self._answer(meta.idempotency_key, meta.fingerprint)
            if earlier is not None:
                return earlier
        stream = self._streams.get(request.stream_id, [])
        version = stream[-1].version if stream else 0
        public_sequence = stream[-1].public_sequence if stream else 0
        if (version, public_sequence) != (request.expected_version, request.expected_public_sequence):
            raise VersionConflict(request.stream_id, request.expected_version, version)
        for number, event in enumerate(request.events, start=version + 1):
            self._position += 1
            stream.append(
                StoredEvent(
                    stream_id=request.stream_id,
                    version=number,
                    public_sequence=event.public_sequence,
                    position=self._position,
                    recorded_at=meta.recorded_at,
                    correlation_id=meta.correlation_id,
                    causation_id=meta.causation_id,
                    category=request.category,
                    authority=meta.authority,
                    actor=meta.actor,
                    type=event.type,
                    data=event.data,
                )
            )
        self._streams[request.stream_id] = stream
        self.outbox.extend(request.messages)
        self.beside.extend((request.stream_id, one) for one in request.beside)
        appended = Appended(request.stream_id, stream[-1].version, stream[-1].public_sequence, replayed=False)
        if meta.idempotency_key is not None:
            self._commands[meta.idempotency_key] = (meta.fingerprint, appended)
        self._summarise(request, appended.version)
        return appended

    def _summarise(self, request: Append, version: int) -> None:
        if request.summary is None:
            self._summaries.pop(request.stream_id, None)
            return
        self._summaries[request.stream_id] = SummaryRow(
            stream_id=request.stream_id,
            category=request.category,
            authority=request.meta.authority,
            status=request.summary.status,
            version=version,
            wake_at=request.summary.wake_at,
            data=deepcopy(request.summary.data),
        )

    async def load(
        self,
        stream_id: UUID,
        *,
        connection: Connection | None = None,  # noqa: ARG002 - of the protocol
    ) -> Stream:
        """Return a stream's events in order."""
        return Stream(tuple(self._streams.get(stream_id, ())))

    async def load_many(self, stream_ids: Collection[UUID]) -> Mapping[UUID, Stream]:
        """Return many streams by their ids."""
        return {stream_id: await self.load(stream_id) for stream_id in stream_ids}

    async def past(
        self,
        stream_id: UUID,
        *,
        connection: Connection | None = None,  # noqa: ARG002 - of the protocol
    ) -> Past:
        """Return a stream's events without what was said of them."""
        events = self._streams.get(stream_id, [])
        if not events:
            return NO_PAST
        return Past(events[-1].version, events[-1].public_sequence, [(event.type, event.data) for event in events])

    async def answered(
        self,
        idempotency_key: str,
        fingerprint: bytes,
        *,
        connection: Connection | None = None,  # noqa: ARG002 - of the protocol
    ) -> Appended | None:
        """Return the result of an earlier command with this key, or None."""
        return self._answer(idempotency_key, fingerprint)

    def _answer(self, idempotency_key: str, fingerprint: bytes) -> Appended | None:
        earlier = self._commands.get(idempotency_key)
        if earlier is None:
            return None
        stored, appended = earlier
        if stored != fingerprint:
            raise IdempotencyKeyReused
        return appended._replace(replayed=True)

    async def read_all(self) -> AsyncIterator[StoredEvent]:
        """Read the whole store as it is now, stream by stream, each in order."""
        for event in [event for _, stream in sorted(self._streams.items()) for event in stream]:
            yield event

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
        connection: Connection | None = None,  # noqa: ARG002 - of the protocol
    ) -> list[SummaryRow]:
        """Return streams by their summaries, ordered by stream id."""
        found = [
            row
            for row in sorted(self._summaries.values(), key=lambda row: row.stream_id, reverse=newest_first)
            if row.category == category
            and authority in {None, row.authority}
            and status in {None, row.status}
            and (where is None or contains(row.data, where))
            and all(row.data.get(field) is not None and row.data[field] < most for field, most in (below or {}).items())
            and (after is None or (row.stream_id < after if newest_first else row.stream_id > after))
        ]
        return [row._replace(data=deepcopy(row.data)) for row in found[:limit]]

    async def due(self, now: datetime, limit: int = 100) -> list[SummaryRow]:
        """Return the streams whose `wake_at` has come, the longest overdue first."""
        waiting = [(row.wake_at, row.stream_id, row) for row in self._summaries.values() if row.wake_at is not None]
        return [row for wake_at, _, row in sorted(waiting, key=lambda entry: entry[:2]) if wake_at <= now][:limit]


def contains(value: Any, part: Any) -> bool:
    """Say whether JSON contains a part as PostgreSQL's `@>` means it: nested objects by key, lists as sets."""
    if isinstance(value, dict) and isinstance(part, dict):
        return all(key in value and contains(value[key], wanted) for key, wanted in part.items())
    if isinstance(value, list) and isinstance(part, list):
        return all(any(contains(item, wanted) for item in value) for wanted in part)
    return bool(value == part) and isinstance(value, bool) == isinstance(part, bool)
