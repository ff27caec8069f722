"""ETag and If-Match: who writes over what others wrote since is told what they changed, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.support import Service, allocated, completed, completion, publish_tool, service
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("seen")) as opened:
        await publish_tool(opened)
        yield opened


CONCERN = {"concern": "practice", "text": "Canary of the concern."}


def naming(service: Service, role: Role, version: str, **who: object) -> dict[str, str]:
    return {**service.headers(role, **who), "If-Match": version}  # type: ignore[arg-type]  # as headers takes them


async def test_every_answer_carries_its_version_and_a_write_may_name_it(audit: Service) -> None:
    audit_id = await allocated(audit)
    read = await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)
    assert (read.headers["etag"], read.json()["version"]) == ('"1"', 1)
    flagged = await audit.http.post(
        f"/v1/audits/{audit_id}/concern", json=CONCERN, headers=naming(audit, Role.QA_OFFICER, read.headers["etag"])
    )
    assert (flagged.status_code, flagged.headers["etag"]) == (200, '"2"')


async def test_a_write_on_an_old_version_is_refused_and_told_what_changed_without_values(audit: Service) -> None:
    audit_id = await allocated(audit)
    await audit.post(f"/audits/{audit_id}/concern", CONCERN, Role.AUDITOR, person=AUDITOR)
    await audit.post(f"/audits/{audit_id}/completion", completion(), Role.QA_OFFICER)
    amendment = completion(overall_grade="requires-improvement", reason="mistyped", happened_at=None)
    del amendment["recommendations"]
    await audit.post(f"/audits/{audit_id}/amendment", amendment, Role.QA_MANAGER)
    answer = await audit.http.post(
        f"/v1/audits/{audit_id}/withdrawal",
        json={"reason": "wrong-child"},
        headers=naming(audit, Role.QA_OFFICER, '"1"'),
    )
    assert answer.status_code == 412
    told = answer.json()
    assert told["type"] == "urn:sightline:problem:version-seen-is-old"
    assert answer.headers["etag"].strip('"').isdigit()
    events = [(one["field"], one["message"].split(":")[0]) for one in told["problems"]]
    assert events[0] == ("concern-flagged", "concern-flagged by auditor")
    assert events[1] == ("audit-completed", "audit-completed by qa-officer")
    assert ("audit-amended", "audit-amended by qa-manager") in events
    amended = next(one for one in told["problems"] if one["field"] == "audit-amended")
    assert amended["message"].endswith(": overall_grade")
    for value in ("Canary", "requires-improvement", "safeguarding", "RS-000123", str(AUDITOR)):
        assert value not in json.dumps(told)


async def test_a_repeat_of_what_was_taken_is_answered_though_its_version_is_old(audit: Service) -> None:
    audit_id = await allocated(audit)
    headers = naming(audit, Role.AUDITOR, '"1"', person=AUDITOR, key="one")
    first, again = [
        await audit.http.post(f"/v1/audits/{audit_id}/completion", json=completion(), headers=headers) for _ in range(2)
    ]
    assert (first.status_code, again.status_code) == (200, 200)
    assert (again.json()["replayed"], again.headers["etag"]) == (True, first.headers["etag"])


async def test_the_same_words_for_a_later_version_are_a_command_of_their_own(audit: Service) -> None:
    audit_id = await completed(audit)
    grades = ("requires-improvement", "good", "requires-improvement")
    for grade in grades:
        amendment = completion(overall_grade=grade, reason="mistyped", happened_at=None)
        del amendment["recommendations"]
        seen = (await audit.get(f"/audits/{audit_id}", Role.QA_MANAGER)).headers["etag"]
        headers = naming(audit, Role.AUDITOR, seen, person=AUDITOR)
        for replayed in (False, True):
            answer = await audit.http.post(f"/v1/audits/{audit_id}/amendment", json=amendment, headers=headers)
            assert (answer.status_code, answer.json()["replayed"]) == (200, replayed)
        standing = (await audit.get(f"/audits/{audit_id}", Role.QA_MANAGER)).json()
        assert standing["outcome"]["overall_grade"] == grade


async def test_a_version_not_there_yet_or_unreadable_is_refused(audit: Service) -> None:
    audit_id = await completed(audit)
    statuses, kinds = {}, {}
    for given in ('"99"', "latest", '"1", "2"', "*"):
        answer = await audit.http.post(
            f"/v1/audits/{audit_id}/concern", json=CONCERN, headers=naming(audit, Role.QA_OFFICER, given)
        )
        statuses[given] = answer.status_code
        kinds[given] = answer.json().get("type", "").rsplit(":", 1)[-1]
    assert kinds['"99"'] == "version-never-given"
    assert statuses == {'"99"': 412, "latest": 400, '"1", "2"': 400, "*": 200}


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_a_draft_is_not_saved_on_a_version_that_was_never_given(audit: Service, method: str) -> None:
    audit_id = await allocated(audit)
    address = f"/v1/audits/{audit_id}/draft"
    written = {"overall_grade": "good"}
    saved = await audit.http.request(method, address, json=written, headers=naming(audit, Role.QA_OFFICER, '"0"'))
    assert (saved.status_code, saved.json()["version"]) == (200, 1)
    headers = naming(audit, Role.QA_OFFICER, '"99"')
    refused = await audit.http.request(method, address, json={"overall_grade": "inadequate"}, headers=headers)
    assert (refused.status_code, refused.headers["etag"]) == (412, '"1"')
    assert refused.json()["type"] == "urn:sightline:problem:version-never-given"
    assert (await audit.http.get(address, headers=headers)).status_code == 412
    stands = (await audit.get(f"/audits/{audit_id}/draft", Role.QA_OFFICER)).json()
    assert (stands["version"], stands["draft"]["overall_grade"]) == (1, "good")


async def test_every_write_of_an_audit_documents_the_header_and_its_refusal(audit: Service) -> None:
    document = (await audit.http.get("/openapi.json")).json()
    writes = {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith(("/v1/audits/{audit_id}", "/v1/tools")) and method != "get" and "comparison" not in path
    }
    assert {"put /v1/tools/{tool}/draft", "post /v1/tools", "post /v1/tools/xlsform"} <= writes.keys()
    assert "post /v1/audits/{audit_id}/completion" in writes
    without = [
        name
        for name, operation in writes.items()
        if [one["name"] for one in operation["parameters"]].count("If-Match") != 1
        or "412" not in operation["responses"]
    ]
    assert without == []
