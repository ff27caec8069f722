"""Messages that were lost and published again: facts as if nothing had been lost, live and after a rebuild (G2, G5)."""

from __future__ import annotations

import io
import json
import random
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.reporting.adapters.refolding import Refolding
from services.reporting.facts import refolding
from services.reporting.facts.live import freshness, live_schema, read_facts
from services.reporting.facts.rebuild import Plan, rebuild
from services.reporting.facts.refolding import Gathered
from shared.eventstore.database import Pool, open_pool
from shared.messaging.offsets import Scout
from shared.telemetry import logs
from tests.support.fact_count import counted, digests, expected
from tests.support.fact_log import Sent, Story, interleaved, year
from tests.support.facts import Log, all_read, consuming, migrated, new_log
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[Pool]:
    await migrated(postgres_dsn)
    made = await open_pool(postgres_dsn, size=6)
    try:
        yield made
    finally:
        await made.close()


@pytest_asyncio.fixture
async def log(kafka: TestKafka) -> Log:
    return await new_log(kafka)


@pytest_asyncio.fixture
async def folding(log: Log, pool: Pool) -> AsyncIterator[Refolding]:
    scout = Scout(log.settings, f"{log.prefix}reporting", log.topics)
    try:
        yield Refolding(pool, log.settings, scout)
    finally:
        await scout.close()


def name(sent: Sent) -> bytes:
    return dict(sent.message.headers)["ce_id"]


def split(stories: list[Story], seed: int) -> tuple[list[Sent], list[Sent]]:
    """Return the traffic that came, and what was lost of it: never a stream's last, for that would leave no hole."""
    draw = random.Random(seed)
    lost = [one for story in stories for one in list(story.sealed())[:-1] if draw.random() < 1 / 4]
    gone = {name(one) for one in lost}
    return [one for one in interleaved(stories, seed) if name(one) not in gone], lost


async def missing(pool: Pool) -> list[tuple[Any, ...]]:
    rows = await pool.fetch("SELECT * FROM messaging.holes ORDER BY topic, stream_id, expected")
    return [tuple(row) for row in rows]


async def late(pool: Pool) -> set[UUID]:
    return {row[0] for row in await pool.fetch("SELECT stream_id FROM reporting.late_streams")}


async def facts(pool: Pool) -> Mapping[str, tuple[int, str]]:
    async with pool.acquire() as connection:
        return await digests(connection, await live_schema(connection))


async def test_what_was_lost_is_in_the_facts_once_it_is_published_again(
    postgres_dsn: str, log: Log, pool: Pool, folding: Refolding
) -> None:
    """Half of it, out of order and twice, and live facts are those of a rebuild; all of it, and nothing is missing."""
    stories = year(31, 60)
    came, lost = split(stories, 31)
    half = lost[::2]
    random.Random(1).shuffle(half)
    plan = Plan(postgres_dsn, log.settings, log.topics)
    async with consuming(log, pool):
        await log.send([*came, *half, *half])
        await all_read(log, pool)
        assert await late(pool) == {UUID(one.message.key.decode()) for one in half}
        async with read_facts(pool) as connection:
            ends = {
                (row[0], row[1]): row[2] for row in await connection.fetch("SELECT * FROM messaging.partition_position")
            }
            assert (await freshness(connection, datetime.now(UTC), ends)).lag == len(await late(pool))
        assert await folding.look() == len({one.message.key for one in half})
        assert (await late(pool), await folding.look()) == (set(), 0)
        assert sum(found - begin for _, _, begin, found, _ in await missing(pool)) == len(lost) - len(half)
    live, holes = await facts(pool), await missing(pool)
    await rebuild(plan)
    assert (await facts(pool), await missing(pool)) == (live, holes)

    async with consuming(log, pool):
        await log.send([one for story in stories for one in story.sealed()])
        await all_read(log, pool)
    assert await missing(pool) == []
    assert await late(pool) != set()
    await pool.execute(
        "INSERT INTO messaging.holes SELECT topic, stream_id, 1, 2 FROM messaging.stream_position LIMIT 1"
    )
    await rebuild(plan)  # what is missing is what the log misses, and it misses nothing
    assert (await late(pool), await missing(pool)) == (set(), [])
    async with read_facts(pool) as connection:
        assert await counted(connection) == expected(stories)


def longest(seed: int) -> Story:
    return max(year(seed, 20), key=lambda story: len(story.events))


async def test_what_comes_while_the_log_is_read_is_waited_for(
    log: Log, pool: Pool, folding: Refolding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later message of the stream takes effect between the reading and the replacing: nothing of it is lost."""
    story = longest(5)
    *before, last = story.sealed()
    truly = refolding.gather
    behind = True

    async def gather(*about: Any) -> Gathered:
        nonlocal behind
        found = await truly(*about)
        if behind:
            behind = False
            await log.send([last])
            await all_read(log, pool)
        return found

    monkeypatch.setattr(refolding, "gather", gather)
    async with consuming(log, pool):
        await log.send([before[0], *before[2:], before[1]])
        await all_read(log, pool)
        assert await folding.look() == 0
        assert await late(pool) == {story.stream}
        assert await folding.look() == 1
    async with read_facts(pool) as connection:
        assert await counted(connection) == expected([story])


async def test_a_log_that_lacks_what_took_effect_is_said_and_the_facts_stay(
    log: Log, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = io.StringIO()
    monkeypatch.setattr(logs._output, "stream", lines)
    story = longest(6)
    sent = list(story.sealed())
    now = 0.0
    scout = Scout(log.settings, f"{log.prefix}reporting", log.topics)
    folding = Refolding(pool, log.settings, scout, lambda: now)
    try:
        async with consuming(log, pool):
            await log.send([sent[0], *sent[2:], sent[1]])
            await all_read(log, pool)
        await pool.execute("UPDATE messaging.stream_position SET sequence = sequence + 1")
        before = await facts(pool)

        def refused() -> int:
            return sum(json.loads(line)["event"] == "facts_refold_refused" for line in lines.getvalue().splitlines())

        assert [await folding.look(), await folding.look(), refused()] == [0, 0, 1]
        assert (await late(pool), await facts(pool)) == ({story.stream}, before)
        now = 301.0
        assert [await folding.look(), refused()] == [0, 2]
        await pool.execute("UPDATE messaging.stream_position SET sequence = sequence - 1")
        now = 602.0
        assert await folding.look() == 1
    finally:
        await scout.close()
