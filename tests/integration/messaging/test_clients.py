"""A client of Kafka that is cut short leaves no connection open, whatever it was about to ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.messaging.clients import start_client, stop_reader
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


def connections(reader: AIOKafkaConsumer) -> list[object]:
    """Give a reader's open connections, which only its client knows."""
    return [one for one in reader._client._conns.values() if one.connected()]


@pytest.mark.parametrize("begun", [True, False])
async def test_a_reader_with_a_request_under_way_closes_its_connections(kafka: TestKafka, *, begun: bool) -> None:
    """A request that does not catch its cancellation cuts aiokafka's own stop short; ours goes on to the end."""
    topic = await kafka.create_topic(partitions=1)
    reader = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=None, enable_auto_commit=False)
    try:
        await reader.start()
        await reader.end_offsets([TopicPartition(topic, 0)])
        assert connections(reader)
        request = asyncio.create_task(asyncio.Event().wait())
        reader._fetcher._pending_tasks.add(request)
        if begun:
            await asyncio.sleep(0)
        await stop_reader(reader)
        assert request.cancelled()
        assert not connections(reader)
    finally:
        await reader._client.close()


async def test_a_reader_that_never_started_is_stopped_as_well(kafka: TestKafka) -> None:
    reader = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=None)
    await stop_reader(reader)
    assert not connections(reader)


class Gate:
    """A way to a broker that keeps back the answers after the first until it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.held = asyncio.Event()
        self.connected = 0
        self.ended = 0

    @asynccontextmanager
    async def before(self, bootstrap: str) -> AsyncIterator[str]:
        """Stand before a broker; gives the address to come to."""
        host, port = bootstrap.split(":")

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connected += 1
            behind_reader, behind_writer = await asyncio.open_connection(host, int(port))
            answers = asyncio.create_task(self._answer(behind_reader, writer))
            try:
                while some := await reader.read(65536):
                    behind_writer.write(some)
                self.ended += 1
            finally:
                answers.cancel()
                await asyncio.gather(answers, return_exceptions=True)
                for one in (behind_writer, writer):
                    one.close()
                    await one.wait_closed()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = True
        while some := await reader.read(65536):
            if not first:
                self.held.set()
                await self.opened.wait()
            first = False
            writer.write(some)


async def test_a_start_that_is_cancelled_closes_the_connection_it_asked_for_metadata(kafka: TestKafka) -> None:
    """The client's side ends its connection, rather than forget it."""
    gate = Gate()
    async with gate.before(kafka.bootstrap) as bootstrap:
        reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
        try:
            starting = asyncio.create_task(start_client(reader))
            async with asyncio.timeout(30):
                await gate.held.wait()
            starting.cancel()
            asyncio.get_running_loop().call_soon(gate.opened.set)
            with pytest.raises(asyncio.CancelledError):
                await starting
        finally:
            await stop_reader(reader)
        assert gate.connected == 1
        async with asyncio.timeout(30):
            while gate.ended < 1:  # noqa: ASYNC110 - the other side of a socket tells no event
                await asyncio.sleep(0.02)
    assert not connections(reader)
