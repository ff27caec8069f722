"""What every event store does, run over the one in memory and the one in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from shared.contracts.envelope import Message, decode
from shared.eventstore.errors import IdempotencyKeyReused, MessageTooLarge, VersionConflict
from shared.eventstore.handling import handle
from shared.eventstore.memory import MemoryEventStore
from shared.eventstore.model import Append, Beside, NewEvent, OutboxMessage, Summary
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import EventStore
from shared.outbox import headers
from tests.support.notebook import NOON, NORTH, NOTEBOOK, Close, Notebook, NotebookClosed, Write, WriteMany, meta
from tests.support.stack import Stack
from tests.support.stores import fresh_database, keep_in_margin, margin_rows, outbox_rows, postgres_store

STREAM = UUID("0196f7a0-0000-7000-8000-000000000001")
OTHER = UUID("0196f7a0-0000-7000-8000-000000000002")
THIRD = UUID("0196f7a0-0000-7000-8000-000000000003")


@pytest_asyncio.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.stack)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[EventStore]:
    if request.param == "memory":
        yield MemoryEventStore(message_limit=10_000)
    else:
        stack: Stack = request.getfixturevalue("stack")
        async with fresh_database(stack.postgres) as dsn, postgres_store(dsn) as on_postgres:
            yield PostgresEventStore(on_postgres.pool, message_limit=10_000, beside=keep_in_margin)


async def outbox_of(store: EventStore) -> list[OutboxMessage]:
    if isinstance(store, MemoryEventStore):
        return store.outbox
    assert isinstance(store, PostgresEventStore)
    rows = await outbox_rows(store.pool)
    return [
        OutboxMessage(row["topic"], Message(row["key"], row["value"], headers.read(row["headers"]))) for row in rows
    ]


async def beside_of(store: EventStore) -> list[tuple[UUID, Beside]]:
    if isinstance(store, MemoryEventStore):
        return store.beside
    assert isinstance(store, PostgresEventStore)
    return await margin_rows(store.pool)


def append(
    stream_id: UUID = STREAM,
    *types: str,
    at: int = 0,
    public: int = 0,
    key: str | None = None,
    fingerprint: bytes = b"",
    summary: Summary | None = None,
    messages: list[OutboxMessage] | None = None,
) -> Append:
    """An append of private events, one JSON number each; nothing is published unless messages are given."""
    return Append(
        stream_id=stream_id,
        category="notebook",
        expected_version=at,
        expected_public_sequence=public,
        events=[NewEvent(name, b'{"n":1}', public) for name in types or ("written",)],
        messages=messages or [],
        meta=meta(key, fingerprint=fingerprint),
        summary=summary,
    )


async def types_of(store: EventStore, stream_id: UUID = STREAM) -> list[str]:
    return [event.type for event in (await store.load(stream_id)).events]


async def test_an_unknown_stream_is_empty(store: EventStore) -> None:
    stream = await store.load(STREAM)
    assert (stream.version, stream.public_sequence, len(stream.events)) == (0, 0, 0)


async def test_events_come_back_in_order_with_all_that_was_said_of_them(store: EventStore) -> None:
    request = append(STREAM, "opened", "written")
    appended = await store.append(request)
    assert appended == (STREAM, 2, 0, False)

    first, second = (await store.load(STREAM)).events
    assert (first.type, first.version, second.type, second.version) == ("opened", 1, "written", 2)
    assert first.data == b'{"n":1}'
    assert (first.authority, first.actor, first.category) == (NORTH, "policy:test", "notebook")
    assert (first.recorded_at, first.correlation_id, first.causation_id) == (NOON, request.meta.correlation_id, None)
    assert first.position < second.position


async def test_the_past_is_what_a_load_gives_without_what_was_said(store: EventStore) -> None:
    assert await store.past(STREAM) == (0, 0, ())
    await handle(store, NOTEBOOK, STREAM, WriteMany(("a", "b"), copies=2), meta())
    stream, past = await store.load(STREAM), await store.past(STREAM)
    assert (past.version, past.public_sequence) == (stream.version, stream.public_sequence) == (2, 4)
    assert list(past.events) == [(event.type, event.data) for event in stream.events]


async def test_data_comes_back_to_the_byte(store: EventStore) -> None:
    """Spaces, order, large numbers and characters beyond ASCII stay: nothing reads and rewrites an event."""
    data = '{ "b": 1.10, "a": 12345678901234567890, "t": "Ж\\u0000é" }'.encode()
    request = append(STREAM)
    await store.append(
        Append(
            stream_id=STREAM,
            category="notebook",
            expected_version=0,
            expected_public_sequence=0,
            events=[NewEvent("written", data, 0)],
            messages=[],
            meta=request.meta,
        )
    )
    assert (await store.load(STREAM)).events[0].data == data


@pytest.mark.parametrize("expected", [0, 1, 3, 7])
async def test_only_the_right_expected_version_appends(store: EventStore, expected: int) -> None:
    """A version below, and one above that would leave a hole, are both refused; nothing is stored."""
    await store.append(append(STREAM, "one", "two"))
    with pytest.raises(VersionConflict, match="stands at version 2"):
        await store.append(append(STREAM, "three", at=expected))
    assert await types_of(store) == ["one", "two"]


async def test_a_hole_at_the_start_is_refused(store: EventStore) -> None:
    with pytest.raises(VersionConflict):
        await store.append(append(STREAM, at=5))
    assert await types_of(store) == []


async def test_the_expected_public_sequence_counts_as_well(store: EventStore) -> None:
    await store.append(append(STREAM))
    with pytest.raises(VersionConflict):
        await store.append(append(STREAM, at=1, public=3))
    assert await types_of(store) == ["written"]


async def test_a_conflict_stores_nothing_at_all(store: EventStore) -> None:
    """Neither the key nor the summary nor the outbox keep anything of a refused append."""
    await store.append(append(STREAM))
    message = OutboxMessage("audit.events", Message(b"k", b"{}", [("ce_type", b"x")]))
    summary = Summary("notebook", "open", {})
    with pytest.raises(VersionConflict):
        await store.append(append(STREAM, at=4, key="once", summary=summary, messages=[message]))
    assert await outbox_of(store) == []
    assert await store.find("notebook") == []
    assert await store.answered("once", b"") is None
    assert (await store.append(append(STREAM, at=1, key="once"))).replayed is False


async def test_of_sixteen_writers_at_one_version_one_wins(store: EventStore) -> None:
    results = await asyncio.gather(
        *(store.append(append(STREAM, f"writer-{n}")) for n in range(16)), return_exceptions=True
    )
    assert sum(isinstance(result, VersionConflict) for result in results) == 15
    assert len(await types_of(store)) == 1


async def test_a_repeated_key_answers_with_the_first_result(store: EventStore) -> None:
    """Also when the stream has moved on, and when the repeat drew another stream id."""
    first = await store.append(append(STREAM, "one", key="key-1", fingerprint=b"f"))
    await store.append(append(STREAM, "two", at=1))
    again = await store.append(append(STREAM, "one", key="key-1", fingerprint=b"f"))
    elsewhere = await store.append(append(OTHER, "one", key="key-1", fingerprint=b"f"))
    assert first == (STREAM, 1, 0, False)
    assert again == elsewhere == (STREAM, 1, 0, True)
    assert await types_of(store) == ["one", "two"]
    assert await types_of(store, OTHER) == []


async def test_a_key_with_another_request_is_refused(store: EventStore) -> None:
    await store.append(append(STREAM, key="key-1", fingerprint=b"f"))
    with pytest.raises(IdempotencyKeyReused, match="another request"):
        await store.append(append(STREAM, at=1, key="key-1", fingerprint=b"g"))
    with pytest.raises(IdempotencyKeyReused):
        await store.answered("key-1", b"g")
    assert await types_of(store) == ["written"]


async def test_sixteen_racers_with_one_key_take_effect_once(store: EventStore) -> None:
    results = await asyncio.gather(
        *(handle(store, NOTEBOOK, uuid4(), Write("x"), meta("race", fingerprint=b"f")) for _ in range(16))
    )
    assert sum(not result.replayed for result in results) == 1
    assert len({(result.stream_id, result.version, result.state) for result in results}) == 1
    assert len(await outbox_of(store)) == 1


async def test_a_message_too_large_for_kafka_is_refused_by_name(store: EventStore) -> None:
    with pytest.raises(MessageTooLarge, match=r"note-taken\.v1 has 20,\d\d\d bytes and a message may have 10,000"):
        await handle(store, NOTEBOOK, STREAM, Write("x" * 20_000), meta())
    assert await types_of(store) == []


async def test_append_many_is_all_or_nothing(store: EventStore) -> None:
    appended = await store.append_many([append(STREAM, key="a"), append(OTHER, "one", "two", key="b")])
    assert [(one.stream_id, one.version) for one in appended] == [(STREAM, 1), (OTHER, 2)]
    with pytest.raises(VersionConflict):
        await store.append_many([append(THIRD, key="c"), append(OTHER, at=1)])
    assert await types_of(store, THIRD) == []
    assert await store.answered("c", b"") is None
    replayed = await store.append_many([append(THIRD, key="d"), append(OTHER, "one", "two", key="b")])
    assert [one.replayed for one in replayed] == [False, True]
    assert await store.append_many([]) == []


async def test_read_all_gives_every_stream_in_order(store: EventStore) -> None:
    await store.append(append(OTHER, "a", "b"))
    await store.append(append(STREAM, "c"))
    await store.append(append(OTHER, "d", at=2))
    everything = [(event.stream_id, event.type) async for event in store.read_all()]
    assert everything == [(STREAM, "c"), (OTHER, "a"), (OTHER, "b"), (OTHER, "d")]


async def test_summaries_are_found_by_what_they_say(store: EventStore) -> None:
    await store.append(append(STREAM, summary=Summary("notebook", "open", {"team": "t1", "tags": ["a", "b"]})))
    await store.append(append(OTHER, summary=Summary("notebook", "closed", {"team": "t2", "n": {"x": 1, "y": 2}})))
    await store.append(append(THIRD, summary=Summary("notebook", "open", {"team": "t2", "tags": ["b"]})))

    async def found(**by: object) -> list[UUID]:
        return [row.stream_id for row in await store.find("notebook", **by)]  # type: ignore[arg-type]  # one test, many filters

    assert await found() == [STREAM, OTHER, THIRD]
    assert await found(newest_first=True, limit=2) == [THIRD, OTHER]
    assert await found(newest_first=True, after=OTHER) == [STREAM]
    assert await found(status="open") == [STREAM, THIRD]
    assert await found(where={"team": "t2"}) == [OTHER, THIRD]
    assert await found(where={"tags": ["b"]}) == [STREAM, THIRD]
    assert await found(where={"n": {"x": 1}}) == [OTHER]
    assert await found(where={"team": "t2"}, status="open") == [THIRD]
    assert await found(authority="south") == []
    assert await found(limit=2) == [STREAM, OTHER]
    assert await found(after=OTHER) == [THIRD]
    assert await found(below={"team": "t2"}) == [STREAM]
    assert await found(below={"team": "t3"}, where={"tags": ["b"]}) == [STREAM, THIRD]
    assert await found(below={"nowhere": "z"}) == []
    assert await store.find("audit") == []
    (row,) = await store.find("notebook", status="closed")
    assert row == (OTHER, "notebook", NORTH, "closed", 1, None, {"team": "t2", "n": {"x": 1, "y": 2}})


async def test_a_summary_follows_its_stream(store: EventStore) -> None:
    await store.append(append(STREAM, summary=Summary("notebook", "open", {"n": 1})))
    await store.append(append(STREAM, at=1, summary=Summary("notebook", "closed", {"n": 2})))
    assert [(row.status, row.version, row.data) for row in await store.find("notebook")] == [("closed", 2, {"n": 2})]
    await store.append(append(STREAM, at=2, summary=None))
    assert await store.find("notebook") == []


async def test_timers_are_due_from_their_moment_on(store: EventStore) -> None:
    for stream_id, minutes in ((STREAM, 5), (OTHER, 1), (THIRD, 9)):
        await store.append(
            append(stream_id, summary=Summary("notebook", "open", {}, wake_at=NOON + timedelta(minutes=minutes)))
        )
    due = await store.due(NOON + timedelta(minutes=5))
    assert [row.stream_id for row in due] == [OTHER, STREAM]
    assert due[0].wake_at == NOON + timedelta(minutes=1)
    assert [row.stream_id for row in await store.due(NOON + timedelta(minutes=5), limit=1)] == [OTHER]
    await store.append(append(OTHER, at=1, summary=Summary("notebook", "done", {})))
    assert [row.stream_id for row in await store.due(NOON + timedelta(minutes=5))] == [STREAM]


async def test_public_events_are_numbered_densely_apart_from_versions(store: EventStore) -> None:
    for command in (Write("a", copies=2), Write("b", copies=0), WriteMany(("c", "d"), copies=1), Close()):
        handled = await handle(store, NOTEBOOK, STREAM, command, meta())
    assert handled.version == 5
    stream = await store.load(STREAM)
    assert [event.public_sequence for event in stream.events] == [2, 2, 3, 4, 4]
    published = [decode(message.headers, message.value) for _, message in await outbox_of(store)]
    assert [envelope.sequence for envelope in published] == [1, 2, 3, 4]
    assert [envelope.data for envelope in published][-1] == b'{"entry":"d","copy_number":1,"entries_before":3}'
    assert {topic for topic, _ in await outbox_of(store)} == {"audit.events"}
    assert len({envelope.id for envelope in published}) == 4


async def test_handle_answers_with_the_state_after_the_command(store: EventStore) -> None:
    handled = await handle(store, NOTEBOOK, STREAM, Write("a"), meta(), expects_new=True)
    assert (handled.version, handled.state, handled.replayed) == (1, Notebook(("a",)), False)
    handled = await handle(store, NOTEBOOK, STREAM, Write("b"), meta())
    assert (handled.version, handled.state) == (2, Notebook(("a", "b")))
    (row,) = await store.find("notebook")
    assert (row.status, row.version, row.data) == ("open", 2, {"entries": ["a", "b"], "count": 2})


async def test_a_command_that_expected_a_new_stream_is_decided_again_on_the_old_one(store: EventStore) -> None:
    await handle(store, NOTEBOOK, STREAM, Write("a"), meta())
    handled = await handle(store, NOTEBOOK, STREAM, Write("b"), meta(), expects_new=True)
    assert (handled.version, handled.state) == (2, Notebook(("a", "b")))


async def test_a_repeat_answers_as_the_first_time_though_the_stream_moved_on(store: EventStore) -> None:
    await handle(store, NOTEBOOK, STREAM, Write("a"), meta("first"))
    await handle(store, NOTEBOOK, STREAM, Write("b"), meta())
    again = await handle(store, NOTEBOOK, STREAM, Write("a"), meta("first"))
    assert (again.version, again.state, again.replayed, again.events) == (1, Notebook(("a",)), True, ())


async def test_a_repeat_that_would_now_be_refused_answers_as_the_first_time(store: EventStore) -> None:
    await handle(store, NOTEBOOK, STREAM, Write("a"), meta("first"))
    await handle(store, NOTEBOOK, STREAM, Close(), meta("close"))
    assert (await handle(store, NOTEBOOK, STREAM, Write("a"), meta("first"))).replayed
    assert (await handle(store, NOTEBOOK, STREAM, Close(), meta("close"))).version == 2
    with pytest.raises(NotebookClosed):
        await handle(store, NOTEBOOK, STREAM, Write("a"), meta("second"))
    with pytest.raises(NotebookClosed):
        await handle(store, NOTEBOOK, STREAM, Write("a"), meta())


async def test_a_command_that_changes_nothing_stores_nothing(store: EventStore) -> None:
    await handle(store, NOTEBOOK, STREAM, Close(), meta())
    handled = await handle(store, NOTEBOOK, STREAM, Close(), meta("again"))
    assert (handled.version, handled.events, handled.replayed) == (1, (), False)
    assert await store.answered("again", b"") is None


async def test_racing_commands_are_all_decided_in_some_order(store: EventStore) -> None:
    """Conflicts are loaded and decided again: all five take effect, one after the other."""
    await asyncio.gather(*(handle(store, NOTEBOOK, STREAM, Write(str(n), copies=2), meta()) for n in range(5)))
    stream = await store.load(STREAM)
    assert [event.version for event in stream.events] == [1, 2, 3, 4, 5]
    assert [event.public_sequence for event in stream.events] == [2, 4, 6, 8, 10]
    published = [decode(message.headers, message.value) for _, message in await outbox_of(store)]
    assert [envelope.sequence for envelope in published] == list(range(1, 11))


async def test_what_goes_beside_an_event_is_kept_with_it_and_once(store: EventStore) -> None:
    await handle(store, NOTEBOOK, STREAM, WriteMany(("a", "b")), meta())
    assert await beside_of(store) == []
    for _ in range(2):
        await handle(store, NOTEBOOK, STREAM, Close(), meta("close"))
    assert await beside_of(store) == [(STREAM, Beside(3, "2 True north"))]


async def test_what_goes_beside_an_event_goes_with_a_batch_of_appends(store: EventStore) -> None:
    many = [replace(append(one), beside=[Beside(1, str(one))]) for one in (STREAM, OTHER)]
    await store.append_many([*many, append(THIRD)])
    assert sorted(await beside_of(store)) == [(STREAM, Beside(1, str(STREAM))), (OTHER, Beside(1, str(OTHER)))]


async def test_a_refused_append_keeps_nothing_beside(store: EventStore) -> None:
    kept = replace(append(), beside=[Beside(1, "kept")])
    await store.append(kept)
    late = replace(append(), beside=[Beside(1, "late")])
    with pytest.raises(VersionConflict):
        await store.append(late)
    with pytest.raises(VersionConflict):
        await store.append_many([replace(append(OTHER), beside=[Beside(1, "other")]), late])
    assert await beside_of(store) == [(STREAM, Beside(1, "kept"))]
