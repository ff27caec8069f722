"""Open clocks follow the settings and the calendar, visibly and once; closed ones and history do not.

Raised on Wednesday 14 January 2026; by the settings of then practice is due on Wednesday 21 January.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from services.escalation.app.lists import is_overdue
from services.escalation.app.policy import Policies
from services.escalation.app.recomputing import AGAIN_AFTER, Recomputing
from services.escalation.domain.commands import Consider
from services.escalation.domain.model import Clocks
from services.escalation.domain.states import Considering, Raised, State
from shared.authority.settings import Authorities, parse_settings
from shared.eventstore.handling import fold
from shared.eventstore.model import Append, Appended
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY, DOCUMENT, Rig

NOON_16: Final = s.january(16, 12)
LONGER: Final = "escalation: {clock_days: {safeguarding: 1, practice: 6}}\n"
CLOSED_19: Final = "calendar: {closures: [{from: 2026-01-19, to: 2026-01-19, why: Flood}]}\n"
REWORDED: Final = "reporting: {window_months: 12}\n"


def documents(*more: str, key: str = AUTHORITY) -> Authorities:
    """The rig's document as version 1, and each further one as a version that begins on 16 January, 17 January, ..."""
    usual = DOCUMENT.format(key=key)
    texts = [usual]
    for number, one in enumerate(more):
        begins = date(2026, 1, 16 + number)
        texts.append(usual.replace("version: 1", f"version: {2 + number}").replace("2024-01-01", str(begins)) + one)
    return Authorities([parse_settings(text, key) for text in texts])


def rig_with(*more: str) -> tuple[Rig, Recomputing]:
    rig = Rig()
    rig.policies = Policies(documents(*more))
    return rig, Recomputing(rig.store, rig.aggregate, rig.policies, lambda: rig.now)


def considered(at: datetime = s.CONSIDERED) -> Consider:
    return replace(s.consider(s.cause(1), at=at), steps_required=())


async def raised(rig: Rig, escalation: UUID = s.ESCALATION, recorded_at: datetime | None = None) -> None:
    clocks = rig.policies.policy(AUTHORITY, s.RAISED).clocks(s.RAISED)
    command = replace(s.raise_(recorded_at=recorded_at), clocks=clocks, steps_required=())
    await rig.do(considered(), command, escalation=escalation)


async def state_of(rig: Rig, escalation: UUID = s.ESCALATION) -> State:
    return fold(rig.aggregate, (await rig.store.load(escalation)).events)


async def due_on(rig: Rig, escalation: UUID = s.ESCALATION) -> date:
    state = await state_of(rig, escalation)
    assert isinstance(state, Raised)
    return state.clock.due_on


def recomputed(rig: Rig) -> list[str]:
    return [one.type for one in rig.told() if one.type == "escalation-clock-recomputed.v1"]


async def test_nothing_happens_while_nothing_changed() -> None:
    rig, recomputing = rig_with(LONGER)
    await raised(rig)
    rig.now = s.january(15, 23)  # the second version begins tomorrow
    assert await recomputing.run() == 0
    assert recomputed(rig) == []


@pytest.mark.parametrize(
    ("more", "because"), [(LONGER, "settings"), (CLOSED_19, "calendar"), (LONGER + CLOSED_19, "calendar")]
)
async def test_an_open_clock_follows_the_change_once_and_says_why(more: str, because: str) -> None:
    rig, recomputing = rig_with(more)
    await raised(rig)
    rig.now = NOON_16
    assert await recomputing.run() == 1
    assert await recomputing.run() == 0
    rig.now += AGAIN_AFTER
    assert await recomputing.run() == 0
    assert await Recomputing(rig.store, rig.aggregate, rig.policies, lambda: rig.now).run() == 0  # a restart
    assert await due_on(rig) == date(2026, 1, 23 if more == LONGER + CLOSED_19 else 22)
    assert len(recomputed(rig)) == 1
    stored = (await rig.store.load(s.ESCALATION)).events[-1]
    assert stored.type == "clock-recomputed"
    assert f'"because":"{because}"'.encode() in stored.data.replace(b'": "', b'":"')
    assert stored.actor == "policy:clocks"


async def test_the_change_takes_hold_at_midnight_in_london_while_the_service_runs() -> None:
    rig, recomputing = rig_with(LONGER)
    await raised(rig)
    rig.now = datetime(2026, 1, 15, 23, 59, 59, tzinfo=UTC)
    assert await recomputing.run() == 0
    rig.now += timedelta(seconds=1)
    assert await recomputing.run() == 1


async def test_a_version_that_changes_no_clock_is_no_event() -> None:
    rig, recomputing = rig_with(REWORDED)
    await raised(rig)
    before = len((await rig.store.load(s.ESCALATION)).events)
    rig.now = NOON_16
    assert await recomputing.run() == 0
    assert len((await rig.store.load(s.ESCALATION)).events) == before


async def test_settings_that_are_taken_back_are_followed_back() -> None:
    rig, recomputing = rig_with(LONGER, "")
    await raised(rig)
    rig.now = NOON_16
    assert await recomputing.run() == 1
    rig.now = s.january(17, 12)
    assert await recomputing.run() == 1
    assert await due_on(rig) == date(2026, 1, 21)


async def test_two_replicas_reckon_a_clock_once() -> None:
    rig, one = rig_with(LONGER)
    other = Recomputing(rig.store, rig.aggregate, rig.policies, lambda: rig.now)
    await raised(rig)
    rig.now = NOON_16
    assert await one.run() + await other.run() == 1


async def test_a_consideration_is_reckoned_anew_as_well() -> None:
    more = "escalation: {consider: {safeguarding: same-day, practice: same-day}}\n"
    rig, recomputing = rig_with(more)
    clocks = rig.policies.policy(AUTHORITY, s.january(16)).consideration_clocks(NOON_16)
    usual = rig.policies.policy(AUTHORITY, s.CONSIDERED).consideration_clocks(NOON_16)
    assert clocks.practice.due_on < usual.practice.due_on
    await rig.do(replace(considered(NOON_16), clocks=usual))
    rig.now = s.january(16, 13)
    assert await recomputing.run() == 1
    state = await state_of(rig)
    assert isinstance(state, Considering)
    assert state.clock is not None
    assert state.clock.due_on == date(2026, 1, 16)
    assert recomputed(rig) == []  # by when it is decided is nobody else's business


async def test_a_consideration_of_before_there_was_a_clock_for_it_gets_one_and_waits_in_silence_no_more() -> None:
    rig, recomputing = rig_with()
    await rig.do(considered())
    state = await state_of(rig)
    assert isinstance(state, Considering)
    assert state.clock is None
    rig.now = s.january(26)
    assert await rig.timer.run() == 0
    assert await recomputing.run() == 1
    assert await recomputing.run() == 0
    state = await state_of(rig)
    assert isinstance(state, Considering)
    assert state.clock is not None
    assert state.clock.due_on == date(2026, 1, 15)
    rig.now += timedelta(minutes=1)
    assert await rig.timer.run() == 2
    types = [one.type for one in (await rig.store.load(s.ESCALATION)).events]
    assert types[-2:] == ["consideration-became-overdue", "second-line-told"]


async def test_history_that_is_being_entered_keeps_the_settings_of_its_time() -> None:
    rig, recomputing = rig_with(LONGER)
    await raised(rig, recorded_at=s.january(28))
    rig.now = s.january(28)
    assert await recomputing.run() == 0
    assert await due_on(rig) == date(2026, 1, 21)


async def test_an_overdue_clock_is_open_and_is_overdue_no_more_where_it_ends_later() -> None:
    """As when a bank holiday was not known yet: the breach stands in the history, and the new clock runs."""
    rig, recomputing = rig_with(CLOSED_19.replace("01-19", "01-21"))
    rig.policies = Policies(documents())
    await raised(rig)
    rig.now = s.january(22, 8)
    assert await rig.timer.run() >= 1
    assert is_overdue(await rig.summary(), rig.now)
    assert await recomputing.run() == 1
    assert not is_overdue(await rig.summary(), rig.now)
    assert [one.type for one in rig.told()][-2:] == ["escalation-overdue.v1", "escalation-clock-recomputed.v1"]


async def test_what_was_found_not_required_has_no_clock() -> None:
    rig, recomputing = rig_with(LONGER)
    await rig.do(considered(), s.not_required())
    rig.now = NOON_16
    assert await recomputing.run() == 0


async def test_a_clock_that_would_end_beyond_the_calendar_stays_as_it_is() -> None:
    rig, recomputing = rig_with("escalation: {clock_days: {safeguarding: 1, practice: 60}}\n")
    late = datetime(2028, 11, 1, 10, tzinfo=UTC)
    clocks: Clocks = Policies(documents()).policy(AUTHORITY, late).clocks(late)
    await rig.do(considered(late), replace(s.raise_(late, recorded_at=late), clocks=clocks, steps_required=()))
    rig.now = late + timedelta(hours=1)
    assert await recomputing.run() == 0
    assert await recomputing.run() == 0
    assert await due_on(rig) == date(2028, 11, 8)


async def test_one_that_cannot_be_reckoned_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    rig, recomputing = rig_with(LONGER)
    for number in (1, 2, 3):
        await raised(rig, UUID(int=1000 + number))
    append = rig.store._append_one

    def broken(request: Append) -> Appended:
        if request.stream_id == UUID(int=1001):
            raise RuntimeError("broken")
        return append(request)

    monkeypatch.setattr(rig.store, "_append_one", broken)
    rig.now = NOON_16
    with pytest.RaisesGroup(RuntimeError):
        await recomputing.run()
    assert [await due_on(rig, UUID(int=1000 + number)) for number in (1, 2, 3)] == [
        date(2026, 1, 21), date(2026, 1, 22), date(2026, 1, 22),
    ]  # fmt: skip
    monkeypatch.setattr(rig.store, "_append_one", append)
    assert await recomputing.run() == 1
