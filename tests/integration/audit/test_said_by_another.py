"""The same thing sent by somebody else changes nothing and says so; another's key never gives away their answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.support import Service, allocated, allocation, publish_tool, service
from tests.support.stack import Stack

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("another")) as opened:
        await publish_tool(opened)
        yield opened


async def test_what_stands_already_is_no_new_thing_whoever_says_it(audit: Service) -> None:
    body = allocation(audit_id=str(uuid4()), case_number=f"RS-{uuid4().hex[:8]}")
    told = [(await audit.post("/audits", body, Role.QA_OFFICER)).json() for _ in range(2)]
    assert [(one["replayed"], one["version"]) for one in told] == [(False, 1), (True, 1)]
    path = f"/audits/{body['audit_id']}/withdrawal"
    gone = [(await audit.post(path, {"reason": "duplicate"}, Role.QA_OFFICER)).json() for _ in range(2)]
    assert [(one["replayed"], one["version"]) for one in gone] == [(False, 2), (True, 2)]


async def test_another_s_key_is_no_key_to_their_answer(audit: Service) -> None:
    """The same key of two people is two keys: what comes is held to what stands, and not answered for the other."""
    body = {"reason": "duplicate"}
    one, other = [await allocated(audit, case_number=f"RS-{uuid4().hex[:8]}") for _ in range(2)]
    ann, ben = uuid4(), uuid4()
    mine = await audit.post(f"/audits/{one}/withdrawal", body, Role.QA_OFFICER, person=ann, key="same")
    theirs = await audit.post(f"/audits/{other}/withdrawal", body, Role.QA_OFFICER, person=ben, key="same")
    assert (mine.json()["audit_id"], theirs.json()["audit_id"]) == (one, other)
    assert (mine.json()["replayed"], theirs.json()["replayed"]) == (False, False)
    reused = await audit.post(f"/audits/{other}/withdrawal", body, Role.QA_OFFICER, person=ann, key="same")
    assert reused.json()["type"] == "urn:sightline:problem:idempotency-key-reused"
    assert one not in reused.text
