"""All that is wrong with an allocation is told at once: its form, the authority's settings, its tool and its dates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.support import Service, allocated, allocation, completed, completion, publish_tool, service
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR

pytestmark = pytest.mark.stack

NOWHERE = {"area": "north", "district": "riverside", "team": "nowhere"}


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("allocations")) as opened:
        await publish_tool(opened)
        yield opened


async def places(audit: Service, **changes: Any) -> list[str]:
    body = {name: value for name, value in (allocation() | changes).items() if value != "left out"}
    answer = await audit.post("/audits", body, Role.QA_OFFICER)
    assert answer.status_code == 422, answer.text
    assert "unread" not in answer.text
    return sorted(each["place"].removeprefix("body/") for each in answer.json()["problems"])


OF_FORM: dict[str, Any] = {"case_number": " ", "child_status": "unknown", "cycle": "", "auditor": "me"}


async def test_faults_of_form_settings_tool_and_dates_come_in_one_round(audit: Service) -> None:
    others = {"kind": "dog-show", "organisation": NOWHERE, "tool": "no-tool", "due_on": "2020-01-31"}
    told = await places(audit, **OF_FORM, **others)
    assert told == ["auditor", "case_number", "child_status", "cycle", "due_on", "organisation", "tool"]
    known = {**others, "tool": allocation()["tool"]}
    assert set(await places(audit, **OF_FORM, **known)) == {*OF_FORM, "kind", "organisation", "due_on"}
    assert await places(audit, **known) == ["due_on", "kind", "organisation"]


async def test_what_hangs_on_an_unread_field_is_not_told(audit: Service) -> None:
    assert await places(audit, kind="Dog Show", organisation={"area": "north"}, tool="", service="gardens") == [
        "kind", "organisation/district", "organisation/team", "service", "tool",
    ]  # fmt: skip
    assert await places(audit, tool_version="one", kind="dog-show") == ["tool_version"]
    assert await places(audit, happened_at="yesterday", due_on="2020-01-31") == ["happened_at"]
    assert await places(audit, happened_at="2999-01-01T10:00:00+00:00", tool="no-tool") == ["happened_at", "tool"]


async def test_what_is_missing_or_given_twice_is_told_beside_the_rest(audit: Service) -> None:
    assert await places(audit, case_number="left out", tool="no-tool") == ["body", "tool"]
    assert await places(audit, case_number="left out", cycle="left out", tool="no-tool") == ["body", "cycle", "tool"]
    both = {"case_reference": "no uuid", "practitioner": "no uuid", "practitioner_staff_number": "S1"}
    assert await places(audit, **both, tool="no-tool") == ["body", "case_reference", "practitioner", "tool"]


async def test_a_recommendation_that_is_due_before_it_is_made_comes_with_the_rest(audit: Service) -> None:
    path = f"/audits/{await allocated(audit)}/completion"
    early = [{"category": "supervision", "due_on": "2020-01-31"}]
    others: list[dict[str, Any]] = [
        {"overall_grade": "goood"},
        {"overall_grade": None},
        {"took_part": "everybody"},
        {"answers": {}},
        {"happened_at": "2999-01-01T10:00:00+00:00"},
        {},
    ]
    for changes in others:
        answer = await audit.post(path, completion(recommendations=early, **changes), Role.AUDITOR, person=AUDITOR)
        told = {each["place"] for each in answer.json()["problems"]}
        assert "body/recommendations/0/due_on" in told, (changes, told)


async def test_a_recommendation_made_later_is_told_its_category_and_its_day_at_once(audit: Service) -> None:
    path = f"/audits/{await completed(audit)}/recommendations"
    for category, told in (("gardening", ["category", "due_on"]), ("supervision", ["due_on"])):
        body = {"recommendation": {"category": category, "due_on": "2020-01-31"}}
        answer = await audit.post(path, body, Role.QA_OFFICER)
        assert [each["place"] for each in answer.json()["problems"]] == [f"body/recommendation/{one}" for one in told]
