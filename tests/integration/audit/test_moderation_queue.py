"""The moderation queue on a real database: audits and queue change together, and two processes never exceed a capacity.

Two `ModerationQueues` on one database are two processes as far as PostgreSQL can tell.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import generate_latest

from services.audit.app.queue.service import ModerationQueues
from services.audit.app.resummarising import bring_up_to_date
from shared.eventstore.database import Connection
from shared.eventstore.model import Append, Appended
from shared.eventstore.postgres import PostgresEventStore
from shared.telemetry.metrics import REGISTRY
from shared.web.principal import Role
from tests.integration.audit.support import (
    NOW,
    Service,
    allocated,
    completed,
    completion,
    moderation,
    publish_tool,
    service,
)
from tests.support.servers import Stack
from tests.unit.audit.builders import AUDITOR, settings_text

pytestmark = pytest.mark.stack

ANN, BEN, CAT = (UUID(f"00000000-0000-4000-8000-0000000000{n}") for n in ("a1", "a2", "a3"))


def document(*moderators: str, **fields: Any) -> str:
    told = "".join(f"{name}: {value}, " for name, value in {"assign": "true", "capacity": 2, **fields}.items())
    people = "".join(f"  - {{role: moderator, {one}}}\n" for one in moderators)
    return settings_text("northmoor", more=told).replace("people:\n", f"people:\n{people}")


def usual() -> str:
    return document(f"person: {ANN}", f"person: {BEN}")


async def many_completed(running: Service, count: int) -> list[str]:
    """Complete audits, one an hour: the first is the oldest."""
    found = []
    for number in range(count):
        audit_id = await allocated(running, case_number=f"RS-{number:06}")
        form = completion(happened_at=f"2025-11-20T{9 + number:02}:00:00+00:00")
        answer = await running.post(f"/audits/{audit_id}/completion", form, Role.AUDITOR, person=AUDITOR)
        assert answer.status_code == 200, answer.text
        found.append(audit_id)
    return found


async def listed(running: Service, **parameters: str) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    answer = await running.get(f"/moderation-queue?{query}", Role.QA_MANAGER)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def loads(running: Service) -> dict[UUID, dict[str, Any]]:
    answer = await running.get("/moderators/load?cycle=2025-11", Role.QA_MANAGER)
    assert answer.status_code == 200, answer.text
    return {UUID(row["moderator"]): row for row in answer.json()["moderators"]}


async def moderator_of(running: Service, audit_id: str) -> str | None:
    """What the audit itself says of who is to moderate it."""
    rows = (await running.get("/audits", Role.QA_MANAGER)).json()["audits"]
    return next((row["moderator"] for row in rows if row["audit_id"] == audit_id), None)


async def test_audits_are_given_to_moderators_and_the_rest_waits_in_sight(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, usual()) as running:
        await publish_tool(running)
        audits = await many_completed(running, 5)
        queues = ModerationQueues(running.parts)
        assert await queues.run() == 4  # two moderators, two each
        assert await queues.run() == 0
        seen = await listed(running)
        assert (seen["waiting"], seen["moderations"][0]["why"]) == (1, "no-capacity")
        [waits] = seen["moderations"]
        assert waits["audit_id"] == audits[-1]  # the youngest
        assert (waits["age_days"], waits["due_on"], waits["overdue"]) == (101, "2025-12-10", True)
        assert {person: (row["assigned"], row["free"]) for person, row in (await loads(running)).items()} == {
            ANN: (2, 0),
            BEN: (2, 0),
        }
        given = Counter([await moderator_of(running, one) for one in audits])
        assert given == {str(ANN): 2, str(BEN): 2, None: 1}
        metrics = generate_latest(REGISTRY).decode()
        assert 'sightline_moderation_queue_depth{authority="northmoor"} 1.0' in metrics
        assert "moderator-given" not in str(await running.published())  # nothing of it is public


async def test_two_processes_at_once_never_exceed_a_capacity(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, usual()) as running:
        await publish_tool(running)
        audits = await many_completed(running, 7)
        await asyncio.gather(*(ModerationQueues(running.parts).run() for _ in range(4)))
        found = await loads(running)
        assert {person: row["assigned"] for person, row in found.items()} == {ANN: 2, BEN: 2}
        given = Counter([await moderator_of(running, one) for one in audits])
        assert given == {str(ANN): 2, str(BEN): 2, None: 3}  # the audits say what the queue says
        assert (await listed(running))["waiting"] == 3


class Cut(PostgresEventStore):
    """A store that is cut off when an audit is to be told of its moderator: the queue has been written by then."""

    async def append(self, request: Append, *, connection: Connection | None = None) -> Appended:
        if request.category == "audit":
            raise ConnectionResetError
        return await super().append(request, connection=connection)


async def test_a_round_that_is_cut_off_leaves_nothing_half_done(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, usual()) as running:
        await publish_tool(running)
        [one] = await many_completed(running, 1)
        with pytest.raises(ConnectionResetError):
            await ModerationQueues(replace(running.parts, store=Cut(running.pool))).run()
        assert [row["standing"] for row in (await listed(running))["moderations"]] == ["waiting"]
        assert await moderator_of(running, one) is None
        assert await ModerationQueues(running.parts).run() == 1  # another process, later
        assert await moderator_of(running, one) in {str(ANN), str(BEN)}


async def test_a_done_moderation_still_counts_and_has_its_turnaround(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}", capacity=1)) as running:
        await publish_tool(running)
        running.clock[0] = NOW - timedelta(days=60)
        first, _ = await many_completed(running, 2)
        queues = ModerationQueues(running.parts)
        assert await queues.run() == 1
        running.clock[0] = NOW
        done = await running.post(
            f"/audits/{first}/moderation",
            moderation(
                overall_grade="good", sections={"planning": "good"}, happened_at=(NOW - timedelta(days=50)).isoformat()
            ),
            Role.MODERATOR,
            person=ANN,
        )
        assert done.status_code == 200, done.text
        assert await queues.run() == 0
        [row] = (await loads(running)).values()
        assert (row["assigned"], row["done"], row["free"], row["median_turnaround_days"]) == (0, 1, 0, 10.0)


async def test_what_was_moderated_before_a_round_saw_it_counts_against_its_moderator(
    stack: Stack, tmp_path: Path
) -> None:
    """Asked for and done between two rounds, or before this version counted it: nobody is given more than they have."""
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}", capacity=1)) as running:
        await publish_tool(running)
        first, second = await many_completed(running, 2)
        body = moderation(overall_grade="good", sections={"planning": "good"})
        done = await running.post(f"/audits/{first}/moderation", body, Role.MODERATOR, person=ANN)
        assert done.status_code == 200, done.text
        await running.pool.execute("update eventstore.summaries set data = data - 'moderations_done'")
        await bring_up_to_date(running.pool, running.parts.store)
        queues = ModerationQueues(running.parts)
        assert await queues.run() == 0
        [waits] = (await listed(running))["moderations"]
        assert waits["why"] == "no-capacity"
        [row] = (await loads(running)).values()
        assert (row["assigned"], row["done"], row["free"], row["median_turnaround_days"]) == (0, 1, 0, 14.0)
        [seen] = (await listed(running, standing="done", cycle="2025-11"))["moderations"]
        assert (seen["audit_id"], seen["moderator"], seen["why"]) == (first, str(ANN), None)
        assert (await listed(running, standing="left"))["moderations"] == []
        assert await moderator_of(running, second) is None
        assert await queues.run() == 0


async def test_nobody_is_given_more_by_hand_than_they_have_though_no_round_counted_it(
    stack: Stack, tmp_path: Path
) -> None:
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}", capacity=1, assign="false")) as running:
        await publish_tool(running)
        first, second = await many_completed(running, 2)
        await ModerationQueues(running.parts).run()
        body = moderation(overall_grade="good", sections={"planning": "good"})
        third = await completed(running, case_number="RS-009123")
        done = await running.post(f"/audits/{third}/moderation", body, Role.MODERATOR, person=ANN)
        assert done.status_code == 200, done.text
        [waits, _] = (await listed(running))["moderations"]
        refused = await running.post(
            f"/moderation-queue/{waits['moderation_id']}/moderator",
            {"moderator": str(ANN)},
            Role.QA_MANAGER,
            key="by-hand",
        )
        assert (refused.status_code, refused.json()["type"].rsplit(":")[-1]) == (409, "moderator-has-no-capacity")
        assert await moderator_of(running, first) is None
        assert await moderator_of(running, second) is None


async def test_passed_on_released_and_given_by_hand(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}", f"person: {BEN}, capacity: 0")) as running:
        await publish_tool(running)
        [one] = await many_completed(running, 1)
        queues = ModerationQueues(running.parts)
        await queues.run()
        [place] = (await listed(running, standing="assigned"))["moderations"]
        at = f"/moderation-queue/{place['moderation_id']}"
        assert place["moderator"] == str(ANN)
        other = await running.post(f"{at}/pass-on", {"reason": "leave"}, Role.MODERATOR, person=BEN, key="k0")
        assert other.status_code == 404
        passed = await running.post(f"{at}/pass-on", {"reason": "leave"}, Role.MODERATOR, person=ANN, key="k1")
        assert passed.status_code == 200, passed.text
        again = await running.post(f"{at}/pass-on", {"reason": "leave"}, Role.MODERATOR, person=ANN, key="k1")
        assert again.json() == {**passed.json(), "replayed": True}
        assert await moderator_of(running, one) is None
        await queues.run()
        assert (await listed(running))["moderations"][0]["why"] == "no-capacity"  # ANN passed, BEN has none
        refused = await running.post(f"{at}/moderator", {"moderator": str(BEN)}, Role.QA_MANAGER, key="k2")
        assert (refused.status_code, refused.json()["type"].rsplit(":")[-1]) == (409, "moderator-has-no-capacity")
        unknown = await running.post(f"{at}/moderator", {"moderator": str(CAT)}, Role.QA_MANAGER, key="k3")
        assert unknown.status_code == 422
        denied = await running.post(f"{at}/moderator", {"moderator": str(BEN)}, Role.MODERATOR, key="k4")
        assert denied.status_code == 403


async def test_what_waits_can_go_on_to_the_next_cycle(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}", capacity=1)) as running:
        await publish_tool(running)
        await many_completed(running, 2)
        queues = ModerationQueues(running.parts)
        assert await queues.run() == 1
        over = {"from_cycle": "2025-11", "to_cycle": "2025-12"}
        carried = await running.post("/moderation-queue/carry-over", over, Role.QA_MANAGER, key="c1")
        assert carried.json()["moderations"] == 1
        assert await queues.run() == 1
        assert (await listed(running))["waiting"] == 0
        assert await queues.run() == 0


async def test_who_passed_it_on_does_not_get_it_in_the_next_cycle_either(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}")) as running:
        await publish_tool(running)
        await many_completed(running, 1)
        queues = ModerationQueues(running.parts)
        assert await queues.run() == 1
        [given] = (await listed(running, standing="assigned"))["moderations"]
        passed = f"/moderation-queue/{given['moderation_id']}/pass-on"
        answer = await running.post(passed, {"reason": "conflict-of-interest"}, Role.MODERATOR, person=ANN, key="p1")
        assert answer.status_code == 200, answer.text
        over = {"from_cycle": "2025-11", "to_cycle": "2025-12"}
        carried = await running.post("/moderation-queue/carry-over", over, Role.QA_MANAGER, key="c1")
        assert carried.json()["moderations"] == 1
        assert await queues.run() == 0
        assert (await listed(running))["waiting"] == 1


async def test_where_people_assign_the_queue_is_in_sight_by_itself(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}", assign="false")) as running:
        await publish_tool(running)
        await many_completed(running, 1)
        before = await listed(running)
        assert (before["waiting"], before["caught_up_at"]) == (0, None)
        assert await ModerationQueues(running.parts).run() == 0
        seen = await listed(running)
        assert (seen["waiting"], seen["moderations"][0]["why"]) == (1, "not-looked-at-yet")
        assert datetime.fromisoformat(seen["caught_up_at"]) == NOW
        assert {row["assigned"] for row in (await loads(running)).values()} == {0}
        looked = await running.post("/moderation-queue/rounds?assign=false", None, Role.QA_MANAGER)
        assert looked.json() == {"given": 0, "waiting": 1}
        given = await running.post("/moderation-queue/rounds", None, Role.QA_MANAGER)
        assert given.json() == {"given": 1, "waiting": 0}
        for role in (Role.MODERATOR, Role.AUDITOR, Role.TEAM_MANAGER, Role.DIRECTOR):
            for path in ("/moderation-queue", "/moderators/load"):
                assert (await running.get(path, role)).status_code == 403
        part = await running.get("/moderators/load", Role.QA_OFFICER, scope=("north/riverside",))
        assert part.status_code == 403
        elsewhere = await running.get("/moderation-queue?standing=assigned", Role.QA_OFFICER, scope=("north/hillside",))
        assert elsewhere.json()["moderations"] == []
        same = {"from_cycle": "2025-11", "to_cycle": "2025-11"}
        refused = await running.post("/moderation-queue/carry-over", same, Role.QA_MANAGER, key="s1")
        assert refused.status_code == 422


async def test_withdrawn_audits_leave_the_queue(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}", capacity=1)) as running:
        await publish_tool(running)
        first, second = await many_completed(running, 2)
        queues = ModerationQueues(running.parts)
        await queues.run()
        gone = await running.post(f"/audits/{first}/withdrawal", {"reason": "wrong-child"}, Role.QA_MANAGER)
        assert gone.status_code == 200
        assert await queues.run() == 1  # its moderator is free again
        assert await moderator_of(running, second) == str(ANN)


async def test_what_an_audit_refuses_waits_on_and_the_others_go_ahead(stack: Stack, tmp_path: Path) -> None:
    """Somebody began a blind moderation that nobody was given: it stays theirs, and takes nobody's capacity."""
    text = document(f"person: {ANN}", capacity=1).replace("blind: false", "blind: true")
    async with service(stack.postgres, tmp_path, text) as running:
        await publish_tool(running)
        begun, other = await many_completed(running, 2)
        grades = {"overall_grade": "good", "sections": {"planning": "good"}, "rationale": "So it is."}
        answer = await running.post(f"/audits/{begun}/moderation/blind-grades", grades, Role.MODERATOR, person=BEN)
        assert answer.status_code == 200, answer.text
        assert await ModerationQueues(running.parts).run() == 1
        assert (await moderator_of(running, begun), await moderator_of(running, other)) == (None, str(ANN))
        assert [row["audit_id"] for row in (await listed(running))["moderations"]] == [begun]
        assert (await loads(running))[ANN]["assigned"] == 1


async def test_whose_work_it_is_never_moderates_it_and_holds_up_nobody(stack: Stack, tmp_path: Path) -> None:
    """A practitioner who moderates too: the queue gives the audit of their work to somebody else, and so do people."""
    async with service(stack.postgres, tmp_path, document(f"person: {ANN}", f"person: {BEN}", capacity=9)) as running:
        await publish_tool(running)
        audits = [await completed(running, case_number=f"RS-{one:06}", practitioner=str(ANN)) for one in range(4)]
        assert await ModerationQueues(running.parts).run() == 4
        assert {await moderator_of(running, one) for one in audits} == {str(BEN)}
        [waiting, *_] = (await listed(running, standing="assigned"))["moderations"]
        path = f"/moderation-queue/{waiting['moderation_id']}/moderator"
        answer = await running.post(path, {"moderator": str(ANN)}, Role.QA_MANAGER, key="to-ann")
        assert (answer.status_code, answer.json()["type"][-26:]) == (403, "moderator-moderated-before")
        seen = await running.get("/audits?limit=1", Role.MODERATOR, person=ANN)
        assert seen.json() == {"audits": [], "after": None}  # as its practitioner she is shown the outcome
        assert (await running.get(f"/audits/{audits[0]}", Role.MODERATOR, person=ANN)).status_code == 404
        assert len((await running.get("/audits", Role.MODERATOR, person=BEN)).json()["audits"]) == 4
        named = {"moderator": str(ANN)}  # whom the request does not fit: refused in words, not taken and dropped
        answer = await running.post(f"/audits/{audits[0]}/moderation-request", named, Role.QA_MANAGER)
        assert (answer.status_code, answer.json()["type"][-28:]) == (409, "moderation-already-requested")


async def test_a_request_that_names_a_moderator_is_held_to_capacity_part_and_settings(
    stack: Stack, tmp_path: Path
) -> None:
    text = document(f"person: {ANN}, capacity: 1", f"person: {BEN}, units: [north/hillside]", assign="false")
    text = text.replace("share: all", "share: rules, rules: [every-inadequate]")
    async with service(stack.postgres, tmp_path, text) as running:
        await publish_tool(running)
        one, other = [await completed(running, case_number=f"RS-{number:06}") for number in range(2)]

        async def ask(audit_id: str, who: UUID) -> tuple[int, str]:
            path = f"/audits/{audit_id}/moderation-request"
            answer = await running.post(path, {"moderator": str(who)}, Role.QA_MANAGER)
            return answer.status_code, answer.json().get("type", "").rsplit(":", 1)[-1]

        assert await ask(one, CAT) == (422, "moderator-unknown")  # no settings name her
        assert await ask(one, BEN) == (422, "moderator-unknown")  # of another district
        assert await ask(one, ANN) == (200, "")
        assert await ask(one, ANN) == (200, "")  # once more, and once only
        assert await ask(other, ANN) == (409, "moderator-has-no-capacity")
        seen = (await running.get(f"/audits/{other}", Role.QA_OFFICER)).json()
        assert seen["moderations"] == []
        found = await loads(running)
        assert (found[ANN]["assigned"], found[ANN]["free"]) == (1, 0)


async def test_a_stratified_sample_is_exact_however_many_complete_at_once(stack: Stack, tmp_path: Path) -> None:
    text = settings_text("northmoor", share="sample", more="sample_rate: 0.5, stratify_by: [service, kind], seed: 4,")
    async with service(stack.postgres, tmp_path, text) as running:
        await publish_tool(running)
        ids = [await allocated(running, case_number=f"RS-{number:06}") for number in range(8)]
        answers = await asyncio.gather(
            *(running.post(f"/audits/{id_}/completion", completion(), Role.AUDITOR, person=AUDITOR) for id_ in ids)
        )
        assert {one.status_code for one in answers} == {200}
        told = [event for type_, event in await running.published() if type_ == "moderation-requested.v1"]
        assert len(told) == 4
        assert {event["selected_because"] for event in told} == {"sample"}


async def test_new_auditors_and_drift_are_known_from_the_audits_before(stack: Stack, tmp_path: Path) -> None:
    more = "first_audits_of_new_auditors: 1, drift: {lowered: 1, of_last: 2},"
    async with service(stack.postgres, tmp_path, settings_text("northmoor", share="rules", more=more)) as running:
        await publish_tool(running)
        first = await completed(running, case_number="RS-000001")
        await completed(running, case_number="RS-000002")
        done = await running.post(f"/audits/{first}/moderation", moderation(), Role.MODERATOR, person=ANN)
        assert done.status_code == 200, done.text
        third = await completed(running, case_number="RS-000003")
        told = [event for type_, event in await running.published() if type_ == "moderation-requested.v1"]
        assert [(event["audit_id"], event["selected_because"]) for event in told][:1] == [(first, "new-auditor")]
        assert (third, "drift") in [(event["audit_id"], event["selected_because"]) for event in told]
        assert {event["selected_because"] for event in told} <= {"new-auditor", "drift", "two-grades-apart", "dispute"}
