"""Rounds of the moderation queue for every authority: cheap where nothing changed, harmless at once, each by itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.audit.app.queue.service import ModerationQueues
from shared.eventstore.database import Connection
from shared.eventstore.model import Append, Appended, Past, Stream, SummaryRow
from shared.eventstore.postgres import PostgresEventStore
from shared.telemetry.metrics import REGISTRY
from shared.web.principal import Role
from tests.integration.audit.support import NOW, allocation, completion, publish_tool, service
from tests.integration.audit.test_moderation_queue import ANN, document, listed, many_completed, usual
from tests.support.servers import Stack
from tests.unit.audit.builders import AUDITOR, settings_text

pytestmark = pytest.mark.stack


class Counted(PostgresEventStore):
    """A store that counts what is read of it: streams that are loaded, and rows that are looked for."""

    loaded = 0
    looked = 0

    async def load(self, stream_id: UUID, *, connection: Connection | None = None) -> Stream:
        self.loaded += 1
        return await super().load(stream_id, connection=connection)

    async def past(self, stream_id: UUID, *, connection: Connection | None = None) -> Past:
        self.loaded += 1
        return await super().past(stream_id, connection=connection)

    async def find(self, category: str, **asked: Any) -> list[SummaryRow]:
        self.looked += 1
        return await super().find(category, **asked)


async def test_a_round_where_nothing_changed_looks_twice_and_reads_nothing(stack: Stack, tmp_path: Path) -> None:
    """However many authorities there are: one look for audits and one for queues, for all of them."""
    others = [settings_text(key, more="assign: true, ") for key in ("southmoor", "westmoor")]
    async with service(stack.postgres, tmp_path, usual(), *others) as running:
        await publish_tool(running)
        await many_completed(running, 5)
        store = Counted(running.pool)
        queues = ModerationQueues(replace(running.parts, store=store))
        assert await queues.run() == 4
        assert await queues.run() == 0  # the queue itself changed
        store.loaded = store.looked = 0
        running.clock[0] = NOW + timedelta(hours=1)
        assert await queues.run() == 0
        assert (store.looked, store.loaded) == (2, 0)
        seen = await listed(running)
        assert (seen["waiting"], datetime.fromisoformat(seen["caught_up_at"])) == (1, NOW + timedelta(hours=1))
        [waits] = seen["moderations"]
        grown = REGISTRY.get_sample_value("sightline_moderation_queue_oldest_age_seconds", {"authority": "northmoor"})
        assert grown == timedelta(days=101, hours=22).total_seconds()
        # What changes by other hands is seen in the next round.
        gone = await running.post(f"/audits/{waits['audit_id']}/withdrawal", {"reason": "wrong-child"}, Role.QA_MANAGER)
        assert gone.status_code == 200
        await queues.run()
        assert (await listed(running))["waiting"] == 0


async def test_two_processes_that_catch_up_at_once_queue_each_moderation_once(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}", assign="false")) as running:
        await publish_tool(running)
        audits = await many_completed(running, 6)
        processes = [ModerationQueues(replace(running.parts, caught_up={})) for _ in range(4)]
        await asyncio.gather(*(one.run() for one in processes))
        seen = await listed(running)
        assert [row["audit_id"] for row in seen["moderations"]] == audits  # the oldest first, each once
        told = "select count(*) from eventstore.events where type = 'moderation-queued'"
        assert await running.pool.fetchval(told) == 6


async def test_what_stops_one_authority_s_queue_stops_no_other_s(stack: Stack, tmp_path: Path) -> None:
    class Refusing(PostgresEventStore):
        async def append(self, request: Append, *, connection: Connection | None = None) -> Appended:
            if request.meta.authority == "eastmoor":
                raise ConnectionResetError
            return await super().append(request, connection=connection)

    other = usual().replace("key: northmoor", "key: eastmoor")
    async with service(stack.postgres, tmp_path, usual(), other) as running:
        await publish_tool(running)
        await publish_tool(running, authority="eastmoor")
        await many_completed(running, 1)
        elsewhere = await running.post("/audits", allocation(case_number="RS-1"), Role.QA_OFFICER, authority="eastmoor")
        done = await running.post(
            f"/audits/{elsewhere.json()['audit_id']}/completion",
            completion(),
            Role.AUDITOR,
            person=AUDITOR,
            authority="eastmoor",
        )
        assert done.status_code == 200, done.text
        with pytest.raises(ConnectionResetError):
            await ModerationQueues(replace(running.parts, store=Refusing(running.pool))).run()
        assert (await listed(running, standing="assigned"))["moderations"]
