"""PostgreSQL and Kafka stop, restart and end sessions while sixteen writers write: nothing is lost, nothing twice."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import orjson
import psutil
import pytest

from infra.stack import control
from infra.stack.home import Home
from shared.eventstore.database import open_pool
from shared.eventstore.handling import handle
from shared.eventstore.postgres import PostgresEventStore
from tests.support.notebook import NOTEBOOK, Write, meta
from tests.support.outboxes import Service, a_service, until
from tests.support.servers import clean_environment
from tests.support.stack import Stack
from tests.support.topics import until_empty

pytestmark = pytest.mark.stack

COMMANDS = 40


async def write_with_keys(service: Service, streams: list[UUID], answered: Counter[str]) -> None:
    """Sixteen writers, each command with a key and patience; notes which commands were answered with success."""

    async def writer(number: int) -> None:
        for n in range(COMMANDS):
            entry = f"writer {number} command {n}"
            await _insist(service, streams[(number + n) % len(streams)], entry)
            answered[entry] += 1

    await asyncio.gather(*(writer(number) for number in range(16)))


async def _insist(service: Service, stream: UUID, entry: str) -> None:
    """A client that sends the same command with the same key again until it is answered."""
    while True:
        try:
            await handle(service.store, NOTEBOOK, stream, Write(entry), meta(entry), patience=20)
        except Exception as error:  # noqa: BLE001 - whatever it was, the client has no answer and asks again
            await asyncio.sleep(0.05)
            del error
        else:
            return


async def entries_stored(service: Service) -> Counter[str]:
    rows = await service.pool.fetch("SELECT data FROM eventstore.events")
    return Counter(orjson.loads(row["data"])["entry"] for row in rows)


async def test_ended_sessions_lose_and_double_nothing(stack: Stack) -> None:
    """Database sessions of the service, the leader's too, are ended again and again in the middle of their work."""
    async with a_service(stack) as service:
        answered: Counter[str] = Counter()
        streams = [uuid4() for _ in range(20)]
        admin = await asyncpg.connect(service.dsn)
        ended = 0
        async with service.relaying():
            writing = asyncio.create_task(write_with_keys(service, streams, answered))
            while not writing.done():
                ended += await admin.fetchval(
                    "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE datname = "
                    "current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 2) AS unlucky"
                )
                await asyncio.wait({writing}, timeout=0.15)
            await writing
            await until_empty(service.pool)
        await admin.close()
        assert ended > 5
        assert await entries_stored(service) == answered
        assert set(answered.values()) == {1}
        assert (await service.findings()).faults == ({}, [], [])


async def test_without_a_key_a_lost_connection_is_not_tried_again(stack: Stack) -> None:
    """Nobody can know whether it took effect, so the caller is told."""
    async with a_service(stack) as service:
        await service.write(uuid4(), "warm")
        async with service.pool.acquire() as one:
            await one.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        failures = 0
        for _ in range(3):
            try:
                await handle(service.store, NOTEBOOK, uuid4(), Write("a"), meta(), expects_new=True)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                failures += 1
        assert failures <= 2
        assert await service.pool.fetchval("SELECT count(*) FROM eventstore.events") == 1 + 3 - failures


@pytest.fixture(scope="module")
def own_servers() -> Iterator[tuple[Home, Stack]]:
    """A Kafka and a PostgreSQL that this module may kill."""
    home = Home(Path(tempfile.mkdtemp(prefix="sightline-test-")))
    control.start_in_background(home, ["postgres", "kafka"], bound_to_caller=True, variables=clean_environment())
    try:
        yield (
            home,
            Stack("embedded", control.administrator(home), control.environment(home)["SIGHTLINE_KAFKA_BOOTSTRAP"]),
        )
    finally:
        control.stop(home)
        shutil.rmtree(home.root, ignore_errors=True)


def _pid(home: Home, part: str) -> int:
    state = control.running(home)
    assert state is not None
    process = state.parts[part].process
    assert process is not None
    return process.pid


async def _kill_and_wait_for_the_next(home: Home, part: str) -> None:
    """Kill a server; the stack's own supervisor starts it anew."""
    pid = _pid(home, part)
    psutil.Process(pid).kill()
    await until(lambda: psutil.pid_exists(_pid_or(home, part, pid)) and _pid_or(home, part, pid) != pid, seconds=60)


def _pid_or(home: Home, part: str, otherwise: int) -> int:
    state = control.running(home)
    process = state.parts[part].process if state else None
    return process.pid if process else otherwise


@pytest.mark.parametrize("part", ["postgres", "kafka"])
async def test_a_killed_server_loses_and_doubles_nothing(own_servers: tuple[Home, Stack], part: str) -> None:
    home, stack = own_servers
    async with a_service(stack) as service:
        answered: Counter[str] = Counter()
        streams = [uuid4() for _ in range(20)]
        async with service.relaying() as relay:
            await until(lambda: relay.health().leader)
            writing = asyncio.create_task(write_with_keys(service, streams, answered))
            await until(lambda: answered.total() > 100)
            await _kill_and_wait_for_the_next(home, part)
            await writing
            await until(lambda: relay.health().leader, seconds=60)
            pool = await open_pool(service.dsn)
            after = Service(
                service.dsn, pool, PostgresEventStore(pool), service.kafka, service.prefix, service.partitions
            )
            await until_empty(pool)
            assert await entries_stored(after) == answered
            assert set(answered.values()) == {1}
            assert answered.total() == 16 * COMMANDS
            assert (await after.findings()).faults == ({}, [], [])
            pool.terminate()
