"""A store restored to an earlier state than its topic is refused before it gives old numbers to new events."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from infra.stack.postgres import programs
from shared.eventstore.errors import TopicAhead
from shared.eventstore.handling import handle
from tests.support.notebook import NOTEBOOK, Write, meta
from tests.support.outboxes import Service, a_service, until
from tests.support.stack import Stack
from tests.support.stores import fresh_database
from tests.support.topics import until_empty

pytestmark = pytest.mark.stack


async def run(program: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        str(programs() / program), *arguments, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    _, problem = await process.communicate()
    assert process.returncode == 0, problem.decode()


async def relay_all(service: Service) -> None:
    async with service.relaying():
        await until_empty(service.pool)


async def test_a_store_restored_from_an_earlier_dump_is_refused(stack: Stack, tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    async with a_service(stack) as service:
        streams = [uuid4() for _ in range(5)]
        for stream in streams:
            await service.write(stream, "one")
        await relay_all(service)
        await run("pg_dump", "--format=custom", f"--file={dump}", service.dsn)
        await service.write(streams[3], "two", "three")
        await relay_all(service)

        async with fresh_database(stack.postgres) as restored:
            await run("pg_restore", "--no-owner", f"--dbname={restored}", str(dump))
            relay = Service(
                restored, service.pool, service.store, service.kafka, service.prefix, service.partitions
            ).relay()
            await relay.start()
            with pytest.raises(
                TopicAhead, match=r"holds event 3 .* has published only 1 of it .*`sightline republish`"
            ):
                await relay.wait()
            health = relay.health()
            assert not health.leader
            assert "restored to an earlier state" in (health.last_error or "")


async def test_a_lost_newest_event_is_noticed_and_nothing_new_is_sent(stack: Stack) -> None:
    async with a_service(stack) as service:
        stream = uuid4()
        await service.write(stream, "one", "two")
        await relay_all(service)
        sent = len(await service.records())
        await _forget_newest(service)
        await service.write(uuid4(), "never sent")
        relay = service.relay()
        await relay.start()
        with pytest.raises(TopicAhead):
            await relay.wait()
        assert len(await service.records()) == sent
        assert await service.pool.fetchval("SELECT count(*) FROM outbox.messages") == 1


async def test_a_store_that_went_on_after_its_loss_is_noticed_by_the_streams_it_lost(stack: Stack) -> None:
    """The lost stream was written to again under the old number: another one that was lost still tells."""
    async with a_service(stack) as service:
        first, second = uuid4(), uuid4()
        await service.write(first, "one")
        await service.write(second, "one")
        await relay_all(service)
        await _forget_newest(service)
        await _forget_newest(service)
        await handle(service.store, NOTEBOOK, first, Write("another one"), meta())
        relay = service.relay()
        await relay.start()
        with pytest.raises(TopicAhead, match=f"stream {second}"):
            await relay.wait()


async def test_messages_of_nobody_do_not_matter(stack: Stack) -> None:
    """What has no readable envelope says nothing about the store."""
    async with a_service(stack) as service:
        producer = AIOKafkaProducer(bootstrap_servers=service.kafka.bootstrap)
        await producer.start()
        for names in ([], [("ce_subject", b"\xff"), ("ce_sequence", b"7")], [("ce_subject", str(uuid4()).encode())]):
            await producer.send_and_wait(service.topic, b"{}", b"k", headers=names)
        await producer.stop()
        async with service.relaying() as relay:
            await until(lambda: relay.health().leader)


async def _forget_newest(service: Service) -> None:
    async with service.pool.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE eventstore.events DISABLE TRIGGER events_are_only_added")
        await connection.execute(
            "DELETE FROM eventstore.events WHERE position = (SELECT max(position) FROM eventstore.events)"
        )
        await connection.execute("ALTER TABLE eventstore.events ENABLE TRIGGER events_are_only_added")
