"""Many streams handled together, over both stores: as if each was handled alone, in fewer round trips."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from shared.eventstore.batches import Asked, handle_many
from shared.eventstore.handling import handle
from shared.eventstore.memory import MemoryEventStore
from shared.eventstore.model import Stream
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import EventStore
from tests.support.notebook import NOTEBOOK, Close, Command, Notebook, NotebookClosed, Write, meta
from tests.support.stack import Stack
from tests.support.stores import fresh_database, keep_in_margin, postgres_store

STREAMS = [UUID(int=number) for number in range(1, 6)]
NOBODY = UUID(int=99)

Ask = Callable[[UUID, Stream, Notebook], Asked[Command] | None]


@pytest_asyncio.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.stack)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[EventStore]:
    if request.param == "memory":
        yield MemoryEventStore()
    else:
        stack: Stack = request.getfixturevalue("stack")
        async with fresh_database(stack.postgres) as dsn, postgres_store(dsn) as on_postgres:
            yield PostgresEventStore(on_postgres.pool, beside=keep_in_margin)


async def begin(store: EventStore) -> None:
    for stream in STREAMS:
        await handle(store, NOTEBOOK, stream, Write("a"), meta())


def close(key: str = "close") -> Ask:
    def ask(stream_id: UUID, stream: Stream, state: Notebook) -> Asked[Command] | None:
        assert len(state.entries) == sum(event.type == "written" for event in stream.events)
        return Asked(Close(), meta(f"{key}:{stream_id}"))

    return ask


async def test_streams_are_loaded_together_as_they_are_alone(store: EventStore) -> None:
    await begin(store)
    await handle(store, NOTEBOOK, STREAMS[1], Write("b", copies=2), meta())
    found = await store.load_many([*STREAMS, NOBODY])
    assert set(found) == {*STREAMS, NOBODY}
    for stream_id, stream in found.items():
        assert list(stream.events) == list((await store.load(stream_id)).events)
    assert await store.load_many([]) == {}


async def test_each_is_decided_once_and_what_is_beside_is_kept(store: EventStore) -> None:
    await begin(store)
    outcomes = await handle_many(store, NOTEBOOK, STREAMS, close())
    assert [one.stream_id for one in outcomes] == STREAMS
    for one in outcomes:
        assert one.error is None
        assert one.handled is not None
        assert one.handled.state.closed
        assert (one.handled.version, len(one.handled.events), one.handled.replayed) == (2, 1, False)
        assert (await store.load(one.stream_id)).version == 2
    again = await handle_many(store, NOTEBOOK, STREAMS, close("again"))
    assert [one.handled is not None and one.handled.events for one in again] == [[]] * len(STREAMS)


async def test_nothing_asked_is_nothing_done(store: EventStore) -> None:
    await begin(store)

    def ask(stream_id: UUID, _stream: Stream, _state: Notebook) -> Asked[Command] | None:
        return Asked(Close(), meta()) if stream_id == STREAMS[0] else None

    outcomes = await handle_many(store, NOTEBOOK, STREAMS, ask)
    assert [one.handled is None for one in outcomes] == [False, True, True, True, True]
    assert [(await store.load(stream)).version for stream in STREAMS] == [2, 1, 1, 1, 1]


async def test_a_repeat_by_its_key_takes_no_effect_again(store: EventStore) -> None:
    await begin(store)

    def write(_stream_id: UUID, stream: Stream, _state: Notebook) -> Asked[Command]:
        return Asked(Write("b"), meta(f"key:{stream.events[0].stream_id}"))

    await handle_many(store, NOTEBOOK, STREAMS[:2], write)
    outcomes = await handle_many(store, NOTEBOOK, STREAMS, write)
    replayed = [one.handled is not None and one.handled.replayed for one in outcomes]
    assert replayed == [True, True, False, False, False]
    assert [len(one.handled.events) for one in outcomes if one.handled] == [0, 0, 1, 1, 1]
    assert [(await store.load(stream)).version for stream in STREAMS] == [2] * 5


async def test_a_stream_that_another_wrote_to_meanwhile_is_decided_again_and_the_others_are_not_lost(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(store)
    load_many = store.load_many

    async def overtaken(stream_ids: list[UUID]) -> object:
        found = await load_many(stream_ids)
        await handle(store, NOTEBOOK, STREAMS[2], Write("in between"), meta())
        return found

    monkeypatch.setattr(store, "load_many", overtaken)
    outcomes = await handle_many(store, NOTEBOOK, STREAMS, close())
    assert [one.handled and len(one.handled.events) for one in outcomes] == [1] * 5
    assert [(await store.load(stream)).version for stream in STREAMS] == [2, 2, 3, 2, 2]


async def test_one_that_is_refused_keeps_the_others_from_nothing(store: EventStore) -> None:
    await begin(store)
    await handle(store, NOTEBOOK, STREAMS[3], Close(), meta())

    def write(_stream_id: UUID, _stream: Stream, _state: Notebook) -> Asked[Command]:
        return Asked(Write("b"), meta())

    outcomes = await handle_many(store, NOTEBOOK, STREAMS, write)
    assert [type(one.error) for one in outcomes if one.error] == [NotebookClosed]
    assert [(await store.load(stream)).version for stream in STREAMS] == [2] * 5


async def test_one_that_cannot_be_written_keeps_the_others_from_nothing(store: EventStore) -> None:
    await begin(store)
    await handle(store, NOTEBOOK, NOBODY, Write("x"), replace(meta("close:1"), fingerprint=b"another"))

    def ask(stream_id: UUID, _stream: Stream, _state: Notebook) -> Asked[Command]:
        return Asked(Close(), meta(f"close:{stream_id.int}"))

    outcomes = await handle_many(store, NOTEBOOK, STREAMS, ask)
    assert [type(one.error).__name__ for one in outcomes if one.error] == ["IdempotencyKeyReused"]
    assert [(await store.load(stream)).version for stream in STREAMS] == [1, 2, 2, 2, 2]


async def test_a_connection_that_broke_is_not_tried_stream_by_stream(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(store)
    tried: list[object] = []

    async def away(requests: object) -> object:
        tried.append(requests)
        raise asyncpg.ConnectionDoesNotExistError

    monkeypatch.setattr(store, "append_many", away)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await handle_many(store, NOTEBOOK, STREAMS, close())
    assert len(tried) == 1
