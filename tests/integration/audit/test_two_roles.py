"""A token of two roles: what one of them hides the other does not show, and each sees its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.audit.app.queue.service import ModerationQueues
from shared.web.principal import Role
from tests.integration.audit.support import Service, publish_tool, service
from tests.integration.audit.test_blind_views import CANARY, TOOL, moderated_blind, told
from tests.integration.audit.test_moderation_queue import ANN, document
from tests.support.servers import Stack
from tests.unit.audit.builders import AUDITOR

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """The service where every audit is moderated blind, and one moderator is given them all."""
    text = document(f"person: {ANN}", capacity=50).replace("blind: false", "blind: true")
    async with service(stack.postgres, tmp_path_factory.mktemp("roles"), text) as running:
        await publish_tool(running, TOOL)
        yield running


VIEWS = (
    "/v1/audits?limit=500",
    "/v1/audits/{audit_id}",
    "/v1/audits/{audit_id}/versions",
    "/v1/audits/{audit_id}/versions/1",
    "/v1/audits/{audit_id}/versions/2",
    "/v1/audits/{audit_id}/draft",
    "/v1/disputes",
    "/audits/{audit_id}",
    "/",
)


async def looked_at(audit: Service, audit_id: str, *roles: Role, **who: Any) -> dict[str, httpx.Response]:
    headers = {**audit.headers(roles[0], also=roles[1:], **who), "Accept": "application/json, text/html"}
    return {view: await audit.http.get(view.format(audit_id=audit_id), headers=headers) for view in VIEWS}


def tells(answer: httpx.Response) -> set[str]:
    if "json" in answer.headers["content-type"]:
        return told(answer.json())
    return {word for word in (CANARY, str(AUDITOR), "Outstanding") if word in answer.text}


async def given(audit: Service) -> tuple[str, UUID]:
    """A completed audit whose blind moderation was given to somebody, and who that is."""
    audit_id = await moderated_blind(audit)
    await ModerationQueues(audit.parts).run_for("northmoor")
    rows = (await audit.get("/audits?limit=500", Role.QA_OFFICER)).json()["audits"]
    [moderator] = [row["moderator"] for row in rows if row["audit_id"] == audit_id]
    return audit_id, UUID(moderator)


@pytest.mark.parametrize("also", [Role.AUDITOR, Role.PRACTITIONER, Role.TEAM_MANAGER, Role.QA_OFFICER, Role.QA_MANAGER])
async def test_who_is_to_moderate_it_blind_is_told_no_grade_by_another_role(audit: Service, also: Role) -> None:
    audit_id, moderator = await given(audit)
    for roles in ((Role.MODERATOR, also), (also, Role.MODERATOR)):
        found = await looked_at(audit, audit_id, *roles, person=moderator)
        for view, answer in found.items():
            own_page = view == "/v1/audits?limit=500" or view in {"/", "/v1/disputes"}
            said = answer.json()["audits"] if view.startswith("/v1/audits?") else None
            if said is not None:
                [row] = [one for one in said if one["audit_id"] == audit_id]
                assert told(row) == set(), roles
            elif not own_page:
                assert tells(answer) == set(), (view, roles)
        assert found["/v1/audits/{audit_id}"].json()["blind"]


async def test_an_auditor_who_moderates_sees_their_own_and_of_others_what_a_moderator_does(audit: Service) -> None:
    audit_id = await moderated_blind(audit)
    both = (Role.AUDITOR, Role.MODERATOR)
    own = (await looked_at(audit, audit_id, *both, person=AUDITOR))["/v1/audits/{audit_id}"].json()
    assert (own["blind"], own["outcome"]["overall_grade"]) == (False, "outstanding")
    as_moderator, as_both, as_auditor = [
        await looked_at(audit, audit_id, *roles, person=uuid4()) for roles in ((Role.MODERATOR,), both, both[:1])
    ]
    for view, answer in as_both.items():
        if view in {"/v1/audits/{audit_id}", "/v1/audits/{audit_id}/versions/2", "/audits/{audit_id}"}:
            assert answer.status_code == as_moderator[view].status_code == 200
            assert tells(answer) == set(), view
            assert as_auditor[view].status_code == 404


@pytest.mark.parametrize("path", ["completion", "amendment", "withdrawal", "draft"])
async def test_two_roles_do_no_more_than_each_of_them(audit: Service, path: str) -> None:
    """A moderator sees the audit, an auditor writes their own: together they do not write another's."""
    audit_id = await moderated_blind(audit)
    method, body = ("PATCH", {"overall_grade": "good"}) if path == "draft" else ("POST", {"reason": "wrong-child"})
    headers = audit.headers(Role.AUDITOR, also=(Role.MODERATOR,), person=uuid4())
    answer = await audit.http.request(method, f"/v1/audits/{audit_id}/{path}", json=body, headers=headers)
    assert answer.status_code in {403, 404}, answer.text
    assert told(answer.json()) == set()


async def test_one_of_the_qa_unit_sees_it_once_their_own_blind_grades_are_given(audit: Service) -> None:
    audit_id, moderator = await given(audit)
    headers = audit.headers(Role.MODERATOR, also=(Role.QA_OFFICER,), person=moderator)
    hidden = (await audit.http.get(f"/v1/audits/{audit_id}", headers=headers)).json()
    assert told(hidden) == set()
    graded = {"overall_grade": "good", "sections": {"safety": "good"}, "rationale": "Seen."}
    done = await audit.http.post(f"/v1/audits/{audit_id}/moderation/blind-grades", json=graded, headers=headers)
    assert done.status_code == 200, done.text
    read = (await audit.http.get(f"/v1/audits/{audit_id}", headers=headers)).json()
    assert read["outcome"]["overall_grade"] == "outstanding"
