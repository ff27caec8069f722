"""A concern never waits in silence: not by how it is dated, by what it joins, or by what was said of it before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from services.escalation.app.notices import Kind
from services.escalation.app.policies import escalation_of
from shared.contracts.base import Concern
from tests.unit.escalation import incoming
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

BEFORE_THE_CALENDAR = "2006-01-14T09:00:00Z"
"""A slip of the pen for 2026: bank holidays are known here from 2015."""
FOUND = s.cause(1).model_copy(update={"by": s.AUDITOR})
CLOSED = (
    s.consider(FOUND),
    s.raise_(),
    s.add_action(),
    s.complete_action(),
    s.record_oversight(),
    s.sign_off(),
    s.close(),
)


@pytest.fixture
def rig() -> Rig:
    return Rig(now=s.january(15, 18))


@pytest_asyncio.fixture
async def office(rig: Rig, tmp_path: Path) -> AsyncIterator[o.Office]:
    async with o.office(rig.casework, tmp_path) as opened:
        yield opened


async def test_a_concern_dated_before_the_calendar_has_a_clock_from_when_it_was_recorded(
    office: o.Office, rig: Rig
) -> None:
    started = await office.done(o.QA, "", o.STARTED | {"happened_at": BEFORE_THE_CALENDAR})
    assert datetime.fromisoformat(started["consider_by"]["due_at"]) == s.END_OF_15
    assert {one.due_at for one in rig.notices(Kind.CONSIDERED)} == {s.END_OF_15}
    rig.now = s.january(16)
    await rig.timer.run()
    assert rig.notices(Kind.UNDECIDED)


async def test_so_has_one_of_an_audits_event(rig: Rig) -> None:
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), at=datetime(2006, 1, 14, 9, tzinfo=UTC))
    assert (await rig.summary(escalation_of(s.AUDIT))).wake_at is not None
    assert rig.notices(Kind.CONSIDERED)


async def test_a_step_dated_before_the_calendar_is_recorded_late(office: o.Office, rig: Rig) -> None:
    await rig.do(s.consider(FOUND))
    shown = await office.done(
        o.QA, f"{o.ID}/discussion", {"with_whom": ["practitioner"], "happened_at": BEFORE_THE_CALENDAR}
    )
    assert [one["recorded_late"] for one in shown["steps"]] == [False, True]


async def test_a_safeguarding_cause_is_chased_that_afternoon_though_a_practice_one_is_due_that_day_as_well() -> None:
    rig = Rig(now=s.january(14, 9))
    await rig.receive(incoming.flagged(Concern.PRACTICE), 1, at=s.january(14, 9))
    rig.now = s.january(15, 10)
    await rig.timer.run()
    before = len(rig.notices(Kind.CONSIDERATION_CHASED))
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), 2, at=s.january(15, 10))
    rig.now = s.january(15, 16)
    await rig.timer.run()
    assert len(rig.notices(Kind.CONSIDERATION_CHASED)) > before
    assert {one.due_at for one in rig.notices(Kind.CONSIDERED, Kind.CONSIDERATION_CHASED)} == {s.END_OF_15}


async def test_who_confirmed_a_closing_may_ask_again_to_reopen(office: o.Office, rig: Rig) -> None:
    await rig.do(*CLOSED)
    for answer in ("reopening-asked", "confirmed", "reopening-asked"):
        given = await office.post_without_key(o.AUDITOR, f"{o.ID}/answer", {"answer": answer})
        assert given.json()["own_answer"] == answer
    assert [one.role for one in rig.notices(Kind.REOPENING_ASKED)].count("qa-manager") == 2


async def test_the_same_answer_sent_twice_tells_once(office: o.Office, rig: Rig) -> None:
    await rig.do(*CLOSED)
    for _ in range(2):
        await office.post_without_key(
            o.AUDITOR, f"{o.ID}/answer", {"answer": "reopening-asked", "text": "It happened again."}
        )
    assert len((await office.get(o.QA, o.ID)).json()["answers"]) == 1
    assert [one.role for one in rig.notices(Kind.REOPENING_ASKED)].count("qa-manager") == 1


async def test_a_re_audit_may_be_put_back_to_the_day_first_named(office: o.Office, rig: Rig) -> None:
    await rig.do(s.consider(FOUND), s.raise_())
    for day in ("2026-03-02", "2026-04-01", "2026-03-02"):
        asked = await office.post_without_key(o.QA, f"{o.ID}/re-audit", {"due_on": day})
        assert asked.json()["reaudit"]["due_on"] == day
