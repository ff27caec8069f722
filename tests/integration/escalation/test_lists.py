"""Lists on a real PostgreSQL: equal to looking at every row and sorting, page by page, and quick with 10,000 open."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from services.escalation.adapters import listing
from services.escalation.adapters.http import router
from services.escalation.adapters.listing import PostgresLists
from services.escalation.adapters.notifying.storage import MIGRATIONS
from services.escalation.adapters.pages.routes import message, pages_router
from services.escalation.adapters.problems import ERROR_TYPES
from services.escalation.app.lists import OPEN, RUNNING, Day, Place, Wanted
from services.escalation.app.summaries import Status
from services.escalation.domain.commands import Command
from services.escalation.domain.model import Category, Organisation
from services.escalation.main import count_overdue
from shared.eventstore.database import open_pool
from shared.eventstore.handling import handle
from shared.eventstore.memory import MemoryEventStore
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate
from shared.eventstore.model import Meta
from shared.messaging.storage import SCHEMA as MESSAGING
from shared.web.app import create_app
from shared.web.tokens import LocalIssuer
from tests.integration.escalation.support import Desk
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.lists import MemoryLists

pytestmark = pytest.mark.stack

NOW: Final = s.january(15, 18)
DAY: Final = Day(now=NOW, ends=s.january(16, 0), month=s.january(1, 0))
HILLSIDE = s.PLACE.model_copy(
    update={"organisation": Organisation(area="north", district="hillside", team="hillside-family")}
)


@pytest_asyncio.fixture
async def desk(postgres_dsn: str) -> AsyncIterator[Desk]:
    await migrate(postgres_dsn, [EVENTSTORE, OUTBOX, MESSAGING, MIGRATIONS])
    pool = await open_pool(postgres_dsn, size=4)
    try:
        yield Desk(pool, lambda: NOW)
    finally:
        await pool.close()


def considered(at: datetime = s.CONSIDERED, category: Category = s.PRACTICE) -> Command:
    return s.consider(s.cause(1, category), at=at)


def elsewhere() -> Command:
    return replace_place(s.consider(s.cause(1)))


def replace_place(command: Any) -> Command:
    changed: Command = replace(command, place=HILLSIDE)
    return changed


def replace_clocks(command: Any) -> Command:
    changed: Command = replace(command, clocks=TO_DECIDE)
    return changed


TO_DECIDE: Final = s.CLOCKS.with_clock(s.PRACTICE, s.CLOCKS.safeguarding)
STORIES: Final[dict[int, list[Command]]] = {
    1: [considered()],
    2: [considered(), s.raise_()],
    3: [considered(category=s.SAFEGUARDING), s.raise_()],
    4: [elsewhere(), s.raise_(s.january(14, 11))],
    5: [considered(s.january(13)), s.not_required()],
    6: [considered(s.january(12))],
    7: [replace_clocks(considered(s.january(15)))],
}
"""Streams by their number: what happened in each."""


async def fill(desk: Desk) -> MemoryLists:
    memory = MemoryEventStore()
    for number, commands in STORIES.items():
        for command in commands:
            for store in (desk.store, memory):
                meta = Meta("northmoor", command.recorded_at, UUID(int=1), None, None)
                await handle(store, desk.aggregate, UUID(int=number), command, meta)
    return MemoryLists(memory)


AROUND: Final = (
    s.END_OF_15 - s.ONE_MICROSECOND,
    s.END_OF_15,
    s.END_OF_15 + s.ONE_MICROSECOND,
    s.END_OF_15 + timedelta(minutes=30),
    s.january(30),
)
"""Moments around a due moment: of the raise of 3, and of the decision on 7."""

ASKED: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"paths": ("north",)},
    {"paths": ("north/riverside",)},
    {"paths": ("north/riverside", "north/hillside")},
    {"paths": ("south",)},
    {"statuses": OPEN},
    {"statuses": RUNNING, "due_before": s.january(16, 12)},
    {"statuses": RUNNING, "due_from": s.january(15, 12)},
    {"statuses": (Status.NOT_REQUIRED,)},
    {"statuses": (Status.NOT_REQUIRED, Status.RAISED)},
    {"category": s.SAFEGUARDING},
    {"waits_for": ("qa-officer",)},
    {"next_steps": ("decision",)},
    {"found_by": s.QA.reference},
    *({"overdue": asked, "now": now} for asked in (True, False) for now in AROUND),
    *({"undecided": asked, "paths": ("north",), "now": now} for asked in (True, False) for now in AROUND),
    {"due_before": s.january(21)},
    {"reopening_asked": True},
)


async def test_the_database_gives_what_looking_at_every_row_and_sorting_gives(desk: Desk) -> None:
    memory, lists = await fill(desk), PostgresLists(desk.pool)
    for asked in ASKED:
        wanted = Wanted("northmoor", **asked)
        after: Place | None = None
        while True:  # two at a time
            expected, page = await memory.page(wanted, 2, after), await lists.page(wanted, 2, after)
            assert [row.stream_id for row in page.rows] == [row.stream_id for row in expected.rows], asked
            assert page.next == expected.next
            after = page.next
            if after is None:
                break
    for paths in (None, ("north/riverside",), ("south",)):
        assert await lists.count("northmoor", paths, DAY) == await memory.count("northmoor", paths, DAY)
        assert await lists.closed("northmoor", paths, DAY.month, 10) == []


async def test_the_least_time_left_comes_first_and_what_ended_comes_last(desk: Desk) -> None:
    await fill(desk)
    page = await PostgresLists(desk.pool).page(Wanted("northmoor"), 10)
    # 6 came up on the 12th and 1 on the 14th without a clock; 3 is due on the 15th as 7 is to be decided, 2 and 4 on the 21st; 5 is over
    assert [row.stream_id.int for row in page.rows] == [6, 1, 3, 7, 2, 4, 5]


@pytest.mark.parametrize("now", AROUND)
async def test_what_is_overdue_is_counted_and_found_from_the_deadline_at_the_moment_of_reading(
    desk: Desk, now: datetime
) -> None:
    await fill(desk)
    lists, past = PostgresLists(desk.pool), now > s.END_OF_15
    everything = Wanted("northmoor", now=now)
    for asked in ("overdue", "undecided"):
        ways: list[dict[str, Any]] = [{asked: True}, {asked: False}]
        found = [await lists.page(replace(everything, **way), 10) for way in ways]
        late, others = ({row.stream_id.int for row in page.rows} for page in found)
        if now < s.END_OF_21:
            assert late == ({3 if asked == "overdue" else 7} if past else set())
        assert (late & others, late | others) == (set(), set(STORIES)), "each row is the one or the other"
    counted = {one.district: one.overdue for one in await lists.count("northmoor", None, replace(DAY, now=now))}
    assert await count_overdue(desk.pool, now) == len(
        (await lists.page(Wanted("northmoor", now=now, overdue=True), 10)).rows
    )
    if now < s.END_OF_21:
        assert counted == {"north/riverside": 2 if past else 0, "north/hillside": 0}


THOUSANDS: Final = 10_000
_FILL: Final = """
    insert into eventstore.summaries (stream_id, category, authority, status, version, wake_at, data)
    select gen_random_uuid(), 'escalation', 'northmoor', case when n <= $2 then 'raised' else 'closed' end, 3, null,
           jsonb_build_object(
               'category', case when n % 5 = 0 then 'safeguarding' else 'practice' end,
               'paths', case n % 3
                   when 0 then '["north", "north/riverside", "north/riverside/riverside-assessment"]'::jsonb
                   when 1 then '["north", "north/hillside", "north/hillside/hillside-family"]'::jsonb
                   else '["south", "south/harbour", "south/harbour/harbour-early-help"]'::jsonb end,
               'team', case n % 3 when 0 then 'north/riverside/riverside-assessment'
                   when 1 then 'north/hillside/hillside-family' else 'south/harbour/harbour-early-help' end,
               'service', 'childrens-social-work', 'audit_id', gen_random_uuid(), 'case_reference', gen_random_uuid(),
               'raised_at', $1::timestamptz, 'due_at', $1::timestamptz + (n % 7000 - 2000) * interval '1 minute',
               'reopening_asked', false, 'found_by', '[]'::jsonb,
               'closed_at', case when n > $2 then $1::timestamptz - n * interval '1 minute' end,
               'next_step', case when n > $2 then null when n % 2 = 0 then 'oversight' else 'completion' end,
               'waits_for', case when n > $2 then null when n % 2 = 0 then 'service-manager' else 'team-manager' end)
    from generate_series(1, $3::int) n
"""


async def test_a_page_of_a_list_walks_an_index_and_sorts_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.pool.execute(_FILL, NOW, THOUSANDS, THOUSANDS * 2)
    await desk.pool.execute("analyze eventstore.summaries")
    plans: list[Any] = []

    class Explaining:
        def __init__(self, connection: Any) -> None:
            self.connection = connection

        async def fetch(self, query: str, *arguments: Any) -> list[Any]:
            explained = await self.connection.fetchval(f"explain (analyze, format json) {query}", *arguments)
            plans.append((json.loads(explained) if isinstance(explained, str) else explained)[0]["Plan"])
            return []

    class Borrowed:
        async def __aenter__(self) -> Explaining:
            self.acquired = desk.pool.acquire()
            return Explaining(await self.acquired.__aenter__())

        async def __aexit__(self, *_: object) -> None:
            await self.acquired.__aexit__(None, None, None)

    monkeypatch.setattr(listing, "borrow", lambda _: Borrowed())
    await PostgresLists(desk.pool).page(Wanted("northmoor", paths=("north/riverside",), statuses=OPEN), 50)
    await PostgresLists(desk.pool).closed("northmoor", None, DAY.month - timedelta(days=30), 50)
    for plan, index in zip(plans, ("summaries_by_time_left", "summaries_by_closing"), strict=True):
        text = json.dumps(plan)
        assert index in text
        assert '"Sort"' not in text
        assert "Seq Scan" not in text


async def test_each_page_comes_within_a_second_with_ten_thousand_open(desk: Desk, tmp_path: Path) -> None:
    await fill(desk)
    await desk.pool.execute(_FILL, NOW, THOUSANDS, THOUSANDS * 2)
    await desk.pool.execute("analyze eventstore.summaries")
    issuer, lists = LocalIssuer(tmp_path), PostgresLists(desk.pool)
    routers = [router(desk.casework, lists), pages_router(desk.casework, lists, o.AUDIT_ADDRESS)]
    app = create_app("t", "escalation", issuer.verifier(), routers, error_types=ERROR_TYPES, page=message)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://escalation") as client:
        office = o.Office(client, issuer)
        figures = {}
        for who, path in (
            (o.QA, "/"),
            (o.DSM, "/"),
            (o.AD, "/"),
            (o.QA, "/districts/north/riverside"),
            (o.QA, f"/escalations/{UUID(int=3)}"),
            (o.QA, "/escalations"),
            (o.DSM, "/escalations"),
            (o.QA, "/v1/escalations"),
        ):
            took = []
            for _ in range(3):
                began = time.perf_counter()
                answer = await office.page(who, path)
                took.append(time.perf_counter() - began)
                assert answer.status_code == 200, answer.text
            figures[f"{who.role} {path}"] = min(took)
        began = time.perf_counter()
        whole = await office.page(o.QA, "/escalations.csv")
        figures["qa-officer /escalations.csv (20,006 lines)"] = time.perf_counter() - began
    assert len(whole.text.splitlines()) == 1 + THOUSANDS * 2 + len(STORIES)
    print({path: f"{seconds * 1000:.0f} ms" for path, seconds in figures.items()})  # noqa: T201 - with -s
    slow = {path: seconds for path, seconds in figures.items() if seconds > 1 and "csv" not in path}
    assert not slow
