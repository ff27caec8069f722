"""Who may do what, as a table of role, route and scope: denied unless said (G11)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from shared.web.principal import WHOLE, Role
from tests.integration.audit.support import (
    Service,
    allocation,
    completed,
    completion,
    moderation,
    publish_tool,
    service,
)
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR, MODERATOR, TOOL_JSON, settings_text

pytestmark = pytest.mark.stack

HERE = ("north/riverside/riverside-1",)
DISTRICT = ("north/riverside",)
ELSEWHERE = ("north/hillside",)
EVERYWHERE = (WHOLE,)
MANAGERS = {Role.TEAM_MANAGER, Role.SERVICE_MANAGER}
QA = {Role.QA_OFFICER, Role.QA_MANAGER, Role.SERVICE}


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    documents = settings_text("northmoor", blind=True), settings_text("saltmere")
    async with service(stack.postgres, tmp_path_factory.mktemp("access"), *documents) as opened:
        await publish_tool(opened)
        await publish_tool(opened, authority="saltmere")
        yield opened


def amendment() -> dict[str, Any]:
    body = completion(overall_grade="outstanding", reason="mistyped")
    del body["recommendations"], body["happened_at"]
    return body


ROUTES: dict[str, tuple[Callable[[], dict[str, Any]], set[Role]]] = {
    "concern": (lambda: {"concern": "practice"}, {Role.MODERATOR, Role.TEAM_MANAGER, *QA}),
    "completion": (completion, QA),
    "amendment": (amendment, QA),
    "withdrawal": (lambda: {"reason": "wrong-child"}, QA),
    "moderation-request": (dict, QA),
    "moderation": (lambda: moderation(happened_at=None), {Role.MODERATOR, *QA}),
    "moderation/blind-grades": (lambda: {"overall_grade": "good", "rationale": "Planned well."}, {Role.MODERATOR, *QA}),
    "dispute": (lambda: {"reason": "grade", "text": "We see it otherwise."}, {*MANAGERS, *QA}),
    f"disputes/{uuid4()}/settlement": (lambda: {"outcome": "noted"}, {Role.QA_MANAGER, Role.SERVICE}),
    "reflective-note": (lambda: {"text": "We talked."}, {*MANAGERS, *QA}),
    "recommendations": (
        lambda: {"recommendation": {"category": "supervision"}},
        {Role.MODERATOR, Role.TEAM_MANAGER, *QA},
    ),
    f"recommendations/{uuid4()}/follow-up": (lambda: {"done": False}, {Role.TEAM_MANAGER, *QA}),
}
REFUSED_AS_A_PERSON = (401, 403, 404)


async def forbidden(audit: Service, audit_id: str, route: str, role: Role, **who: Any) -> bool:
    """Say whether the caller is turned away for who they are, not for what they ask."""
    body, _ = ROUTES[route]
    answer = await audit.post(f"/audits/{audit_id}/{route}", body(), role, **who)
    assert answer.status_code < 500, answer.text
    if answer.is_error:
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code in REFUSED_AS_A_PERSON and answer.json()["type"].rsplit(":", 1)[-1] in {
        "role-not-allowed",
        "not-yours",
        "audit-not-found",
    }


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_does_what_is_its_own_and_nothing_else(audit: Service, role: Role) -> None:
    audit_id = await completed(audit)
    for route, (_, allowed) in ROUTES.items():
        turned_away = await forbidden(audit, audit_id, route, role, scope=EVERYWHERE)
        assert turned_away is (role not in allowed), route


@pytest.mark.parametrize(
    ("scope", "theirs"), [(HERE, True), (DISTRICT, True), (EVERYWHERE, True), (ELSEWHERE, False), ((), False)]
)
@pytest.mark.parametrize("role", [Role.MODERATOR, Role.TEAM_MANAGER, Role.QA_OFFICER])
async def test_scope_decides_within_the_authority(
    audit: Service, role: Role, scope: tuple[str, ...], *, theirs: bool
) -> None:
    audit_id = await completed(audit)
    assert await forbidden(audit, audit_id, "concern", role, scope=scope) is not theirs
    seen = await audit.get(f"/audits/{audit_id}", role, scope=scope)
    assert seen.status_code == (200 if theirs else 404)
    listed = await audit.get("/audits?limit=500", role, scope=scope)
    assert (audit_id in {each["audit_id"] for each in listed.json()["audits"]}) is theirs


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SERVICE}))
async def test_another_authoritys_audit_is_not_found(audit: Service, role: Role) -> None:
    audit_id = await completed(audit)
    seen = await audit.get(f"/audits/{audit_id}", role, authority="saltmere")
    assert seen.status_code in {403, 404}
    for route in ROUTES:
        assert await forbidden(audit, audit_id, route, role, authority="saltmere")


async def test_a_service_of_one_authority_does_not_reach_another(audit: Service) -> None:
    audit_id = await completed(audit)
    assert (await audit.get(f"/audits/{audit_id}", Role.SERVICE, authority="saltmere")).status_code == 404
    assert (await audit.get(f"/audits/{audit_id}", Role.SERVICE, authority=WHOLE)).status_code == 200
    assert (await audit.get("/audits?authority=northmoor", Role.SERVICE, authority="saltmere")).status_code == 404
    assert (await audit.get("/audits", Role.SERVICE, authority=WHOLE)).status_code == 422
    assert (await audit.get("/audits?authority=northmoor", Role.SERVICE, authority=WHOLE)).status_code == 200


async def test_an_auditor_has_their_own_audits_and_no_others(audit: Service) -> None:
    audit_id = await completed(audit)
    own = await audit.get("/audits?limit=500", Role.AUDITOR, person=AUDITOR, scope=())
    assert audit_id in {each["audit_id"] for each in own.json()["audits"]}
    assert (await audit.get(f"/audits/{audit_id}", Role.AUDITOR, person=AUDITOR, scope=())).status_code == 200
    assert (await audit.get(f"/audits/{audit_id}", Role.AUDITOR)).status_code == 404
    assert (await audit.get("/audits", Role.AUDITOR)).json()["audits"] == []
    assert await forbidden(audit, audit_id, "amendment", Role.AUDITOR)
    amended = await audit.post(f"/audits/{audit_id}/amendment", amendment(), Role.AUDITOR, person=AUDITOR)
    assert amended.status_code == 200


async def test_a_token_for_nobody_owns_nothing(audit: Service) -> None:
    audit_id = await completed(audit)
    nobody = UUID(int=0)
    assert await forbidden(audit, audit_id, "amendment", Role.AUDITOR, person=nobody)
    answer = await audit.post(f"/audits/{audit_id}/moderation", moderation(), Role.QA_OFFICER, person=nobody)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "moderator"


@pytest.mark.parametrize(
    ("role", "reads"),
    [
        (Role.TEAM_MANAGER, True),
        (Role.QA_OFFICER, True),
        (Role.MODERATOR, True),
        (Role.SERVICE_MANAGER, False),
        (Role.ASSISTANT_DIRECTOR, False),
        (Role.PRINCIPAL_SOCIAL_WORKER, False),
        (Role.SERVICE, False),
    ],
)
async def test_text_and_case_number_are_for_those_who_work_with_the_file(
    audit: Service, role: Role, *, reads: bool
) -> None:
    audit_id = await completed(audit)
    seen = await audit.get(f"/audits/{audit_id}", role)
    assert seen.status_code == 200
    assert (seen.json()["case_number"] == "RS-000123") is reads
    assert (seen.json()["texts"] is not None) is reads
    assert ("plan of March" in seen.text) is reads


async def test_a_blind_moderator_sees_neither_auditor_nor_grades_until_done(audit: Service) -> None:
    audit_id = await completed(audit)
    before = await audit.get(f"/audits/{audit_id}", Role.MODERATOR, person=MODERATOR)
    assert before.json()["blind"] is True
    assert before.json()["auditor"] is None
    assert before.json()["outcome"]["overall_grade"] is None
    assert before.json()["outcome"]["sections"] == {}
    assert "plan-grade" not in before.json()["outcome"]["answers"]
    assert "family says so" not in before.text
    listed = await audit.get("/audits?moderation=requested&limit=500", Role.MODERATOR, person=MODERATOR)
    [row] = [each for each in listed.json()["audits"] if each["audit_id"] == audit_id]
    assert (row["auditor"], row["overall_grade"], row["standing_grade"]) == (None, None, None)
    await audit.post(f"/audits/{audit_id}/moderation", moderation(), Role.MODERATOR, person=MODERATOR)
    after = await audit.get(f"/audits/{audit_id}", Role.MODERATOR, person=MODERATOR)
    assert after.json()["outcome"]["overall_grade"] == "good"
    assert after.json()["auditor"] is None
    other = await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)
    assert other.json()["auditor"] == str(AUDITOR)


@pytest.mark.parametrize("role", list(Role))
async def test_beginning_something_is_for_the_qa_unit(audit: Service, role: Role) -> None:
    person = uuid4()
    allocated = await audit.post("/audits", allocation(), role, person=person)
    assert (allocated.status_code == 403) is (role not in QA)
    imported = await audit.http.post(
        "/v1/imports?dry_run=true",
        content=b"case_number\n1",
        headers={**audit.headers(role), "Content-Type": "text/csv"},
    )
    assert (imported.status_code == 403) is (role not in QA)
    published = await audit.post("/tools", TOOL_JSON, role)
    assert (published.status_code == 403) is (role not in {Role.QA_MANAGER, Role.SERVICE})
    erased = await audit.post(f"/children/{uuid4()}/erasure", {}, role)
    assert erased.status_code == (404 if role is Role.QA_MANAGER else 403)
    found = await audit.post("/children/reference", {"case_number": "none"}, role)
    assert found.status_code == (404 if role in {Role.QA_OFFICER, Role.QA_MANAGER} else 403)


async def test_allocation_stays_within_ones_scope(audit: Service) -> None:
    answer = await audit.post("/audits", allocation(), Role.QA_OFFICER, scope=ELSEWHERE)
    assert answer.status_code == 403


async def test_an_import_is_for_the_whole_authority(audit: Service) -> None:
    headers = {**audit.headers(Role.QA_OFFICER, scope=HERE), "Content-Type": "text/csv"}
    answer = await audit.http.post("/v1/imports", content=b"case_number\n1", headers=headers)
    assert answer.status_code == 403


async def test_without_a_token_nothing_is_answered(audit: Service) -> None:
    for path in ("/v1/audits", "/v1/tools", f"/v1/audits/{uuid4()}"):
        answer = await audit.http.get(path)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
