"""What only the store in PostgreSQL does: transactions of the caller, races, shared commits, nothing ever rewritten."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.envelope import decode
from shared.eventstore.database import Connection
from shared.eventstore.errors import VersionConflict
from shared.eventstore.handling import handle
from shared.eventstore.model import Append, Past
from shared.eventstore.postgres import PostgresEventStore
from shared.outbox import headers
from tests.support.notebook import NOTEBOOK, Close, Notebook, Write, WriteMany, meta
from tests.support.stack import Stack
from tests.support.stores import fresh_database, migrated_pool, outbox_rows, postgres_store

pytestmark = pytest.mark.stack


async def test_an_append_joins_the_callers_transaction(postgres_dsn: str) -> None:
    stream = uuid4()
    async with postgres_store(postgres_dsn) as store:
        async with store.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            handled = await handle(store, NOTEBOOK, stream, Write("a"), meta("k"), connection=connection)
            assert handled.version == 1
            assert (await store.load(stream)).version == 0, "others see nothing of it yet"
            await transaction.rollback()
        assert (await store.load(stream)).version == 0
        assert await outbox_rows(store.pool) == []
        assert await store.answered("k", b"") is None


async def test_a_conflict_leaves_the_callers_transaction_usable(postgres_dsn: str) -> None:
    """Another writer wins in between; the command is decided again inside the same transaction."""
    stream = uuid4()
    async with postgres_store(postgres_dsn) as store:
        await handle(store, NOTEBOOK, stream, Write("a"), meta())
        async with store.pool.acquire() as connection, connection.transaction():
            handled = await handle(store, NOTEBOOK, stream, Write("b"), meta(), connection=connection, expects_new=True)
            assert (handled.version, handled.state) == (2, Notebook(("a", "b")))
            await handle(store, NOTEBOOK, uuid4(), Write("c"), meta(), connection=connection)
        assert (await store.load(stream)).version == 2


async def test_stored_events_cannot_be_changed_or_deleted(postgres_dsn: str) -> None:
    async with postgres_store(postgres_dsn) as store:
        await handle(store, NOTEBOOK, uuid4(), Write("a"), meta())
        for statement in (
            "UPDATE eventstore.events SET data = '{}'",
            "DELETE FROM eventstore.events",
            "TRUNCATE eventstore.events",
        ):
            with pytest.raises(asyncpg.RaiseError, match="append an event that corrects"):
                await store.pool.execute(statement)


async def test_one_refused_append_does_not_spoil_those_it_waited_with(postgres_dsn: str) -> None:
    """Sixteen at once share transactions: a conflict, a bad text and fourteen good ones; each gets its own answer."""
    async with postgres_store(postgres_dsn) as store:
        taken = uuid4()
        await handle(store, NOTEBOOK, taken, Write("first"), meta())
        stale = await store.past(taken)
        await handle(store, NOTEBOOK, taken, Write("second"), meta())

        class Stale(PostgresEventStore):
            async def past(self, stream_id: UUID, *, connection: Connection | None = None) -> Past:
                return stale if stream_id == taken else await store.past(stream_id, connection=connection)

        crowd = Stale(store.pool)
        bad = meta("bad\x00key")  # PostgreSQL has no text with a null character
        results = await asyncio.gather(
            *(handle(crowd, NOTEBOOK, uuid4(), Write(f"good {n}"), meta(f"key {n}")) for n in range(7)),
            handle(crowd, NOTEBOOK, taken, Write("conflict"), meta("stale")),
            handle(crowd, NOTEBOOK, uuid4(), Write("bad"), bad),
            *(handle(crowd, NOTEBOOK, uuid4(), Write(f"good {n}"), meta(f"key {n}")) for n in range(7, 14)),
            return_exceptions=True,
        )
        kinds = Counter(type(result).__name__ for result in results)
        assert kinds == {"Handled": 14, "VersionConflict": 1, "CharacterNotInRepertoireError": 1}
        assert len(await outbox_rows(store.pool)) == 16
        assert await store.answered("stale", b"") is None


async def test_an_append_that_waits_for_another_transaction_holds_up_no_other(postgres_dsn: str) -> None:
    """A stream's row is locked by an open transaction: those who wait with it are answered at once."""
    async with postgres_store(postgres_dsn) as store:
        locked = uuid4()
        async with store.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await handle(store, NOTEBOOK, locked, Write("slow"), meta(), connection=connection)
            waiting = asyncio.create_task(handle(store, NOTEBOOK, locked, Write("waits"), meta(), expects_new=True))
            async with asyncio.timeout(30):
                await asyncio.gather(
                    *(handle(store, NOTEBOOK, uuid4(), Write(str(n)), meta(), expects_new=True) for n in range(40))
                )
            assert not waiting.done()
            await transaction.commit()
        assert (await waiting).version == 2


async def test_an_append_that_follows_shared_ones_may_wait_as_long_as_it_takes(postgres_dsn: str) -> None:
    """Shared transactions give up a lock after a moment; an append by itself on the same connection does not."""
    async with postgres_store(postgres_dsn, size=3) as store:
        locked = uuid4()
        async with store.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await handle(store, NOTEBOOK, locked, Write("slow"), meta(), connection=connection)
            crowd = [
                asyncio.create_task(handle(store, NOTEBOOK, uuid4(), Write(str(n)), meta(), expects_new=True))
                for n in range(12)
            ]
            waiting = [
                asyncio.create_task(handle(store, NOTEBOOK, locked, Write(f"waits {n}"), meta(), expects_new=True))
                for n in range(3)
            ]
            await asyncio.wait(waiting, timeout=1)
            assert not any(one.done() for one in waiting)
            await transaction.commit()
        await asyncio.gather(*crowd)
        assert sorted([(await one).version for one in waiting]) == [2, 3, 4]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plan=st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=14
    )
)
def test_however_commands_race_numbers_are_dense_and_keys_take_effect_once(
    stack: Stack, plan: list[tuple[int, int, int, int]]
) -> None:
    """Each command: which stream, how many entries, how many copies of each, and which of six keys it carries."""
    asyncio.run(_race(stack, plan))


async def _race(stack: Stack, plan: list[tuple[int, int, int, int]]) -> None:
    streams = [uuid4() for _ in range(3)]
    async with fresh_database(stack.postgres) as dsn, postgres_store(dsn) as store:

        async def one(stream: int, entries: int, copies: int, key: int) -> UUID | None:
            command = WriteMany(tuple(f"{key}.{n}" for n in range(entries)), copies=copies)
            while True:
                try:
                    return (await handle(store, NOTEBOOK, streams[stream], command, meta(f"key {key}"))).stream_id
                except VersionConflict:
                    continue

        answers = await asyncio.gather(*(one(*command) for command in plan))
        used = {key for _, _, _, key in plan}
        for key in used:
            assert len({answer for answer, (_, _, _, of) in zip(answers, plan, strict=True) if of == key}) == 1

        public: dict[UUID, list[int]] = {stream: [] for stream in streams}
        for row in await outbox_rows(store.pool):
            envelope = decode(headers.read(row["headers"]), row["value"])
            public[envelope.subject].append(envelope.sequence)
        commands = 0
        for stream in streams:
            events = (await store.load(stream)).events
            assert [event.version for event in events] == list(range(1, len(events) + 1))
            assert public[stream] == list(range(1, (events[-1].public_sequence if events else 0) + 1))
            commands += len({event.correlation_id for event in events})
        assert commands == len(used)


async def test_when_what_goes_beside_cannot_be_kept_neither_are_the_events(stack: Stack) -> None:
    async def broken(connection: Connection, requests: Sequence[Append]) -> None:
        await connection.execute("SELECT 1 / 0")

    stream = uuid4()
    async with fresh_database(stack.postgres) as dsn, migrated_pool(dsn) as pool:
        store = PostgresEventStore(pool, beside=broken)
        await handle(store, NOTEBOOK, stream, Write("a"), meta())
        with pytest.raises(asyncpg.DivisionByZeroError):
            await handle(store, NOTEBOOK, stream, Close(), meta("close"))
        async with pool.acquire() as connection, connection.transaction():
            with pytest.raises(asyncpg.DivisionByZeroError):
                await handle(store, NOTEBOOK, stream, Close(), meta("close"), connection=connection)
            await handle(store, NOTEBOOK, stream, Write("b"), meta(), connection=connection)
        with pytest.raises(RuntimeError, match="beside"):
            await handle(PostgresEventStore(pool), NOTEBOOK, stream, Close(), meta("close"))
        assert (await store.load(stream)).version == 2
        assert await store.answered("close", b"") is None
