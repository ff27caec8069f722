"""Reminded, overdue, second line: each moment is acted on once, however late anyone gets to it, and never too late.

Raised on Wednesday 14 January 2026 at 10:00 as a practice concern, due at the end of Wednesday 21; by the settings of
Appendix E as shipped the service manager is reminded on Tuesday 20 and Wednesday 21 at 09:00, and the second line
hears on Thursday 22 at 09:00.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.escalation.app.lists import is_undecided
from services.escalation.app.policy import Policies
from services.escalation.app.timers import PAGE, OverdueTimer
from services.escalation.domain.commands import Consider, RaiseEscalation
from services.escalation.domain.model import Category
from shared.eventstore.model import Append, Appended
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY, Rig

LONDON = ZoneInfo("Europe/London")
IN_FEBRUARY = s.january(14) + timedelta(days=30)
MOMENTS = [
    ("chaser-sent", s.january(20, 9)),
    ("chaser-sent", s.january(21, 9)),
    ("escalation-became-overdue", s.END_OF_21),
    ("second-line-told", s.january(22, 9)),
]


def consider(
    policies: Policies,
    at: datetime = s.CONSIDERED,
    recorded_at: datetime | None = None,
    category: Category = s.PRACTICE,
) -> Consider:
    clocks = policies.policy(AUTHORITY, at).consideration_clocks(at)
    command = replace(s.consider(s.cause(1, category), at=at), clocks=clocks, steps_required=())
    return replace(command, recorded_at=recorded_at or at)


def raise_(policies: Policies, recorded_at: datetime | None = None, at: datetime = s.RAISED) -> RaiseEscalation:
    clocks = policies.policy(AUTHORITY, at).clocks(at)
    return replace(s.raise_(at, recorded_at=recorded_at), clocks=clocks, steps_required=())


async def raised(rig: Rig, escalation: UUID = s.ESCALATION, recorded_at: datetime | None = None) -> None:
    await rig.do(
        consider(rig.policies, recorded_at=recorded_at), raise_(rig.policies, recorded_at), escalation=escalation
    )


async def acted(rig: Rig, escalation: UUID = s.ESCALATION) -> list[str]:
    events = (await rig.store.load(escalation)).events
    return [one.type for one in events if one.actor == "policy:overdue-timer"]


async def test_each_moment_at_its_moment_and_not_before() -> None:
    rig = Rig()
    await raised(rig)
    told: list[str] = []
    for kind, at in MOMENTS:
        rig.now = at - s.ONE_MICROSECOND
        assert await rig.timer.run() == 0
        assert (await rig.summary()).wake_at == at
        rig.now = at + s.ONE_MICROSECOND
        assert await rig.timer.run() == 1
        told.append(kind)
        assert await acted(rig) == told
    assert (await rig.summary()).wake_at is None
    rig.now = IN_FEBRUARY
    assert await rig.timer.run() == 0


async def test_each_once_though_the_service_was_down_over_all_of_them() -> None:
    rig = Rig()
    await raised(rig)
    rig.now = IN_FEBRUARY
    assert await rig.timer.run() == len(MOMENTS)
    assert await acted(rig) == [kind for kind, _ in MOMENTS]
    assert await rig.timer.run() == 0


async def test_a_safeguarding_concern_over_easter() -> None:
    """Raised on Maundy Thursday 2 April 2026 in the afternoon; the next working day is Tuesday 7 April."""
    rig = Rig()
    raised_at = datetime(2026, 4, 2, 16, 40, tzinfo=LONDON)
    await rig.do(consider(rig.policies, raised_at, category=s.SAFEGUARDING), raise_(rig.policies, at=raised_at))
    told: list[tuple[str, datetime]] = []
    rig.now = raised_at
    while (await rig.summary()).wake_at is not None:
        rig.now += timedelta(minutes=30)
        if await rig.timer.run():
            told.append(((await acted(rig))[-1], rig.now.astimezone(LONDON).replace(minute=0)))
    assert told == [
        ("chaser-sent", datetime(2026, 4, 7, 9, tzinfo=LONDON)),
        ("escalation-became-overdue", datetime(2026, 4, 8, 0, tzinfo=LONDON)),
        ("second-line-told", datetime(2026, 4, 8, 9, tzinfo=LONDON)),
    ]


async def test_reclassified_on_day_three_the_shorter_clock_is_overdue_at_once_and_the_longer_one_s_reminders_end() -> (
    None
):
    rig = Rig()
    await raised(rig)
    rig.now = s.january(19, 12)
    await rig.do(s.reclassify(s.SAFEGUARDING, at=rig.now))
    rig.now += timedelta(seconds=5)
    assert await rig.timer.run() == 2
    assert await acted(rig) == ["escalation-became-overdue", "second-line-told"]
    rig.now = IN_FEBRUARY
    assert await rig.timer.run() == 0


async def test_never_after_it_was_found_not_required() -> None:
    rig = Rig()
    await rig.do(consider(rig.policies), s.not_required())
    rig.now = IN_FEBRUARY
    assert await rig.timer.run() == 0
    assert (await rig.summary()).wake_at is None


async def test_several_replicas_act_once() -> None:
    rig = Rig()
    await raised(rig)
    rig.now = IN_FEBRUARY
    stale = await rig.store.due(rig.now, PAGE)
    other = OverdueTimer(rig.store, rig.aggregate, lambda: rig.now)
    assert await rig.timer.run() == len(MOMENTS)
    failures: list[Exception] = []  # what a replica that read before the first one wrote still holds in its hands
    assert await other._act(stale, failures) == {row.stream_id: 0 for row in stale}
    assert failures == []
    assert len(await acted(rig)) == len(MOMENTS)


async def test_a_concern_nobody_decides_on_is_chased_overdue_and_told_to_the_second_line() -> None:
    rig = Rig()
    await rig.do(consider(rig.policies))
    rig.now = s.january(15, 9)
    assert await rig.timer.run() == 1
    assert await acted(rig) == ["chaser-sent"]
    rig.now = IN_FEBRUARY
    assert await rig.timer.run() == 2
    assert await acted(rig) == ["chaser-sent", "consideration-became-overdue", "second-line-told"]
    assert is_undecided(await rig.summary(), rig.now)


async def test_history_entered_is_chased_by_nobody_and_only_marked_if_it_is_left() -> None:
    rig = Rig(now=IN_FEBRUARY)
    await raised(rig, recorded_at=IN_FEBRUARY)
    assert await rig.timer.run() == 0
    rig.now = IN_FEBRUARY + timedelta(hours=2)
    assert await rig.timer.run() == 2
    assert await acted(rig) == ["escalation-became-overdue", "second-line-told"]


async def test_more_than_a_page_of_broken_ones_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    for number in range(PAGE + 5):
        await raised(rig, UUID(int=1000 + number))
    append = rig.store._append_one

    def broken(request: Append) -> Appended:
        if request.stream_id.int < 1000 + PAGE + 2:
            raise RuntimeError("broken")
        return append(request)

    monkeypatch.setattr(rig.store, "_append_one", broken)
    rig.now = s.january(20, 10)
    with pytest.RaisesGroup(*[RuntimeError] * (PAGE + 2)):
        await rig.timer.run()
    for number in range(PAGE + 2, PAGE + 5):
        assert await acted(rig, UUID(int=1000 + number)) == ["chaser-sent"]
