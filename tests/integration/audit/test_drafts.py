"""Drafts on a real database: saved as one goes, two editors, completion from the draft, erasure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.audit.app.drafts import service as service_of_drafts
from services.audit.app.drafts import storing
from shared.web.principal import Role
from tests.integration.audit.support import Service, allocated, completed, completion, publish_tool, service
from tests.support.platform import until
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR

pytestmark = pytest.mark.stack

OFFICER = uuid4()


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("drafts")) as opened:
        await publish_tool(opened)
        yield opened


async def save(
    audit: Service, audit_id: str, body: Any, *, seen: str | None = None, method: str = "PATCH", officer: bool = False
) -> httpx.Response:
    role, person = (Role.QA_OFFICER, OFFICER) if officer else (Role.AUDITOR, AUDITOR)
    headers = audit.headers(role, person=person) | ({} if seen is None else {"If-Match": seen})
    return await audit.http.request(method, f"/v1/audits/{audit_id}/draft", json=body, headers=headers)


async def read(audit: Service, audit_id: str) -> dict[str, Any]:
    answer = await audit.get(f"/audits/{audit_id}/draft", Role.AUDITOR, person=AUDITOR)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def whole() -> dict[str, Any]:
    return {name: value for name, value in completion().items() if name != "happened_at"}


async def test_a_draft_is_saved_bit_by_bit_with_every_gap_and_then_completed_from(audit: Service) -> None:
    audit_id = await allocated(audit)
    empty = await read(audit, audit_id)
    assert (empty["version"], empty["complete"], empty["draft"]) == (0, False, {})
    assert {"took_part", "overall_grade", "answers.heard"} <= {gap["place"] for gap in empty["gaps"]}
    early = await audit.http.post(
        f"/v1/audits/{audit_id}/completion", headers=audit.headers(Role.AUDITOR, person=AUDITOR)
    )
    assert (early.status_code, early.json()["type"].rsplit(":", 1)[1]) == (409, "nothing-drafted")
    first = await save(audit, audit_id, {"took_part": "both", "answers": {"heard": {"value": "yes"}}})
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    unfinished = await audit.http.post(
        f"/v1/audits/{audit_id}/completion", headers=audit.headers(Role.AUDITOR, person=AUDITOR)
    )
    assert unfinished.status_code == 422
    assert {one["place"] for one in unfinished.json()["problems"]} == {
        f"body/{gap['place'].replace('.', '/')}" for gap in first.json()["gaps"]
    }
    finished = await save(audit, audit_id, whole(), seen='"1"')
    assert (finished.json()["gaps"], finished.json()["complete"]) == ([], True)
    headers = audit.headers(Role.AUDITOR, person=AUDITOR, key=f"complete-{audit_id}")
    done, again = [await audit.http.post(f"/v1/audits/{audit_id}/completion", headers=headers) for _ in range(2)]
    assert (done.status_code, done.json()["status"]) == (200, "completed")
    assert (again.status_code, again.json()["replayed"], again.json()["version"]) == (200, True, done.json()["version"])
    view = (await audit.get(f"/audits/{audit_id}", Role.AUDITOR, person=AUDITOR)).json()
    assert view["texts"]["overall_rationale"] == whole()["overall_rationale"]
    assert len(view["recommendations"]) == 1
    closed = await save(audit, audit_id, {"took_part": "worker"})
    assert (closed.status_code, closed.json()["type"].rsplit(":", 1)[1]) == (409, "draft-is-closed")
    assert await audit.pool.fetchval("select count(*) from audit.draft_boxes where audit_id = $1", UUID(audit_id)) == 0


async def test_two_editors_merge_by_box_and_neither_is_overwritten_unseen(audit: Service) -> None:
    audit_id = await allocated(audit)
    await save(audit, audit_id, {"took_part": "both", "overall_rationale": "First words."})
    theirs = {"overall_rationale": "The officer's words.", "overall_grade": "good"}
    assert (await save(audit, audit_id, theirs, seen='"1"', officer=True)).json()["not_saved"] == []
    mine = {"overall_rationale": "The auditor's words.", "concern": "none"}
    merged = (await save(audit, audit_id, mine, seen='"1"')).json()
    assert merged["not_saved"] == ["overall_rationale"]
    assert set(merged["changed_by_others"]) == {"overall_rationale", "overall_grade"}
    assert merged["draft"]["overall_rationale"] == "The officer's words."
    assert (merged["draft"]["concern"], merged["draft"]["overall_grade"]) == ("none", "good")
    meant = (await save(audit, audit_id, mine, seen=f'"{merged["version"]}"')).json()
    assert (meant["not_saved"], meant["draft"]["overall_rationale"]) == ([], "The auditor's words.")
    unsaid = (await save(audit, audit_id, {"overall_rationale": "Officer again."}, officer=True)).json()
    assert unsaid["not_saved"] == ["overall_rationale"]


async def test_a_whole_draft_empties_what_it_leaves_out(audit: Service) -> None:
    audit_id = await allocated(audit)
    await save(audit, audit_id, {"took_part": "both", "overall_rationale": "Words.", "overall_grade": "good"})
    view = (await save(audit, audit_id, {"took_part": "worker"}, method="PUT", seen='"1"')).json()
    assert view["draft"] == {"took_part": "worker"}
    again = (await save(audit, audit_id, {"took_part": "worker"}, method="PUT", seen='"2"')).json()
    assert again["version"] == 2


async def test_many_writers_at_once_lose_nothing(audit: Service) -> None:
    audit_id = await allocated(audit)
    ids = ["plan-grade", "plan-smart", "plan-shared", "plan-visits", "heard", "own-words"]
    answers = await asyncio.gather(
        *(
            save(audit, audit_id, {"answers": {id_: {"evidence": f"Seen {id_}."}}}, officer=bool(number % 2))
            for number, id_ in enumerate(ids)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    found = await read(audit, audit_id)
    assert found["version"] == len(ids)
    assert {id_: one["evidence"] for id_, one in found["draft"]["answers"].items()} == {
        id_: f"Seen {id_}." for id_ in ids
    }


async def test_only_those_who_may_complete_it_write_or_read_a_draft(audit: Service) -> None:
    audit_id = await allocated(audit)
    statuses = {}
    for role in (Role.AUDITOR, Role.MODERATOR, Role.TEAM_MANAGER, Role.PRACTITIONER, Role.ANALYST):
        answers = [
            await audit.http.request(method, f"/v1/audits/{audit_id}/draft", json={}, headers=audit.headers(role))
            for method in ("GET", "PATCH", "PUT")
        ]
        statuses[role] = {answer.status_code for answer in answers}
    # an auditor whose audit it is not is told nothing of it
    assert statuses.pop(Role.AUDITOR) == {404}
    assert set(map(frozenset, statuses.values())) == {frozenset({403})}


async def test_erasing_the_child_destroys_the_draft(audit: Service) -> None:
    audit_id = await allocated(audit, case_number="RS-drafted")
    mistaken = {"heard": {"value": "CANARY in the wrong box"}}
    written = {"overall_rationale": "CANARY of a draft", "answers": mistaken}
    assert "answers.heard" in {one["place"] for one in (await save(audit, audit_id, written)).json()["gaps"]}
    rows = await audit.pool.fetch("select * from audit.draft_boxes where audit_id = $1", UUID(audit_id))
    assert len(rows) == 2
    assert "CANARY" not in json.dumps([dict(row) for row in rows], default=str)
    child = (await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)).json()["case_reference"]
    assert (await audit.post(f"/children/{child}/erasure", {}, Role.QA_MANAGER)).status_code == 200
    assert await audit.pool.fetchval("select count(*) from audit.draft_boxes where audit_id = $1", UUID(audit_id)) == 0
    refused = await save(audit, audit_id, {"overall_rationale": "More."})
    assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[1]) == (409, "child-erased")


async def test_withdrawal_and_a_completion_with_a_body_end_the_draft(audit: Service) -> None:
    audit_id = await allocated(audit)
    await save(audit, audit_id, {"took_part": "both"})
    await audit.post(f"/audits/{audit_id}/withdrawal", {"reason": "wrong-child"}, Role.QA_OFFICER)
    assert await audit.pool.fetchval("select count(*) from audit.drafts where audit_id = $1", UUID(audit_id)) == 0
    other = await allocated(audit)
    await save(audit, other, {"took_part": "both"})
    await audit.post(f"/audits/{other}/completion", completion(), Role.AUDITOR, person=AUDITOR)
    assert await audit.pool.fetchval("select count(*) from audit.drafts where audit_id = $1", UUID(other)) == 0
    assert (await save(audit, await completed(audit), {})).status_code == 409


@pytest.mark.parametrize("end", ["completion", "withdrawal"])
async def test_an_audits_end_and_its_drafts_are_one(audit: Service, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """Where the draft cannot go, the audit has not ended either, and the same request works a moment later."""
    audit_id = await allocated(audit)
    await save(audit, audit_id, {"took_part": "both"})
    role, person = (Role.AUDITOR, AUDITOR) if end == "completion" else (Role.QA_OFFICER, OFFICER)
    body = completion() if end == "completion" else {"reason": "allocated-in-error"}

    async def refuse(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(storing, "drop", refuse)
        failed = await audit.post(f"/audits/{audit_id}/{end}", body, role, person=person)
    assert failed.status_code >= 500
    assert (await read(audit, audit_id))["version"] == 1
    done = await audit.post(f"/audits/{audit_id}/{end}", body, role, person=person)
    assert done.status_code == 200, done.text
    assert await audit.pool.fetchval("select count(*) from audit.drafts where audit_id = $1", UUID(audit_id)) == 0


async def test_a_draft_begun_while_the_audit_is_completed_finds_it_closed(
    audit: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No draft is left over for ever by an editor who saved at the wrong moment."""
    audit_id = await allocated(audit)
    reached, go_on, drop = asyncio.Event(), asyncio.Event(), storing.drop

    async def slow(connection: Any, id_: UUID) -> None:
        reached.set()
        await go_on.wait()
        await drop(connection, id_)

    monkeypatch.setattr(storing, "drop", slow)
    body = completion()
    completing = asyncio.create_task(audit.post(f"/audits/{audit_id}/completion", body, Role.AUDITOR, person=AUDITOR))
    await asyncio.wait_for(reached.wait(), 30)
    saving = asyncio.create_task(save(audit, audit_id, {"took_part": "worker"}))
    await until(lambda: _waits_for_a_draft(audit), "the editor waiting")
    go_on.set()
    assert (await completing).status_code == 200
    assert (await saving).json()["type"].endswith(":draft-is-closed")
    assert await audit.pool.fetchval("select count(*) from audit.drafts where audit_id = $1", UUID(audit_id)) == 0


async def _waits_for_a_draft(audit: Service) -> bool:
    return bool(
        await audit.pool.fetchval(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%audit.drafts%'"
            " and datname = current_database()"
        )
    )


async def test_odd_input_is_told_at_its_place_and_saves_nothing(audit: Service) -> None:
    audit_id = await allocated(audit)
    odd: list[tuple[dict[str, Any], str]] = [
        ({"overall_rationale": "x" * 20_001}, "body/overall_rationale"),
        ({"overall_rationale": "bell \x07"}, "body/overall_rationale"),
        ({"sections": {"planning": {"score": 10**30}}}, "body/sections/planning/score"),
        ({"answers": {"plan-visits": {"value": ["x" * 81]}}}, "body/answers/plan-visits/value"),
        ({"nowhere": 1}, "body/nowhere"),
    ]
    for body, place in odd:
        answer = await save(audit, audit_id, body)
        assert answer.status_code == 422, (place, answer.text)
        places = [one["place"] for one in answer.json()["problems"]]
        assert all(one.startswith(place) for one in places), places
    assert (await read(audit, audit_id))["version"] == 0
    huge = await save(audit, audit_id, {"answers": {"plan-visits": {"value": 10**30}}})
    assert "answers.plan-visits" in {one["place"] for one in huge.json()["gaps"]}


async def test_a_draft_of_more_boxes_than_any_tool_has_is_refused_however_it_comes_about(
    audit: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit_id = await allocated(audit)
    monkeypatch.setattr(service_of_drafts, "MOST_BOXES", 6)
    first = await save(audit, audit_id, {"answers": {f"one-{number}": {"value": 1} for number in range(4)}})
    assert first.status_code == 200, first.text
    for answers in ({f"two-{number}": {"value": 1} for number in range(3)}, {f"q-{n}": {"value": 1} for n in range(7)}):
        refused = await save(audit, audit_id, {"answers": answers})
        assert (refused.status_code, refused.json()["problems"][0]["place"]) == (422, "body/draft")
    assert set((await read(audit, audit_id))["draft"]["answers"]) == {f"one-{number}" for number in range(4)}
