"""Reporting killed with SIGKILL: in the middle of a batch, again and again under load, and in the middle of a rebuild."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
import pytest_asyncio

from services.reporting.facts.live import live_schema, read_facts
from services.reporting.facts.rebuild import Plan, rebuild
from shared.eventstore.database import Pool, open_pool
from tests.support.fact_count import counted, digests, expected
from tests.support.fact_log import Sent, interleaved, year
from tests.support.facts import Log, all_read, until
from tests.support.platform import Platform, platform
from tests.support.servers import Stack
from tests.support.stack import TestKafka

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@pytest_asyncio.fixture
async def services(stack: Stack, tmp_path: Path) -> AsyncIterator[Platform]:
    async with platform(stack, tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def pool(services: Platform) -> AsyncIterator[Pool]:
    made = await open_pool(services.dsns["reporting"], size=6)
    try:
        yield made
    finally:
        await made.close()


def log_of(services: Platform) -> Log:
    return Log(TestKafka(services.bootstrap), services.prefix)


def twice_now_and_then(sent: list[Sent]) -> list[Sent]:
    """Deliver some messages twice, and some earlier ones again: what a relay that was killed leaves behind."""
    out: list[Sent] = []
    for place, one in enumerate(sent):
        out.append(one)
        if place % 11 == 5:
            out.append(one)
        if place % 40 == 39:
            out.extend(sent[place - 30 : place - 20])
    return out


async def read_so_far(pool: Pool) -> int:
    return int(await pool.fetchval("SELECT coalesce(sum(next_offset), 0) FROM messaging.partition_position"))


async def test_killed_in_the_middle_of_a_batch(services: Platform, pool: Pool) -> None:
    """A batch that had claimed its streams and written half of its rows leaves no trace, and comes again whole."""
    stories = year(21, 60)
    log = log_of(services)
    await services.start("reporting")
    async with pool.acquire() as holder:
        transaction = holder.transaction()
        await transaction.start()
        schema = await live_schema(holder)
        # Rows of `audits` go in first, then those of `section_results`: the batch stops between the two.
        await holder.execute(f"LOCK TABLE {schema}.section_results IN ACCESS EXCLUSIVE MODE")
        await log.send(interleaved(stories, 1))

        await until("the batch is in the middle", lambda: stuck(pool))
        await services.kill("reporting")
        await transaction.rollback()
    assert await pool.fetchval(f"SELECT count(*) FROM {schema}.audits") == 0
    await services.start("reporting")
    await all_read(log, pool)
    async with read_facts(pool) as reader:
        assert await counted(reader) == expected(stories)


async def test_killed_again_and_again_under_load(services: Platform, pool: Pool) -> None:
    """Three kills while duplicates and late redeliveries pour in: every figure is as counted by hand."""
    stories = year(22, 500)
    log = log_of(services)
    await services.start("reporting")
    sending = asyncio.create_task(log.send(twice_now_and_then(interleaved(stories, 2))))
    for _ in range(3):
        before = await read_so_far(pool)

        async def more(before: int = before) -> bool:
            return await read_so_far(pool) > before or sending.done()

        await until("the process reads on", more)
        await services.kill("reporting")
        await services.start("reporting")
    await sending
    await all_read(log, pool)
    async with read_facts(pool) as reader:
        assert await counted(reader) == expected(stories)
    schema = await pool.fetchval("SELECT schema_name FROM reporting.live")
    live = await digests(pool, schema)
    await rebuild(Plan(services.dsns["reporting"], log.settings, log.topics))
    assert await digests(pool, await pool.fetchval("SELECT schema_name FROM reporting.live")) == live


@pytest.mark.parametrize("processes", [1, 2])
async def test_a_killed_rebuild_leaves_the_facts_alone_and_the_next_one_cleans_up(
    services: Platform, pool: Pool, processes: int
) -> None:
    """Killed while it writes, a rebuild leaves no process behind, and its half-made schema goes with the next one."""
    stories = year(23, 200)
    log = log_of(services)
    await services.start("reporting")
    await log.send(interleaved(stories, 3))
    await all_read(log, pool)
    before = str(await pool.fetchval("SELECT schema_name FROM reporting.live"))
    live = await digests(pool, before)

    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infra.cli", "rebuild", "--processes", str(processes),
        env=services.environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    made = await half_made(pool, before)
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute(f"LOCK TABLE {made}.section_results IN ACCESS EXCLUSIVE MODE")
        await until("the rebuild is in the middle of its rows", lambda: stuck(pool))
        children = psutil.Process(killed.pid).children(recursive=True)
        killed.send_signal(signal.SIGKILL)
        await killed.wait()
    await until("its processes end with it", lambda: not [child for child in children if _lives(child)])

    assert await pool.fetchval("SELECT schema_name FROM reporting.live") == before
    assert await digests(pool, before) == live
    async with read_facts(pool) as reader:
        assert await counted(reader) == expected(stories)

    code, said, wrong = await services.command("rebuild", "--processes", str(processes))
    assert code == 0, wrong
    assert "Rebuilt from" in said
    after = str(await pool.fetchval("SELECT schema_name FROM reporting.live"))
    assert after not in {before, made}
    assert [row[0] for row in await _builds(pool)] == [after]
    assert await digests(pool, after) == live


async def stuck(pool: Pool) -> bool:
    """Whether somebody waits for the lock on the sections of outcomes, with other rows of a batch written."""
    return bool(
        await pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%section_results%'"
            " AND datname = current_database()"
        )
    )


async def half_made(pool: Pool, live: str) -> str:
    """Wait for a second build to be there, and give its name."""
    found: list[Any] = []

    async def there() -> bool:
        found[:] = [row[0] for row in await _builds(pool) if row[0] != live]
        return bool(found)

    await until("a build begins", there)
    return str(found[0])


async def _builds(pool: Pool) -> list[asyncpg.Record]:
    return await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'facts\\_%'")


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
