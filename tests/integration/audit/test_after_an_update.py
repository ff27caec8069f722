"""Audits that an earlier version of Sightline recorded: lists and the policy find them like any other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.audit.app.resummarising import bring_up_to_date
from shared.web.principal import Role
from tests.integration.audit.support import Service, completed, moderation, publish_tool, service
from tests.support.stack import Stack
from tests.unit.audit.builders import MODERATOR

pytestmark = pytest.mark.stack

_NEW_OF_AN_AUDIT = [
    "practitioner", "feedback_given", "responded", "decided_by", "graded_by", "moderated_blind_by", "moderation_id",
    "reflective_notes", "dispute", "moderated_at", "moderated", "moderations_done",
]  # fmt: skip
_NEW_OF_A_TOOL = ["in_use", "has_draft", "retired"]


@pytest_asyncio.fixture
async def audit(stack: Stack, tmp_path: Path) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path) as opened:
        await publish_tool(opened)
        yield opened


async def as_an_earlier_version_left_them(audit: Service) -> None:
    """Take from the rows what only later versions write."""
    await audit.pool.execute(
        "update eventstore.summaries set data = data - $1::text[]", [*_NEW_OF_AN_AUDIT, *_NEW_OF_A_TOOL]
    )


async def rows_of(audit: Service) -> list[dict[str, Any]]:
    found = await audit.pool.fetch("select stream_id, status, version, data from eventstore.summaries order by 1")
    return [dict(row) for row in found]


async def test_rows_of_an_earlier_version_are_made_anew_at_the_start(audit: Service) -> None:
    moderated, plain = await completed(audit), await completed(audit, case_number="RS-000124")
    await audit.post(f"/audits/{moderated}/moderation-request", {"selected_because": "theme"}, Role.QA_OFFICER)
    answer = await audit.post(f"/audits/{moderated}/moderation", moderation(), Role.MODERATOR, person=MODERATOR)
    assert answer.status_code == 200, answer.text
    before = await rows_of(audit)
    await as_an_earlier_version_left_them(audit)
    listed = (await audit.get("/audits?dispute=none", Role.QA_OFFICER)).json()["audits"]
    assert listed == []

    assert await bring_up_to_date(audit.pool, audit.parts.store) == 3

    assert await rows_of(audit) == before
    listed = (await audit.get("/audits?dispute=none", Role.QA_OFFICER)).json()["audits"]
    assert plain in {row["audit_id"] for row in listed}
    assert await bring_up_to_date(audit.pool, audit.parts.store) == 0
