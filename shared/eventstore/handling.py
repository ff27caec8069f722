"""From a command to its events: load, fold, decide, publish, sum up, append.

The only place that knows the order of these steps. What is pure (`prepare`, `fold`, `seal`) is apart from what talks
to a store (`handle`), and republishing a store uses the same `seal`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Generic
from uuid import UUID

from shared.contracts.envelope import Envelope, encode, event_id, schema_of
from shared.eventstore.database import Connection, is_connection_error
from shared.eventstore.errors import EventStoreError, VersionConflict, VersionSeenIsOld
from shared.eventstore.model import (
    NO_PAST,
    Aggregate,
    Append,
    Appended,
    Beside,
    C,
    E,
    Meta,
    NewEvent,
    OutboxMessage,
    Past,
    Publication,
    S,
    StoredEvent,
    Stream,
)
from shared.eventstore.store import EventStore
from shared.telemetry import metrics, tracing

CONFLICT_ATTEMPTS: Final = 8
"""How often a command is decided on a stream that others write to, before its conflict is told."""

PATIENCE_SECONDS: Final = 5.0
"""For how long a command with an idempotency key is tried again while the database is away."""

_jitter = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Handled(Generic[S, E]):
    """What became of a command.

    `state` is the stream's state after it and `version` where the stream then stood; `events` are those it made.
    With `replayed` the command had been handled before: version, state and stream id are those of the first time
    (a repeat may have drawn another stream id at the edge), and `events` is empty.
    """

    stream_id: UUID
    version: int
    state: S
    events: Sequence[E]
    replayed: bool


async def handle(
    store: EventStore,
    aggregate: Aggregate[C, S, E],
    stream_id: UUID,
    command: C,
    meta: Meta,
    *,
    connection: Connection | None = None,
    expects_new: bool = False,
    expected: int | None = None,
    patience: float = PATIENCE_SECONDS,
) -> Handled[S, E]:
    """Decide a command on its stream and store what it decided.

    A conflict is decided again on the newer stream. When the connection to the database fails, nobody knows whether
    the append took effect: it is tried again, for `patience` seconds, only if the command has an idempotency key, and
    with the same key. `expects_new` saves the load for a command that makes a new stream. With a `connection` all of
    it happens in the caller's transaction, which survives a conflict and is not tried again when the server goes.
    With `expected` it is decided only on that version of the stream, the one its writer has seen.
    The current trace travels with the public events, unless `meta` names another.

    Raises:
        VersionConflict: others kept writing to the stream.
        VersionSeenIsOld: the stream does not stand at the `expected` version, and the command is no repeat.
        IdempotencyKeyReused: the key was used before with another request.
        MessageTooLarge: a public event would not fit into a Kafka message.

    What the aggregate's `decide` raises comes through, unless the command had already been handled: deciding it
    again on the stream it changed may well be refused, and the answer is then the first one.

    """
    if meta.traceparent is None and (trace := tracing.inject()) is not None:
        meta = replace(meta, traceparent=trace)
    deadline = asyncio.get_running_loop().time() + patience
    conflicts = 0
    failures = 0
    while True:
        try:
            return await _attempt(
                store,
                aggregate,
                stream_id,
                command,
                meta,
                connection=connection,
                expects_new=expects_new,
                expected=expected,
            )
        except VersionConflict:
            metrics.VERSION_CONFLICTS.inc()
            conflicts += 1
            if conflicts >= CONFLICT_ATTEMPTS:
                raise
            expects_new = False
            await asyncio.sleep(_jitter.uniform(0, 0.002 * 2**conflicts))
        except EventStoreError:
            raise
        except Exception as error:
            if connection is not None or meta.idempotency_key is None or not is_connection_error(error):
                raise
            failures += 1
            pause = min(0.05 * 2**failures, 1.0)
            if asyncio.get_running_loop().time() + pause > deadline:
                raise
            await asyncio.sleep(pause * _jitter.uniform(0.5, 1.0))


async def _attempt(
    store: EventStore,
    aggregate: Aggregate[C, S, E],
    stream_id: UUID,
    command: C,
    meta: Meta,
    *,
    connection: Connection | None,
    expects_new: bool,
    expected: int | None,
) -> Handled[S, E]:
    past = NO_PAST if expects_new else await store.past(stream_id, connection=connection)
    if expected is not None and past.version != expected:
        earlier = await _earlier(store, meta, connection)
        if earlier is None:
            raise VersionSeenIsOld(stream_id, expected, past.version)
        return await _replay(store, aggregate, earlier, connection)
    state = _fold(aggregate, past.events)
    try:
        events = aggregate.decide(command, state)
    except Exception:
        earlier = await _earlier(store, meta, connection)
        if earlier is None:
            raise
        return await _replay(store, aggregate, earlier, connection)
    if not events:
        earlier = await _earlier(store, meta, connection)
        if earlier is not None:
            return await _replay(store, aggregate, earlier, connection)
        return Handled(stream_id, past.version, state, (), replayed=False)

    request, after = prepare(aggregate, stream_id, events, stream=past, state=state, meta=meta)
    if connection is None:
        with metrics.APPEND_DURATION.time():
            appended = await store.append(request)
    else:
        async with _savepoint(connection):
            appended = await store.append(request, connection=connection)
    if appended.replayed:
        return await _replay(store, aggregate, appended, connection)
    return Handled(stream_id, appended.version, after, events, replayed=False)


async def _earlier(store: EventStore, meta: Meta, connection: Connection | None) -> Appended | None:
    if meta.idempotency_key is None:
        return None
    return await store.answered(meta.idempotency_key, meta.fingerprint, connection=connection)


async def _replay(
    store: EventStore, aggregate: Aggregate[C, S, E], earlier: Appended, connection: Connection | None
) -> Handled[S, E]:
    past = await store.past(earlier.stream_id, connection=connection)
    state = _fold(aggregate, past.events[: earlier.version])
    return Handled(earlier.stream_id, earlier.version, state, (), replayed=True)


@asynccontextmanager
async def _savepoint(connection: Connection) -> AsyncIterator[None]:
    """Keep the caller's transaction usable when the append is refused."""
    async with connection.transaction():
        yield


def fold(aggregate: Aggregate[Any, S, E], events: Iterable[StoredEvent]) -> S:
    """Return the state that a stream's events lead to."""
    return _fold(aggregate, ((event.type, event.data) for event in events))


def _fold(aggregate: Aggregate[Any, S, E], events: Iterable[tuple[str, bytes]]) -> S:
    state, evolve, from_json = aggregate.initial, aggregate.evolve, aggregate.from_json
    for event_type, data in events:
        state = evolve(state, from_json(event_type, data))
    return state


def prepare(
    aggregate: Aggregate[Any, S, E],
    stream_id: UUID,
    events: Sequence[E],
    *,
    stream: Stream | Past,
    state: S,
    meta: Meta,
) -> tuple[Append, S]:
    """Return the append for newly decided events and the state after them; changes nothing anywhere.

    `state` is that of the loaded `stream`. Each public event gets the next number of the stream (G2).
    """
    sequence = stream.public_sequence
    rows: list[NewEvent] = []
    messages: list[OutboxMessage] = []
    beside: list[Beside] = []
    for event in events:
        for publication in aggregate.publish(state, event):
            sequence += 1
            messages.append(
                seal(
                    publication,
                    source=aggregate.source,
                    stream_id=stream_id,
                    sequence=sequence,
                    authority=meta.authority,
                    recorded_at=meta.recorded_at,
                    correlation_id=meta.correlation_id,
                    causation_id=meta.causation_id,
                    traceparent=meta.traceparent,
                )
            )
        before, state = state, aggregate.evolve(state, event)
        event_type, data = aggregate.to_json(event)
        rows.append(NewEvent(event_type, data, sequence))
        version = stream.version + len(rows)
        beside.extend(Beside(version, content) for content in aggregate.beside(before, state, event, meta))
    request = Append(
        stream_id=stream_id,
        category=aggregate.category,
        expected_version=stream.version,
        expected_public_sequence=stream.public_sequence,
        events=rows,
        messages=messages,
        meta=meta,
        summary=aggregate.summarise(state),
        beside=beside,
    )
    return request, state


def seal(
    publication: Publication,
    *,
    source: str,
    stream_id: UUID,
    sequence: int,
    authority: str,
    recorded_at: datetime,
    correlation_id: UUID,
    causation_id: UUID | None,
    traceparent: str | None = None,
) -> OutboxMessage:
    """Return a public event as the Kafka record it is published as: the same bytes each time, but for `traceparent`."""
    event = publication.event
    envelope = Envelope(
        id=event_id(source, stream_id, sequence),
        type=event.TYPE,
        source=source,
        subject=stream_id,
        time=publication.happened_at,
        recorded_at=recorded_at,
        authority=authority,
        sequence=sequence,
        correlation_id=correlation_id,
        causation_id=causation_id,
        data_schema=schema_of(event.TYPE),
        traceparent=traceparent,
        data=event.to_json(),
    )
    return OutboxMessage(event.TOPIC, encode(envelope))
