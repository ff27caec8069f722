"""Facts as the live consumer leaves them, counted independently, and as a rebuild makes them again (G5)."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.reporting.facts.live import live_schema, read_facts
from services.reporting.facts.rebuild import Plan, rebuild
from shared.eventstore.database import open_pool
from tests.support.fact_count import counted, digests, expected
from tests.support.fact_log import Sent, Story, interleaved, year
from tests.support.facts import all_read, consuming, migrated, new_log
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


def spoilt(sent: Sent, how: str) -> Sent:
    """Spoil a message in one of the ways a message can be bad."""
    message = sent.message
    if how == "no json":
        return sent._replace(message=message._replace(value=b"{not json"))
    if how == "of another shape":
        return sent._replace(message=message._replace(value=b'{"audit_id": 7}'))
    if how == "header missing":
        return sent._replace(message=message._replace(headers=[h for h in message.headers if h[0] != "ce_sequence"]))
    if how == "header not text":
        headers = [(name, b"\xff\xfe" if name == "ce_authority" else value) for name, value in message.headers]
        return sent._replace(message=message._replace(headers=headers))
    if how == "another version":
        headers = [
            (name, value.replace(b".v1", b".v9") if name == "ce_type" else value) for name, value in message.headers
        ]
        return sent._replace(message=message._replace(headers=headers))
    assert how == "of another stream"
    subject = dict(message.headers)["ce_subject"]
    return sent._replace(message=message._replace(value=message.value.replace(subject, b"0" * 8 + subject[8:])))


WAYS = ("no json", "of another shape", "header missing", "header not text", "another version", "of another stream")


def subject_of(sent: Sent) -> UUID:
    return UUID(sent.message.key.decode())


def messy(stories: list[Story], seed: int) -> tuple[list[Sent], dict[UUID, int]]:
    """Return traffic with duplicates, redeliveries out of order and bad messages, and where spoilt streams end."""
    sent = interleaved(stories, seed)
    cut: dict[UUID, int] = {}
    ways = iter(WAYS * 3)
    wanted = {subject_of(one) for one in sent[200:1200:57]}
    seen: dict[UUID, int] = {}
    out: list[Sent] = []
    for place, one in enumerate(sent):
        stream = subject_of(one)
        seen[stream] = seen.get(stream, 0) + 1
        if stream in wanted and stream not in cut and seen[stream] == 2:
            way = next(ways, None)
            if way is not None:
                cut[stream] = 1
                out.append(spoilt(one, way))
                continue
        out.append(one)
        if place % 7 == 3:
            out.append(one)
        if place % 50 == 49:
            out.extend(earlier for earlier in sent[place - 40 : place - 30] if subject_of(earlier) not in cut)
    return out, cut


async def test_live_facts_are_what_the_stories_say(postgres_dsn: str, kafka: TestKafka) -> None:
    """A year's traffic, folded live in many batches, gives the figures that counting by dictionary gives."""
    stories = year(11, 300)
    await migrated(postgres_dsn)
    log = await new_log(kafka)
    await log.send(interleaved(stories, 3))
    pool = await open_pool(postgres_dsn, size=6)
    try:
        async with consuming(log, pool):
            await all_read(log, pool)
        async with read_facts(pool) as connection:
            assert await counted(connection) == expected(stories)
    finally:
        await pool.close()


@pytest.mark.parametrize("processes", [1, 2])
async def test_a_rebuild_gives_the_same_rows(postgres_dsn: str, kafka: TestKafka, processes: int) -> None:
    """Every row, with its recorded times, is the same after a rebuild: over a log with everything that goes wrong."""
    stories = year(5, 300)
    traffic, cut = messy(stories, 5)
    await migrated(postgres_dsn)
    log = await new_log(kafka)
    await log.send(traffic)
    pool = await open_pool(postgres_dsn, size=6)
    try:
        async with consuming(log, pool):
            await all_read(log, pool)
        async with pool.acquire() as connection:
            before = await live_schema(connection)
            live = await digests(connection, before)
            parked = await parked_rows(connection)
        async with read_facts(pool) as reader:
            assert await counted(reader) == expected(stories, cut)

        await rebuild(Plan(postgres_dsn, log.settings, log.topics, processes))

        async with pool.acquire() as connection:
            after = await live_schema(connection)
            assert after != before
            assert await digests(connection, after) == live
            assert await parked_rows(connection) == parked
            schemas = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'facts%'")
            assert [row[0] for row in schemas] == [after]
    finally:
        await pool.close()


async def parked_rows(connection: object) -> list[tuple[object, ...]]:
    rows = await connection.fetch(  # type: ignore[attr-defined] # any asyncpg connection
        "SELECT fingerprint, state, reason, error, stream_id, sequence FROM messaging.parked ORDER BY fingerprint"
    )
    assert rows, "the log is meant to hold parked messages"
    return [tuple(row) for row in rows]
