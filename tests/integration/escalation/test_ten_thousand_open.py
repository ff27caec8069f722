"""Ten thousand open audit escalations: what is due is found by an index, and replicas act once between them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from services.escalation.app.policy import Policies
from services.escalation.app.recomputing import Recomputing
from shared.eventstore.handling import handle
from shared.eventstore.model import Meta
from shared.eventstore.postgres import _DUE
from tests.integration.escalation.support import Desk, desk
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY
from tests.unit.escalation.test_clock_moments_timed import consider, raise_
from tests.unit.escalation.test_recomputing import LONGER, documents

pytestmark = pytest.mark.stack

OPEN: Final = 10_000
REPLICAS: Final = 3
EACH: Final = 40
NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)

_FILL = """
    insert into eventstore.summaries (stream_id, category, authority, status, version, wake_at, data)
    select gen_random_uuid(), 'escalation', 'northmoor', 'raised', 3, $1::timestamptz + n * interval '1 minute',
           '{"category": "practice", "paths": ["north"], "overdue": false, "clock_number": 1}'::jsonb
    from generate_series(1, $2::int) n
"""


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for one in plan.get("Plans", ()) for node in nodes(one))]


async def test_what_is_due_is_found_by_an_index_and_not_by_looking_through_all(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as service:
        await service.pool.execute(_FILL, NOW - timedelta(minutes=7, seconds=30), OPEN)  # seven are due
        await service.pool.execute("analyze eventstore.summaries")
        explained = await service.pool.fetchval(f"explain (analyze, buffers, format json) {_DUE}", NOW, 100)
        plan = json.loads(explained) if isinstance(explained, str) else explained
    found = nodes(plan[0]["Plan"])
    assert {node["Index Name"] for node in found if "Index Name" in node} == {"summaries_due"}
    assert not [node for node in found if node["Node Type"] == "Seq Scan"]
    top = plan[0]["Plan"]
    looked_at = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    print(f"{OPEN} open, {top['Actual Rows']:g} due: {plan[0]['Execution Time']} ms, {looked_at} pages")  # noqa: T201 - with -s
    assert top["Actual Rows"] == 7
    assert looked_at < 20  # the table has hundreds


async def fill(service: Desk) -> list[UUID]:
    ids = [UUID(int=5000 + number) for number in range(EACH)]
    for escalation in ids:
        for command in (consider(service.policies), raise_(service.policies)):
            meta = Meta(AUTHORITY, command.recorded_at, UUID(int=1), None, None)
            await handle(service.store, service.aggregate, escalation, command, meta)
    return ids


async def test_replicas_that_look_at_the_same_moment_act_once_each(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as service:
        ids = await fill(service)
        service.now = lambda: NOW
        acted = await asyncio.gather(*(service.timer.run() for _ in range(REPLICAS)))
        assert sum(acted) == EACH * 4
        for escalation in ids:
            assert (await service.types(escalation))[2:] == [
                "chaser-sent",
                "chaser-sent",
                "escalation-became-overdue",
                "second-line-told",
            ]
        assert await service.timer.run() == 0


async def test_replicas_that_start_at_once_reckon_each_clock_anew_once(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as service:
        ids = await fill(service)
        policies, now = Policies(documents(LONGER)), s.january(16, 12)
        replicas = [Recomputing(service.store, service.aggregate, policies, lambda: now) for _ in range(REPLICAS)]
        changed = await asyncio.gather(*(one.run() for one in replicas))
        assert sum(changed) == EACH
        for escalation in ids:
            assert (await service.types(escalation)).count("clock-recomputed") == 1
