"""The access table, tried cell by cell on the real app: every route, every role, every scope (G11)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from shared.web.principal import Role
from tests.integration.audit import access_scenes as s
from tests.integration.audit.access_requests import ASKED, FILES, ROUTE
from tests.integration.audit.access_table import DENIED, SCOPES, TABLE
from tests.integration.audit.support import Service, publish_tool, service
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

LISTS = {
    ("GET", path)
    for path in (
        "/",
        "/v1/audits",
        "/v1/audits/mine-as-practitioner",
        "/v1/disputes",
        "/v1/moderation-queue",
        "/v1/calibrations",
        "/v1/tools",
    )
}
SPENT = {"GET", "PATCH", "PUT"}
"""Methods after which the same scene serves again."""


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("table"), *s.documents()) as opened:
        for authority in ("northmoor", "saltmere"):
            await publish_tool(opened, authority=authority)
            await publish_tool(opened, s.CALIBRATION_TOOL, authority=authority)
        yield opened


def routes_of(audit: Service) -> set[ROUTE]:
    app: FastAPI = audit.http._transport.app  # type: ignore[attr-defined]  # the app behind the client
    return {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}


async def test_every_route_stands_in_the_table(audit: Service) -> None:
    there = routes_of(audit)
    assert there - set(TABLE) == set(), "routes that the access table does not name"
    assert set(TABLE) - there == set(), "rows of the access table whose route is gone"
    assert set(TABLE) == set(ASKED)


_BY_CYCLE = frozenset({
    "/v1/audits",
    "/v1/calibrations",
    "/v1/calibrations/agreement",
    "/v1/disputes",
    "/v1/moderation-queue",
})  # fmt: skip
"""Lists that a cycle narrows, so that a scene shows its own rows alone; elsewhere the parameter is unknown."""


async def ask(audit: Service, route: ROUTE, scene: s.Scene, role: Role, scope: str) -> httpx.Response:
    method, path = route
    body = ASKED[route][1](role, scene)
    person = s.own_person(role, scene) if scope == "own" else uuid4()
    authority = "saltmere" if scope == "another authority" else "northmoor"
    headers = audit.headers(role, person=person, authority=authority, scope=s.PLACES[scope], key=uuid4().hex)
    named = "" if "{audit_id}" in path or "{calibration_id}" in path else "authority=northmoor"
    named = "status=completed" if path == "/" else named
    content: dict[str, Any] = {} if body is None else {"json": body}
    if isinstance(body, bytes):
        headers["Content-Type"] = FILES[path]
        content = {"content": body}
    narrowed = scene.query if method == "GET" and path in _BY_CYCLE else ""
    query = "&".join(part for part in (named, narrowed) if part)
    return await audit.http.request(method, f"{path.format(**scene.names)}?{query}", headers=headers, **content)


def verdict(route: ROUTE, scene: s.Scene, answer: httpx.Response) -> str:
    """Say in one letter what the caller was answered; a status that the table knows nothing of as it is."""
    assert '"s1.' not in answer.text, "a sealed text is shown as it is stored"
    match answer.status_code:
        case 403 | 404 as status:
            assert answer.headers["content-type"] == "application/problem+json"
            assert scene.shows not in answer.text or not scene.shows
            return "D" if status == 403 else "N"
        case 200 | 201 if route in LISTS:
            return "A" if scene.shows in answer.text else "E"
        case 200 | 201:
            return "T" if s.TEXT in answer.text else "A"
        case other:
            return f"[{other}: {answer.text[:300]}]"


@pytest.mark.parametrize("route", list(TABLE), ids=" ".join)
async def test_each_role_and_scope_is_answered_as_the_table_says(audit: Service, route: ROUTE) -> None:
    make, _ = ASKED[route]
    scene = await make(audit)
    wrong: list[str] = []
    for role in Role:
        row = TABLE[route].get(role, DENIED)
        assert len(row) == len(SCOPES)
        for scope, expected in zip(SCOPES, row, strict=True):
            answer = await ask(audit, route, scene, role, scope)
            found = verdict(route, scene, answer)
            if found != expected:
                wrong.append(f"{role} / {scope}: {found}, and not {expected}")
            if answer.is_success and route[0] not in SPENT:
                scene = await make(audit)
    assert not wrong, "\n".join(wrong)


GETS = [route for route in TABLE if route[0] == "GET"]


@pytest.mark.parametrize("route", GETS, ids=" ".join)
async def test_a_blind_moderator_is_never_told_who_the_others_are_nor_their_grades(
    audit: Service, route: ROUTE
) -> None:
    """Own scope and the whole authority; the grade is the auditor's `outstanding`, which nothing else here gives."""
    scene = await s.graded_outstanding(audit) if "audit" in route[1] else await ASKED[route][0](audit)
    for scope in ("own", "authority"):
        answer = await ask(audit, route, scene, Role.MODERATOR, scope)
        said = answer.content.decode(errors="replace")
        assert str(AUDITOR) not in said
        assert '"inadequate_likely":true' not in said
        assert "It may be inadequate" not in said
        assert "calibration" in route[1] or "tools" in route[1] or "outstanding" not in said


@pytest.mark.parametrize("route", GETS, ids=" ".join)
async def test_an_auditor_is_never_shown_another_auditor_nor_their_figures(audit: Service, route: ROUTE) -> None:
    """Whatever scope their token has: an auditor's own is by name alone."""
    scene = await ASKED[route][0](audit)
    for scope in SCOPES[1:]:
        answer = await ask(audit, route, scene, Role.AUDITOR, scope)
        assert str(AUDITOR) not in answer.content.decode(errors="replace")
        assert scene.names.get("audit_id", str(AUDITOR)) not in answer.text


@pytest.mark.parametrize("route", list(TABLE), ids=" ".join)
async def test_without_a_token_no_route_answers(audit: Service, route: ROUTE) -> None:
    method, path = route
    headers = {
        "Idempotency-Key": uuid4().hex,
        "Content-Type": FILES.get(path, "application/json"),
    }
    answer = await audit.http.request(method, path, content=b"{}", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
