"""The same kind of command on many streams: read together, decided one by one, written together.

For work that nobody waits for, on thousands of streams: a few round trips and one commit for each batch, in place of
several a stream. What stands against one of them does not touch the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Generic
from uuid import UUID

from shared.eventstore.database import is_connection_error
from shared.eventstore.handling import Handled, fold, handle, prepare
from shared.eventstore.model import Aggregate, Append, C, E, Meta, S, Stream
from shared.eventstore.store import EventStore
from shared.telemetry import metrics, tracing


@dataclass(frozen=True, slots=True)
class Asked(Generic[C]):
    """What is asked of one stream."""

    command: C
    meta: Meta


@dataclass(frozen=True, slots=True)
class Outcome(Generic[S, E]):
    """What became of one stream: what `handle` would have answered, None where nothing was asked, or the error."""

    stream_id: UUID
    handled: Handled[S, E] | None = None
    error: Exception | None = None


async def handle_many(
    store: EventStore,
    aggregate: Aggregate[C, S, E],
    stream_ids: Collection[UUID],
    ask: Callable[[UUID, Stream, S], Asked[C] | None],
) -> list[Outcome[S, E]]:
    """Handle a command on each of these streams, and return what became of each.

    `ask` is given a stream and the state it leads to, and says what is asked of it, or None; it may be asked again of
    a newer state, and must change nothing. Writers of several batches take streams in the same order, so they wait for
    each other at most. When the batch is refused, for whatever reason, each stream is handled on its own; what it
    raises then is in its outcome. Where nothing is decided, whether the command is a repeat is not looked up.

    Raises:
        Exception: the connection to the database failed. What of it took effect nobody knows: the next round does.

    """
    ids = sorted(set(stream_ids))
    streams = await store.load_many(ids)
    outcomes: dict[UUID, Outcome[S, E]] = {}
    requests: list[Append] = []
    prepared: list[Handled[S, E]] = []
    for stream_id in ids:
        stream = streams[stream_id]
        try:
            state = fold(aggregate, stream.events)
            asked = ask(stream_id, stream, state)
            if asked is None:
                outcomes[stream_id] = Outcome(stream_id)
                continue
            events = aggregate.decide(asked.command, state)
            if not events:
                unchanged = Handled(stream_id, stream.version, state, events, replayed=False)
                outcomes[stream_id] = Outcome(stream_id, unchanged)
                continue
            meta = _traced(asked.meta)
            request, after = prepare(aggregate, stream_id, events, stream=stream, state=state, meta=meta)
        except Exception as error:  # noqa: BLE001 - it is this stream's own
            outcomes[stream_id] = Outcome(stream_id, error=error)
            continue
        requests.append(request)
        prepared.append(Handled(stream_id, stream.version + len(events), after, events, replayed=False))
    try:
        with metrics.APPEND_DURATION.time():
            appended = await store.append_many(requests)
    except Exception as error:
        if is_connection_error(error):
            raise
        for one in prepared:
            outcomes[one.stream_id] = await _alone(store, aggregate, one.stream_id, ask)
    else:
        for one, stored in zip(prepared, appended, strict=True):
            outcomes[one.stream_id] = Outcome(
                one.stream_id, replace(one, events=(), replayed=True) if stored.replayed else one
            )
    return [outcomes[stream_id] for stream_id in ids]


async def _alone(
    store: EventStore,
    aggregate: Aggregate[C, S, E],
    stream_id: UUID,
    ask: Callable[[UUID, Stream, S], Asked[C] | None],
) -> Outcome[S, E]:
    try:
        stream = await store.load(stream_id)
        asked = ask(stream_id, stream, fold(aggregate, stream.events))
        if asked is None:
            return Outcome(stream_id)
        return Outcome(stream_id, await handle(store, aggregate, stream_id, asked.command, asked.meta))
    except Exception as error:
        if is_connection_error(error):
            raise
        return Outcome(stream_id, error=error)


def _traced(meta: Meta) -> Meta:
    trace = None if meta.traceparent is not None else tracing.inject()
    return meta if trace is None else replace(meta, traceparent=trace)
