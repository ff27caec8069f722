"""Audit escalations lived through from the audit to the report, on real servers and processes, day by day.

Each due moment is written from the calendar of 2026 by hand, never reckoned here:

    March   We 25  Th 26  Fr 27 | Mo 30  Tu 31          clocks go forward on Sunday 29
    April   We 1   Th 2  (Fr 3 Good Friday | Mo 6 Easter Monday)  Tu 7  We 8
            Mo 13  Tu 14  We 15  Th 16  Fr 17 | Mo 20
    May     Fr 1 | (Mo 4 bank holiday)  Tu 5  We 6  Th 7

A reminder comes when the offices open, at nine; a clock ends with its last day.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.escalation.app.policies import escalation_of
from shared.contracts.envelope import Envelope
from shared.web.principal import Role
from tests.e2e.escalation_world import CONSIDERED, World, world
from tests.support.platform import until
from tests.support.servers import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

RAISED = [("raised", "service-manager"), ("raised", "qa-manager"), ("raised", "principal-social-worker")]
RECLASSIFIED = [(kind.replace("raised", "reclassified"), role) for kind, role in RAISED]
CHASED = [("chased", "service-manager")]
OVERDUE = [("overdue", "service-manager"), ("overdue", "assistant-director"), ("overdue", "qa-manager")]
SECOND_LINE = [("second-line", "director")]
SIGNED_OFF = [("signed-off", "assistant-director"), ("signed-off", "auditor")]
CLOSED = [("closed", "auditor")]

STEPS = ["copy-sent", "actions-discussed", "action-added", "action-completed", "oversight-recorded"]
FOLLOWED_THROUGH = ["action-added.v1", "action-completed.v1", "oversight-recorded.v1"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def living(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("stories")
    async with world(stack, folder, ("audit", "escalation", "reporting"), "2026-03-25T08:00:00+00:00") as made:
        yield made


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def kinds(events: list[Envelope]) -> list[str]:
    assert [one.sequence for one in events] == list(range(1, len(events) + 1)), "numbered without a hole"
    return [one.type for one in events]


def told_of(when: str, service: str, *events: str) -> list[str]:
    """The lines of `sightline trace` at one moment."""
    return [f"{when} {service} {event}" for event in events]


def due_of(seen: dict[str, Any]) -> datetime:
    return moment(seen["clock"]["due_at"])


async def test_a_practice_case_of_five_working_days_is_closed_in_time(living: World) -> None:
    """Raised on Wednesday 25 March, before the clocks go forward: Thursday is day 1, Wednesday 1 April is day 5."""
    living.clock.set("2026-03-25T09:00:00+00:00")
    audit, left_open = await living.audit(), await living.audit()
    escalation, sentinel = await living.flag(audit, "practice"), await living.flag(left_open, "practice")
    living.clock.set("2026-03-25T09:30:00+00:00")
    await living.complete(audit, concern="practice", overall_grade="inadequate")
    await until(lambda: living.knows(escalation, "concern-flagged", "inadequate-grade"), "both being causes of it")
    living.clock.set("2026-03-25T10:00:00+00:00")
    for one in (escalation, sentinel):
        await living.step(one, "discussion", Role.QA_MANAGER, with_whom=["practitioner"])
        raised = await living.step(one, "raise", Role.QA_MANAGER)
        assert due_of(raised) == moment("2026-04-01T23:59:59.999999+01:00")
        assert raised["clock"]["counted"] == ["2026-03-26", "2026-03-27", "2026-03-30", "2026-03-31", "2026-04-01"]
        assert [day["date"] for day in raised["clock"]["left_out"]] == ["2026-03-28", "2026-03-29"]

    living.clock.set("2026-03-31T09:00:00+01:00")
    await living.hears(escalation, *CONSIDERED, *RAISED, *CHASED)
    living.clock.set("2026-03-31T16:00:00+01:00")
    signed = await living.follow_through(escalation, until_signed=True)
    assert signed["signed_off"]["within_clock"] is True
    living.clock.set("2026-03-31T16:30:00+01:00")
    await living.step(escalation, "closure", Role.SERVICE_MANAGER)

    living.clock.set("2026-04-01T09:00:00+01:00")
    await living.hears(sentinel, *CONSIDERED, *RAISED, *CHASED, *CHASED)
    living.clock.set("2026-04-02T00:00:00+01:00")
    await living.hears(sentinel, *CONSIDERED, *RAISED, *CHASED, *CHASED, *OVERDUE)
    assert sorted(living.told(escalation)) == sorted([*CONSIDERED, *RAISED, *CHASED, *SIGNED_OFF, *CLOSED])

    events = await living.published(escalation)
    assert kinds(events) == [
        "escalation-considered.v1",
        "escalation-considered.v1",
        "escalation-raised.v1",
        *FOLLOWED_THROUGH,
        "actions-signed-off.v1",
        "escalation-closed.v1",
    ]
    assert events[-2].time == moment("2026-03-31T16:00:00+01:00")
    facts = await living.facts(escalation, state="closed", within_clock=True, overdue=False)
    assert facts["due_at"] == moment("2026-04-01T23:59:59.999999+01:00")
    assert facts["raised_at"] == moment("2026-03-25T10:00:00+00:00")
    assert facts["closed_at"] == moment("2026-03-31T16:30:00+01:00")
    assert await living.trace(audit) == [
        *told_of("25 Mar 09:00", "audit", "audit-allocated", "concern-flagged"),
        *told_of("25 Mar 09:00", "escalation", "consideration-opened"),
        *told_of("25 Mar 09:30", "audit", "audit-completed"),
        *told_of("25 Mar 09:30", "escalation", "cause-joined"),
        *told_of("25 Mar 09:30", "audit", "moderation-requested"),
        *told_of("25 Mar 10:00", "escalation", "discussion-recorded", "escalation-raised"),
        *told_of("31 Mar 09:00", "escalation", "chaser-sent"),
        *told_of("31 Mar 16:00", "escalation", *STEPS, "actions-signed-off"),
        *told_of("31 Mar 16:30", "escalation", "escalation-closed"),
    ]


async def test_a_safeguarding_case_is_breached_over_easter(living: World) -> None:
    """Raised on Maundy Thursday: Good Friday, the week-end and Easter Monday do not count, Tuesday 7 April is day 1."""
    living.clock.set("2026-04-02T14:00:00+01:00")
    audit = await living.audit()
    escalation = await living.flag(audit, "safeguarding")
    living.clock.set("2026-04-02T14:30:00+01:00")
    await living.step(escalation, "discussion", Role.QA_MANAGER, with_whom=["team-manager"])
    raised = await living.step(escalation, "raise", Role.QA_MANAGER)
    assert due_of(raised) == moment("2026-04-07T23:59:59.999999+01:00")
    assert raised["clock"]["counted"] == ["2026-04-07"]
    assert [day["date"] for day in raised["clock"]["left_out"]] == [
        "2026-04-03", "2026-04-04", "2026-04-05", "2026-04-06",
    ]  # fmt: skip
    assert [day["why"] for day in raised["clock"]["left_out"]] == ["Good Friday", "Saturday", "Sunday", "Easter Monday"]

    living.clock.set("2026-04-07T09:00:00+01:00")
    await living.hears(escalation, *CONSIDERED, *RAISED, *CHASED)
    await living.shows(escalation, "a reminder alone", overdue=False)
    living.clock.set("2026-04-08T00:00:00+01:00")
    await living.hears(escalation, *CONSIDERED, *RAISED, *CHASED, *OVERDUE)
    await living.facts(escalation, overdue=True, within_clock=None)
    living.clock.set("2026-04-08T09:00:00+01:00")
    told = [*CONSIDERED, *RAISED, *CHASED, *OVERDUE, *SECOND_LINE]
    await living.hears(escalation, *told)
    assert {line["due_at"] for line in living.lines(escalation) if line["kind"] in {"chased", "overdue"}} == {
        "2026-04-07T22:59:59.999999+00:00"
    }

    living.clock.set("2026-04-08T11:00:00+01:00")
    signed = await living.follow_through(escalation, until_signed=True)
    assert signed["signed_off"]["within_clock"] is False
    await living.step(escalation, "closure", Role.SERVICE_MANAGER)
    living.clock.set("2026-04-09T12:00:00+01:00")
    await living.hears(escalation, *told, *SIGNED_OFF, *CLOSED)

    events = await living.published(escalation)
    assert kinds(events) == [
        "escalation-considered.v1",
        "escalation-raised.v1",
        "escalation-overdue.v1",
        "second-line-told.v1",
        *FOLLOWED_THROUGH,
        "actions-signed-off.v1",
        "escalation-closed.v1",
    ]
    assert events[2].time == moment("2026-04-07T23:59:59.999999+01:00")
    assert events[2].recorded_at == moment("2026-04-08T00:00:00+01:00")
    facts = await living.facts(escalation, state="closed", within_clock=False, overdue=True)
    assert facts["due_at"] == moment("2026-04-07T23:59:59.999999+01:00")
    assert await living.trace(audit) == [
        *told_of("02 Apr 14:00", "audit", "audit-allocated", "concern-flagged"),
        *told_of("02 Apr 14:00", "escalation", "consideration-opened"),
        *told_of("02 Apr 14:30", "escalation", "discussion-recorded", "escalation-raised"),
        *told_of("07 Apr 09:00", "escalation", "chaser-sent"),
        *told_of("08 Apr 00:00", "escalation", "escalation-became-overdue"),
        *told_of("08 Apr 09:00", "escalation", "second-line-told"),
        *told_of("08 Apr 11:00", "escalation", *STEPS, "actions-signed-off", "escalation-closed"),
    ]


async def test_reclassified_on_day_three_it_is_overdue_at_once(living: World) -> None:
    """Raised as practice on Monday 13 April; as safeguarding it would have been due on Tuesday, and now is Thursday."""
    living.clock.set("2026-04-13T09:00:00+01:00")
    audit = await living.audit()
    escalation = await living.flag(audit, "practice")
    living.clock.set("2026-04-13T09:30:00+01:00")
    await living.step(escalation, "discussion", Role.QA_MANAGER, with_whom=["practitioner"])
    raised = await living.step(escalation, "raise", Role.QA_MANAGER)
    assert due_of(raised) == moment("2026-04-20T23:59:59.999999+01:00")
    await living.hears(escalation, *CONSIDERED, *RAISED)

    living.clock.set("2026-04-16T11:00:00+01:00")
    lifted = await living.step(
        escalation, "reclassification", Role.SERVICE_MANAGER, category="safeguarding", reason="child-unseen"
    )
    assert due_of(lifted) == moment("2026-04-14T23:59:59.999999+01:00")
    seen = await living.shows(escalation, "overdue at once", overdue=True)
    assert moment(seen["clock"]["started_at"]) == moment("2026-04-13T09:30:00+01:00"), "the raise is the original one"
    told = [*CONSIDERED, *RAISED, *RECLASSIFIED, *OVERDUE, *SECOND_LINE]
    await living.hears(escalation, *told)

    living.clock.set("2026-04-16T15:00:00+01:00")
    signed = await living.follow_through(escalation, until_signed=True)
    assert signed["signed_off"]["within_clock"] is False
    living.clock.set("2026-04-17T09:00:00+01:00")
    await living.step(escalation, "closure", Role.SERVICE_MANAGER)
    living.clock.set("2026-04-21T09:00:00+01:00")
    await living.hears(escalation, *told, *SIGNED_OFF, *CLOSED)

    events = await living.published(escalation)
    assert kinds(events) == [
        "escalation-considered.v1",
        "escalation-raised.v1",
        "escalation-reclassified.v1",
        "escalation-overdue.v1",
        "second-line-told.v1",
        *FOLLOWED_THROUGH,
        "actions-signed-off.v1",
        "escalation-closed.v1",
    ]
    assert events[3].time == moment("2026-04-14T23:59:59.999999+01:00")
    facts = await living.facts(escalation, state="closed", within_clock=False, overdue=True)
    assert (facts["first_category"], facts["category"]) == ("practice", "safeguarding")
    assert facts["due_at"] == moment("2026-04-14T23:59:59.999999+01:00")
    assert await living.trace(audit) == [
        *told_of("13 Apr 09:00", "audit", "audit-allocated", "concern-flagged"),
        *told_of("13 Apr 09:00", "escalation", "consideration-opened"),
        *told_of("13 Apr 09:30", "escalation", "discussion-recorded", "escalation-raised"),
        *told_of("16 Apr 11:00", "escalation", "escalation-reclassified"),
        *told_of("16 Apr 11:00", "escalation", "escalation-became-overdue", "second-line-told"),
        *told_of("16 Apr 15:00", "escalation", *STEPS, "actions-signed-off"),
        *told_of("17 Apr 09:00", "escalation", "escalation-closed"),
    ]


async def test_stopped_over_the_deadline_all_that_fell_due_is_caught_up_with_once(living: World) -> None:
    """Raised on Friday 1 May: Monday is a bank holiday, Tuesday 5 May is day 1, and nothing runs until Thursday.

    One of the two was dealt with in time on paper: entered on Thursday it is met, and counts as recorded late.
    """
    living.clock.set("2026-05-01T13:00:00+01:00")
    audit, in_time = await living.audit(), await living.audit()
    escalation, met = await living.flag(audit, "safeguarding"), await living.flag(in_time, "safeguarding")
    living.clock.set("2026-05-01T14:00:00+01:00")
    for one in (escalation, met):
        await living.step(one, "discussion", Role.QA_MANAGER, with_whom=["practitioner"])
        raised = await living.step(one, "raise", Role.QA_MANAGER)
        assert due_of(raised) == moment("2026-05-05T23:59:59.999999+01:00")
        await living.hears(one, *CONSIDERED, *RAISED)
    assert await living.running.stop("escalation") == {"escalation": 0}

    living.clock.set("2026-05-07T10:00:00+01:00")
    late = await living.audit()
    await living.done("audit", f"/v1/audits/{late}/concern", Role.AUDITOR, {"concern": "practice"})
    await living.begin("escalation")
    told = [*CONSIDERED, *RAISED, *CHASED, *OVERDUE, *SECOND_LINE]
    await living.hears(escalation, *told)
    paper = {"happened_at": "2026-05-05T16:00:00+01:00"}
    signed = await living.follow_through(met, until_signed=True, **paper)
    assert signed["signed_off"]["within_clock"] is True
    late_steps = {step["step"] for step in signed["steps"] if step["recorded_late"]}
    assert {"oversight-recorded", "actions-signed-off"} <= late_steps

    assert await living.running.stop("escalation") == {"escalation": 0}
    await living.begin("escalation")
    living.clock.set("2026-05-08T12:00:00+01:00")
    await living.follow_through(escalation, until_signed=True)
    await living.hears(escalation, *told, *SIGNED_OFF)

    events = await living.published(escalation)
    assert kinds(events) == [
        "escalation-considered.v1",
        "escalation-raised.v1",
        "escalation-overdue.v1",
        "second-line-told.v1",
        *FOLLOWED_THROUGH,
        "actions-signed-off.v1",
    ]
    assert events[2].time == moment("2026-05-05T23:59:59.999999+01:00")
    assert events[2].recorded_at == moment("2026-05-07T10:00:00+01:00")
    await living.facts(escalation, state="signed-off", within_clock=False, overdue=True)
    await living.facts(met, state="signed-off", within_clock=True)
    assert await living.trace(audit) == [
        *told_of("01 May 13:00", "audit", "audit-allocated", "concern-flagged"),
        *told_of("01 May 13:00", "escalation", "consideration-opened"),
        *told_of("01 May 14:00", "escalation", "discussion-recorded", "escalation-raised"),
        *told_of("07 May 10:00", "escalation", "chaser-sent", "escalation-became-overdue", "second-line-told"),
        *told_of("08 May 12:00", "escalation", *STEPS, "actions-signed-off"),
    ]


async def test_delivered_twice_and_in_another_order_between_audits_the_same_comes_out(
    living: World, stack: Stack, tmp_path: Path
) -> None:
    """What one service read as it happened, another reads twice over, the audits' turns the other way round."""
    living.clock.set("2026-05-11T09:00:00+01:00")
    audits = [await living.audit() for _ in range(3)]
    flagged, grave, graded = audits
    await living.flag(flagged, "practice")
    await living.flag(grave, "practice")
    await living.complete(graded, overall_grade="inadequate")
    living.clock.set("2026-05-11T10:00:00+01:00")
    await living.complete(grave, concern="safeguarding")
    await living.done("audit", f"/v1/audits/{graded}/withdrawal", Role.QA_MANAGER, {"reason": "wrong-child"})
    escalations = [escalation_of(audit) for audit in audits]
    await living.shows(escalations[1], "lifted to safeguarding", category="safeguarding")
    await living.shows(escalations[2], "the withdrawal noted", audit_withdrawn_at="2026-05-11T09:00:00Z")
    expected = await living.published(*escalations)
    told = [CONSIDERED, [*CONSIDERED, *CONSIDERED], CONSIDERED]
    for escalation, messages in zip(escalations, told, strict=True):
        await living.hears(escalation, *messages)

    records = [record for record in await living.audit_records() if UUID(record.key.decode()) in audits]
    turns = [[one for one in records if one.key == str(audit).encode()] for audit in reversed(audits)]
    other_order = [one for turn in zip_longest(*turns) for one in turn if one is not None]
    assert [one.value for one in other_order] != [one.value for one in records]
    async with world(stack, tmp_path, ("escalation",), "2026-05-11T10:00:00+01:00") as other:
        await other.deliver([again for one in other_order for again in (one, one)] + other_order)
        assert [essence(one) for one in await other.published(*escalations)] == [essence(one) for one in expected]
        answer = await other.ask("escalation", "GET", "/v1/escalations", Role.QA_MANAGER)
        assert {one["escalation_id"] for one in answer.json()["escalations"]} == set(map(str, escalations))
        for escalation, messages in zip(escalations, told, strict=True):
            await other.hears(escalation, *messages)

        await other.step(escalations[1], "discussion", Role.QA_MANAGER, with_whom=["practitioner"])
        raised = await other.step(escalations[1], "raise", Role.QA_MANAGER)
        assert due_of(raised) == moment("2026-05-12T23:59:59.999999+01:00")
        await other.deliver(other_order)
        assert await other.seen(escalations[1]) == raised
        assert [one.type for one in await other.published(escalations[1])][-1] == "escalation-raised.v1"
        await other.hears(escalations[1], *told[1], *RAISED)
        await other.hears(escalations[0], *told[0])


def essence(event: Envelope) -> tuple[object, ...]:
    """An event without when it was recorded, and without the traces of how it was carried."""
    return (event.id, event.type, event.subject, event.sequence, event.time, event.causation_id, event.data)
