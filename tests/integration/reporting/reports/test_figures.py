"""The figures of a window are what counting its rows by hand gives, and what is printed gives no hidden one away."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.reporting.facts.live import read_facts
from services.reporting.reports.build import Asked, build_report
from services.reporting.reports.counts import Counter
from services.reporting.reports.names import units_of
from services.reporting.reports.window_figures import Gathered, gather
from services.reporting.reports.windows import Rhythm, Window
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Pool
from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.conftest import World, drop_database, empty_database
from tests.integration.reporting.reports.made_up_beside import LABELS
from tests.integration.reporting.reports.truth import Truth
from tests.support.stack import Stack
from tests.unit.reporting.reports.attackers import solve_by_elimination

pytestmark = pytest.mark.stack

WINDOWS = ["2025-02", "2025-10", "2026-06"]


async def figures_of(pool: Pool, settings: AuthoritySettings, window: Window) -> Gathered:
    async with read_facts(pool) as connection:
        gathered = await gather(Counter(connection, settings.key), window, units_of(settings), 6)
    assert gathered is not None
    return gathered


@pytest.mark.parametrize("key", WINDOWS)
async def test_every_count_is_what_the_rows_say(world: World, pool: Pool, key: str) -> None:
    window = Rhythm.of().parse(key)
    for settings, facts in ((world.large, world.facts), (world.small, world.few)):
        gathered = await figures_of(pool, settings, window)
        expected = Truth(facts, window.start, window.end).counts()
        counted = {name: gathered.figures.ledger.value(name) for name in expected}
        assert counted == expected


async def test_the_gap_and_its_n_are_what_the_rows_say(world: World, pool: Pool) -> None:
    window = Rhythm.of().parse("2026-06")
    pairs = Truth(world.facts, window.start, window.end).pairs(pool=True)
    order = {grade: rank for rank, grade in enumerate(made_up.GRADES)}
    gap = (await figures_of(pool, world.large, window)).figures.gap()
    assert gap.of.value in {None, len(pairs)}
    assert gap.value == round(sum(order[seen] - order[given] for given, seen in pairs) / len(pairs), 2)


@pytest.mark.parametrize("key", WINDOWS)
async def test_no_small_count_of_any_window_can_be_solved_for(world: World, pool: Pool, key: str) -> None:
    for settings in (world.large, world.small):
        ledger = (await figures_of(pool, settings, Rhythm.of().parse(key))).figures.ledger
        shown, relations = ledger.known()
        assert not [name for name, value in shown.items() if 1 <= value <= 5]
        solved = {
            name: int(value)
            for name, value in solve_by_elimination(shown, relations).items()
            if name in ledger.hidden and 1 <= value <= 5
        }
        assert solved == {}


async def test_a_later_window_shows_of_this_one_only_what_its_own_report_shows(world: World, pool: Pool) -> None:
    window = Rhythm.of().parse("2026-02")
    for settings in (world.large, world.small):
        own = (await figures_of(pool, settings, window)).figures
        later = (await figures_of(pool, settings, window.back(-1))).previous
        assert later.window == own.window
        shown_later, _ = later.ledger.known()
        shown_here, _ = own.ledger.known()
        assert shown_later.items() <= shown_here.items()


async def test_an_amended_audit_counts_once_and_a_withdrawn_one_not_at_all(stack: Stack) -> None:
    settings = made_up.settings()
    facts = made_up.make(settings, audits=40, first=date(2026, 6, 1), last=date(2026, 7, 31))
    window = Rhythm.of().parse("2026-06")
    dsn = await empty_database(stack)
    try:
        await made_up.prepare(dsn)
        await made_up.insert(dsn, facts)
        connection = await asyncpg.connect(dsn)
        await connection.execute("set search_path to facts_1")
        now = await Counter(connection, settings.key).months(window.start, window.end)
        completed = sum(month["completed"] for month in now.values())
        states: dict[Any, str] = {row["audit_id"]: row["state"] for row in facts.audits if row["in_practice_figures"]}
        assert completed == sum(state == "completed" for state in states.values())

        moment = made_up.moment(date(2026, 7, 10))
        earlier = await Counter(connection, settings.key, as_known_at=moment).months(window.start, window.end)
        assert sum(month["completed"] for month in earlier.values()) == known_at(facts, moment)
        await connection.close()
    finally:
        await drop_database(stack, dsn)


def known_at(facts: made_up.Facts, moment: datetime) -> int:
    return sum(
        row["state"] == "completed" and row["in_practice_figures"] and row["known_from"] <= moment < row["known_until"]
        for row in facts.audits
    )


async def test_themes_are_called_what_the_tool_says_that_was_published_last(world: World, pool: Pool) -> None:
    async with read_facts(pool) as connection:
        labels = await Counter(connection, world.large.key).labels()
        assert labels == LABELS
        assert await Counter(connection, "nowhere").labels() == {}
        asked = Asked("triannual", Rhythm.of().parse("2026-06"), for_qa_unit=True)
        report = await build_report(connection, world.large, asked)
    said = report.model_dump_json()
    assert LABELS["drift-and-delay"] in said
    assert "Drift and delay" not in said
    assert "Management oversight" in said


async def test_disputes_and_what_is_no_practice_figure_are_shown(world: World, pool: Pool) -> None:
    window = Rhythm.of().parse("2026-06")
    async with read_facts(pool) as connection:
        report = await build_report(connection, world.large, Asked("triannual", window))
    tables = {block.id: block for section in report.sections for block in section.blocks if block.type == "table"}
    assert [row.key for row in tables["disputes"].rows] == ["open", "upheld", "changed", "noted", "all"]
    assert "aside" in {row.key for row in tables["corrections"].rows}
    expected = Truth(world.facts, window.start, window.end).counts()
    shown = {row.key: row.cells["count"] for row in tables["disputes"].rows}
    whole = shown["all"]
    assert whole.type == "count"
    assert whole.value in {None, expected["disputed"]}
    assert expected["disputed"] > 0


async def test_a_second_look_at_a_disputed_grade_is_not_compared_and_its_grade_stands(stack: Stack) -> None:
    """Told by hand: good, then inadequate by the first moderator, requires improvement by the second, for good."""
    settings = made_up.settings()
    facts = made_up.make(settings, audits=1, first=date(2026, 6, 1), last=date(2026, 6, 1), seed=3)
    facts.disputes, facts.escalations, facts.recommendations = [], [], []
    [row] = [one for one in facts.audits if one["known_until"] == made_up.FOREVER]
    row |= {"state": "completed", "grade": "good", "in_practice_figures": True, "withdrawn_at": None}
    facts.audits = [row]
    same = {name: row[name] for name in ("area", "district", "team", "service", "kind", "cycle", "child_status")}
    first = {
        **same, "audit_id": row["audit_id"], "authority": settings.key, "auditor_reference": row["auditor_reference"],
        "moderation_id": UUID(int=1), "sequence": 7, "known_from": made_up.moment(date(2026, 7, 1)),
        "known_until": made_up.FOREVER, "moderator_reference": UUID(int=2), "moderator_type": "internal",
        "auditor_grade": "good", "moderator_grade": "inadequate", "distance": -2, "direction": "lowered",
        "standing_grade": "requires-improvement", "decided_by": "second-moderator", "missed_inadequate": True,
        "sections_different": 0, "concern": "none", "inadequate_likely": False, "blind": True, "selected_because": "all",
        "audit_quality": None, "met_team_manager": True, "met_practitioner": True, "moderated_on": date(2026, 6, 13),
        "number": 1, "final": False, "done_sequence": 4,
    }  # fmt: skip
    second = {
        **first, "moderation_id": UUID(int=3), "moderator_reference": UUID(int=4), "sequence": 6,
        "moderator_grade": "requires-improvement", "distance": -1, "missed_inadequate": False,
        "selected_because": "two-grades-apart", "moderated_on": date(2026, 7, 1), "number": 2, "final": True,
        "done_sequence": 6,
    }  # fmt: skip
    facts.moderations = [first, second]
    window = Rhythm.of().parse("2026-06")
    dsn = await empty_database(stack)
    try:
        await made_up.prepare(dsn)
        await made_up.insert(dsn, facts)
        connection = await asyncpg.connect(dsn)
        await connection.execute("set search_path to facts_1")
        counter = Counter(connection, settings.key)
        counted = await counter.window(window, made_up.moment(date(2026, 10, 1)))
        months = await counter.months(window.start, window.end)
        await connection.close()
    finally:
        await drop_database(stack, dsn)
    assert counted.grades == [{"before": "good", "after": "requires-improvement", "audits": 1}]
    assert counted.moderation == [{"pool": True, "auditor_grade": "good", "moderator_grade": "inadequate", "audits": 1}]
    assert sum(month["missed"] for month in months.values()) == 1
