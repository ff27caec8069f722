"""ETag and If-Match of the moderation queue: of one moderation, and of a cycle's queue where all of it goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.audit.app.queue.service import ModerationQueues
from shared.web.principal import Role
from tests.integration.audit.support import Service, publish_tool, service
from tests.integration.audit.test_moderation_queue import ANN, BEN, CAT, document, listed, many_completed
from tests.support.servers import Stack

pytestmark = pytest.mark.stack

AWAY = {"reason": "leave"}


async def write(running: Service, path: str, body: Any, version: str, role: Role, **who: Any) -> Any:
    headers = {**running.headers(role, **who), "If-Match": version}
    return await running.http.post(f"/v1/moderation-queue/{path}", json=body, headers=headers)


def told(answer: Any) -> list[str]:
    assert answer.status_code == 412, answer.text
    return [one["message"] for one in answer.json()["problems"]]


async def test_a_moderation_is_given_and_passed_on_on_the_version_that_was_seen(stack: Stack, tmp_path: Path) -> None:
    text = document(f"person: {ANN}", f"person: {BEN}", assign="false")
    async with service(stack.postgres, tmp_path, text) as running:
        await publish_tool(running)
        await many_completed(running, 2)
        await ModerationQueues(running.parts).run()
        one, other = (row["moderation_id"] for row in (await listed(running))["moderations"])
        assert {row["version"] for row in (await listed(running))["moderations"]} == {1}
        to_ann, to_ben = {"moderator": str(ANN)}, {"moderator": str(BEN)}
        given = await write(running, f"{other}/moderator", to_ann, '"1"', Role.QA_MANAGER, key="g0")
        assert (given.status_code, given.headers["etag"]) == (200, '"2"')  # others' places move none but their own
        given = await write(running, f"{one}/moderator", to_ann, '"1"', Role.QA_MANAGER, key="g1")
        assert (given.json()["version"], given.json()["replayed"]) == (2, False)
        old = await write(running, f"{one}/moderator", to_ben, '"1"', Role.QA_OFFICER, key="g2")
        assert told(old) == ["moderator-given by qa-manager: how, moderator"]
        assert old.headers["etag"] == '"2"'
        assert str(ANN) not in json.dumps(old.json())
        again = await write(running, f"{one}/moderator", to_ann, '"1"', Role.QA_MANAGER, key="g1")
        assert again.status_code == 412  # another person's key
        whose = await running.get(f"/moderation-queue/{one}", Role.MODERATOR, person=ANN)
        assert (whose.headers["etag"], whose.json()["moderator"]) == ('"2"', str(ANN))
        early = await write(running, f"{one}/pass-on", AWAY, '"1"', Role.MODERATOR, person=ANN, key="p1")
        assert told(early) == ["moderator-given by somebody: how, moderator"]
        passed = await write(running, f"{one}/pass-on", AWAY, '"2"', Role.MODERATOR, person=ANN, key="p2")
        assert (passed.status_code, passed.json()["moderator"], passed.headers["etag"]) == (200, None, '"3"')
        again = await write(running, f"{one}/pass-on", AWAY, '"2"', Role.MODERATOR, person=ANN, key="p2")
        assert (again.status_code, again.json()) == (200, {**passed.json(), "replayed": True})
        released = await write(running, f"{other}/release", AWAY, '"1"', Role.QA_MANAGER, key="r1")
        assert released.status_code == 412


async def test_a_moderator_is_told_nothing_of_a_moderation_that_is_not_theirs(stack: Stack, tmp_path: Path) -> None:
    text = document(f"person: {ANN}", f"person: {BEN}", assign="false")
    async with service(stack.postgres, tmp_path, text) as running:
        await publish_tool(running)
        await many_completed(running, 1)
        await ModerationQueues(running.parts).run()
        [waits] = (await listed(running))["moderations"]
        one = waits["moderation_id"]
        for person in (BEN, CAT):
            assert (await running.get(f"/moderation-queue/{one}", Role.MODERATOR, person=person)).status_code == 404
            alone = await write(running, f"{one}/pass-on", AWAY, '"9"', Role.MODERATOR, person=person, key="p")
            assert (alone.status_code, "problems" in alone.json(), "etag" in alone.headers) == (409, False, False)
        await running.post(f"/moderation-queue/{one}/moderator", {"moderator": str(ANN)}, Role.QA_MANAGER, key="g")
        other = await write(running, f"{one}/pass-on", AWAY, '"1"', Role.MODERATOR, person=BEN, key="p0")
        assert other.status_code == 404


async def test_what_waits_is_carried_over_on_the_version_that_was_seen_and_once(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}", assign="false")) as running:
        await publish_tool(running)
        await many_completed(running, 2)
        await ModerationQueues(running.parts).run()
        page = await running.get("/moderation-queue?cycle=2025-11", Role.QA_MANAGER)
        assert (page.headers["etag"], page.json()["version"]) == ('"2"', 2)
        assert "etag" not in (await running.get("/moderation-queue", Role.QA_MANAGER)).headers
        one = page.json()["moderations"][0]["moderation_id"]
        await running.post(f"/moderation-queue/{one}/moderator", {"moderator": str(ANN)}, Role.QA_MANAGER, key="g")
        over = {"from_cycle": "2025-11", "to_cycle": "2025-12"}
        who = {"person": CAT, "key": "c1"}
        old = await write(running, "carry-over", over, '"2"', Role.QA_MANAGER, **who)
        assert told(old) == ["moderator-given by qa-manager: how, moderator"]
        carried = await write(running, "carry-over", over, '"3"', Role.QA_MANAGER, **who)
        assert carried.json() == {"moderations": 1, "version": 4, "replayed": False}
        for version in ('"3"', "*"):
            again = await write(running, "carry-over", over, version, Role.QA_MANAGER, **who)
            assert (again.status_code, again.json()) == (200, {"moderations": 1, "version": 4, "replayed": True})
        [gone] = (await listed(running, cycle="2025-12"))["moderations"]
        assert (gone["version"], gone["standing"]) == (3, "waiting")
        other = await write(running, "carry-over", {**over, "to_cycle": "2026-01"}, "*", Role.QA_MANAGER, **who)
        assert (other.status_code, other.json()["type"].rsplit(":", 1)[-1]) == (422, "idempotency-key-reused")
