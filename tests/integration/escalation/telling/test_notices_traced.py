"""`sightline trace` as the operator runs it, on real databases: what people were told stands among the events."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from services.escalation.app.sending import TryLater
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate
from shared.messaging.storage import SCHEMA as MESSAGING
from tests.integration.escalation.telling.test_notices import Wire, desk
from tests.support.stack import Stack
from tests.support.stores import fresh_database
from tests.unit.escalation import scenes as s

pytestmark = pytest.mark.stack

EVERY_TABLE = [EVENTSTORE, OUTBOX, MESSAGING]


async def trace(escalation: str, others: str, *options: str) -> str:
    """Run `sightline trace` in a process of its own; audit and reporting have nothing to tell."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIGHTLINE_")} | {
        "SIGHTLINE_ESCALATION_DATABASE": escalation,
        "SIGHTLINE_AUDIT_DATABASE": others,
        "SIGHTLINE_REPORTING_DATABASE": others,
        "PYTHONPATH": str(Path(__file__).parents[4]),
    }
    asked = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from infra.cli.main import run; run()",
        "trace",
        str(s.ESCALATION),
        *options,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, errors = await asked.communicate()
    assert asked.returncode == 0, errors.decode()
    return said.decode()


async def test_a_notice_has_its_lines_after_its_event_by_role_and_without_an_address(
    postgres_dsn: str, stack: Stack
) -> None:
    async with desk(postgres_dsn) as at, fresh_database(stack.postgres) as others:
        for dsn in (postgres_dsn, others):
            await migrate(dsn, EVERY_TABLE)
        await at.do(s.consider(s.cause(1)))
        at.now = s.CONSIDERED
        await at.sender(Wire()).run()
        await at.do(s.raise_())
        at.now = s.RAISED
        await at.sender(Wire(trouble=TryLater("mail-server-away"))).run()
        said = await trace(postgres_dsn, others)
        rows: list[dict[str, Any]] = json.loads(await trace(postgres_dsn, others, "--json"))
    lines = said.splitlines()
    assert any("consideration-opened (1)" in line for line in lines)
    assert any("notice-sent (1)" in line for line in lines)
    assert any("considered, to the qa-manager; sent by" in line for line in lines)
    assert any("raised, to the service-manager; failed" in line and "mail-server-away" in line for line in lines)
    assert "@" not in said
    told = [(row["event"], row["notice"]["kind"], row["notice"]["role"]) for row in rows if row["notice"]]
    assert told.count(("notice-queued", "considered", "qa-manager")) == 1
    assert told.count(("notice-sent", "considered", "qa-manager")) == 1
    assert ("notice-sent", "raised", "service-manager") not in told
    names = [row["event"] for row in rows]
    assert names.index("consideration-opened") < names.index("notice-queued") < names.index("escalation-raised")
