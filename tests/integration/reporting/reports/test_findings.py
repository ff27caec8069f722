"""Findings in words: claimed only beyond chance, never a hidden number, each with its evidence on the page."""

from __future__ import annotations

import re
from datetime import date

import pytest

from services.reporting.facts.live import read_facts
from services.reporting.reports.build import Asked, build_report, rhythm_of
from services.reporting.reports.figures import Report
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Pool, open_pool
from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.conftest import World, drop_database, empty_database
from tests.support.stack import Stack

pytestmark = pytest.mark.stack


async def report_of(pool: Pool, settings: AuthoritySettings, window: str) -> Report:
    async with read_facts(pool) as connection:
        return await build_report(connection, settings, Asked("triannual", rhythm_of(settings).parse(window)))


async def test_every_finding_leads_to_a_section_of_the_report(world: World, pool: Pool) -> None:
    for settings in (world.large, world.small):
        for kind in ("triannual", "quality-board", "corporate-parenting"):
            async with read_facts(pool) as connection:
                asked = Asked(kind, rhythm_of(settings).parse("2026-06"))
                report = await build_report(connection, settings, asked)
            assert {finding.section for finding in report.findings} <= {section.id for section in report.sections}
            assert len(report.findings) <= 7


async def test_a_few_audits_give_no_finding_on_practice(world: World, pool: Pool) -> None:
    report = await report_of(pool, world.small, "2026-06")
    assert {finding.section for finding in report.findings} <= {"coverage"}


async def test_a_rise_is_claimed_only_where_chance_would_not_explain_it(stack: Stack) -> None:
    settings = made_up.settings()
    for share_now, claimed in ((90, True), (52, False)):
        dsn = await empty_database(stack)
        await made_up.prepare(dsn)
        await made_up.insert(
            dsn, graded(settings, date(2026, 3, 10), 50), graded(settings, date(2026, 7, 10), share_now)
        )
        pool = await open_pool(dsn, size=2)
        try:
            report = await report_of(pool, settings, "2026-06")
        finally:
            await pool.close()
            await drop_database(stack, dsn)
        first = report.findings[0].text
        assert ("rose from 50% of 100 graded audits" in first) is claimed
        assert ("no more than chance would explain" in first) is not claimed
        assert bool(re.search("rose", report.sections[0].heading)) is claimed


def graded(settings: AuthoritySettings, day: date, good: int) -> made_up.Facts:
    """A hundred completed audits of one day, so many of them good."""
    facts = made_up.make(settings, audits=150, first=day, last=day, seed=day.month)
    whole = [
        row
        for row in facts.audits
        if row["state"] == "completed" and row["known_until"] == made_up.FOREVER and row["in_practice_figures"]
    ][:100]
    assert len(whole) == 100
    for number, row in enumerate(whole):
        row["grade"] = "good" if number < good else "requires-improvement"
    return made_up.Facts(audits=whole, log_positions=facts.log_positions)
