"""The connection breaks between a commit and its answer: the command has taken effect, and its caller cannot know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from shared.eventstore.database import is_connection_error, open_pool
from shared.eventstore.handling import handle
from shared.eventstore.postgres import PostgresEventStore
from tests.support.notebook import NOTEBOOK, Write, meta
from tests.support.outboxes import a_service
from tests.support.stack import Stack

pytestmark = pytest.mark.stack


class Wire:
    """A wire to PostgreSQL that swallows the answer to the next append, and breaks."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.swallow_next = False
        self.swallowed = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(self._host, self._port)
        doomed = asyncio.Event()

        async def requests() -> None:
            while data := await reader.read(65536):
                if self.swallow_next and b"written" in data:
                    self.swallow_next = False
                    doomed.set()
                server_writer.write(data)
                await server_writer.drain()

        async def answers() -> None:
            while data := await server_reader.read(65536):
                if doomed.is_set():
                    self.swallowed += 1
                    return
                writer.write(data)
                await writer.drain()

        both = [asyncio.create_task(requests()), asyncio.create_task(answers())]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        for end in (writer, server_writer):
            end.close()
            with suppress(OSError):
                await end.wait_closed()


@asynccontextmanager
async def through_a_wire(dsn: str) -> AsyncIterator[tuple[Wire, PostgresEventStore]]:
    parts = urlsplit(dsn)
    wire = Wire(parts.hostname or "127.0.0.1", parts.port or 5432)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sign_in = parts.netloc.rpartition("@")[0]
    pool = await open_pool(urlunsplit(parts._replace(netloc=f"{sign_in}@127.0.0.1:{port}")), size=4)
    try:
        yield wire, PostgresEventStore(pool)
    finally:
        pool.terminate()
        server.close()
        await server.wait_closed()


async def test_with_a_key_the_command_is_asked_for_again_and_was_done_once(stack: Stack) -> None:
    async with a_service(stack) as service, through_a_wire(service.dsn) as (wire, store):
        stream = uuid4()
        await handle(store, NOTEBOOK, stream, Write("first"), meta("1"))
        wire.swallow_next = True
        handled = await handle(store, NOTEBOOK, stream, Write("second"), meta("2"), patience=30)
        assert wire.swallowed == 1
        assert (handled.version, handled.replayed, handled.state.entries) == (2, True, ("first", "second"))
        assert await service.pool.fetchval("SELECT count(*) FROM eventstore.events") == 2
        assert await service.pool.fetchval("SELECT count(*) FROM outbox.messages") == 2


async def test_without_a_key_the_caller_is_told_and_nothing_is_done_twice(stack: Stack) -> None:
    async with a_service(stack) as service, through_a_wire(service.dsn) as (wire, store):
        stream = uuid4()
        await handle(store, NOTEBOOK, stream, Write("first"), meta())
        wire.swallow_next = True
        with pytest.raises(Exception) as raised:  # noqa: PT011 - which of asyncpg's errors it is depends on the moment
            await handle(store, NOTEBOOK, stream, Write("second"), meta())
        assert is_connection_error(raised.value)
        assert await service.pool.fetchval("SELECT count(*) FROM eventstore.events") == 2


async def test_those_who_shared_the_commit_are_each_asked_for_again(stack: Stack) -> None:
    async with a_service(stack) as service, through_a_wire(service.dsn) as (wire, store):
        await handle(store, NOTEBOOK, uuid4(), Write("warm"), meta("warm"))
        wire.swallow_next = True
        handled = await asyncio.gather(
            *(
                handle(store, NOTEBOOK, uuid4(), Write(str(n)), meta(f"key {n}"), patience=30, expects_new=True)
                for n in range(16)
            )
        )
        assert wire.swallowed == 1
        assert any(one.replayed for one in handled)
        assert await service.pool.fetchval("SELECT count(*) FROM eventstore.events") == 17
        assert await service.pool.fetchval("SELECT count(*) FROM outbox.messages") == 17
