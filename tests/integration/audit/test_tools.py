"""A tool from its draft to its retirement over HTTP; audits under way finish on the version they began with."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.audit.domain.tools.document import read_tool
from shared.web.principal import Role
from tests.integration.audit.support import Service, allocation, completion, service
from tests.support.stack import Stack
from tests.unit.audit.builders import TOOL_JSON
from tests.unit.audit.tool_builders import full_json

pytestmark = pytest.mark.stack

OFFICER = UUID("f0000000-0000-4000-8000-000000000001")
ADDRESS = "/tools/riverside-check"
DOCUMENT: dict[str, Any] = {key: value for key, value in TOOL_JSON.items() if key != "version"}


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("tools")) as opened:
        yield opened


async def put(audit: Service, document: dict[str, Any], role: Role = Role.QA_MANAGER) -> Any:
    return await audit.http.put(f"/v1{ADDRESS}/draft", json=document, headers=audit.headers(role))


def kind_of(answer: Any) -> str:
    return str(answer.json()["type"]).rsplit(":", 1)[-1]


async def test_from_draft_to_retirement(audit: Service) -> None:
    # A draft is the QA unit's own, is replaced, and is published as version 1.
    assert (await put(audit, {**DOCUMENT, "title": "First try"})).status_code == 200
    saved = await put(audit, DOCUMENT)
    assert (saved.status_code, saved.json()["comparison"]) == (200, None)
    assert (await put(audit, DOCUMENT, Role.AUDITOR)).status_code == 403
    assert (await audit.get(f"{ADDRESS}/draft", Role.AUDITOR)).status_code == 403
    assert (await audit.get(f"{ADDRESS}/draft", Role.QA_OFFICER)).json()["title"] == DOCUMENT["title"]
    assert kind_of(await audit.get(ADDRESS, Role.AUDITOR)) == "tool-not-found"
    [row] = (await audit.get("/tools", Role.QA_OFFICER)).json()["tools"]
    assert (row["status"], row["in_use"], row["has_draft"]) == ("draft", None, True)
    assert (await audit.get("/tools", Role.AUDITOR)).json()["tools"] == []
    who = {"key": "publish-1"}
    assert (await audit.post(f"{ADDRESS}/publication", {}, Role.QA_MANAGER)).json()["version"] == 1
    assert kind_of(await audit.post(f"{ADDRESS}/publication", {}, Role.QA_MANAGER, **who)) == "tool-not-drafted"

    # An audit begins; a second version is drafted, compared, published, and the first one retired.
    begun = await audit.post("/audits", allocation(), Role.QA_OFFICER)
    assert begun.status_code == 201, begun.text
    new = {**allocation(tool_version=1), "case_number": "RS-000124", "happened_at": None, "due_on": None}
    asked = await audit.post("/audits", new, Role.QA_OFFICER, key="asked", person=OFFICER)
    assert asked.status_code == 201, asked.text
    second = copy.deepcopy(DOCUMENT)
    second["sections"][0]["questions"].append({"id": "plan-known", "text": "Is it known?", "scale": "yes-no"})
    assert (await put(audit, second)).json()["comparison"]["added"] == ["plan-known"]
    drafted = {role: (await audit.get("/tools", role)).json()["tools"] for role in (Role.QA_OFFICER, Role.AUDITOR)}
    assert [[row["has_draft"] for row in rows] for rows in drafted.values()] == [[True], [False]]
    compared = (await audit.get(f"{ADDRESS}/comparison", Role.QA_OFFICER)).json()
    assert (compared["old"], compared["new"], compared["added"], compared["refused"]) == (1, None, ["plan-known"], [])
    remeant = copy.deepcopy(second)
    remeant["sections"][0]["questions"][0]["text"] = "How bad is the plan?"
    told = (await audit.post(f"{ADDRESS}/comparison", remeant, Role.QA_OFFICER)).json()
    assert [each["question"] for each in told["refused"]] == ["plan-grade"]
    assert (await audit.post("/tools", remeant, Role.QA_MANAGER)).status_code == 422
    another = await audit.post(f"{ADDRESS}/comparison", {**second, "tool": "another"}, Role.QA_OFFICER)
    assert (another.status_code, [each["place"] for each in another.json()["problems"]]) == (422, ["body/tool"])
    assert (await audit.post(f"{ADDRESS}/publication", {}, Role.QA_MANAGER)).json()["version"] == 2
    retired = await audit.post(f"{ADDRESS}/versions/1/retirement", {}, Role.QA_MANAGER)
    assert (retired.status_code, retired.json()["status"]) == (200, "retired")

    # No audit begins with it; the same request as before is answered as before; the audit under way finishes.
    refused = await audit.post("/audits", new, Role.QA_OFFICER)
    assert (refused.status_code, kind_of(refused)) == (422, "tool-version-retired"), refused.text
    assert [each["place"] for each in refused.json()["problems"]] == ["body/tool_version"]
    both = await audit.post("/audits", {**new, "service": "unknown"}, Role.QA_OFFICER)
    assert {each["place"] for each in both.json()["problems"]} == {"body/service", "body/tool_version"}
    again = await audit.post("/audits", new, Role.QA_OFFICER, key="asked", person=OFFICER)
    assert (again.status_code, again.json()["audit_id"]) == (201, asked.json()["audit_id"]), again.text
    done = await audit.post(f"/audits/{begun.json()['audit_id']}/completion", completion(), Role.QA_OFFICER)
    assert done.status_code == 200, done.text
    newest = await audit.post("/audits", {**new, "tool_version": None}, Role.QA_OFFICER)
    assert newest.status_code == 201, newest.text

    # Lists are paged.
    first = (await audit.get(f"{ADDRESS}/versions?limit=1", Role.AUDITOR)).json()
    rest = (await audit.get(f"{ADDRESS}/versions?limit=1&after={first['after']}", Role.AUDITOR)).json()
    assert [(each["version"], each["status"]) for each in (*first["versions"], *rest["versions"])] == [
        (1, "retired"),
        (2, "published"),
    ]
    assert rest["after"] is None


async def test_tools_are_listed_by_page_kind_and_standing(audit: Service) -> None:
    for name in ("page-one", "page-two", "page-three"):
        document = {**full_json(), "tool": name, "kinds": ["paging"]}
        assert (await audit.post("/tools", document, Role.QA_MANAGER)).status_code == 201
    assert (await audit.post("/tools/page-two/versions/1/retirement", {}, Role.QA_MANAGER)).status_code == 200
    found: list[str] = []
    address: str | None = "/tools?kind=paging&limit=2"
    while address is not None:
        page = (await audit.get(address, Role.AUDITOR)).json()
        found += [row["tool"] for row in page["tools"]]
        address = page["after"] and f"/tools?kind=paging&limit=2&after={page['after']}"
    assert sorted(found) == ["page-one", "page-three", "page-two"]
    [row] = (await audit.get("/tools?kind=paging&status=retired", Role.QA_OFFICER)).json()["tools"]
    assert (row["tool"], row["in_use"]) == ("page-two", None)


async def test_the_full_tool_travels_as_it_is_and_holds_audits_to_its_limits(audit: Service) -> None:
    assert (await audit.post("/tools", full_json(), Role.QA_MANAGER)).status_code == 201
    answer = await audit.get("/tools/full-check", Role.AUDITOR)
    assert read_tool(answer.json()) == read_tool({**full_json(), "version": 1})
    begun = await audit.post("/audits", allocation(tool="full-check"), Role.QA_OFFICER)
    outcome = completion(
        sections={"safety": {"grade": "inadequate"}, "goals": {"score": 7}},
        answers={
            "seen-alone": {"value": "not-seen"},
            "father": {"value": "not-applicable", "reason": "has-died"},
            "progress": {"value": 10},
            "own-words": {"text": "They said so."},
            "felt-heard": {"value": True},
            "worker-says": {"value": True},
            "last-visit": {"value": "2025-11-21"},
        },
        overall_grade="outstanding",
        parent_feedback={"obtained": True},
    )
    address = f"/audits/{begun.json()['audit_id']}/completion"
    refused = await audit.post(address, outcome, Role.QA_OFFICER)
    assert refused.status_code == 422
    assert {each["place"] for each in refused.json()["problems"]} == {
        "body/overall_grade",
        "body/overridden_limits/not-seen-alone",
        "body/answers/last-visit",
    }
    outcome["sections"]["safety"]["grade"] = "requires-improvement"
    outcome["answers"].pop("last-visit")
    outcome["overridden_limits"] = {"not-seen-alone": "A baby, seen with the mother."}
    done = await audit.post(address, outcome, Role.QA_OFFICER)
    assert done.status_code == 200, done.text
    published = dict(await audit.published(begun.json()["audit_id"]))
    told = published["audit-completed.v1"]
    assert told["overridden_limits"] == ["not-seen-alone"]
    assert {each["section"]: each["grade"] for each in told["sections"]}["goals"] == "good"
    assert "A baby" not in json.dumps(published)


async def test_a_draft_with_faults_is_not_saved_and_every_fault_is_told(audit: Service) -> None:
    broken = copy.deepcopy(DOCUMENT)
    broken["sections"][0]["questions"][0]["comparable"] = True
    broken["limits"] = [
        {
            "id": "odd",
            "message": "Odd.",
            "effect": "warn",
            "when": [{"section": "weather", "at_most": "good"}],
            "overall_at_most": "good",
        }
    ]
    answer = await put(audit, broken)
    assert (answer.status_code, kind_of(answer)) == (422, "tool-invalid")
    assert [each["place"] for each in answer.json()["problems"]] == [
        "body/sections/planning/questions/plan-grade/comparable",
        "body/limits/odd/when/0/section",
    ]
    elsewhere = await put(audit, full_json())
    assert [each["place"] for each in elsewhere.json()["problems"]] == ["body/tool"]


async def test_a_designer_does_not_write_over_what_another_wrote_since(audit: Service) -> None:
    document = {**DOCUMENT, "tool": "seen-check"}
    address = "/v1/tools/seen-check/draft"

    async def save(seen: str, **changes: Any) -> Any:
        headers = {**audit.headers(Role.QA_MANAGER), "If-Match": seen}
        return await audit.http.put(address, json={**document, **changes}, headers=headers)

    first = await save('"0"')
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    read = await audit.get("/tools/seen-check/draft", Role.QA_OFFICER)
    assert read.headers["etag"] == '"1"'
    assert (await save('"1"', title="Canary title")).headers["etag"] == '"2"'
    refused = await save('"1"', title="Mine")
    assert (refused.status_code, kind_of(refused), refused.headers["etag"]) == (412, "version-seen-is-old", '"2"')
    [told] = refused.json()["problems"]
    assert told["message"] == "tool-drafted by qa-manager: document"
    assert "Canary" not in refused.text
    never = await save('"9"', title="Mine")
    assert (never.status_code, kind_of(never)) == (412, "version-never-given")
    assert (await audit.get("/tools/seen-check/draft", Role.QA_OFFICER)).json()["title"] == "Canary title"

    # Publishing and retiring ask the same, and a repeat of what was taken is answered as it was.
    old = {**audit.headers(Role.QA_MANAGER), "If-Match": '"1"'}
    new = {**audit.headers(Role.QA_MANAGER, person=OFFICER, key="seen-publish"), "If-Match": '"2"'}
    assert (await audit.http.post("/v1/tools/seen-check/publication", headers=old)).status_code == 412
    for _ in range(2):
        published = await audit.http.post("/v1/tools/seen-check/publication", headers=new)
        assert (published.status_code, published.headers["etag"], published.json()["version"]) == (201, '"3"', 1)
    assert (await audit.http.post("/v1/tools", json=document, headers=old)).status_code == 412
    versions = await audit.get("/tools/seen-check/versions", Role.AUDITOR)
    retire = "/v1/tools/seen-check/versions/1/retirement"
    assert (await audit.http.post(retire, headers=old)).status_code == 412
    seen = {"If-Match": versions.headers["etag"]}
    assert (await audit.http.post(retire, headers={**audit.headers(Role.QA_MANAGER), **seen})).status_code == 200


async def test_what_is_published_again_says_what_is(audit: Service) -> None:
    document = {**DOCUMENT, "tool": "again-check"}
    assert (await audit.post("/tools", document, Role.QA_MANAGER)).json()["version"] == 1
    # A draft of what is in use is done with once it is published, whichever way.
    for publish in ("/tools", "/tools/again-check/publication"):
        saved = await audit.http.put(
            "/v1/tools/again-check/draft", json=document, headers=audit.headers(Role.QA_MANAGER)
        )
        assert saved.status_code == 200
        again = await audit.post(publish, document if publish == "/tools" else {}, Role.QA_MANAGER)
        assert (again.status_code, again.json()["version"]) == (201, 1)
        assert kind_of(await audit.get("/tools/again-check/draft", Role.QA_OFFICER)) == "tool-not-drafted"
    # A retired version stays so: named it is refused, unnamed it is published anew.
    assert (await audit.post("/tools/again-check/versions/1/retirement", {}, Role.QA_MANAGER)).status_code == 200
    refused = await audit.post("/tools", {**document, "version": 1}, Role.QA_MANAGER)
    assert refused.status_code == 422
    [problem] = refused.json()["problems"]
    assert (problem["place"], problem["message"]) == (
        "body/version",
        "this version is published already, and is retired",
    )
    assert (await audit.post("/tools", document, Role.QA_MANAGER)).json()["version"] == 2


async def test_one_person_without_keys_publishes_each_draft_and_what_was_retired(audit: Service) -> None:
    base = {**DOCUMENT, "tool": "turn-check"}
    other = {**base, "title": "Another title"}
    who: dict[str, Any] = {"person": OFFICER}

    async def publish(document: dict[str, Any] | None) -> tuple[int, int]:
        if document is not None:
            headers = audit.headers(Role.QA_MANAGER, **who)
            saved = await audit.http.put("/v1/tools/turn-check/draft", json=document, headers=headers)
            assert saved.status_code == 200
            drafted = await audit.get("/tools/turn-check/draft", Role.QA_MANAGER, **who)
            assert drafted.json()["title"] == document["title"]
        answer = await audit.post("/tools/turn-check/publication", None, Role.QA_MANAGER, **who)
        versions = (await audit.get("/tools/turn-check/versions", Role.QA_MANAGER, **who)).json()["versions"]
        return answer.json()["version"], len(versions)

    assert [await publish(document) for document in (base, None, other, None)] == [(1, 1), (1, 1), (2, 2), (2, 2)]
    assert await publish(base) == (3, 3)  # words saved and published before, again
    assert (await audit.post("/tools/turn-check/versions/3/retirement", {}, Role.QA_MANAGER, **who)).status_code == 200
    assert [await publish(document) for document in (base, None)] == [(4, 4), (4, 4)]
    assert (await audit.post("/tools", other, Role.QA_MANAGER, **who)).json()["version"] == 2
    assert (await audit.post("/tools/turn-check/versions/2/retirement", {}, Role.QA_MANAGER, **who)).status_code == 200
    for _ in range(2):
        assert (await audit.post("/tools", other, Role.QA_MANAGER, **who)).json()["version"] == 5


async def test_an_unknown_tool_or_version_is_told_among_the_other_faults_of_an_allocation(audit: Service) -> None:
    assert (await audit.post("/tools", {**DOCUMENT, "tool": "known-check"}, Role.QA_MANAGER)).status_code == 201
    for named, place in (
        ({"tool": "no-such-tool"}, "body/tool"),
        ({"tool": "no-such-tool", "tool_version": 1}, "body/tool"),
        ({"tool": "known-check", "tool_version": 9}, "body/tool_version"),
    ):
        refused = await audit.post("/audits", allocation(service="unknown", **named), Role.QA_OFFICER)
        assert (refused.status_code, kind_of(refused)) == (422, "allocation-invalid"), refused.text
        assert {each["place"] for each in refused.json()["problems"]} == {"body/service", place}


async def test_the_tools_of_an_authority_without_settings_are_not_none_but_unknown(audit: Service) -> None:
    answer = await audit.get("/tools", Role.QA_OFFICER, authority="nowhere")
    assert (answer.status_code, kind_of(answer)) == (422, "authority-unknown")
