"""The practitioner's part over HTTP: told at the start, heard, shown the outcome and no moderator, and answering."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.support import (
    Service,
    allocated,
    completion,
    moderation,
    publish_tool,
    service,
)
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR, PRACTITIONER

pytestmark = pytest.mark.stack

WORDS = "We talked the plan over twice."


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("practitioner")) as opened:
        await publish_tool(opened)
        yield opened


async def test_the_practitioner_is_told_heard_shown_and_answers(audit: Service) -> None:
    audit_id = await allocated(audit, practitioner=str(PRACTITIONER))
    who = {"person": PRACTITIONER}
    listed = (await audit.get("/audits/mine-as-practitioner", Role.PRACTITIONER, **who)).json()["audits"]
    assert [(row["audit_id"], row["status"], row["feedback_given"]) for row in listed] == [
        (audit_id, "allocated", False)
    ]
    feedback = {"score": 1, "text": WORDS, "happened_at": "2025-11-10T09:00:00+00:00"}
    given = await audit.post(f"/audits/{audit_id}/practitioner-feedback", feedback, Role.PRACTITIONER, **who)
    assert given.status_code == 200, given.text
    early = await audit.post(f"/audits/{audit_id}/practitioner-response", {"agrees": "yes"}, Role.PRACTITIONER, **who)
    assert (early.status_code, early.json()["type"].rsplit(":", 1)[1]) == (409, "audit-not-completed")
    outcome = completion(practitioner_feedback={"obtained": False, "why_not": "not-returned"}, concern="practice")
    outcome["concern_text"] = "A worry for the manager."
    await audit.post(f"/audits/{audit_id}/completion", outcome, Role.AUDITOR, person=AUDITOR)
    done = await audit.post(f"/audits/{audit_id}/moderation", moderation(), Role.MODERATOR)
    assert done.status_code == 200, done.text
    view = (await audit.get(f"/audits/{audit_id}/as-practitioner", Role.PRACTITIONER, **who)).json()
    assert view["outcome"]["practitioner_feedback"] == {"obtained": True, "why_not": None, "score": 1}
    assert (view["outcome"]["overall_grade"], view["standing_grade"]) == ("good", "inadequate")
    assert view["texts"]["overall_rationale"] == outcome["overall_rationale"]
    assert view["texts"]["practitioner/feedback"] == WORDS
    shown = json.dumps(view)
    for kept in ("A worry for the manager", "stood still since spring", "moderat", "concern", str(AUDITOR)):
        assert kept not in shown, kept
    answer = {"agrees": "partly", "text": "Visits were made in June."}
    for expected in (False, True):
        responded = await audit.post(f"/audits/{audit_id}/practitioner-response", answer, Role.PRACTITIONER, **who)
        assert (responded.status_code, responded.json()["replayed"]) == (200, expected), responded.text
    [told] = [data for type_, data in await audit.published(audit_id) if type_ == "practitioner-responded.v1"]
    assert (told["agrees"], told["feedback"]["score"]) == ("partly", 1)
    assert "June" not in json.dumps(told)
    [row] = (await audit.get("/audits/mine-as-practitioner", Role.PRACTITIONER, **who)).json()["audits"]
    assert (row["feedback_given"], row["responded"]) == (True, True)
    auditors = (await audit.get(f"/audits/{audit_id}", Role.AUDITOR, person=AUDITOR)).json()
    assert auditors["practitioner_agrees"] == "partly"
    assert auditors["texts"]["practitioner/response"] == "Visits were made in June."


async def test_only_the_practitioner_sees_it_so_and_the_qa_unit_may_write_for_them(audit: Service) -> None:
    audit_id = await allocated(audit, practitioner_staff_number="P-77")
    assert (await audit.get(f"/audits/{audit_id}/as-practitioner", Role.PRACTITIONER)).status_code == 404
    assert (await audit.get(f"/audits/{audit_id}/as-practitioner", Role.QA_MANAGER)).status_code == 403
    assert (await audit.get(f"/audits/{audit_id}", Role.PRACTITIONER, person=PRACTITIONER)).status_code == 403
    body = {"text": WORDS, "happened_at": "2025-11-10T09:00:00+00:00"}
    path = f"/audits/{audit_id}/practitioner-feedback"
    assert (await audit.post(path, body, Role.PRACTITIONER)).status_code == 404
    assert (await audit.post(path, body, Role.AUDITOR, person=AUDITOR)).status_code == 403
    assert (await audit.post(path, body, Role.QA_OFFICER)).status_code == 200
    unnamed = await allocated(audit)
    refused = await audit.post(f"/audits/{unnamed}/practitioner-feedback", body, Role.QA_OFFICER)
    assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[1]) == (403, "not-the-practitioner")
    nothing = await audit.post(path, {}, Role.QA_OFFICER)
    assert nothing.status_code == 422


async def test_a_re_audit_names_an_earlier_audit_of_the_same_child(audit: Service) -> None:
    earlier = await allocated(audit, case_number="RS-again")
    statuses = []
    for changes in (
        {"re_audit_of": earlier, "case_number": "RS-again"},
        {"re_audit_of": earlier, "case_number": "RS-other"},
        {"re_audit_of": str(uuid4()), "case_number": "RS-again"},
    ):
        from_form = {
            "kind": "case-file", "cycle": "2025-11", "child_status": "in-need", "tool": "riverside-check",
            "organisation": {"area": "north", "district": "riverside", "team": "riverside-1"},
            "auditor": str(uuid4()), **changes,
        }  # fmt: skip
        answer = await audit.post("/audits", from_form, Role.QA_OFFICER)
        statuses.append((answer.status_code, [one["place"] for one in answer.json().get("problems", ())]))
    assert statuses == [(201, []), (422, ["body/re_audit_of"]), (422, ["body/re_audit_of"])]
