"""Half way through a year an authority's second settings document begins to hold: which version holds for what.

What happened goes by the document of its own day; what was promised (a due date, a moderation asked for) stays; who
moderates what waits goes by the day it is given. The second document here holds from 1 July 2025.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.audit.app.queue.service import ModerationQueues
from shared.web.principal import Role
from tests.integration.audit.support import Service, allocated, completion, moderation, publish_tool, service
from tests.integration.audit.test_moderation_queue import ANN, BEN, document, listed
from tests.support.servers import Stack
from tests.unit.audit.builders import AUDITOR

pytestmark = pytest.mark.stack


def before() -> str:
    """Every audit is moderated, sighted, within 20 days; both moderate two a cycle; 28 days to audit."""
    return document(f"person: {ANN}", f"person: {BEN}")


def after(moderator: UUID = ANN) -> str:
    """By rule, blind, within 10 days; 14 days to audit; one a cycle; ANN manages Riverside 1 now."""
    text = document(f"person: {BEN}", f"person: {moderator}", capacity=1)
    for old, new in (
        ("version: 1\n", "version: 2\n"),
        ("valid_from: 2025-01-01", "valid_from: 2025-07-01"),
        ("share: all", "share: rules, rules: [every-inadequate]"),
        ("blind: false", "blind: true"),
        ("within_days: 20", "within_days: 10"),
        ("due_days: 28", "due_days: 7"),
        ("people:\n", f"people:\n  - {{role: team-manager, person: {ANN}, units: [north/riverside/riverside-1]}}\n"),
        ("moderation:", "audit: {due_days: 14}\nmoderation:"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> str:
    return datetime(2025, month, day, hour, minute, tzinfo=UTC).isoformat()


async def begun(running: Service, number: int, happened_at: str) -> str:
    return await allocated(
        running, case_number=f"RS-{number:06}", cycle="2025-06", due_on=None, happened_at=happened_at
    )


async def done(running: Service, audit_id: str, happened_at: str, grade: str = "good") -> list[dict[str, Any]]:
    """Complete an audit; return what it published since, each with its type."""
    form = completion(happened_at=happened_at, overall_grade=grade, inadequate_likely=grade == "inadequate")
    answer = await running.post(f"/audits/{audit_id}/completion", form, Role.AUDITOR, person=AUDITOR)
    assert answer.status_code == 200, answer.text
    return [{"type": type_, **event} for type_, event in await running.published(audit_id)]


async def test_an_audit_goes_by_the_document_of_the_day_of_each_step(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, before(), after()) as running:
        await publish_tool(running)
        under_way = [await begun(running, number, at(6, 10)) for number in range(3)]
        later = await begun(running, 9, at(7, 1))
        # 28 days from 10 June, promised, stay; 14 days from 1 July.
        listing = (await running.get("/audits", Role.QA_MANAGER)).json()["audits"]
        assert {row["audit_id"]: row["due_on"] for row in listing} == {
            **dict.fromkeys(under_way, "2025-07-08"),
            later: "2025-07-15",
        }
        old, new = (
            await done(running, under_way[0], at(6, 30, 22, 30)),
            await done(running, under_way[1], at(6, 30, 23)),
        )
        versions = [[(one["type"], one["settings_version"]) for one in told] for told in (old, new)]
        assert versions == [
            [
                ("audit-allocated.v1", 1),
                ("audit-completed.v1", 1),
                ("recommendation-made.v1", 1),
                ("moderation-requested.v1", 1),
            ],
            # 23:00 in UTC is midnight in England: 1 July, when only inadequates are moderated.
            [("audit-allocated.v1", 1), ("audit-completed.v1", 2), ("recommendation-made.v1", 2)],
        ]
        asked = next(one for one in old if one["type"] == "moderation-requested.v1")
        assert (asked["selected_because"], asked["policy_version"], asked["due_on"], asked["blind"]) == (
            "all", "northmoor/1", "2025-07-20", False,
        )  # fmt: skip
        told = await done(running, under_way[2], at(7, 2), "inadequate")
        asked = next(one for one in told if one["type"] == "moderation-requested.v1")
        assert (asked["selected_because"], asked["policy_version"], asked["due_on"], asked["blind"]) == (
            "inadequate", "northmoor/2", "2025-07-12", True,
        )  # fmt: skip
        due = [one["due_on"] for each in (old, told) for one in each if one["type"] == "recommendation-made.v1"]
        assert due == ["2025-07-28", "2025-07-09"]  # 28 days from 30 June; 7 days from 2 July


async def test_a_moderation_asked_for_before_is_done_as_it_was_asked_for(stack: Stack, tmp_path: Path) -> None:
    """Sighted stays sighted; whether its moderator is independent goes by the day they moderate."""
    async with service(stack.postgres, tmp_path, before(), after()) as running:
        await publish_tool(running)
        audit_id = await begun(running, 1, at(6, 10))
        await done(running, audit_id, at(6, 20))
        form = moderation(overall_grade="good", sections={"planning": "good"}, happened_at=at(7, 3))
        refused = await running.post(f"/audits/{audit_id}/moderation", form, Role.MODERATOR, person=ANN)
        assert (refused.status_code, refused.json()["type"].rsplit(":")[-1]) == (403, "moderator-is-of-the-team")
        earlier = {**form, "happened_at": at(6, 29)}  # recorded late: on that day she managed no team
        moderated = await running.post(f"/audits/{audit_id}/moderation", earlier, Role.MODERATOR, person=ANN)
        assert moderated.status_code == 200, moderated.text
        told = [event for type_, event in await running.published(audit_id) if type_ == "moderation-done.v1"]
        assert [(one["settings_version"], one["blind"], one["moderator_grade"]) for one in told] == [(1, False, "good")]


async def test_the_queue_gives_by_the_document_of_the_day_it_gives(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, before(), after()) as running:
        await publish_tool(running)
        audits = [await begun(running, number, at(6, 10)) for number in range(5)]
        for day, audit_id in enumerate(audits, 20):
            await done(running, audit_id, at(6, day))
        queues = ModerationQueues(running.parts)
        running.clock[0] = datetime(2025, 6, 24, 12, tzinfo=UTC)
        assert await queues.run() == 4  # two each
        running.clock[0] = datetime(2025, 7, 1, 12, tzinfo=UTC)
        assert await queues.run() == 0
        # Nobody loses what they have; each has room for one a cycle now, and ANN's own team is not for her.
        load = await loads_of(running, "2025-06")
        assert {person: (row["capacity"], row["assigned"], row["free"]) for person, row in load.items()} == {
            ANN: (1, 2, 0),
            BEN: (1, 2, 0),
        }
        [waits] = (await listed(running))["moderations"]
        assert (waits["audit_id"], waits["why"]) == (audits[-1], "no-capacity")
        [with_ann, _] = [
            row for row in (await listed(running, standing="assigned"))["moderations"] if row["moderator"] == str(ANN)
        ]
        at_ann = f"/moderation-queue/{with_ann['moderation_id']}"
        released = await running.post(f"{at_ann}/release", {"reason": "leave"}, Role.QA_MANAGER, key="r1")
        assert released.status_code == 200, released.text
        back = await running.post(f"{at_ann}/moderator", {"moderator": str(ANN)}, Role.QA_MANAGER, key="r2")
        assert (back.status_code, back.json()["type"].rsplit(":")[-1]) == (403, "moderator-is-of-the-team")
        query = "select data::jsonb->>'settings_version' from eventstore.events where type = 'moderation-assigned'"
        versions = [row[0] for row in await running.pool.fetch(f"{query} order by position")]
        assert versions == ["1", "1", "1", "1", "2"]
        query = "select distinct type, (data::jsonb->>'settings_version')::int from eventstore.events"
        rows = await running.pool.fetch(f"{query} where category = 'moderation-queue' order by 1, 2")
        assert [tuple(row) for row in rows] == [
            ("moderation-queued", 1),
            ("moderation-returned", 2),
            ("moderator-given", 1),
        ]


async def loads_of(running: Service, cycle: str) -> dict[UUID, dict[str, Any]]:
    answer = await running.get(f"/moderators/load?cycle={cycle}", Role.QA_MANAGER)
    return {UUID(row["moderator"]): row for row in answer.json()["moderators"]}


async def test_an_audit_under_way_of_a_team_that_is_no_more_goes_on(stack: Stack, tmp_path: Path) -> None:
    reorganised = after().replace("key: riverside-1", "key: riverside-0").replace("riverside/riverside-1", "riverside")
    async with service(stack.postgres, tmp_path, before(), reorganised) as running:
        await publish_tool(running)
        audit_id = await begun(running, 1, at(6, 10))
        told = await done(running, audit_id, at(7, 2), "inadequate")
        assert [one["settings_version"] for one in told][:3] == [1, 2, 2]
        running.clock[0] = datetime(2025, 7, 3, tzinfo=UTC)
        assert await ModerationQueues(running.parts).run() == 1
        refused = await running.post(
            "/audits", {**ALLOCATION, "happened_at": at(7, 2)}, Role.QA_OFFICER
        )  # and no new one begins there
        assert refused.status_code == 422
        assert "the authority has no such team" in refused.text


ALLOCATION = {
    "kind": "case-file",
    "cycle": "2025-06",
    "organisation": {"area": "north", "district": "riverside", "team": "riverside-1"},
    "case_number": "RS-000555",
    "child_status": "in-need",
    "tool": "riverside-check",
    "auditor": str(AUDITOR),
}
AUGUST = "audit: {due_days: 28, blackout_months: [8]}\nmoderation:"


async def test_in_a_month_without_audits_none_is_due(stack: Stack, tmp_path: Path) -> None:
    """Its days are not counted (practice.md section 2: no audits in August); what is begun can be finished in it."""
    async with service(stack.postgres, tmp_path, before().replace("moderation:", AUGUST)) as running:
        await publish_tool(running)
        ids = [await begun(running, number, happened_at) for number, happened_at in enumerate(
            (at(7, 3), at(7, 4), at(7, 20), at(8, 15), at(9, 1))
        )]  # fmt: skip
        listing = (await running.get("/audits", Role.QA_MANAGER)).json()["audits"]
        due = {row["audit_id"]: row["due_on"] for row in listing}
        # 28 days: all in July; the last of them on 1 September; 11 in July and 17 in September; 28 in September; the same.
        assert [due[one] for one in ids] == ["2025-07-31", "2025-09-01", "2025-09-17", "2025-09-28", "2025-09-29"]
        in_august = {**ALLOCATION, "due_on": "2025-08-20", "happened_at": at(7, 20)}
        refused = await running.post("/audits", in_august, Role.QA_OFFICER)
        assert refused.status_code == 422
        [fault] = refused.json()["problems"]
        assert (fault["field"], fault["message"]) == ("due_on", "August is a month without audits")
        await done(running, ids[2], at(8, 12))
