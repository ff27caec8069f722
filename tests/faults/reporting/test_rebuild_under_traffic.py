"""A rebuild while messages keep coming and people decide about parked ones: nothing is lost or counted twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from services.reporting.adapters.consuming import fold_into_live
from services.reporting.facts import rebuild as rebuilding
from services.reporting.facts.live import live_schema, read_facts
from services.reporting.facts.rebuild import Plan, rebuild
from shared.eventstore.database import Pool, open_pool
from shared.messaging import parked
from shared.messaging.records import Received
from tests.support.fact_count import counted, digests, expected
from tests.support.fact_log import interleaved, year
from tests.support.facts import all_read, consuming, migrated, new_log, until
from tests.support.stack import TestKafka

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@pytest_asyncio.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[Pool]:
    await migrated(postgres_dsn)
    made = await open_pool(postgres_dsn, size=10)
    try:
        yield made
    finally:
        await made.close()


async def test_rebuilds_while_traffic_runs(pool: Pool, postgres_dsn: str, kafka: TestKafka) -> None:
    """Three rebuilds one after the other, in the middle of a year's traffic: the end is as counted by hand."""
    stories = year(31, 500)
    sent = interleaved(stories, 4)
    log = await new_log(kafka)
    await log.send(sent[:1000])
    rest = sent[1000:]

    async def keep_sending() -> None:
        for start in range(0, len(rest), 100):
            await log.send(rest[start : start + 100])

    async with consuming(log, pool):
        sending = asyncio.create_task(keep_sending())
        for processes in (1, 2, 1):
            await rebuild(Plan(postgres_dsn, log.settings, log.topics, processes))
        await sending
        await all_read(log, pool)
    async with read_facts(pool) as reader:
        assert await counted(reader) == expected(stories)
    live = await digests(pool, await live_schema_of(pool))
    await rebuild(Plan(postgres_dsn, log.settings, log.topics))
    assert await digests(pool, await live_schema_of(pool)) == live


async def test_a_batch_under_way_is_waited_for(
    pool: Pool, postgres_dsn: str, kafka: TestKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that comes after the catching up, and whose batch has not committed at the switch, is in the facts."""
    stories = year(32, 40)
    *early, last = interleaved(stories, 5)
    log = await new_log(kafka)
    await log.send(early)
    holding, release = asyncio.Event(), asyncio.Event()
    gated = False

    async def handler(connection: Any, batch: Sequence[Received]) -> None:
        await fold_into_live(connection, batch)
        if gated:
            holding.set()
            await release.wait()

    async with consuming(log, pool, handler=handler):
        await all_read(log, pool)
        switch = rebuilding._Build.switch

        async def switch_with_a_batch_under_way(build: Any, reader: Any) -> None:
            nonlocal gated
            gated = True
            await log.send([last])
            await holding.wait()
            switching = asyncio.create_task(switch(build, reader))

            async def waits_or_is_done() -> bool:
                waiting = await pool.fetchval(
                    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'messaging.stream_position'::regclass"
                )
                return bool(waiting) or switching.done()

            await until("the switch waits", waits_or_is_done)
            release.set()
            await switching

        monkeypatch.setattr(rebuilding._Build, "switch", switch_with_a_batch_under_way)
        await rebuild(Plan(postgres_dsn, log.settings, log.topics))
        await all_read(log, pool)
    async with read_facts(pool) as reader:
        assert await counted(reader) == expected(stories)
    switched = await digests(pool, await live_schema_of(pool))
    monkeypatch.undo()
    await rebuild(Plan(postgres_dsn, log.settings, log.topics))
    assert await digests(pool, await live_schema_of(pool)) == switched


async def test_a_discard_while_the_log_is_read_is_honoured(
    pool: Pool, postgres_dsn: str, kafka: TestKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waited behind a message that is discarded during a rebuild takes effect, as it does live."""
    stories = year(33, 60)
    sent = interleaved(stories, 6)
    spoilt = next(
        place
        for place, one in enumerate(sent)
        if dict(one.message.headers)["ce_type"] == b"recommendation-made.v1"
        and dict(one.message.headers)["ce_sequence"] == b"3"
    )
    bad = sent[spoilt]
    traffic = [*sent]
    traffic[spoilt] = bad._replace(message=bad.message._replace(value=b"{"))
    log = await new_log(kafka)
    await log.send(traffic)
    async with consuming(log, pool):
        await all_read(log, pool)
        catch_up = rebuilding._Build.catch_up

        async def catch_up_after_the_discard(build: Any, reader: Any) -> None:
            async with pool.acquire() as connection:
                [first] = [message for message in await parked.list_parked(connection) if not message.behind]
                outcome = await parked.discard(connection, first.id, reason="test", by="operator", wait=30)
            assert outcome.done, outcome
            await catch_up(build, reader)

        monkeypatch.setattr(rebuilding._Build, "catch_up", catch_up_after_the_discard)
        await rebuild(Plan(postgres_dsn, log.settings, log.topics))
    during = await digests(pool, await live_schema_of(pool))
    assert await pool.fetchval("SELECT count(*) FROM messaging.parked") == 0
    monkeypatch.undo()
    await rebuild(Plan(postgres_dsn, log.settings, log.topics))
    assert await digests(pool, await live_schema_of(pool)) == during


async def live_schema_of(pool: Pool) -> str:
    async with pool.acquire() as connection:
        return await live_schema(connection)
