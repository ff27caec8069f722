"""What is written wrongly and what the tool does not ask for are told together, and nothing of it is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.support import Service, allocated, completed, completion, publish_tool, service
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR

pytestmark = pytest.mark.stack

TOOLS_FAULTS = {"body/answers/no-such-question", "body/sections/nowhere", "body/answers/plan-visits"}


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("faults")) as opened:
        await publish_tool(opened)
        yield opened


def faulty(**changes: Any) -> dict[str, Any]:
    """A body with three faults that only the tool knows of, and these changes."""
    body = completion(**changes)
    body["answers"] |= {"no-such-question": {"value": True}, "plan-visits": {"value": 99}}
    body["sections"] |= {"nowhere": {"grade": "good"}}
    return body


async def places(audit: Service, path: str, body: dict[str, Any]) -> set[str]:
    answer = await audit.post(path, body, Role.AUDITOR, person=AUDITOR)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:sightline:problem:invalid"), answer.text
    assert "unread" not in answer.text
    listed = [each["place"] for each in answer.json()["problems"]]
    assert len(listed) == len(set(listed))
    return set(listed)


async def test_an_answer_of_no_type_is_told_what_its_scale_takes(audit: Service) -> None:
    body = faulty()
    wrong = {"plan-visits": {"value": {"how": "many"}}, "plan-grade": {"value": None, "text": "x"}}
    others = {"heard": {"value": [1]}, "own-words": {"value": {}}, "nowhere": {"value": {}}}
    body["answers"] |= wrong | others
    answer = await audit.post(f"/audits/{await allocated(audit)}/completion", body, Role.AUDITOR, person=AUDITOR)
    told = {each["place"]: each["way_out"] for each in answer.json()["problems"] if each["place"].endswith("/value")}
    assert told["body/answers/plan-visits/value"] == "Give a number from 0 to 20."
    assert told["body/answers/heard/value"] == "Give one of: yes, in-part."
    assert told["body/answers/own-words/value"] == "Use `text`."
    assert "By its scale" in told["body/answers/nowhere/value"]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"overall_grade": "goood"}, "body/overall_grade"),
        ({"overall_rationale": "The plan\u202e works."}, "body/overall_rationale"),
        ({"took_part": "everybody"}, "body/took_part"),
        ({"child_feedback": {"obtained": False, "why_not": "Too Young"}}, "body/child_feedback/why_not"),
        ({"sections": {"planning": {"grade": "goood"}}}, "body/sections/planning/grade"),
        ({"weather": "fine"}, "body/weather"),
        ({"happened_at": "yesterday"}, "body/happened_at"),
    ],
)
async def test_both_kinds_of_faults_of_a_completion_come_at_once(
    audit: Service, changes: dict[str, Any], place: str
) -> None:
    audit_id = await allocated(audit)
    body = faulty(**changes)
    assert await places(audit, f"/audits/{audit_id}/completion", body) == TOOLS_FAULTS | {place}
    assert (await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)).json()["version"] == 1


async def test_a_field_that_is_missing_is_told_beside_the_rest(audit: Service) -> None:
    body = faulty()
    del body["parent_feedback"], body["reflective_discussion"]
    told = await places(audit, f"/audits/{await allocated(audit)}/completion", body)
    assert told == TOOLS_FAULTS | {"body/parent_feedback", "body/reflective_discussion"}


async def test_items_of_a_list_keep_their_numbers(audit: Service) -> None:
    odd = [{"category": "No Code", "due_on": "soon"}, {"category": "supervision"}, {"category": "gardening"}]
    told = await places(audit, f"/audits/{await allocated(audit)}/completion", faulty(recommendations=odd))
    of_items = {f"body/recommendations/{place}" for place in ("0/category", "0/due_on", "2/category")}
    assert told == TOOLS_FAULTS | of_items


async def test_both_kinds_of_faults_of_an_amendment_come_at_once(audit: Service) -> None:
    audit_id = await completed(audit)
    body = faulty(overall_grade="goood", reason="Not A Code")
    del body["recommendations"]
    told = await places(audit, f"/audits/{audit_id}/amendment", body)
    assert told == TOOLS_FAULTS | {"body/overall_grade", "body/reason"}


@pytest.mark.parametrize("body", [[], "good", 7])
async def test_what_is_no_object_is_told_so(audit: Service, body: Any) -> None:
    assert await places(audit, f"/audits/{await allocated(audit)}/completion", body) == {"body"}


async def test_ahead_of_now_is_told_beside_either_kind_of_faults(audit: Service) -> None:
    ahead = {"happened_at": "2999-01-01T00:00:00Z"}
    path = f"/audits/{await allocated(audit)}/completion"
    assert await places(audit, path, faulty(**ahead)) == TOOLS_FAULTS | {"body/happened_at"}
    misspelt = {**completion(**ahead), "weather": "fine"}
    assert await places(audit, path, misspelt) == {"body/happened_at", "body/weather"}
    amended = faulty(reason="mistyped", **ahead)
    del amended["recommendations"]
    path = f"/audits/{await completed(audit)}/amendment"
    assert await places(audit, path, amended) == TOOLS_FAULTS | {"body/happened_at"}


async def test_faults_of_the_outcome_and_of_recommendations_come_at_once(audit: Service) -> None:
    odd = [{"category": "gardening"}, {"category": "supervision", "due_on": "2020-01-01"}]
    path = f"/audits/{await allocated(audit)}/completion"
    answer = await audit.post(path, faulty(recommendations=odd), Role.AUDITOR, person=AUDITOR)
    told = {each["place"] for each in answer.json()["problems"]}
    assert told == TOOLS_FAULTS | {"body/recommendations/0/category", "body/recommendations/1/due_on"}


@pytest.mark.parametrize("odd", [[3], {"a": 1}, [["a"]], "x" * 81])
async def test_an_answer_of_a_type_that_no_scale_has_is_one_fault_in_plain_words(audit: Service, odd: Any) -> None:
    body = faulty()
    body["answers"]["plan-visits"] = {"value": odd}
    path = f"/audits/{await allocated(audit)}/completion"
    answer = await audit.post(path, body, Role.AUDITOR, person=AUDITOR)
    told = {each["place"]: each["message"] for each in answer.json()["problems"]}
    assert set(told) == TOOLS_FAULTS - {"body/answers/plan-visits"} | {"body/answers/plan-visits/value"}
    assert told["body/answers/plan-visits/value"] == "No question takes this as its answer."
