"""The report itself, before and after a rebuild: the same to the byte, apart from its time stamp (G5)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

import infra.sample
from services.reporting.adapters.ends import LogEnds
from services.reporting.facts.live import Freshness, read_facts
from services.reporting.facts.rebuild import Plan, rebuild
from services.reporting.pages.routes import report_of
from services.reporting.publications import storing
from services.reporting.reports.build import Asked, Kind, build_report, windows_with_facts
from shared.authority.settings import load_authorities
from shared.eventstore.database import Pool, borrow, open_pool
from tests.support.fact_log import interleaved, year
from tests.support.facts import Log, all_read, consuming, migrated, new_log
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
PUBLICATIONS = "select * from reporting.publications order by kind"
KINDS: tuple[Kind, ...] = ("triannual", "quality-board", "corporate-parenting")


async def reports(pool: Pool, log: Log) -> dict[tuple[str, str], tuple[str, bytes]]:
    """Give every report of every window, as page and as JSON."""
    settings = load_authorities(Path(infra.sample.__file__).parent / "authorities").get("northmoor")
    ends = LogEnds(log.settings, f"{log.prefix}looker", log.topics)
    try:
        await ends.look()
        known = ends.known(datetime.now(UTC))
    finally:
        await ends.close()
    found: dict[tuple[str, str], tuple[str, bytes]] = {}
    async with read_facts(pool) as connection:
        for window in await windows_with_facts(connection, settings):
            for kind in KINDS:
                asked = Asked(kind, window, for_qa_unit=True)
                found[kind, window.key] = await report_of(connection, settings, asked, NOW, known)
    return found


async def published(pool: Pool) -> list[asyncpg.Record]:
    """Publish a window, and give what is kept of it."""
    settings = load_authorities(Path(infra.sample.__file__).parent / "authorities").get("northmoor")
    async with read_facts(pool) as connection:
        window = (await windows_with_facts(connection, settings))[-1]
        made = [await build_report(connection, settings, Asked(kind, window)) for kind in KINDS]
    fresh = Freshness(NOW, NOW, {("audit.events", 0): 1}, 0)
    command = storing.Command(UUID(int=1), "qa-manager", NOW, "key", b"request")
    async with borrow(pool) as connection:
        await storing.prepare(connection, made, fresh)
        assert await storing.publish(connection, settings.key, "triannual", window.key, command)
    kept = await pool.fetch(PUBLICATIONS)
    assert len(kept) == len(KINDS)
    return kept


async def test_every_report_is_the_same_to_the_byte(postgres_dsn: str, kafka: TestKafka) -> None:
    """Pages and files of all windows, made at the same moment, over live facts and over rebuilt ones."""
    await migrated(postgres_dsn)
    log = await new_log(kafka)
    await log.send(interleaved(year(61, 200), 1))
    pool = await open_pool(postgres_dsn, size=4)
    try:
        async with consuming(log, pool):
            await all_read(log, pool)
        live = await reports(pool, log)
        assert len(live) >= 4
        kept = await published(pool)
        await rebuild(Plan(postgres_dsn, log.settings, log.topics, processes=2))
        assert await reports(pool, log) == live
        assert await pool.fetch(PUBLICATIONS) == kept
    finally:
        await pool.close()
