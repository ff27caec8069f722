"""A window against the one before and the same a year ago: as their own reports show them, in every rhythm."""

from __future__ import annotations

from datetime import date

import pytest

from services.reporting.facts.live import read_facts
from services.reporting.reports.build import Asked, build_report, rhythm_of
from services.reporting.reports.counts import Counter
from services.reporting.reports.figures import Count, Report, Share, Table
from services.reporting.reports.names import units_of
from services.reporting.reports.window_figures import Headlines, gather
from services.reporting.reports.windows import Rhythm
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Pool, open_pool
from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.conftest import World, drop_database, empty_database
from tests.integration.reporting.reports.test_figures import figures_of
from tests.integration.reporting.reports.test_findings import graded
from tests.integration.reporting.reports.truth import Truth
from tests.support.stack import Stack

pytestmark = pytest.mark.stack

COUNTS = ("completed", "graded", "good", "inadequate", "on_time", "moderated", "child_feedback")


async def report_of(pool: Pool, settings: AuthoritySettings, key: str) -> Report:
    async with read_facts(pool) as connection:
        return await build_report(connection, settings, Asked("triannual", rhythm_of(settings).parse(key)))


def compared(report: Report) -> Table:
    [found] = [
        block
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Table) and block.id == "compared"
    ]
    return found


async def test_each_side_is_what_its_rows_say_and_what_its_own_report_shows(world: World, pool: Pool) -> None:
    for settings, facts in ((world.large, world.facts), (world.small, world.few)):
        table = compared(await report_of(pool, settings, "2026-06"))
        for side, key in (("now", "2026-06"), ("before", "2026-02"), ("year_ago", "2025-06")):
            window = Rhythm.of().parse(key)
            truth = Truth(facts, window.start, window.end).counts()
            own = (await figures_of(pool, settings, window)).figures
            for row in table.rows:
                cell = row.cells[side]
                count = cell.part if isinstance(cell, Share) else cell
                assert isinstance(count, Count)
                assert count == own.count(row.key)
                if row.key in COUNTS:
                    assert count.value in {None, truth[row.key]}


async def test_without_an_audit_a_year_ago_words_say_so(world: World, pool: Pool) -> None:
    report = await report_of(pool, world.large, "2024-10")
    said = report.model_dump_json()
    assert "No audit was completed a year ago (October 2023 to January 2024)" in said
    row = compared(report).rows[2]
    assert row.cells["change"].type == "words"
    assert row.cells["change"].text == "nothing to compare"


@pytest.mark.parametrize(("months", "sides"), [(1, 4), (3, 4), (12, 3)])
async def test_a_year_ago_is_there_in_every_rhythm_and_kept_as_given(
    world: World, pool: Pool, months: int, sides: int
) -> None:
    """Of yearly windows the one before is the one a year ago; of monthly ones it lies before the trend."""
    window = Rhythm.of(1, months).parse("2026-01")
    async with read_facts(pool) as connection:
        gathered = await gather(Counter(connection, world.large.key), window, units_of(world.large), 6)
        assert gathered is not None
        settings = world.large.model_copy(
            update={
                "reporting": world.large.reporting.model_copy(update={"window_start_month": 1, "window_months": months})
            }
        )
        report = await build_report(connection, settings, Asked("triannual", window))
    assert gathered.year_ago.window.key == "2025-01"
    assert [one.window.key for one in gathered.all_printed].count("2025-01") == 1
    truth = Truth(world.facts, date(2025, 1, 1), gathered.year_ago.window.end).counts()
    assert gathered.year_ago.ledger.value("completed") == truth["completed"]
    assert len(compared(report).columns) == sides
    assert isinstance(gathered.year_ago, Headlines)


async def test_a_rise_over_the_year_is_a_finding_only_beyond_chance(stack: Stack) -> None:
    settings = made_up.settings()
    for now, claimed in ((90, True), (52, False)):
        dsn = await empty_database(stack)
        await made_up.prepare(dsn)
        await made_up.insert(dsn, graded(settings, date(2025, 7, 10), 50), graded(settings, date(2026, 8, 10), now))
        pool = await open_pool(dsn, size=2)
        try:
            report = await report_of(pool, settings, "2026-06")
        finally:
            await pool.close()
            await drop_database(stack, dsn)
        found = [finding.text for finding in report.findings if finding.section == "compared"]
        said = "Against a year ago, good or better rose from 50% of 100 to 90% of 100: more than chance"
        assert bool(found) is claimed
        assert all(text.startswith(said) for text in found)
