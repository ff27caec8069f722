"""Disputes, notes, recommendations, follow-ups and calibrations: every fault of a body in one round, nothing stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.support import Service, completed, publish_tool, service
from tests.integration.audit.test_calibration import ANN, CLOSING, TOOL, opened
from tests.support.stack import Stack

pytestmark = pytest.mark.stack

AHEAD = "2999-01-01T10:00:00+00:00"
MISSING = object()


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("rest")) as running:
        await publish_tool(running)
        yield running


@pytest_asyncio.fixture(scope="module")
async def exercise(audit: Service) -> str:
    return await opened(audit, grades_only=False)


async def places(
    audit: Service, path: str, body: dict[str, Any], role: Role = Role.QA_MANAGER, **who: Any
) -> list[str]:
    given = {name: value for name, value in body.items() if value is not MISSING}
    answer = await audit.post(path, given, role, **who)
    assert answer.status_code == 422, answer.text
    assert not [word for word in ("unread", "2999-12-31", "Jane") if word in answer.text], answer.text
    listed = [each["place"].removeprefix("body/") for each in answer.json()["problems"]]
    assert len(listed) == len(set(listed))
    return sorted(listed)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"reason": "Not Fair", "text": MISSING}, ["reason", "text"]),
        ({"reason": "Not Fair", "happened_at": AHEAD}, ["happened_at", "reason"]),
        ({"text": " ", "mood": "Jane"}, ["mood", "text"]),
    ],
)
async def test_of_a_dispute(audit: Service, changes: dict[str, Any], told: list[str]) -> None:
    path = f"/audits/{await completed(audit)}/dispute"
    assert await places(audit, path, {"reason": "grade", "text": "It was seen.", **changes}) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"discussed_with": ["gardener"], "text": MISSING}, ["discussed_with/0", "text"]),
        ({"discussed_with": ["Jane E.", "moderator", "gardener"]}, ["discussed_with/0", "discussed_with/2"]),
        ({"discussed_with": ["gardener"], "happened_at": AHEAD}, ["discussed_with/0", "happened_at"]),
        ({"discussed_with": "gardener", "note_id": "mine"}, ["discussed_with", "note_id"]),
    ],
)
async def test_of_a_reflective_note(audit: Service, changes: dict[str, Any], told: list[str]) -> None:
    path = f"/audits/{await completed(audit)}/reflective-note"
    assert await places(audit, path, {"discussed_with": ["moderator"], "text": "We talked.", **changes}) == told


@pytest.mark.parametrize(
    ("changes", "beside", "told"),
    [
        ({"category": "Jane", "due_on": "2020-01-31"}, {}, ["category", "due_on"]),
        ({"category": MISSING, "supervision_on": "2020-01-31"}, {}, ["category", "supervision_on"]),
        ({"category": "gardening", "owner_role": "Jane E."}, {}, ["category", "owner_role"]),
        ({"category": "gardening", "due_on": "soon"}, {}, ["category", "due_on"]),
        ({"due_on": "2020-01-31"}, {"happened_at": "yesterday"}, ["happened_at"]),
        ({"category": "gardening"}, {"happened_at": AHEAD}, ["category", "happened_at"]),
    ],
)
async def test_of_a_later_recommendation(
    audit: Service, changes: dict[str, Any], beside: dict[str, Any], told: list[str]
) -> None:
    path = f"/audits/{await completed(audit)}/recommendations"
    made = {name: value for name, value in {"category": "supervision", **changes}.items() if value is not MISSING}
    found = await places(audit, path, {"recommendation": made, **beside}, Role.QA_OFFICER)
    assert sorted(one.removeprefix("recommendation/") for one in found) == told


async def test_of_a_recommendation_that_is_none(audit: Service) -> None:
    path = f"/audits/{await completed(audit)}/recommendations"
    assert await places(audit, path, {"mood": 1}, Role.QA_OFFICER) == ["mood", "recommendation"]
    assert await places(audit, path, {"recommendation": "x", "mood": 1}, Role.QA_OFFICER) == ["mood", "recommendation"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"discussed_in_supervision_on": "2020-01-31", "text": 3}, ["discussed_in_supervision_on", "text"]),
        ({"done": False, "made_a_difference": "yes", "mood": 1}, ["made_a_difference", "mood"]),
        ({"done": "perhaps", "made_a_difference": "yes"}, ["done"]),
        ({"done": MISSING, "discussed_in_supervision_on": "2020-01-31"}, ["discussed_in_supervision_on", "done"]),
        ({"discussed_in_supervision_on": "2020-01-31", "happened_at": "yesterday"}, ["happened_at"]),
    ],
)
async def test_of_a_follow_up(audit: Service, changes: dict[str, Any], told: list[str]) -> None:
    audit_id = await completed(audit)
    view = (await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)).json()
    path = f"/audits/{audit_id}/recommendations/{view['recommendations'][0]['id']}/follow-up"
    assert await places(audit, path, {"done": True, **changes}, Role.QA_OFFICER) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"auditors": [str(ANN)], "cycle": "A B"}, ["auditors", "cycle"]),
        ({"auditors": ["Jane", str(ANN)], "due_on": "2020-01-31"}, ["auditors/0", "due_on"]),
        ({"auditors": MISSING, "due_on": "2020-01-31"}, ["auditors", "due_on"]),
        ({"due_on": MISSING, "auditors": []}, ["auditors", "due_on"]),
        ({"tool": "riverside-check", "child_status": "Jane"}, ["child_status", "tool"]),
        ({"tool_version": "one", "due_on": "2020-01-31"}, ["due_on", "tool_version"]),
        ({"case_number": MISSING, "due_on": "2020-01-31"}, ["body", "due_on"]),
        ({"auditors": [], "happened_at": AHEAD}, ["auditors", "happened_at"]),
    ],
)
async def test_of_an_exercise_s_opening(audit: Service, changes: dict[str, Any], told: list[str]) -> None:
    form = {
        "cycle": "2026-02", "tool": TOOL["tool"], "case_number": "RS-000777", "child_status": "in-need",
        "auditors": [str(ANN), "00000000-0000-4000-8000-0000000000a2"], "due_on": "2026-03-20",
    }  # fmt: skip
    await publish_tool(audit, TOOL)
    count = "select count(*) from privacy.case_references"
    before = await audit.pool.fetchval(count)
    assert await places(audit, "/calibrations", {**form, **changes}) == told
    assert await audit.pool.fetchval(count) == before


ANSWERS = {
    "plan-grade": {"value": "good"},
    "plan-smart": {"value": True, "evidence": "Seen."},
    "plan-shared": {"value": ["family"]},
    "plan-visits": {"value": 99},
    "heard": {"value": "yes"},
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"overall_grade": "Jane"}, ["answers/plan-visits", "overall_grade"]),
        ({"overall_grade": MISSING, "rationale": MISSING}, ["answers/plan-visits", "overall_grade", "rationale"]),
        (
            {"sections": {"nowhere": "good"}, "mood": 1},
            ["answers/plan-visits", "mood", "sections/nowhere", "sections/planning"],
        ),
        ({"happened_at": AHEAD}, ["answers/plan-visits", "happened_at"]),
    ],
)
async def test_of_an_exercise_s_grades(audit: Service, exercise: str, changes: dict[str, Any], told: list[str]) -> None:
    form = {"overall_grade": "good", "sections": {"planning": "good"}, "rationale": "Seen.", "answers": ANSWERS}
    path = f"/calibrations/{exercise}/grades"
    found = await places(audit, path, {**form, **changes}, Role.AUDITOR, person=ANN)
    assert found == told


async def test_of_an_exercise_s_closing(audit: Service, exercise: str) -> None:
    body = {**CLOSING, "reasons": MISSING, "answers": {"plan-visits": {"value": 99}}, "overall_grade": "Jane"}
    path = f"/calibrations/{exercise}/closure"
    assert await places(audit, path, body) == ["answers/plan-visits", "overall_grade", "reasons"]
