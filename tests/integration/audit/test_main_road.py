"""An audit from allocation to follow-up over HTTP, on real databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from shared.contracts.audit import ModerationDoneV1
from shared.web.principal import Role
from tests.integration.audit.support import (
    Service,
    allocated,
    allocation,
    completed,
    completion,
    moderation,
    publish_tool,
    service,
)
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR, MODERATOR, TOOL_JSON

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("audit")) as opened:
        await publish_tool(opened)
        yield opened


async def test_from_allocation_to_follow_up(audit: Service) -> None:
    audit_id = await allocated(audit)
    path = f"/audits/{audit_id}"
    flagged = await audit.post(
        f"{path}/concern",
        {"concern": "practice", "text": "No visit since August.", "happened_at": "2025-11-10T12:00:00+00:00"},
        Role.AUDITOR,
        person=AUDITOR,
    )
    assert flagged.status_code == 200
    done = await audit.post(f"{path}/completion", completion(), Role.AUDITOR, person=AUDITOR)
    assert done.status_code == 200
    [recommendation] = done.json()["recommendations"]
    assert done.json()["open_moderation"] is not None
    moderated = await audit.post(f"{path}/moderation", moderation(), Role.MODERATOR, person=MODERATOR)
    assert moderated.status_code == 200
    followed = await audit.post(
        f"{path}/recommendations/{recommendation}/follow-up",
        {"discussed_in_supervision_on": "2025-12-01", "done": True, "happened_at": "2025-12-10T09:00:00+00:00"},
        Role.TEAM_MANAGER,
        scope=("north/riverside",),
    )
    assert followed.status_code == 200

    assert [kind for kind, _ in await audit.published(audit_id)] == [
        "audit-allocated.v1",
        "concern-flagged.v1",
        "audit-completed.v1",
        "recommendation-made.v1",
        "moderation-requested.v1",
        "moderation-done.v1",
        "moderation-disputed.v1",
        "moderation-requested.v1",
        "recommendation-followed-up.v1",
    ]
    [done_event] = [data for kind, data in await audit.published(audit_id) if kind == "moderation-done.v1"]
    event = ModerationDoneV1.model_validate(done_event)
    assert (event.auditor_grade, event.moderator_grade, event.standing_grade) == ("good", "inadequate", "inadequate")
    assert (event.distance, event.direction) == (-2, "lowered")
    assert [(each.section, each.auditor_grade, each.moderator_grade) for each in event.section_differences] == [
        ("planning", "good", "inadequate")
    ]

    seen = (await audit.get(path, Role.QA_OFFICER)).json()
    assert seen["case_number"] == "RS-000123"
    assert seen["standing_grade"] == "inadequate"
    assert seen["texts"]["answers/plan-smart/evidence"] == "Seen in the plan of March."
    assert seen["texts"][f"recommendations/{recommendation}"] == "Say who decided what, and why."
    assert seen["recommendations"][0]["discussed_in_supervision_on"] == "2025-12-01"


async def test_no_text_and_no_case_number_leaves_the_service(audit: Service) -> None:
    audit_id = await completed(audit)
    await audit.post(f"/audits/{audit_id}/moderation", moderation(), Role.MODERATOR, person=MODERATOR)
    tables = await audit.pool.fetch(
        "select table_schema || '.' || quote_ident(table_name) as name from information_schema.tables "
        "where table_schema in ('eventstore', 'outbox', 'privacy', 'public')"
    )
    everything = ""
    for table in tables:
        for row in await audit.pool.fetch(f"select * from {table['name']}"):
            everything += " ".join(
                bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)
                for value in row.values()
            )
    assert audit_id in everything
    for secret in ("RS-000123", "000123", "plan of March", "family says so", "stood still", "who decided what"):
        assert secret not in everything


async def test_every_fault_of_a_completion_is_listed_at_its_place(audit: Service) -> None:
    audit_id = await allocated(audit)
    body = completion(overall_grade=None, sections={})
    body["answers"]["plan-visits"] = {"value": 99}
    body["answers"]["plan-shared"] = {"value": ["family", "Mrs Canary of 12 High Street"]}
    answer = await audit.post(f"/audits/{audit_id}/completion", body, Role.AUDITOR, person=AUDITOR)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:sightline:problem:outcome-invalid"
    assert {each["place"] for each in problem["problems"]} == {
        "body/overall_grade",
        "body/sections/planning/grade",
        "body/answers/plan-visits",
        "body/answers/plan-shared",
    }
    assert "Canary" not in answer.text
    [visits] = [each for each in problem["problems"] if each["field"] == "plan-visits"]
    assert visits["way_out"] == "Give a number from 0 to 20."
    assert (await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)).json()["status"] == "allocated"


async def test_a_recommendation_after_completion_is_at_fault_at_its_own_place(audit: Service) -> None:
    audit_id = await completed(audit)
    odd = {"recommendation": {"category": "gardening"}}
    refused = await audit.post(
        f"/audits/{audit_id}/recommendations", odd, Role.TEAM_MANAGER, scope=("north/riverside",)
    )
    assert refused.status_code == 422
    assert [each["place"] for each in refused.json()["problems"]] == ["body/recommendation/category"]


async def test_the_same_key_takes_effect_once(audit: Service) -> None:
    audit_id = await allocated(audit)
    first = await audit.post(
        f"/audits/{audit_id}/completion", completion(), Role.AUDITOR, person=AUDITOR, key="complete-once"
    )
    again = await audit.post(
        f"/audits/{audit_id}/completion", completion(), Role.AUDITOR, person=AUDITOR, key="complete-once"
    )
    other = await audit.post(
        f"/audits/{audit_id}/completion",
        completion(overall_grade="outstanding"),
        Role.AUDITOR,
        person=AUDITOR,
        key="complete-once",
    )
    assert (first.json()["replayed"], again.json()["replayed"]) == (False, True)
    assert first.json()["version"] == again.json()["version"]
    assert other.status_code == 422
    assert other.json()["type"] == "urn:sightline:problem:idempotency-key-reused"
    assert sum(kind == "audit-completed.v1" for kind, _ in await audit.published(audit_id)) == 1


async def test_an_allocation_sent_twice_without_a_key_makes_one_audit(audit: Service) -> None:
    person = uuid4()
    first = await audit.post("/audits", allocation(), Role.QA_OFFICER, person=person)
    again = await audit.post("/audits", allocation(), Role.QA_OFFICER, person=person)
    assert first.json()["audit_id"] == again.json()["audit_id"]
    assert again.json()["replayed"] is True


async def test_of_two_moderators_the_second_is_told_so(audit: Service) -> None:
    audit_id = await completed(audit)
    path = f"/audits/{audit_id}/moderation"
    first = await audit.post(path, moderation(), Role.MODERATOR, person=MODERATOR)
    second = await audit.post(path, moderation(overall_grade="good", sections={}), Role.MODERATOR)
    assert first.status_code == 200
    assert second.status_code == 409
    assert second.json()["type"] == "urn:sightline:problem:moderation-already-done"


async def test_every_text_of_a_concern_is_kept_and_can_be_read(audit: Service) -> None:
    path = f"/audits/{await allocated(audit)}"
    for key, text in (("one", "No visit since August."), ("two", "Nor any call."), ("two", "Nor any call.")):
        body = {"concern": "practice", "text": text}
        answer = await audit.post(f"{path}/concern", body, Role.AUDITOR, person=AUDITOR, key=f"{path}-{key}")
        assert answer.status_code == 200, answer.text
    seen = (await audit.get(path, Role.QA_OFFICER)).json()
    assert len(seen["concerns"]) == 2
    assert seen["texts"] == {"concerns/1": "No visit since August.", "concerns/2": "Nor any call."}


async def test_other_text_under_a_new_key_is_refused_and_not_dropped(audit: Service) -> None:
    path = f"/audits/{await completed(audit)}"
    moderated = await audit.post(f"{path}/moderation", moderation(), Role.MODERATOR, person=MODERATOR, key=f"{path}-1")
    assert moderated.status_code == 200
    again = await audit.post(f"{path}/moderation", moderation(), Role.MODERATOR, person=MODERATOR, key=f"{path}-1")
    assert again.json()["replayed"] is True
    other = moderation(rationale="Read once more.")
    refused = await audit.post(f"{path}/moderation", other, Role.MODERATOR, person=MODERATOR, key=f"{path}-2")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:sightline:problem:moderation-done-with-other-text"
    body = completion(overall_rationale="Read once more.")
    twice = await audit.post(f"{path}/completion", body, Role.AUDITOR, person=AUDITOR, key=f"{path}-3")
    assert twice.status_code == 409
    assert twice.json()["type"] == "urn:sightline:problem:audit-completed-with-other-text"


async def test_a_moderator_of_the_team_is_refused(audit: Service) -> None:
    audit_id = await completed(audit, organisation={"area": "north", "district": "riverside", "team": "riverside-2"})
    own = UUID("c0000000-0000-4000-8000-000000000002")
    answer = await audit.post(f"/audits/{audit_id}/moderation", moderation(), Role.MODERATOR, person=own)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:sightline:problem:moderator-is-of-the-team"


async def test_an_amendment_keeps_the_texts_that_are_not_rewritten(audit: Service) -> None:
    audit_id = await completed(audit)
    body = completion(overall_grade="requires-improvement", reason="mistyped", overall_rationale=None)
    del body["recommendations"]
    body["answers"]["plan-smart"] = {"value": True, "evidence": "Seen in the plan of April."}
    body["happened_at"] = "2025-12-01T09:00:00+00:00"
    answer = await audit.post(f"/audits/{audit_id}/amendment", body, Role.AUDITOR, person=AUDITOR)
    assert answer.status_code == 200, answer.text
    seen = (await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)).json()
    assert seen["texts"]["overall_rationale"] == "The plan works, and the family says so."
    assert seen["texts"]["answers/plan-smart/evidence"] == "Seen in the plan of April."
    [amended] = [data for kind, data in await audit.published(audit_id) if kind == "audit-amended.v1"]
    assert amended["changed"] == ["answers", "overall_grade"]
    assert amended["completed_on"] == "2025-11-20"
    assert len(amended["recommendations"]) == 1


async def test_a_child_without_an_audit_gets_a_reference_once_and_none_once_erased(audit: Service) -> None:
    first = await audit.post("/children", {"case_number": "RS-NO-AUDIT-1"}, Role.SERVICE)
    reference = first.json()["case_reference"]
    again = await audit.post("/children", {"case_number": " rs-no-audit-1"}, Role.QA_OFFICER)
    assert again.json() == first.json()
    allocated = await audit.post("/audits", allocation(case_number="RS-NO-AUDIT-1"), Role.QA_OFFICER)
    seen = (await audit.get(f"/audits/{allocated.json()['audit_id']}", Role.QA_OFFICER)).json()
    assert seen["case_reference"] == reference
    await audit.post(f"/children/{reference}/erasure", {}, Role.QA_MANAGER)
    gone = await audit.post("/children", {"case_number": "RS-NO-AUDIT-1"}, Role.SERVICE)
    assert (gone.status_code, gone.json()["type"]) == (409, "urn:sightline:problem:child-erased")


async def test_an_erased_childs_texts_are_gone_and_the_child_is_not_brought_back(audit: Service) -> None:
    audit_id = await completed(audit, case_number="RS-000999")
    found = await audit.post("/children/reference", {"case_number": "rs-000999"}, Role.QA_OFFICER)
    reference = found.json()["case_reference"]
    erased = await audit.post(f"/children/{reference}/erasure", {}, Role.QA_MANAGER)
    assert erased.json()["erased_now"] is True
    assert (await audit.post(f"/children/{reference}/erasure", {}, Role.QA_MANAGER)).json()["erased_now"] is False

    seen = (await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)).json()
    assert set(seen["texts"].values()) == {"[erased]"}
    assert seen["case_number"] == "[erased]"
    assert seen["outcome"]["overall_grade"] == "good"
    kinds = [kind for kind, _ in await audit.published(reference)]
    assert kinds == ["child-erased.v1"]

    again = await audit.post("/audits", allocation(case_number=" rs-000 999"), Role.QA_OFFICER)
    assert again.status_code == 409
    assert again.json()["type"] == "urn:sightline:problem:child-erased"
    text = await audit.post(
        f"/audits/{audit_id}/concern", {"concern": "practice", "text": "Late."}, Role.AUDITOR, person=AUDITOR
    )
    assert text.json()["type"] == "urn:sightline:problem:child-erased"


async def test_what_is_still_to_come_did_not_happen(audit: Service) -> None:
    answer = await audit.post("/audits", allocation(happened_at="2026-03-02T10:00:01+00:00"), Role.QA_OFFICER)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:sightline:problem:in-the-future"


async def test_an_allocation_lists_everything_that_does_not_fit(audit: Service) -> None:
    body = allocation(
        case_number="RS-000777",
        kind="thematic",
        service="unknown",
        organisation={"area": "north", "district": "riverside", "team": "nowhere"},
    )
    answer = await audit.post("/audits", body, Role.QA_OFFICER)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["problems"]} == {"kind", "service", "organisation"}
    looked_up = await audit.post("/children/reference", {"case_number": "RS-000777"}, Role.QA_OFFICER)
    assert looked_up.status_code == 404


async def test_a_second_version_leaves_audits_under_way_on_the_first(audit: Service) -> None:
    await publish_tool(audit, {**TOOL_JSON, "tool": "second-edition"})
    audit_id = await allocated(audit, tool="second-edition")
    await publish_tool(audit, {**TOOL_JSON, "tool": "second-edition", "version": 2, "title": "Check, second edition"})
    answer = await audit.post(f"/audits/{audit_id}/completion", completion(), Role.AUDITOR, person=AUDITOR)
    assert answer.status_code == 200
    tools = (await audit.get("/tools", Role.ANALYST)).json()["tools"]
    assert [each for each in tools if each["tool"] == "second-edition"] == [
        {
            "tool": "second-edition",
            "title": "Check, second edition",
            "kinds": ["case-file"],
            "graded": True,
            "versions": 2,
            "status": "published",
            "in_use": 2,
            "has_draft": False,
        }
    ]
