"""After an update: facts of an earlier version are rebuilt by the running service, with kills, rivals and refusals."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest
import pytest_asyncio

from services.reporting.facts.live import read_facts
from services.reporting.facts.rebuild import _REBUILD_LOCK
from services.reporting.facts.tables import FACTS_VERSION
from shared.eventstore.database import Pool, open_pool
from shared.web.principal import Role
from tests.support.fact_count import counted, digests, expected
from tests.support.fact_log import interleaved, year
from tests.support.facts import Log, all_read
from tests.support.platform import Platform, free_ports, platform, until
from tests.support.servers import Stack
from tests.support.stack import TestKafka

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

STORIES = year(61, 80)


@pytest_asyncio.fixture
async def services(stack: Stack, tmp_path: Path) -> AsyncIterator[Platform]:
    """Give a stopped reporting service whose facts are of an earlier version: a column less, and half of the rows."""
    async with platform(stack, tmp_path) as made:
        await made.start("reporting")
        log = log_of(made)
        await log.send(interleaved(STORIES, 1))
        pool = await open_pool(made.dsns["reporting"], size=2)
        try:
            await all_read(log, pool)
            await made.stop("reporting")
            live = await pool.fetchval("SELECT schema_name FROM reporting.live")
            await pool.execute(f"ALTER TABLE {live}.moderations DROP COLUMN decided_by")
            await pool.execute(f"DELETE FROM {live}.audits WHERE audit_id::text < '8'")
            await pool.execute("UPDATE reporting.live SET version = $1, shape = 'of old'", FACTS_VERSION - 1)
        finally:
            await pool.close()
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


async def facts_part(services: Platform) -> dict[str, Any]:
    """Give what readiness says of the facts; empty while the service does not answer."""
    try:
        answer = await asked(services, "/health/ready")
    except httpx.TransportError:
        return {}
    return next((part for part in answer.json()["parts"] if part["name"] == "facts"), {})


async def asked(services: Platform, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.get(f"http://127.0.0.1:{services.ports['reporting']}{path}", headers=headers)


def told(text: str, event: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, text.splitlines()) if line["event"] == event]


async def all_as_told(services: Platform, pool: Pool) -> None:
    """Every figure is as counted by hand, and there is one build of the facts, of this version."""
    await until(lambda: services.is_ready("reporting"), "reporting being ready")
    await all_read(log_of(services), pool)
    async with read_facts(pool) as reader:
        assert await counted(reader) == expected(STORIES)
    builds = await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'facts%'")
    live = await pool.fetchrow("SELECT schema_name, version FROM reporting.live")
    assert live is not None
    assert ([row[0] for row in builds], live["version"]) == ([live["schema_name"]], FACTS_VERSION)


async def test_the_service_starts_says_what_it_does_and_rebuilds(services: Platform, pool: Pool) -> None:
    """While another holds the rebuild it shows no figure, in words and as a page; then it is ready by itself."""
    async with pool.acquire() as other:
        await other.fetchval("SELECT pg_advisory_lock($1)", _REBUILD_LOCK)
        await services.begin("reporting")

        async def waits() -> dict[str, Any] | None:
            part = await facts_part(services)
            return part if "by another process" in part.get("detail", "") else None

        part = await until(waits, "reporting saying that it waits")
        assert (part["ready"], part["stage"]) == (False, "working")
        reader = services.token(Role.QA_MANAGER, "northmoor")
        for path in (
            "/reports/triannual.json",
            "/reports/triannual",
            "/boards/quality",
            "/boards/corporate-parenting",
            "/v1/publications/windows",
            "/",
        ):
            refused = await asked(services, path, **reader)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10"), path
            assert refused.json()["type"].endswith(":facts-not-ready")
            assert "facts of an earlier version are being rebuilt by another process" in refused.json()["detail"]
        page = await asked(services, "/reports/triannual", accept="text/html", **reader)
        assert page.status_code == 503
        assert "Reports are not ready yet" in page.text
        director = await asked(services, "/", **services.token(Role.DIRECTOR, "northmoor"))
        assert director.status_code == httpx.codes.OK, "published reports need no facts"
        assert (await asked(services, "/health/live")).status_code == httpx.codes.OK
        await other.fetchval("SELECT pg_advisory_unlock($1)", _REBUILD_LOCK)
    await all_as_told(services, pool)
    [done] = told(services.log("reporting"), "facts_rebuilt")
    assert (done["version"], done["count"]) == (FACTS_VERSION, sum(len(story.events) for story in STORIES))
    assert await services.stop("reporting") == {"reporting": 0}


async def test_of_several_replicas_one_rebuilds(services: Platform, pool: Pool) -> None:
    """Three that start at once: one build, by one of them, and all become ready."""
    ports = []
    replicas = []
    for number, port in enumerate(free_ports(3)):
        services.ports["reporting"] = port
        ports.append(port)
        with (services.folder / f"replica{number}.log").open("ab") as log:
            replicas.append(
                await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "services.reporting.main", env=services.environment, stdout=log, stderr=log
                )
            )
    try:
        for port, process in zip(ports, replicas, strict=True):
            services.ports["reporting"], services.running["reporting"] = port, process
            await until(lambda: services.is_ready("reporting"), "a replica being ready", 90)
        await all_as_told(services, pool)
        logs = "".join((services.folder / f"replica{number}.log").read_text() for number in range(3))
        assert len(told(logs, "facts_rebuilt")) == len(told(logs, "facts_rebuild_started")) == 1
        assert not told(logs, "facts_rebuild_failed")
    finally:
        for process in replicas:
            if process.returncode is None:
                process.kill()
                await process.wait()


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_ended_in_the_middle_it_begins_anew(services: Platform, pool: Pool, how: str) -> None:
    """SIGKILL or SIGTERM while rows are copied: no process stays, the old facts stand, the next start rebuilds."""
    before = await pool.fetchval("SELECT schema_name FROM reporting.live")
    await services.begin("reporting")

    async def half_made() -> str | None:
        rows = await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'facts%'")
        return next((row[0] for row in rows if row[0] != before), None)

    async with pool.acquire() as holder:
        lock = holder.transaction()
        made = None
        while made is None:
            made = await until(half_made, "a build being made")
            await lock.start()
            try:
                await holder.execute(f"LOCK TABLE {made}.section_results IN ACCESS EXCLUSIVE MODE")
            except asyncpg.UndefinedTableError:
                raise AssertionError("the rebuild was over before it could be held up") from None
        await until(lambda: stuck(pool), "the rebuild being in the middle of its rows")
        children = psutil.Process(services.running["reporting"].pid).children(recursive=True)
        assert children, "the long read has a process of its own"
        if how == "killed":
            await services.kill("reporting")
        else:
            stopping = asyncio.create_task(services.stop("reporting"))
            await until(lambda: ended(children), "the processes of the rebuild having ended")
        await lock.rollback()
        if how == "stopped":
            assert await stopping == {"reporting": 0}
    await until(lambda: ended(children), "the processes of the rebuild having ended")
    assert await pool.fetchval("SELECT schema_name FROM reporting.live") == before
    await services.begin("reporting")
    await all_as_told(services, pool)


async def ended(processes: list[psutil.Process]) -> bool:
    return not [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


async def stuck(pool: Pool) -> bool:
    return bool(
        await pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%section_results%'"
            " AND datname = current_database() AND query NOT LIKE 'LOCK%'"
        )
    )


async def test_a_log_that_lost_events_is_not_rebuilt_from_and_says_so(services: Platform, pool: Pool) -> None:
    """The service stays up with the sentence; a person mends the log, or says that the loss is meant."""
    moved = "UPDATE messaging.stream_position SET sequence = sequence + $1"
    await pool.execute(moved, 1)
    await services.begin("reporting")

    async def held() -> dict[str, Any] | None:
        part = await facts_part(services)
        return part if part.get("stage") == "waits-for-a-person" else None

    part = await until(held, "reporting saying that it needs a person")
    assert "would lose some of their facts" in part["detail"]
    assert "--accept-shorter" in part["detail"]
    assert [line["reason_code"] for line in told(services.log("reporting"), "facts_rebuild_refused")] == ["log-refused"]
    code, _, wrong = await services.command("rebuild", "--accept-shorter")
    assert code == 0, wrong
    await until(lambda: services.is_ready("reporting"), "reporting being ready", 90)
    async with read_facts(pool) as reader:
        assert await counted(reader) == expected(STORIES)


async def test_facts_of_a_later_version_are_left_alone(services: Platform, pool: Pool) -> None:
    """While two versions run side by side the earlier one shows nothing, rebuilds nothing, and is ready to go back."""
    live = await pool.fetchval("SELECT schema_name FROM reporting.live")
    facts = await digests_of_what_is_there(pool, live)
    await pool.execute("UPDATE reporting.live SET version = $1", FACTS_VERSION + 1)
    await services.begin("reporting")

    async def held() -> dict[str, Any] | None:
        part = await facts_part(services)
        return part if part.get("stage") == "waits-for-a-person" else None

    part = await until(held, "reporting saying that it needs a person")
    assert f"later version of Sightline (facts {FACTS_VERSION + 1}" in part["detail"]
    assert await pool.fetchval("SELECT schema_name FROM reporting.live") == live
    assert await digests_of_what_is_there(pool, live) == facts
    code, _, wrong = await services.command("rebuild")
    assert code == 0, wrong
    await all_as_told(services, pool)
    assert len(await digests(pool, await pool.fetchval("SELECT schema_name FROM reporting.live"))) > 5


async def digests_of_what_is_there(pool: Pool, schema: str) -> list[Any]:
    rows = await pool.fetch(f"SELECT md5(row_to_json(fact)::text) AS row FROM {schema}.audits AS fact ORDER BY 1")
    return [row["row"] for row in rows]
