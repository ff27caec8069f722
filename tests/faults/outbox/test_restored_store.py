"""A store restored to an earlier state than its topic is refused before it gives old numbers to new events.

Refused means: nothing is sent and readiness says why, while what is recorded goes on into store and outbox.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from infra.stack.postgres import programs
from shared.eventstore.handling import handle
from shared.eventstore.postgres import PostgresEventStore
from shared.outbox.relay import Relay
from shared.process.probes import relay_probe
from shared.telemetry import logs
from tests.support.notebook import NOTEBOOK, Write, meta
from tests.support.outboxes import Service, a_service, until
from tests.support.stack import Stack, TestKafka
from tests.support.stores import fresh_database, migrated_pool
from tests.support.topics import until_empty

pytestmark = pytest.mark.stack


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(logs._output, "stream", stream)
    return stream


def named(lines: io.StringIO, event: str) -> list[dict[str, object]]:
    return [line for line in map(json.loads, lines.getvalue().splitlines()) if line["event"] == event]


async def run(program: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        str(programs() / program), *arguments, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    _, problem = await process.communicate()
    assert process.returncode == 0, problem.decode()


async def relay_all(service: Service) -> None:
    async with service.relaying():
        await until_empty(service.pool)


@asynccontextmanager
async def refusing(service: Service) -> AsyncIterator[Relay]:
    """Run a relay that looks at the topic again and again, once it refuses."""
    async with service.relaying(look_again_seconds=0.1) as relay:
        await until(lambda: "restored to an earlier state" in (relay.health().last_error or ""))
        yield relay


async def test_a_store_restored_from_an_earlier_dump_is_refused(
    stack: Stack, tmp_path: Path, lines: io.StringIO
) -> None:
    dump = tmp_path / "dump"
    async with a_service(stack) as service:
        streams = [uuid4() for _ in range(5)]
        for stream in streams:
            await service.write(stream, "one")
        await relay_all(service)
        await run("pg_dump", "--format=custom", f"--file={dump}", service.dsn)
        await service.write(streams[3], "two", "three")
        await relay_all(service)
        sent = len(await service.records())

        async with fresh_database(stack.postgres) as dsn:
            await run("pg_restore", "--no-owner", f"--dbname={dsn}", str(dump))
            async with migrated_pool(dsn) as pool:
                restored = Service(
                    dsn, pool, PostgresEventStore(pool), service.kafka, service.prefix, service.partitions
                )
                async with refusing(restored) as relay:
                    health, probe = relay.health(), relay_probe(relay)
                    assert not health.leader
                    for words in (f"holds event 3 of stream {streams[3]}", "published only 1", "`sightline republish`"):
                        assert words in (health.last_error or "")
                    assert not probe.ready
                    assert probe.detail == health.last_error
                    await restored.write(uuid4(), "recorded meanwhile")
                    await until(lambda: relay.health().depth == 1)
                assert len(await service.records()) == sent
    refusals = named(lines, "relay_refuses")
    assert refusals
    assert refusals[0] | {"sequence": 3, "found": 1, "stream_id": str(streams[3]), "level": "error"} == refusals[0]


async def test_once_the_missing_events_are_back_it_goes_on_by_itself(stack: Stack, lines: io.StringIO) -> None:
    async with a_service(stack) as service:
        await service.write(uuid4(), "one", "two")
        await relay_all(service)
        await _forget_newest(service)
        async with refusing(service) as relay:
            await service.write(uuid4(), "recorded meanwhile")
            await until(lambda: relay.health().depth == 1)
            await _bring_back(service)
            await until(lambda: relay.health().leader)
            await until_empty(service.pool)
            assert relay.health().last_error is None
            assert relay_probe(relay).ready
        assert len(named(lines, "relay_refuses")) == 1, "said once, however often it looks again"
        assert (await service.findings()).faults == ({}, [], [])


async def test_new_events_under_the_lost_numbers_do_not_pass_for_the_missing_ones(stack: Stack) -> None:
    """Readers would take them for repeats, and they would be lost without a word."""
    async with a_service(stack) as service:
        stream = uuid4()
        await service.write(stream, "one", "two")
        await relay_all(service)
        sent = len(await service.records())
        await _forget_newest(service)
        async with refusing(service) as relay:
            await service.write(stream, "another two", "three")
            await until(lambda: "another one under that number" in (relay.health().last_error or ""))
        assert await service.pool.fetchval("SELECT count(*) FROM outbox.messages") == 2
        async with refusing(service):  # at a new start as well
            pass
        assert len(await service.records()) == sent


async def test_an_emptied_topic_waits_for_the_republish(stack: Stack) -> None:
    """What was recorded meanwhile must not come before the older events, as readers see it."""
    async with a_service(stack) as service:
        stream = uuid4()
        await service.write(stream, "one", "two")
        await relay_all(service)
        await _forget_newest(service)
        async with refusing(service) as relay:
            await service.write(stream, "another two")
            await _empty_topic(service)
            await until(lambda: "is empty now" in (relay.health().last_error or ""))
            assert "`sightline republish`" in (relay.health().last_error or "")
        assert not await service.records()


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
        async with refusing(service) as relay:
            assert f"stream {second}" in (relay.health().last_error or "")


async def _forget_newest(service: Service) -> None:
    """Lose the newest event as a restore would, keeping it beside for `_bring_back`."""
    async with service.pool.acquire() as connection, connection.transaction():
        await connection.execute("CREATE TABLE IF NOT EXISTS lost (LIKE eventstore.events)")
        await connection.execute("ALTER TABLE eventstore.events DISABLE TRIGGER events_are_only_added")
        await connection.execute(
            "WITH gone AS (DELETE FROM eventstore.events "
            "WHERE position = (SELECT max(position) FROM eventstore.events) RETURNING *) "
            "INSERT INTO lost SELECT * FROM gone"
        )
        await connection.execute("ALTER TABLE eventstore.events ENABLE TRIGGER events_are_only_added")


async def _bring_back(service: Service) -> None:
    await service.pool.execute("INSERT INTO eventstore.events OVERRIDING SYSTEM VALUE SELECT * FROM lost")


async def _empty_topic(service: Service) -> None:
    """Make the topic anew."""
    admin = AIOKafkaAdminClient(bootstrap_servers=service.kafka.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([service.topic])
        async with asyncio.timeout(30):
            while service.topic in await admin.list_topics():  # noqa: ASYNC110 - the broker tells no event
                await asyncio.sleep(0.05)
    finally:
        await admin.close()
    await TestKafka(service.kafka.bootstrap).create_topic(service.topic, partitions=service.partitions)
