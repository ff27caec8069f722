"""A safeguarding concern that comes up after the last reminder's moment: all are told at once, once, while undecided.

By the default settings it is to be decided by the end of the same working day, and the QA manager is reminded at three
in the afternoon. Here the reminder goes to the principal social worker, whom the first message leaves out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.escalation.app.aggregate import escalations
from services.escalation.app.notices import Kind, Standing, overtaken
from services.escalation.app.policies import escalation_of
from services.escalation.app.policy import Policies
from services.escalation.app.telling import Teller
from services.escalation.app.timers import OverdueTimer
from shared.authority.settings import Authorities, parse_settings
from shared.contracts.base import Concern
from tests.unit.escalation import incoming
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY, DOCUMENT, Rig

REMINDED = """
escalation:
  consider:
    chasers:
      - {before: {hours: 9}, to: [principal-social-worker], categories: [safeguarding]}
      - {before: {working_days: 0}, to: [assistant-director], categories: [practice]}
"""
DECIDERS = {"qa-manager", "service-manager"}
END_OF_14 = s.END_OF_15 - timedelta(days=1)


def rig_at(now: datetime) -> Rig:
    rig = Rig(now=now)
    rig.policies = Policies(Authorities([parse_settings(DOCUMENT.format(key=AUTHORITY) + REMINDED, AUTHORITY)]))
    rig.aggregate = escalations(rig.grace, Teller(rig.policies))
    rig.timer = OverdueTimer(rig.store, rig.aggregate, lambda: rig.now)
    return rig


async def roles_told_until_midnight(rig: Rig) -> list[tuple[Kind, str]]:
    while rig.now <= END_OF_14:
        await rig.timer.run()
        rig.now += timedelta(minutes=30)
    return sorted((one.kind, one.role) for one in rig.notices())


@pytest.mark.parametrize("at", [s.january(14, 15, 30), s.january(14, 23, 59)])
async def test_after_three_those_who_would_be_reminded_are_told_at_once_with_the_day_s_due_moment(at: datetime) -> None:
    rig = rig_at(at)
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), at=at)
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), at=at)  # delivered twice
    assert {one.due_at for one in rig.notices()} == {END_OF_14}
    told = await roles_told_until_midnight(rig)
    assert told == sorted((Kind.CONSIDERED, role) for role in DECIDERS | {"principal-social-worker"})


async def test_before_three_they_are_reminded_at_three_as_ever() -> None:
    rig = rig_at(s.january(14, 14, 30))
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), at=rig.now)
    told = await roles_told_until_midnight(rig)
    considered = [(Kind.CONSIDERED, role) for role in DECIDERS]
    assert told == sorted([*considered, (Kind.CONSIDERATION_CHASED, "principal-social-worker")])


async def test_recorded_after_three_it_counts_as_late_too() -> None:
    rig = rig_at(s.january(14, 16))
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), at=s.january(14, 10))
    assert {one.role for one in rig.notices(Kind.CONSIDERED)} == {*DECIDERS, "principal-social-worker"}


async def test_a_safeguarding_cause_that_joins_late_in_the_day_is_told_the_same_way() -> None:
    rig = rig_at(s.january(14, 10))
    await rig.receive(incoming.flagged(Concern.PRACTICE), at=rig.now)
    assert {one.role for one in rig.notices(Kind.CONSIDERED)} == DECIDERS
    rig.store.beside.clear()
    rig.now = s.january(14, 17)
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), 2, at=rig.now)
    assert {one.role for one in rig.notices(Kind.CONSIDERED)} == {*DECIDERS, "principal-social-worker"}


async def test_a_practice_concern_late_in_the_day_is_reminded_the_next_morning() -> None:
    rig = rig_at(s.january(14, 17))
    await rig.receive(incoming.flagged(Concern.PRACTICE), at=rig.now)
    assert {one.role for one in rig.notices(Kind.CONSIDERED)} == DECIDERS
    rig.now = s.january(15, 10)
    await rig.timer.run()
    assert {one.role for one in rig.notices(Kind.CONSIDERATION_CHASED)} == {"assistant-director"}


async def test_what_was_decided_before_it_could_be_sent_is_not_sent() -> None:
    rig = rig_at(s.january(14, 16))
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), at=rig.now)
    (first, *_) = rig.notices()
    for decided in (s.raise_(at=rig.now), s.not_required(at=rig.now)):
        other = rig_at(s.january(14, 16))
        await other.receive(incoming.flagged(Concern.SAFEGUARDING), at=other.now)
        await other.do(s.discuss(at=rig.now), decided, escalation=escalation_of(s.AUDIT))
        row = await other.summary(escalation_of(s.AUDIT))
        due = row.data["due_at"]
        now = Standing(row.status, row.data["clock_number"], None if due is None else datetime.fromisoformat(due))
        assert overtaken(first.kind, first.clock_number, first.due_at, now)
