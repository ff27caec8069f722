"""Late is what its own auditor recorded after the due day, whatever day they name; both moments stay recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.web.principal import Role
from tests.integration.audit.support import NOW, allocated, completed, completion, moderation, publish_tool, service
from tests.support.servers import Stack
from tests.unit.audit.builders import AUDITOR, MODERATOR

pytestmark = pytest.mark.stack

IN_TIME = datetime(2025, 11, 20, 15, 0, tzinfo=UTC)  # due on 30 November; it is March


@pytest.mark.parametrize(
    ("role", "late"), [(Role.AUDITOR, True), (Role.QA_OFFICER, False), (Role.QA_MANAGER, False), (Role.SERVICE, False)]
)
async def test_only_the_qa_unit_names_an_earlier_day_that_counts(
    stack: Stack, tmp_path: Path, role: Role, late: bool
) -> None:
    async with service(stack.postgres, tmp_path) as running:
        await publish_tool(running)
        audit_id = await allocated(running)
        who = {"person": AUDITOR} if role is Role.AUDITOR else {}
        form = completion(happened_at=IN_TIME.isoformat())
        done = await running.post(f"/audits/{audit_id}/completion", form, role, **who)
        assert done.status_code == 200, done.text
        read = (await running.get(f"/audits/{audit_id}", Role.QA_MANAGER)).json()
        kept = (await running.get(f"/audits/{audit_id}/versions", Role.QA_MANAGER)).json()
        assert (read["completed_on"], read["late"], kept["late"]) == ("2025-11-20", late, late)
        [moments] = [one for one in kept["versions"] if one["number"] == 1]
        assert datetime.fromisoformat(moments["happened_at"]) == IN_TIME
        assert datetime.fromisoformat(moments["recorded_at"]) == NOW
        for wanted in (True, False):
            listed = (await running.get(f"/audits?late={str(wanted).lower()}", Role.QA_MANAGER)).json()["audits"]
            assert bool(listed) is (wanted is late)
        [told] = [data for type_, data in await running.published(audit_id) if type_ == "audit-completed.v1"]
        assert (told["completed_on"], told["due_on"], told["late"]) == ("2025-11-20", "2025-11-30", late)


@pytest.mark.parametrize(("role", "late"), [(Role.MODERATOR, True), (Role.QA_OFFICER, False)])
async def test_a_moderation_is_held_to_the_same(stack: Stack, tmp_path: Path, role: Role, late: bool) -> None:
    async with service(stack.postgres, tmp_path) as running:
        await publish_tool(running)
        audit_id = await completed(running)
        agreed = {"overall_grade": "good", "sections": {"planning": "good"}, "inadequate_likely": False}
        form = moderation(**agreed, happened_at="2025-12-04T10:00:00+00:00")  # due on 10 December
        who = {"person": MODERATOR} if role is Role.MODERATOR else {}
        form |= {} if who else {"moderator": str(MODERATOR)}
        done = await running.post(f"/audits/{audit_id}/moderation", form, role, **who)
        assert done.status_code == 200, done.text
        [seen] = (await running.get(f"/audits/{audit_id}", Role.QA_MANAGER)).json()["moderations"]
        assert (seen["due_on"], seen["moderated_on"], seen["late"]) == ("2025-12-10", "2025-12-04", late)
        [told] = [data for type_, data in await running.published(audit_id) if type_ == "moderation-done.v1"]
        assert (told["moderated_on"], told["late"]) == ("2025-12-04", late)
