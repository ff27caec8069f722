"""Sections and questions of the tool: what the rows say, what every reader gets, and that nothing small can be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.reporting.facts.live import read_facts
from services.reporting.reports.build import Asked, build_for_publication, build_report
from services.reporting.reports.figures import Bullets, Count, Report, Share, Table, Words
from services.reporting.reports.printed_before import Before, Printed
from services.reporting.reports.tool_ledger import of_question
from services.reporting.reports.windows import Rhythm
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Pool, open_pool
from tests.integration.reporting.reports import made_up, truth_of_tools
from tests.integration.reporting.reports.conftest import World, drop_database, empty_database
from tests.integration.reporting.reports.made_up_answers import QUESTIONS
from tests.integration.reporting.reports.test_figures import WINDOWS, figures_of
from tests.integration.reporting.reports.truth import Truth
from tests.support.stack import Stack
from tests.unit.reporting.reports.attackers import solve_by_elimination

pytestmark = pytest.mark.stack


async def report_of(pool: Pool, settings: AuthoritySettings, key: str, *, for_qa_unit: bool) -> Report:
    async with read_facts(pool) as connection:
        asked = Asked("triannual", Rhythm.of().parse(key), for_qa_unit=for_qa_unit)
        return await build_report(connection, settings, asked)


def tables_of(report: Report) -> dict[str, Table]:
    return {block.id: block for section in report.sections for block in section.blocks if isinstance(block, Table)}


@pytest.mark.parametrize("key", WINDOWS)
async def test_every_count_is_what_the_rows_say(world: World, pool: Pool, key: str) -> None:
    window = Rhythm.of().parse(key)
    for settings, facts in ((world.large, world.facts), (world.small, world.few)):
        expected = truth_of_tools.counts(facts, Truth(facts, window.start, window.end))
        ledger = (await figures_of(pool, settings, window)).figures.ledger
        assert {name: ledger.value(name) for name in expected} == expected
        assert bool(expected) == (settings is world.large or key != "2025-02")


@pytest.mark.parametrize("key", WINDOWS)
async def test_no_reader_outside_the_unit_can_tell_a_small_number_of_a_question(
    world: World, pool: Pool, key: str
) -> None:
    """What is left of its tool's audits too: not applicable, not seen, left open."""
    for settings in (world.large, world.small):
        figures = (await figures_of(pool, settings, Rhythm.of().parse(key))).figures
        shown, relations = figures.ledger.known()
        kept_back = {one for one in shown if figures.kept_back(one)}
        outside = {name: value for name, value in shown.items() if name not in kept_back}
        solved = solve_by_elimination(outside, relations)
        small = {name for name, value in solved.items() if value in range(1, 6) and "tool_version" not in name}
        assert not [name for name in small if "question" in name or "section" in name]
        assert not [name for name, value in outside.items() if value in range(1, 6)]


@pytest.mark.parametrize("key", WINDOWS)
async def test_readers_outside_the_unit_get_a_question_whole_or_not_at_all(world: World, pool: Pool, key: str) -> None:
    for settings in (world.large, world.small):
        figures = (await figures_of(pool, settings, Rhythm.of().parse(key))).figures
        given = figures.given().counts
        for question in figures.breakdowns.questions:
            assert len({given[one] is None for one in of_question(question)}) == 1
        report = await report_of(pool, settings, key, for_qa_unit=False)
        rows = [row for id_, table in tables_of(report).items() if id_.endswith("-questions") for row in table.rows]
        for row in rows:
            answered, share = row.cells["answered"], row.cells["share"]
            assert isinstance(answered, Count)
            assert isinstance(share, Share)
            assert answered.value is not None
            assert share.percent is not None
        assert not any("every-question" in table for table in tables_of(report))


async def test_the_large_authority_shows_its_questions_weakest_first_compliance_apart(world: World, pool: Pool) -> None:
    report = await report_of(pool, world.large, "2026-06", for_qa_unit=False)
    tables = tables_of(report)
    quality, compliance = tables["quality-questions"], tables["compliance-questions"]
    for table, about in ((quality, False), (compliance, True)):
        ids = [row.key.partition("/")[2] for row in table.rows]
        assert ids
        assert {QUESTIONS[one][3] for one in ids} == {about}
        shares = [row.cells["share"] for row in table.rows]
        percents = [share.percent for share in shares if isinstance(share, Share)]
        assert percents == sorted(percents, key=lambda one: one or 0)
    weakest = quality.rows[0].label
    assert any(weakest in finding.text for finding in report.findings if finding.section == "questions")


async def test_the_unit_gets_every_question(world: World, pool: Pool) -> None:
    for settings in (world.large, world.small):
        report = await report_of(pool, settings, "2026-06", for_qa_unit=True)
        ids = [row.key.partition("/")[2] for row in tables_of(report)["every-question"].rows]
        asked = [id_ for id_, (_, _, scale, _, versions) in QUESTIONS.items() if scale != "number" and 2 in versions]
        assert ids == asked


async def test_a_new_version_of_the_tool_is_told_and_marked_at_its_questions(world: World, pool: Pool) -> None:
    """Version 2 was published when the facts begin, and came into use in October 2025."""
    report = await report_of(pool, world.large, "2025-10", for_qa_unit=True)
    [breaks] = [
        block
        for section in report.sections
        if section.id == "questions"
        for block in section.blocks
        if isinstance(block, Bullets)
    ]
    [said] = breaks.items
    assert "Case file audit, version 2, published on 3 October 2024" in said
    assert "asks \N{LEFT DOUBLE QUOTATION MARK}Was the plan reviewed in time?" in said
    assert "no longer asks \N{LEFT DOUBLE QUOTATION MARK}Was the plan reviewed?" in said
    asked = {row.key.partition("/")[2]: row.cells["asked"] for row in tables_of(report)["every-question"].rows}
    said_of = {id_: cell.text for id_, cell in asked.items() if cell.type == "words"}
    earlier = tables_of(await report_of(pool, world.large, "2025-06", for_qa_unit=True))["every-question"]
    assert [row.cells["asked"] for row in earlier.rows if row.key.endswith("/plan-reviewed")] == [
        Words(text="until version 1")
    ]
    assert said_of["plan-reviewed-in-time"] == "from version 2"
    assert said_of["father-included"] == "every version"


async def test_a_successor_knows_a_section_and_a_question_that_are_gone(stack: Stack) -> None:
    settings = made_up.settings()
    facts = made_up.make(settings, audits=300, first=date(2026, 6, 1), last=date(2026, 9, 30))
    graded, answered = "section graded at section case-file/planning", of_question("case-file/plan-progress")[0]
    first = await printed_of(stack, settings, facts, Before())
    assert (first.counts[graded] or 0) > 100
    assert (first.counts[answered] or 0) > 100
    gone = replace(
        facts,
        section_results=[row for row in facts.section_results if row["section"] != "planning"],
        answers=[
            {**row, "coded": {id_: value for id_, value in row["coded"].items() if id_ != "plan-progress"}}
            for row in facts.answers
        ],
    )
    again = await printed_of(stack, settings, gone, Before({"2026-06": (first,)}, {"2026-06": first}))
    assert again.counts[graded] == again.counts[answered] == 0, "a missing row would say 0 as well"


async def printed_of(stack: Stack, settings: AuthoritySettings, facts: made_up.Facts, before: Before) -> Printed:
    """Give what readers outside the unit are given of June to September 2026."""
    dsn = await empty_database(stack)
    await made_up.prepare(dsn)
    await made_up.insert(dsn, facts)
    pool = await open_pool(dsn, size=2)
    try:
        async with read_facts(pool) as connection:
            made = await build_for_publication(connection, settings, Rhythm.of().parse("2026-06"), before)
    finally:
        await pool.close()
        await drop_database(stack, dsn)
    return made.given["2026-06"]
