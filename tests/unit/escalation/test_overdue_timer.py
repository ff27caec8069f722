"""The durable timer: found at its moment, also when nothing ran then; and no false alarm for history being entered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from services.escalation.app.lists import is_overdue
from services.escalation.app.timers import PAGE
from shared.eventstore.model import Append, Appended
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

CAUSE = s.cause(1)


async def raised(rig: Rig, escalation: UUID = s.ESCALATION) -> None:
    await rig.do(s.consider(CAUSE), s.raise_(), escalation=escalation)


async def test_nothing_is_due_before_its_moment() -> None:
    rig = Rig()
    await raised(rig)
    assert (await rig.summary()).wake_at == s.END_OF_21
    rig.now = s.END_OF_21
    assert await rig.timer.run() == 0


async def test_overdue_right_after_its_moment_and_only_once() -> None:
    rig = Rig()
    await raised(rig)
    rig.now = s.END_OF_21 + s.ONE_MICROSECOND
    assert await rig.timer.run() == 1
    assert await rig.timer.run() == 0
    row = await rig.summary()
    assert is_overdue(row, rig.now)
    assert row.wake_at is None


async def test_a_deadline_that_passed_while_the_service_was_down_is_found_and_dated_rightly() -> None:
    rig = Rig()
    await raised(rig)
    rig.now = s.january(30)
    assert await rig.timer.run() == 1
    told = rig.told()[-1]
    assert told.type == "escalation-overdue.v1"
    assert told.time == s.END_OF_21
    assert told.recorded_at == s.january(30)
    assert told.correlation_id == rig.told()[-2].correlation_id


async def test_signed_off_in_time_it_is_never_marked() -> None:
    rig = Rig()
    await raised(rig)
    await rig.do(s.add_action(), s.complete_action(), s.record_oversight(), s.sign_off())
    assert (await rig.summary()).wake_at is None
    rig.now = s.january(30)
    assert await rig.timer.run() == 0


async def test_reclassified_past_its_due_moment_it_is_overdue_at_once() -> None:
    rig = Rig()
    await raised(rig)
    rig.now = s.january(16)
    await rig.do(s.reclassify(s.SAFEGUARDING))
    assert (await rig.summary()).wake_at == s.END_OF_15
    assert await rig.timer.run() == 1
    assert rig.told()[-1].time == s.END_OF_15


async def test_a_clock_overdue_then_lengthened_by_two_people_may_become_overdue_again() -> None:
    rig = Rig()
    await rig.do(s.consider(s.cause(1, s.SAFEGUARDING)), s.raise_())
    rig.now = s.january(16)
    assert await rig.timer.run() == 1
    await rig.do(s.reclassify(s.PRACTICE, second=s.QA_MANAGER))
    assert not is_overdue(await rig.summary(), rig.now)
    assert await rig.timer.run() == 0
    rig.now = s.january(22)
    assert await rig.timer.run() == 1
    assert [one.time for one in rig.told() if one.type == "escalation-overdue.v1"] == [s.END_OF_15, s.END_OF_21]


async def test_history_that_is_being_entered_alarms_nobody() -> None:
    """Raised in January, typed in in March: its sign-off follows within the hour, and no overdue is ever told."""
    entered = s.january(14) + timedelta(days=60)
    rig = Rig(now=entered)
    await rig.do(s.consider(CAUSE), s.raise_(recorded_at=entered))
    assert (await rig.summary()).wake_at == entered + timedelta(hours=1)
    assert await rig.timer.run() == 0
    rig.now = entered + timedelta(minutes=59)
    await rig.do(s.add_action(), s.complete_action(), s.record_oversight(), s.sign_off())
    rig.now = entered + timedelta(days=1)
    assert await rig.timer.run() == 0


async def test_history_entered_and_left_without_sign_off_is_marked_after_the_grace() -> None:
    entered = s.january(14) + timedelta(days=60)
    rig = Rig(now=entered, grace=timedelta(minutes=10))
    await rig.do(s.consider(CAUSE), s.raise_(recorded_at=entered))
    rig.now = entered + timedelta(minutes=11)
    assert await rig.timer.run() == 1
    assert rig.told()[-1].time == s.END_OF_21


async def test_a_live_raise_recorded_a_little_late_has_no_grace() -> None:
    rig = Rig()
    await rig.do(s.consider(CAUSE), s.raise_(recorded_at=s.january(16)))
    assert (await rig.summary()).wake_at == s.END_OF_21


async def test_more_than_a_page_is_marked_in_one_round() -> None:
    rig = Rig()
    for number in range(130):
        await raised(rig, UUID(int=1000 + number))
    rig.now = s.january(22)
    assert await rig.timer.run() == 130


async def test_what_is_due_is_read_and_written_a_page_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    for number in range(130):
        await raised(rig, UUID(int=1000 + number))
    written: list[int] = []
    append_many = rig.store.append_many

    async def counted(requests: Sequence[Append]) -> Sequence[Appended]:
        written.append(len(requests))
        return await append_many(requests)

    async def one_by_one(*_: object, **__: object) -> None:
        pytest.fail("one round trip for each")

    monkeypatch.setattr(rig.store, "append_many", counted)
    for alone in ("append", "past"):
        monkeypatch.setattr(rig.store, alone, one_by_one)
    rig.now = s.january(22)
    assert await rig.timer.run() == 130
    assert written == [PAGE, 130 - PAGE]


async def test_a_full_page_that_is_due_at_this_very_microsecond_ends_the_round() -> None:
    rig = Rig()
    for number in range(PAGE):
        await raised(rig, UUID(int=1000 + number))
    rig.now = s.END_OF_21
    async with asyncio.timeout(30):
        assert await rig.timer.run() == 0


async def test_one_that_cannot_be_marked_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    for number in (1, 2, 3):
        await raised(rig, UUID(int=1000 + number))
    append = rig.store._append_one

    def broken(request: Append) -> Appended:
        if request.stream_id == UUID(int=1001):
            raise RuntimeError("broken")
        return append(request)

    monkeypatch.setattr(rig.store, "_append_one", broken)
    rig.now = s.january(22)
    with pytest.RaisesGroup(RuntimeError):
        await rig.timer.run()
    rows = await rig.store.find(rig.aggregate.category)
    marked = {row.stream_id for row in rows if (row.data["next_moment"] or {}).get("kind") != "overdue"}
    assert marked == {UUID(int=1002), UUID(int=1003)}
