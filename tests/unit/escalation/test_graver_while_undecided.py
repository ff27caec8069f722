"""A safeguarding cause on a practice consideration: it has the safeguarding clock from when it came, whatever stood.

Moments are of the January of scenes.py: by the default settings a practice concern of Wednesday 14 is to be decided by
the end of Thursday 15, a safeguarding one of Friday 16 by the end of that Friday, reminded at nine and at three.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest_asyncio

from services.escalation.app.lists import is_undecided
from services.escalation.app.notices import Kind
from services.escalation.app.policies import BY_POLICY, escalation_of
from services.escalation.domain import commands, events
from services.escalation.domain.model import Category, Clocks
from services.escalation.domain.states import Considering
from shared.contracts.base import Concern
from tests.unit.escalation import incoming
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig
from tests.unit.escalation.spec import run, state_after

ONE = escalation_of(s.AUDIT)
END_OF_16 = s.END_OF_15 + timedelta(days=1)


async def considered(rig: Rig) -> Considering:
    state = (await rig.casework.known(ONE)).state
    assert isinstance(state, Considering)
    return state


async def types(rig: Rig) -> list[str]:
    return [one.type for one in (await rig.casework.known(ONE)).events]


@pytest_asyncio.fixture
async def undecided() -> Rig:
    """Practice, found on the 14th; nobody decided, the second line knows; on Friday at eleven it is safeguarding."""
    rig = Rig(now=s.january(14, 9))
    await rig.receive(incoming.flagged(Concern.PRACTICE), 1, at=s.january(14, 9))
    rig.now = s.january(16, 10)
    await rig.timer.run()
    assert len(rig.notices(Kind.UNDECIDED_SECOND_LINE)) == 1
    rig.now = s.january(16, 11)
    rig.store.beside.clear()
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), 2, at=s.january(16, 11))
    return rig


async def test_it_has_the_safeguarding_clock_due_when_the_practice_one_was(undecided: Rig) -> None:
    state = await considered(undecided)
    assert state.clock is not None
    assert (state.clock.started_at, state.clock_category) == (s.january(16, 11), Category.SAFEGUARDING)
    assert (state.clock.due_at, state.clock.instead_of) == (s.END_OF_15, END_OF_16)
    assert state.watch.overdue_since == s.END_OF_15
    assert is_undecided(await undecided.summary(ONE), undecided.now)


async def test_the_people_are_told_anew_each_once(undecided: Rig) -> None:
    for hours in range(60):
        undecided.now = s.january(16, 11) + timedelta(hours=hours)
        await undecided.timer.run()
    told = [(one.kind, one.role, one.category, one.due_at) for one in undecided.notices()]
    overdue = "safeguarding", s.END_OF_15
    assert sorted(told) == sorted(
        [
            (Kind.CONSIDERED, "qa-manager", *overdue),
            (Kind.CONSIDERED, "service-manager", *overdue),
            (Kind.UNDECIDED, "qa-manager", *overdue),
            (Kind.UNDECIDED, "service-manager", *overdue),
            (Kind.UNDECIDED_SECOND_LINE, "director", *overdue),
            (Kind.CONSIDERATION_CHASED, "qa-manager", *overdue),
        ]
    )


async def test_that_afternoon_it_is_chased_though_it_is_overdue(undecided: Rig) -> None:
    undecided.now = s.january(16, 14, 58)
    await undecided.timer.run()
    assert not undecided.notices(Kind.CONSIDERATION_CHASED)
    undecided.now = s.january(16, 15, 1)
    await undecided.timer.run()
    assert len(undecided.notices(Kind.CONSIDERATION_CHASED)) == 1


async def test_a_repeated_event_changes_nothing(undecided: Rig) -> None:
    before = await types(undecided)
    await undecided.receive(incoming.flagged(Concern.SAFEGUARDING), 2, at=s.january(16, 11))
    assert await types(undecided) == before


async def test_both_orders_of_the_two_events_come_to_the_same_clock() -> None:
    rig = Rig(now=s.january(16, 11))
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), 2, at=s.january(16, 11))
    await rig.receive(incoming.flagged(Concern.PRACTICE), 1, at=s.january(14, 9))
    state = await considered(rig)
    assert state.clock is not None
    assert (state.clock.due_at, state.clock.instead_of) == (s.END_OF_15, END_OF_16)
    assert (state.clock.started_at, state.clock_category) == (s.january(16, 11), Category.SAFEGUARDING)
    assert state.watch.overdue_since == s.END_OF_15
    rig.now = s.january(16, 16)
    await rig.timer.run()
    assert rig.notices(Kind.CONSIDERATION_CHASED)


def with_clocks(command: commands.Consider, clocks: Clocks) -> commands.Consider:
    return replace(command, clocks=clocks)


def recorded(command: commands.Consider, at: datetime) -> commands.Consider:
    return replace(command, recorded_at=at)


async def test_reckoned_anew_it_is_still_due_when_the_practice_one_was(undecided: Rig) -> None:
    policy = undecided.policies.policy("northmoor", s.january(16))
    reckoned = policy.consideration_clocks(s.january(16, 11))
    again = commands.RecomputeClock(
        happened_at=s.january(16, 12),
        recorded_at=s.january(16, 12),
        actor=BY_POLICY,
        clocks=reckoned,
        because="settings",
    )
    before = await types(undecided)
    await undecided.do(again, escalation=ONE)
    assert await types(undecided) == before
    longer = reckoned.safeguarding.model_copy(update={"due_at": s.january(19), "counted": (s.january(19).date(),)})
    await undecided.do(
        commands.RecomputeClock(
            happened_at=s.january(16, 12),
            recorded_at=s.january(16, 12),
            actor=BY_POLICY,
            clocks=Clocks(practice=reckoned.practice, safeguarding=longer),
            because="settings",
        ),
        escalation=ONE,
    )
    state = await considered(undecided)
    assert (await types(undecided))[-1] == "clock-recomputed"
    assert state.clock is not None
    assert (state.clock.due_at, state.clock.instead_of) == (s.END_OF_15, s.january(19))


def test_before_what_stood_is_over_the_sooner_due_moment_holds() -> None:
    """Where the settings give both the next working day: due on the 15th stands, the new one would be the 16th."""
    clocks = {
        day: Clocks(practice=s.clock(due, ()), safeguarding=s.clock(due, ()))
        for day, due in ((14, s.END_OF_15), (15, END_OF_16))
    }
    opened = s.consider(s.cause(1))
    joined = s.consider(s.cause(2, s.SAFEGUARDING), at=s.january(15))
    history = run([], with_clocks(opened, clocks[14]), with_clocks(joined, clocks[15]))
    assert [one.type for one in history] == ["consideration-opened", "cause-joined"]
    state = state_after(*history)
    assert isinstance(state, Considering)
    assert state.clock is not None
    assert (state.clock.due_at, state.clock_category) == (s.END_OF_15, Category.SAFEGUARDING)
    assert state.watch.overdue_since is None


def test_a_years_history_that_is_entered_alarms_nobody_at_once() -> None:
    clocks = Clocks(practice=s.clock(s.END_OF_15, ()), safeguarding=s.clock(s.END_OF_15, ()))
    later = s.clock(END_OF_16, ())
    history = run(
        [],
        recorded(with_clocks(s.consider(s.cause(1)), clocks), s.january(31)),
        recorded(
            with_clocks(
                s.consider(s.cause(2, s.SAFEGUARDING), at=s.january(16)), Clocks(practice=later, safeguarding=later)
            ),
            s.january(31),
        ),
    )
    assert not any(isinstance(one, events.ConsiderationBecameOverdue) for one in history)
    state = state_after(*history)
    assert isinstance(state, Considering)
    assert state.watch.late_since == s.january(31)


async def test_it_is_shown(undecided: Rig, tmp_path: Path) -> None:
    async with o.office(undecided.casework, tmp_path) as office:
        shown = (await office.get(o.QA, f"/{ONE}")).json()
        assert (shown["category"], shown["undecided"]) == ("safeguarding", True)
        assert datetime.fromisoformat(shown["consider_by"]["due_at"]) == s.END_OF_15
        assert datetime.fromisoformat(shown["consider_by"]["instead_of"]) == END_OF_16
        page = (await office.page(o.QA, f"/escalations/{ONE}")).text
        assert "It is overdue." in page
        assert "Friday 16 January 2026, 23:59" in page
        assert "an earlier due moment stood" in page
