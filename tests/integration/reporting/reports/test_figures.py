"""The figures of a window are what counting its rows by hand gives, and what is printed gives no hidden one away."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import asyncpg
import pytest

from services.reporting.facts.live import read_facts
from services.reporting.reports.counts import Counter
from services.reporting.reports.names import units_of
from services.reporting.reports.window_figures import Gathered, gather
from services.reporting.reports.windows import Rhythm, Window
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Pool
from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.conftest import World, drop_database, empty_database
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
    window = Rhythm().parse(key)
    for settings, facts in ((world.large, world.facts), (world.small, world.few)):
        gathered = await figures_of(pool, settings, window)
        expected = Truth(facts, window.start, window.end).counts()
        counted = {name: gathered.figures.ledger.value(name) for name in expected}
        assert counted == expected


async def test_the_gap_and_its_n_are_what_the_rows_say(world: World, pool: Pool) -> None:
    window = Rhythm().parse("2026-06")
    pairs = Truth(world.facts, window.start, window.end).pairs(pool=True)
    order = {grade: rank for rank, grade in enumerate(made_up.GRADES)}
    gap = (await figures_of(pool, world.large, window)).figures.gap()
    assert gap.of.value in {None, len(pairs)}
    assert gap.value == round(sum(order[seen] - order[given] for given, seen in pairs) / len(pairs), 2)


@pytest.mark.parametrize("key", WINDOWS)
async def test_no_small_count_of_any_window_can_be_solved_for(world: World, pool: Pool, key: str) -> None:
    for settings in (world.large, world.small):
        ledger = (await figures_of(pool, settings, Rhythm().parse(key))).figures.ledger
        shown, relations = ledger.known()
        assert not [name for name, value in shown.items() if 1 <= value <= 5]
        solved = {
            name: int(value)
            for name, value in solve_by_elimination(shown, relations).items()
            if name in ledger.hidden and 1 <= value <= 5
        }
        assert solved == {}


async def test_a_later_window_shows_of_this_one_only_what_its_own_report_shows(world: World, pool: Pool) -> None:
    window = Rhythm().parse("2026-02")
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
    window = Rhythm().parse("2026-06")
    dsn = await empty_database(stack)
    try:
        await made_up.prepare(dsn)
        await made_up.insert(dsn, facts)
        connection = await asyncpg.connect(dsn)
        await connection.execute("set search_path to facts_1")
        now = await Counter(connection, settings.key).months(window.start, window.end)
        completed = sum(month["completed"] for month in now.values())
        states: dict[Any, str] = {row["audit_id"]: row["state"] for row in facts.audits}
        assert completed == sum(state == "completed" for state in states.values())

        moment = made_up.moment(date(2026, 7, 10))
        earlier = await Counter(connection, settings.key, as_known_at=moment).months(window.start, window.end)
        assert sum(month["completed"] for month in earlier.values()) == known_at(facts, moment)
        await connection.close()
    finally:
        await drop_database(stack, dsn)


def known_at(facts: made_up.Facts, moment: datetime) -> int:
    return sum(row["state"] == "completed" and row["known_from"] <= moment < row["known_until"] for row in facts.audits)
