"""Without a key and without If-Match the same words are a repeat, until they can mean something new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.support import Service, allocated, completed, completion, publish_tool, service
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR

pytestmark = pytest.mark.stack

CONCERN = {"concern": "practice", "text": "No visit since August."}


@pytest_asyncio.fixture
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("turns")) as opened:
        await publish_tool(opened)
        yield opened


async def flag(audit: Service, audit_id: str, concern: dict[str, Any]) -> bool:
    answer = await audit.post(f"/audits/{audit_id}/concern", concern, Role.AUDITOR, person=AUDITOR)
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["replayed"])


async def test_a_grade_amended_there_and_back_is_amended_each_time_and_a_repeat_once(audit: Service) -> None:
    audit_id = await completed(audit)
    for grade in ("requires-improvement", "good", "requires-improvement", "good"):
        amendment = completion(overall_grade=grade, reason="mistyped")
        del amendment["recommendations"]
        for replayed in (False, True):
            answer = await audit.post(f"/audits/{audit_id}/amendment", amendment, Role.AUDITOR, person=AUDITOR)
            assert (answer.status_code, answer.json().get("replayed")) == (200, replayed), answer.text
        standing = (await audit.get(f"/audits/{audit_id}", Role.QA_MANAGER)).json()
        assert standing["outcome"]["overall_grade"] == grade


async def test_a_concern_in_the_same_words_on_another_day_is_a_second_one(audit: Service) -> None:
    audit_id = await allocated(audit)
    said = [await flag(audit, audit_id, CONCERN), await flag(audit, audit_id, CONCERN)]
    audit.clock[0] += timedelta(days=1)
    said += [await flag(audit, audit_id, CONCERN), await flag(audit, audit_id, CONCERN)]
    assert said == [False, True, False, True]
    assert len((await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)).json()["concerns"]) == 2


async def test_a_concern_flagged_again_after_another_one_is_a_third(audit: Service) -> None:
    audit_id = await allocated(audit)
    other = {**CONCERN, "concern": "safeguarding"}
    said = [await flag(audit, audit_id, one) for one in (CONCERN, other, CONCERN, CONCERN)]
    assert said == [False, False, False, True]


async def test_a_concern_of_a_named_moment_is_one_however_late_it_is_repeated(audit: Service) -> None:
    audit_id = await allocated(audit)
    concern = {**CONCERN, "happened_at": "2025-11-20T15:00:00+00:00"}
    first = await flag(audit, audit_id, concern)
    audit.clock[0] += timedelta(days=1)
    assert (first, await flag(audit, audit_id, concern)) == (False, True)


async def test_a_concern_in_the_same_words_on_the_same_day_is_new_with_a_key_or_the_newer_version(
    audit: Service,
) -> None:
    audit_id = await allocated(audit)
    address, said = f"/v1/audits/{audit_id}/concern", []
    for given in ({}, {}, {"Idempotency-Key": "two"}, {"Idempotency-Key": "two"}, {"If-Match": '"3"'}, {}):
        headers = {**audit.headers(Role.AUDITOR, person=AUDITOR), **given}
        answer = await audit.http.post(address, json=CONCERN, headers=headers)
        said.append((answer.json()["replayed"], answer.json()["version"]))
    assert said == [(False, 2), (True, 2), (False, 3), (True, 3), (False, 4), (False, 5)]  # the last after another one


async def test_a_concern_without_text_that_is_the_last_is_a_repeat_with_any_key_on_any_day(audit: Service) -> None:
    audit_id = await allocated(audit)
    address, told = f"/v1/audits/{audit_id}/concern", []
    for given in ({}, {"Idempotency-Key": "two"}, {"If-Match": '"2"'}):
        headers = {**audit.headers(Role.AUDITOR, person=AUDITOR), **given}
        answer = await audit.http.post(address, json={"concern": "practice"}, headers=headers)
        told.append(answer.json()["version"])
        audit.clock[0] += timedelta(days=1)
    assert told == [2, 2, 2]


async def test_a_reflective_note_in_the_same_words_is_new_on_another_day_alone(audit: Service) -> None:
    audit_id, notes = await completed(audit), []
    for day in (0, 0, 1):
        audit.clock[0] += timedelta(days=day)
        who = {"person": AUDITOR, "scope": ("north/riverside/riverside-1",)}
        answer = await audit.post(
            f"/audits/{audit_id}/reflective-note", {"text": "We talked."}, Role.TEAM_MANAGER, **who
        )
        notes.append(answer.json()["replayed"])
    assert notes == [False, True, False]


async def test_a_completion_is_a_repeat_on_any_day(audit: Service) -> None:
    audit_id = await completed(audit)
    audit.clock[0] += timedelta(days=1)
    again = await audit.post(f"/audits/{audit_id}/completion", completion(), Role.AUDITOR, person=AUDITOR)
    assert (again.status_code, again.json()["replayed"]) == (200, True), again.text
