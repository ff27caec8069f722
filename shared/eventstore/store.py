"""What every event store does, whatever keeps it; tests/contract/eventstore holds each of them to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from shared.contracts.envelope import Message
from shared.eventstore.database import Connection
from shared.eventstore.errors import MessageTooLarge
from shared.eventstore.model import Append, Appended, Past, StoredEvent, Stream, SummaryRow

DEFAULT_MESSAGE_LIMIT = 900_000
"""Bytes of one public event with its headers: below Kafka's default `max.message.bytes` of 1,048,588."""

_RECORD_OVERHEAD = 100


class EventStore(Protocol):
    """Streams of events, their outbox, the commands that made them, and one searchable row a stream."""

    async def append(self, request: Append, *, connection: Connection | None = None) -> Appended:
        """Store events, outbox rows, idempotency key and summary together, in one round trip.

        What the request has `beside` its events is written in the same transaction, in round trips of its own.
        With a `connection` everything happens in its open transaction, and is true when that commits.

        Raises:
            VersionConflict: the stream does not stand at the expected version and public sequence.
            IdempotencyKeyReused: the key was used before with another fingerprint.
            MessageTooLarge: a public event would not fit into a Kafka message.

        """
        ...

    async def append_many(
        self, requests: Sequence[Append], *, connection: Connection | None = None
    ) -> Sequence[Appended]:
        """Append to many streams at once, all or nothing, in one round trip; raises what `append` raises."""
        ...

    async def load(self, stream_id: UUID, *, connection: Connection | None = None) -> Stream:
        """Return a stream's events in order; an unknown stream is empty."""
        ...

    async def load_many(self, stream_ids: Collection[UUID]) -> Mapping[UUID, Stream]:
        """Return many streams as `load` does, by their ids, in one round trip."""
        ...

    async def past(self, stream_id: UUID, *, connection: Connection | None = None) -> Past:
        """Return a stream's events without what was said of them, which is quicker than `load`."""
        ...

    async def answered(
        self, idempotency_key: str, fingerprint: bytes, *, connection: Connection | None = None
    ) -> Appended | None:
        """Return the result of an earlier command with this key, or None.

        Raises:
            IdempotencyKeyReused: the key was used before with another fingerprint.

        """
        ...

    def read_all(self) -> AsyncIterator[StoredEvent]:
        """Read the whole store as it is at one moment, stream by stream, each in order."""
        ...

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
        """Return streams by their summaries, ordered by stream id (with uuid7 ids: oldest first).

        `where` must be contained in the summary's data, as PostgreSQL's `@>` has it. `after` is the last stream id
        of the page before. Each text field named in `below` must be there and sort before its value, as ISO dates do.
        """
        ...

    async def due(self, now: datetime, limit: int = 100) -> list[SummaryRow]:
        """Return the streams whose `wake_at` has come, the longest overdue first."""
        ...


def refuse_large(request: Append, limit: int) -> None:
    """Refuse an append with a public event that Kafka would not take.

    A message that the broker refuses would hold up its whole partition, since a later one must not overtake it.

    Raises:
        MessageTooLarge: names the event type, its size and the limit in bytes.

    """
    for _, message in request.messages:
        size = size_of(message)
        if size > limit:
            headers = dict(message.headers)
            raise MessageTooLarge(headers.get("ce_type", b"?").decode(), size, limit)


def size_of(message: Message) -> int:
    """Return the bytes a record takes in Kafka, a little more rather than less."""
    size = len(message.key) + len(message.value) + _RECORD_OVERHEAD
    for name, value in message.headers:
        size += len(name) + len(value) + 6
    return size
