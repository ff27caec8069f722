"""The Corporate Parenting Board's page: for whom it is, what it says where nothing can be shown, and in which words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from services.reporting.facts.live import read_facts
from services.reporting.pages import wording
from services.reporting.reports.build import Asked, build_report
from services.reporting.reports.figures import Report
from services.reporting.reports.windows import Rhythm
from shared.eventstore.database import Pool, open_pool
from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.conftest import Reader, World, drop_database, empty_database
from tests.support.stack import Stack

pytestmark = pytest.mark.stack

PATH = "/boards/corporate-parenting"
WINDOW = "2026-06"
OF_THE_TRADE = ("suppressed", "denominator", "cohort", "gwet", "ac2", "xmr", "signal", "distribution", "triangulat")
EASY = 60
"""Flesch's reading ease (J. Applied Psychology 32, 1948, 221-233): 60 and above is plain English."""


async def built(pool: Pool, world: World, *, small: bool = False) -> Report:
    settings = world.small if small else world.large
    async with read_facts(pool) as connection:
        return await build_report(connection, settings, Asked("corporate-parenting", Rhythm.of().parse(WINDOW)))


async def test_elected_members_read_what_was_published_and_team_managers_do_not(
    reader: Callable[[str, str], Reader],
) -> None:
    for role in ("board-member", "director", "assistant-director", "principal-social-worker", "analyst"):
        answer = await reader(role, "westshire").page(PATH, window=WINDOW)
        assert answer.status_code == 200, role
        assert "Published on" in answer.text
    assert (await reader("team-manager", "westshire").page(PATH, window=WINDOW)).status_code == 403
    assert (
        "Corporate Parenting Board, June to September 2026"
        in (await reader("board-member", "westshire").page("/")).text
    )


async def test_it_has_no_district_no_team_and_no_grade_before_moderation(pool: Pool, world: World) -> None:
    report = await built(pool, world)
    said = report.model_dump_json()
    for area in world.large.areas:
        assert f'"{area.name}"' not in said
        for district in area.districts:
            assert district.name not in said
    assert "District" not in said


async def test_words_are_plain(pool: Pool, world: World) -> None:
    for small in (False, True):
        report = await built(pool, world, small=small)
        sentences = [one for text in texts(report) for one in re.split(r"(?<=[.!?]) ", text) if one.endswith(".")]
        assert len(sentences) > 15
        assert flesch(sentences) >= EASY
        assert [one for one in sentences if len(words(one)) > 25] == []
        text = " ".join(sentences).lower()
        assert [one for one in OF_THE_TRADE if one in text] == []
        assert "this check is called moderation" in text
        assert "this is called an audit escalation" in text


def texts(report: Report) -> Iterator[str]:
    yield from (finding.text for finding in report.findings)
    yield from report.notes
    for section in report.sections:
        for block in section.blocks:
            if block.type == "text":
                yield block.text
            elif block.type == "table":
                yield block.note


def words(sentence: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z'-]*", sentence)


def syllables(word: str) -> int:
    """Count runs of vowels; a silent e at the end is none, unless after an l (table)."""
    found = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(
        1, found - (word.lower().endswith(("e", "es", "ed")) and not word.lower().endswith(("le", "ted", "ded")))
    )


def flesch(sentences: list[str]) -> float:
    every = [word for sentence in sentences for word in words(sentence)]
    return 206.835 - 1.015 * len(every) / len(sentences) - 84.6 * sum(map(syllables, every)) / len(every)


async def test_the_reading_ease_is_flesch_s() -> None:
    """Two sentences counted by hand: 12 words, 15 syllables; hard ones rank far below."""
    assert flesch(["The cat sat on the mat.", "The little table was very old."]) == pytest.approx(
        206.835 - 1.015 * 6 - 84.6 * 15 / 12
    )
    assert flesch(["Organisational consistency necessitates interdisciplinary triangulation."]) < 0


async def test_where_nothing_can_be_shown_the_page_says_so(pool: Pool, world: World) -> None:
    report = await built(pool, world, small=True)
    assert not report.empty
    numbers = [wording.cell(cell) for cell in cells(report)]
    assert numbers
    assert all(
        number in {"c", "n under 10", "none", "0"} or int(number.rstrip("%").replace(",", "")) > 5 for number in numbers
    )
    assert any(text.endswith("would let a small one be worked out.") for text in texts(report))


def cells(report: Report) -> Iterator[Any]:
    for section in report.sections:
        for block in section.blocks:
            if block.type == "table":
                yield from (cell for row in block.rows for cell in row.cells.values())


async def test_a_window_without_these_children_says_so_by_a_true_0(stack: Stack) -> None:
    settings = made_up.settings()
    facts = made_up.make(settings, audits=200, first=date(2026, 6, 1), last=date(2026, 9, 30))
    for row in facts.audits:
        row["child_status"] = "in-need"
    dsn = await empty_database(stack)
    try:
        await made_up.prepare(dsn)
        await made_up.insert(dsn, facts)
        report = await alone(dsn, settings)
    finally:
        await drop_database(stack, dsn)
    headings = [section.heading for section in report.sections]
    assert "No audit looked at children in care and care leavers" in headings
    assert "No concern was raised about children in care and care leavers" in headings
    assert "These audits asked for nothing to be done" in headings
    assert report.findings == ()


async def alone(dsn: str, settings: Any) -> Report:

    pool = await open_pool(dsn, size=1)
    try:
        async with read_facts(pool) as connection:
            return await build_report(connection, settings, Asked("corporate-parenting", Rhythm.of().parse(WINDOW)))
    finally:
        await pool.close()
