"""A rebuild with several processes, when one of them cannot do its share."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from services.reporting.facts.live import live_schema
from services.reporting.facts.parallel import LoadFailed
from services.reporting.facts.rebuild import Plan, rebuild
from shared.eventstore.database import open_pool
from tests.support.fact_count import digests
from tests.support.fact_log import interleaved, year
from tests.support.facts import all_read, consuming, migrated, new_log
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


async def test_a_process_that_dies_ends_the_rebuild_with_a_sentence(
    postgres_dsn: str, kafka: TestKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is switched, nothing half made is left, and the live facts are as they were."""
    await migrated(postgres_dsn)
    log = await new_log(kafka)
    await log.send(interleaved(year(51, 40), 1))
    pool = await open_pool(postgres_dsn, size=4)
    start = asyncio.create_subprocess_exec

    async def start_another(program: str, *_arguments: str, **options: Any) -> Any:
        assert program == sys.executable
        return await start(program, "-c", "import sys; sys.exit('it has no memory left')", **options)

    try:
        async with consuming(log, pool):
            await all_read(log, pool)
        async with pool.acquire() as connection:
            before = await live_schema(connection)
        facts = await digests(pool, before)
        monkeypatch.setattr(asyncio, "create_subprocess_exec", start_another)
        with pytest.raises(LoadFailed, match="it has no memory left"):
            await rebuild(Plan(postgres_dsn, log.settings, log.topics, processes=2))
        builds = await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'facts%'")
        assert [row[0] for row in builds] == [before]
        assert await digests(pool, before) == facts
    finally:
        await pool.close()
