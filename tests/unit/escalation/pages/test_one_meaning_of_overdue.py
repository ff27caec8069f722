"""Overdue is one thing wherever it is read: the due moment is past and the step is not taken, marked or not (issue 5).

A clock whose raise was recorded after its due moment is marked by the timer only after the hour of grace; whoever
reads within it is told the same by the API, the pages, the CSV, the filters and the district's board.
"""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.escalation.domain import events
from services.escalation.domain.commands import Consider
from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

DUE = s.END_OF_21
MOMENTS = {
    "a microsecond before": (DUE - s.ONE_MICROSECOND, False),
    "the due moment": (DUE, False),
    "a microsecond after": (DUE + s.ONE_MICROSECOND, True),
    "within the hour of grace": (DUE + timedelta(minutes=30), True),
}
TO_SIGN, TO_DECIDE = UUID(int=0xB1), UUID(int=0xB2)
AUDITOR = o.Person(Role.AUDITOR, reference=s.AUDITOR.reference or UUID(int=0))


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest_asyncio.fixture
async def office(rig: Rig, tmp_path: Path) -> AsyncIterator[o.Office]:
    found = s.cause(1).model_copy(update={"by": s.AUDITOR})
    await rig.do(s.consider(found), s.raise_(), escalation=TO_SIGN)
    undecided = Consider(
        happened_at=s.CONSIDERED,
        recorded_at=s.CONSIDERED,
        actor=s.SERVICE,
        place=s.PLACE,
        causes=(found,),
        policy_version=s.POLICY,
        clocks=s.CLOCKS,
    )
    await rig.do(undecided, escalation=TO_DECIDE)
    async with o.office(rig.casework, tmp_path) as client:
        yield client


@pytest.mark.parametrize(("now", "late"), MOMENTS.values(), ids=MOMENTS)
async def test_the_api_says_it_of_one_and_of_each_line(office: o.Office, rig: Rig, now: datetime, late: bool) -> None:
    rig.now = now
    one, undecided = (await office.get(o.QA, f"/{TO_SIGN}")).json(), (await office.get(o.QA, f"/{TO_DECIDE}")).json()
    assert (one["overdue"], one["undecided"]) == (late, False)
    assert (one["overdue_since"] is not None) is late
    assert (undecided["overdue"], undecided["undecided"]) == (False, late)
    assert [(line["overdue"], line["undecided"]) for line in one["beside"]] == [(False, late)]
    assert (await office.get(AUDITOR, f"/{TO_SIGN}")).json()["overdue"] is late
    lines = {line["escalation_id"]: line for line in (await office.get(o.QA)).json()["escalations"]}
    assert (lines[str(TO_SIGN)]["overdue"], lines[str(TO_SIGN)]["undecided"]) == (late, False)
    assert (lines[str(TO_DECIDE)]["overdue"], lines[str(TO_DECIDE)]["undecided"]) == (False, late)


@pytest.mark.parametrize(("now", "late"), MOMENTS.values(), ids=MOMENTS)
async def test_the_filters_go_by_it(office: o.Office, rig: Rig, now: datetime, late: bool) -> None:
    rig.now = now
    for asked, which, other in (("overdue", TO_SIGN, TO_DECIDE), ("undecided", TO_DECIDE, TO_SIGN)):
        assert await found(office, **{asked: "true"}) == ({which} if late else set())
        assert await found(office, **{asked: "false"}) == ({other} if late else {which, other})


@pytest.mark.parametrize(("now", "late"), MOMENTS.values(), ids=MOMENTS)
async def test_the_csv_and_the_pages_say_the_same(office: o.Office, rig: Rig, now: datetime, late: bool) -> None:
    rig.now = now
    table = (await office.page(o.QA, "/escalations.csv")).text.removeprefix("\ufeff")
    told = {row["audit_escalation"]: (row["overdue"], row["undecided"]) for row in csv.DictReader(StringIO(table))}
    said = "yes" if late else "no"
    assert told == {str(TO_SIGN): (said, "no"), str(TO_DECIDE): ("no", said)}
    for which in (TO_SIGN, TO_DECIDE):
        assert ("(overdue)" in (await office.page(o.QA, f"/escalations/{which}")).text) is late
    board = (await office.page(o.QA, "/districts/north/riverside")).text
    assert ("2 audit escalations overdue" in board.replace("Two", "2")) is late
    assert ("No audit escalations overdue" in board) is not late


async def test_what_was_entered_late_is_overdue_before_the_timer_marks_it(office: o.Office, rig: Rig) -> None:
    entered = UUID(int=0xB3)
    rig.now = s.january(25)
    late = s.raise_(recorded_at=rig.now)
    await rig.do(s.consider(s.cause(1)), late, escalation=entered)
    rig.now += timedelta(minutes=30)
    await rig.timer.run()
    marked = [one.type for one in (await rig.store.load(entered)).events if one.type == "escalation-became-overdue"]
    assert not marked, "its sign-off may still be typed in"
    assert (await office.get(o.QA, f"/{entered}")).json()["overdue"] is True
    assert entered in await found(office, overdue="true")
    signed: tuple[Any, ...] = (s.add_action(), s.complete_action(), s.record_oversight(), s.sign_off())
    await rig.do(*signed, escalation=entered)
    assert (await office.get(o.QA, f"/{entered}")).json()["overdue"] is False
    assert entered not in await found(office, overdue="true")
    stored = (await rig.store.load(entered)).events[-1]
    assert isinstance(events.from_json(stored.type, stored.data), events.ActionsSignedOff)


async def found(office: o.Office, **query: str) -> set[UUID]:
    answer = await office.get(o.QA, **query)
    return {UUID(line["escalation_id"]) for line in answer.json()["escalations"]}
