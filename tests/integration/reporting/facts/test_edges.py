"""Around the facts: their tables, who reads them meanwhile, how fresh they are, and when a rebuild says no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from services.reporting.adapters.decisions import DECISIONS, Decisions, actor_of
from services.reporting.adapters.ends import LogEnds
from services.reporting.facts.live import (
    FactsOfEarlierVersion,
    FactsOfLaterVersion,
    ensure_live,
    freshness,
    live_schema,
    read_facts,
)
from services.reporting.facts.rebuild import _REBUILD_LOCK, Plan, RebuildNotNeeded, RebuildRefused, rebuild
from services.reporting.facts.rows import FIXED, VERSIONED
from services.reporting.main import MIGRATIONS
from shared.contracts.envelope import decode
from shared.contracts.registry import parse
from shared.contracts.reporting import ParkedMessageDiscardedV1
from shared.eventstore.database import Pool, open_pool
from shared.eventstore.migrations import migrate
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging import parked
from shared.messaging.topics import TopicSettings
from shared.outbox.headers import read as read_headers
from tests.support.fact_count import digests
from tests.support.fact_log import interleaved, year
from tests.support.facts import Log, all_read, consuming, migrated, new_log, until
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)


@pytest_asyncio.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[Pool]:
    await migrated(postgres_dsn)
    made = await open_pool(postgres_dsn, size=6)
    try:
        yield made
    finally:
        await made.close()


async def filled(log: Log, pool: Pool, audits: int = 30) -> None:
    await log.send(interleaved(year(41, audits), 1))
    async with consuming(log, pool):
        await all_read(log, pool)


async def live_of(pool: Pool) -> str:
    async with pool.acquire() as connection:
        return await live_schema(connection)


async def test_rows_have_the_columns_of_their_tables(pool: Pool) -> None:
    """COPY goes by place: a row's fields are the table's columns, in order."""
    schema = await live_of(pool)
    for table in (*VERSIONED, *FIXED):
        rows = await pool.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2"
            " ORDER BY ordinal_position",
            schema,
            table.name,
        )
        assert tuple(row[0] for row in rows) == table.columns, table.name


async def test_services_that_start_together_make_one_build(postgres_dsn: str) -> None:
    """Of several processes on an empty database one makes the tables, and all use them."""
    await migrate(postgres_dsn, MIGRATIONS)
    connections = [await asyncpg.connect(postgres_dsn) for _ in range(4)]
    try:
        found = await asyncio.gather(*(ensure_live(connection) for connection in connections))
        assert len(set(found)) == 1
        await connections[0].execute("UPDATE reporting.live SET shape = 'of old'")
        with pytest.raises(FactsOfEarlierVersion, match="sightline rebuild"):
            await ensure_live(connections[0])
    finally:
        for connection in connections:
            await connection.close()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ("version = version - 1", FactsOfEarlierVersion),
        ("version = 0", FactsOfEarlierVersion),
        ("shape = 'of old'", FactsOfEarlierVersion),
        ("version = version + 1", FactsOfLaterVersion),
    ],
)
async def test_facts_of_another_version_are_neither_read_nor_folded_into(
    pool: Pool, postgres_dsn: str, kafka: TestKafka, change: str, refusal: type[Exception]
) -> None:
    """No report from them, and no message parked for their sake: the consumer waits, and goes on after a rebuild."""
    log = await new_log(kafka)
    await filled(log, pool)
    await pool.execute(f"UPDATE reporting.live SET {change}")
    with pytest.raises(refusal):
        async with read_facts(pool):
            raise AssertionError("facts of another version were given to read")
    later = interleaved(year(42, 20), 1)
    await log.send(later)
    async with consuming(log, pool) as consumer:

        async def paused() -> bool:
            return consumer.health().paused_reason == f"infrastructure:{refusal.__name__}"

        await until("the consumer pauses", paused)
        assert await pool.fetchval("SELECT count(*) FROM messaging.parked") == 0
        await rebuild(Plan(postgres_dsn, log.settings, log.topics))
        await all_read(log, pool)
    facts = await digests(pool, await live_of(pool))
    await rebuild(Plan(postgres_dsn, log.settings, log.topics))
    assert await digests(pool, await live_of(pool)) == facts


async def test_only_facts_of_an_earlier_version_are_rebuilt_where_that_is_asked(
    pool: Pool, postgres_dsn: str, kafka: TestKafka
) -> None:
    """Whoever comes second finds them rebuilt, and two versions side by side do not rebuild each other's for ever."""
    log = await new_log(kafka)
    await filled(log, pool, 5)
    asked = Plan(postgres_dsn, log.settings, log.topics, earlier_only=True)
    before = await live_of(pool)
    with pytest.raises(RebuildNotNeeded):
        await rebuild(asked)
    await pool.execute("UPDATE reporting.live SET version = version + 1")
    with pytest.raises(RebuildNotNeeded, match="later version"):
        await rebuild(asked)
    assert await pool.fetchval("SELECT schema_name FROM reporting.live") == before
    await pool.execute("UPDATE reporting.live SET version = 1")
    await rebuild(asked)
    assert await live_of(pool) != before


async def test_a_reader_sees_the_same_facts_through_a_switch(pool: Pool, postgres_dsn: str, kafka: TestKafka) -> None:
    """A long report goes on over the old build, which is dropped only after it."""
    log = await new_log(kafka)
    await filled(log, pool)
    before = await live_of(pool)
    async with read_facts(pool) as reader:
        first = await reader.fetchval("SELECT count(*) FROM audits")
        await rebuild(Plan(postgres_dsn, log.settings, log.topics))
        assert await live_of(pool) != before
        assert await reader.fetchval("SELECT count(*) FROM audits") == first
        assert await reader.fetchval("SELECT count(*) FROM theme_mentions") > 0
    await rebuild(Plan(postgres_dsn, log.settings, log.topics))
    builds = await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'facts%'")
    assert [row[0] for row in builds] == [await live_of(pool)]


async def test_a_report_says_how_fresh_it_is(pool: Pool, kafka: TestKafka) -> None:
    """Caught up, it is true for now; behind, for the newest record it holds; with the log unseen, nothing is claimed."""
    log = await new_log(kafka)
    stories = year(41, 30)
    await filled(log, pool)
    newest = max(event.recorded_at for story in stories for event in story.events)
    ends = LogEnds(log.settings, f"{log.prefix}looker", log.topics)
    try:
        assert await ends.look() == 8
        known = ends.known(datetime.now(UTC))
        async with read_facts(pool) as reader:
            caught_up = await freshness(reader, NOW, known)
            assert (caught_up.moment, caught_up.lag, caught_up.behind) == (NOW, 0, False)
            assert known is not None
            assert dict(caught_up.positions) == {key: end for key, end in known.items() if end}
        await log.send(interleaved(year(42, 5), 1))
        await ends.look()
        async with read_facts(pool) as reader:
            behind = await freshness(reader, NOW, ends.known(datetime.now(UTC)))
            unknown = await freshness(reader, NOW)
        sent = sum(len(story.events) for story in year(42, 5))
        assert (behind.moment, behind.lag, behind.behind) == (newest, sent, True)
        assert (unknown.moment, unknown.lag, unknown.behind) == (newest, None, True)
        assert ends.known(NOW.replace(year=2030)) is None
    finally:
        await ends.close()


async def test_a_discard_is_an_event_of_reportings_own(pool: Pool, kafka: TestKafka) -> None:
    """Discarding a parked message appends one decision, ready to be published, in the discard's transaction."""
    log = await new_log(kafka)
    first = interleaved(year(43, 3), 1)[0]
    await log.send([first._replace(message=first.message._replace(value=b"{"))])
    decisions = Decisions(PostgresEventStore(pool), TopicSettings(prefix=log.prefix))
    async with consuming(log, pool, on_discard=decisions.on_discard):
        await all_read(log, pool)
        async with pool.acquire() as connection:
            [message] = await parked.list_parked(connection)
            outcome = await parked.discard(connection, message.id, reason="sent-by-mistake", by="operator", wait=30)
        assert outcome.done, outcome
    [stored] = [event async for event in PostgresEventStore(pool).read_all()]
    assert (stored.category, stored.authority) == (DECISIONS.category, "northmoor")
    assert orjson.loads(stored.data)["fingerprint"] == message.fingerprint.hex()
    row: Any = await pool.fetchrow("SELECT * FROM outbox.messages")
    assert row["topic"] == "reporting.events"
    published = _published(row)
    assert isinstance(published, ParkedMessageDiscardedV1)
    assert (published.message_topic, published.reason) == (first.topic, "sent-by-mistake")
    assert published.discarded_by == actor_of("operator")


def _published(row: Any) -> Any:
    headers = row["headers"] if isinstance(row["headers"], str) else orjson.dumps(row["headers"]).decode()
    return parse(decode(read_headers(headers), row["value"]))


async def refused(pool: Pool, plan: Plan, sentence: str) -> None:
    """Expect a rebuild to say no with a sentence, and everything to be as before."""
    before = await live_of(pool)
    facts = await digests(pool, before)
    with pytest.raises(RebuildRefused, match=sentence):
        await rebuild(plan)
    assert await live_of(pool) == before
    assert await digests(pool, before) == facts
    builds = await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'facts%'")
    assert [row[0] for row in builds] == [before]


async def test_a_rebuild_that_would_lose_something_says_no(pool: Pool, postgres_dsn: str, kafka: TestKafka) -> None:
    """A log that ends earlier, or knows less of a stream, than the live facts is refused unless the loss is meant."""
    log = await new_log(kafka)
    await filled(log, pool)
    plan = Plan(postgres_dsn, log.settings, log.topics)

    await refused(pool, Plan(postgres_dsn, log.settings, [*log.topics, f"{log.prefix}nowhere"]), "There is no topic")

    async with pool.acquire() as holder:
        await holder.fetchval("SELECT pg_advisory_lock($1)", _REBUILD_LOCK)
        await refused(pool, plan, "running already")
        await holder.fetchval("SELECT pg_advisory_unlock($1)", _REBUILD_LOCK)

    stream = await pool.fetchrow("SELECT * FROM messaging.stream_position ORDER BY stream_id LIMIT 1")
    assert stream is not None
    moved = "UPDATE messaging.stream_position SET sequence = $2 WHERE stream_id = $1"
    await pool.execute(moved, stream["stream_id"], stream["sequence"] + 1)
    await refused(pool, plan, "1 streams reach further")
    await pool.execute(moved, stream["stream_id"], stream["sequence"])

    further = "UPDATE messaging.partition_position SET next_offset = next_offset + 1 WHERE topic = $1"
    await pool.execute(further, log.topics[0])
    await refused(pool, plan, "ends before what the live facts have read")
    facts = await digests(pool, await live_of(pool))
    await rebuild(Plan(postgres_dsn, log.settings, log.topics, accept_shorter=True))
    assert await digests(pool, await live_of(pool)) == facts
    await rebuild(plan)
    assert await digests(pool, await live_of(pool)) == facts
