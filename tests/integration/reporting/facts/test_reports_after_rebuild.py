"""The report itself, before and after a rebuild: the same to the byte, apart from its time stamp (G5)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import infra.sample
from services.reporting.adapters.ends import LogEnds
from services.reporting.facts.live import read_facts
from services.reporting.facts.rebuild import Plan, rebuild
from services.reporting.pages.routes import report_of
from services.reporting.reports.build import Asked, Kind, windows_with_facts
from shared.authority.settings import load_authorities
from shared.eventstore.database import Pool, open_pool
from tests.support.fact_log import interleaved, year
from tests.support.facts import Log, all_read, consuming, migrated, new_log
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
KINDS: tuple[Kind, ...] = ("triannual", "quality-board")


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
        await rebuild(Plan(postgres_dsn, log.settings, log.topics, processes=2))
        assert await reports(pool, log) == live
    finally:
        await pool.close()
