"""The edges of audit's HTTP API: what is documented works as pasted, what is odd is refused, what races is settled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.audit.main import finish_erasures
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
from tests.unit.audit.builders import AUDITOR, TOOL_JSON, settings_text

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[3]


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    sample = (ROOT / "infra/sample/authorities/northmoor.yaml").read_text(encoding="utf-8")
    folder = tmp_path_factory.mktemp("edges")
    async with service(
        stack.postgres, folder, sample.replace("share: sample", "share: all"), settings_text("riverton")
    ) as opened:
        await publish_tool(opened, authority="riverton")
        yield opened


async def post(audit: Service, path: str, body: Any, role: Role = Role.QA_MANAGER, **who: Any) -> Any:
    return await audit.post(path, body, role, **{"authority": "riverton", **who})


def examples(document: dict[str, Any], path: str) -> Any:
    [example] = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"].values()
    return example["value"]


async def test_the_examples_of_the_openapi_document_work_as_pasted(audit: Service) -> None:
    document = (await audit.http.get("/openapi.json")).json()
    for version in (1, 2):
        file = ROOT / f"infra/sample/tools/standard-case-file-audit.{version}.json"
        await publish_tool(audit, json.loads(file.read_text(encoding="utf-8")))
    published = await audit.post("/tools", examples(document, "/v1/tools"), Role.QA_MANAGER)
    assert published.status_code == 201
    begun = await audit.post("/audits", examples(document, "/v1/audits"), Role.QA_MANAGER)
    assert begun.status_code == 201, begun.text
    path = f"/audits/{begun.json()['audit_id']}"
    steps = ("concern", "completion", "moderation", "amendment", "recommendations")
    for step in steps:
        body = examples(document, f"/v1/audits/{{audit_id}}/{step}")
        answer = await audit.post(f"{path}/{step}", body, Role.QA_MANAGER)
        assert answer.is_success, (step, answer.text)
    recommendation = answer.json()["recommendations"][0]
    body = examples(document, "/v1/audits/{audit_id}/recommendations/{recommendation_id}/follow-up")
    audit.clock[0] = audit.clock[0].replace(year=2027)  # the example's supervision lies in November 2026
    followed = await audit.post(f"{path}/recommendations/{recommendation}/follow-up", body, Role.TEAM_MANAGER)
    assert followed.is_success, followed.text


async def test_every_operation_says_who_it_is_for_and_what_it_does(audit: Service) -> None:
    document = (await audit.http.get("/openapi.json")).json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if path.startswith("/v1"):
                assert operation["summary"], path
                assert operation["security"], path


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"happened_at": "0001-01-01T00:00:00+00:00"}, "body/happened_at"),
        ({"happened_at": "2025-11-03T09:00:00"}, "body/happened_at"),
        ({"auditor": None}, "body"),
        ({"case_reference": str(uuid4())}, "body"),
        ({"cycle": "November 2025"}, "body/cycle"),
        ({"name": "Mrs Canary"}, "body/name"),
        ({"case_number": "x" * 61}, "body/case_number"),
    ],
)
async def test_an_odd_allocation_is_refused_at_its_place(audit: Service, changes: dict[str, Any], place: str) -> None:
    answer = await post(audit, "/audits", allocation(**changes))
    assert answer.status_code == 422
    assert place in {each["place"] for each in answer.json()["problems"]}
    assert "Canary" not in answer.text


@pytest.mark.parametrize("text", ["bell \x07", "zero \x00", "x" * 20_001])
async def test_unreadable_or_endless_text_is_refused(audit: Service, text: str) -> None:
    answer = await post(audit, f"/audits/{uuid4()}/concern", {"concern": "practice", "text": text})
    assert answer.status_code == 422
    tool = await post(audit, "/tools", {**TOOL_JSON, "tool": "odd", "title": text})
    assert tool.status_code == 422


async def test_a_reference_of_another_authority_is_unknown(audit: Service) -> None:
    await post(audit, "/audits", allocation(case_number="RV-1"))
    found = await post(audit, "/children/reference", {"case_number": "RV-1"})
    reference = found.json()["case_reference"]
    own = await post(audit, "/audits", allocation(case_number=None, case_reference=reference))
    assert own.status_code == 201
    elsewhere = allocation(
        case_number=None,
        case_reference=reference,
        kind="thematic",
        tool="thematic-audit",
        organisation={"area": "east", "district": "hallow-bay", "team": "hallow-bay-assessment"},
    )
    tool = json.loads((ROOT / "infra/sample/tools/thematic-audit.1.json").read_text(encoding="utf-8"))
    await publish_tool(audit, tool)
    answer = await audit.post("/audits", elsewhere, Role.QA_MANAGER)
    assert answer.status_code == 404
    assert (await audit.post(f"/children/{reference}/erasure", {}, Role.QA_MANAGER)).status_code == 404
    assert (await audit.post("/children/reference", {"case_number": "RV-1"}, Role.QA_MANAGER)).status_code == 404


async def test_of_many_moderators_at_once_exactly_one_is_taken(audit: Service) -> None:
    created = await post(audit, "/audits", allocation(case_number="RV-2"))
    audit_id = created.json()["audit_id"]
    done = await post(audit, f"/audits/{audit_id}/completion", completion())
    assert done.is_success, done.text
    answers = await asyncio.gather(
        *(post(audit, f"/audits/{audit_id}/moderation", moderation(), Role.MODERATOR, person=uuid4()) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    assert {answer.json()["type"].rsplit(":", 1)[-1] for answer in answers if answer.is_error} == {
        "moderation-already-done"
    }
    assert [kind for kind, _ in await audit.published(audit_id)].count("moderation-done.v1") == 1


async def test_of_many_completions_with_one_key_one_takes_effect(audit: Service) -> None:
    created = await post(audit, "/audits", allocation(case_number="RV-3"))
    path = f"/audits/{created.json()['audit_id']}/completion"
    answers = await asyncio.gather(
        *(post(audit, path, completion(), Role.AUDITOR, person=AUDITOR, key="one") for _ in range(6))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["version"] for answer in answers}) == 1
    assert sum(not answer.json()["replayed"] for answer in answers) == 1


async def test_lists_are_paged_without_gap_or_repeat(audit: Service) -> None:
    made = {
        (await post(audit, "/audits", allocation(case_number=f"RV-{n}", cycle="2025-07"))).json()["audit_id"]
        for n in range(10, 17)
    }
    seen: list[str] = []
    after = ""
    while True:
        page = (await audit.get(f"/audits?cycle=2025-07&limit=3{after}", Role.QA_OFFICER, authority="riverton")).json()
        seen += [each["audit_id"] for each in page["audits"]]
        if page["after"] is None:
            break
        after = f"&after={page['after']}"
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == made


async def test_an_erasure_that_died_half_way_is_finished_at_the_next_start(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as audit:
        await publish_tool(audit)
        audit_id = await completed(audit)
        found = await audit.post("/children/reference", {"case_number": "RS-000123"}, Role.QA_OFFICER)
        reference = found.json()["case_reference"]
        await audit.parts.keys.destroy([UUID(reference)], audit.clock[0])  # the first step, and then the process died
        assert await audit.published(reference) == []
        await finish_erasures(audit.parts)
        await finish_erasures(audit.parts)
        assert [kind for kind, _ in await audit.published(reference)] == ["child-erased.v1"]
        seen = (await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)).json()
        assert set(seen["texts"].values()) == {"[erased]"}
        assert (await audit.post("/audits", allocation(), Role.QA_OFFICER)).status_code == 409


async def test_a_key_of_an_earlier_answer_stands_after_a_withdrawal(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as audit:
        await publish_tool(audit)
        audit_id = await allocated(audit)
        path = f"/audits/{audit_id}"
        first = await audit.post(f"{path}/completion", completion(), Role.AUDITOR, person=AUDITOR, key="once")
        await audit.post(f"{path}/withdrawal", {"reason": "wrong-child"}, Role.QA_OFFICER)
        again = await audit.post(f"{path}/completion", completion(), Role.AUDITOR, person=AUDITOR, key="once")
        assert again.json() == {**first.json(), "replayed": True}


async def test_an_authority_without_settings_is_unknown(audit: Service) -> None:
    tool = await audit.post("/tools", TOOL_JSON, Role.QA_MANAGER, authority="atlantis")
    begun = await audit.post("/audits", allocation(), Role.QA_MANAGER, authority="atlantis")
    headers = {**audit.headers(Role.QA_MANAGER, authority="atlantis"), "Content-Type": "text/csv"}
    imported = await audit.http.post("/v1/imports", content=b"case_number\n1", headers=headers)
    for answer in (tool, begun, imported):
        assert answer.status_code == 422
        assert answer.json()["type"] == "urn:sightline:problem:authority-unknown"
