"""Every moment in the API's JSON is in UTC with `Z`, though all of it happened in British summer time.

Raised on Wednesday 8 July 2026 at 10:00 by the clocks of London, as safeguarding: due at the end of Thursday 9 July,
which in London is 22:59:59.999999 UTC.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio

from shared.privacy.readings import Reader
from tests.unit.escalation import office as o
from tests.unit.escalation.rig import Rig

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_ONE_FORM: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def moments(document: Any) -> Iterator[str]:
    """Every text in a JSON document that is a moment."""
    match document:
        case dict():
            for one in document.values():
                yield from moments(one)
        case list():
            for one in document:
                yield from moments(one)
        case str() if _MOMENT.fullmatch(document):
            yield document
        case _:
            pass


def at(day: int, hour: int, minute: int = 0) -> dict[str, str]:
    return {"happened_at": f"2026-07-{day:02}T{hour:02}:{minute:02}:00+01:00"}


@pytest.fixture
def rig() -> Rig:
    return Rig(now=datetime(2026, 7, 9, 17, tzinfo=UTC))


@pytest_asyncio.fixture
async def office(rig: Rig, tmp_path: Path) -> AsyncIterator[o.Office]:
    async with o.office(rig.casework, tmp_path) as opened:
        yield opened


async def road(office: o.Office) -> list[Any]:
    """What each step of a whole life is answered with, each dated in London time."""
    started = await office.done(o.QA_MANAGER, "", o.STARTED | at(8, 9))
    one = f"/{started['escalation_id']}"
    answers = [started]
    answers.append(await office.done(o.QA, f"{one}/discussion", {"with_whom": ["practitioner"]} | at(8, 9, 30)))
    answers.append(await office.done(o.QA, f"{one}/raise", at(8, 10)))
    answers.append(await office.done(o.DSM, f"{one}/actions-discussed", at(8, 11)))
    action = {"kind": "visit-the-child", "owner": o.OWNER} | at(8, 12)
    answers.append(await office.done(o.TEAM_MANAGER, f"{one}/actions", action))
    [action] = answers[-1]["actions"]
    answers.append(await office.done(o.TEAM_MANAGER, f"{one}/actions/{action['action_id']}/completion", at(9, 9)))
    answers.append(await office.done(o.DSM, f"{one}/oversight", at(9, 10)))
    answers.append(await office.done(o.DSM, f"{one}/sign-off", at(9, 11)))
    answers.append(await office.done(o.DSM, f"{one}/closure", at(9, 12)))
    reopened = {"reason": "actions-did-not-hold"} | at(9, 14)
    answers.append(await office.done(o.QA_MANAGER, f"{one}/reopening", reopened))
    answers.extend([(await office.get(o.QA, one)).json(), (await office.get(o.QA)).json()])
    return answers


async def test_every_moment_of_a_whole_life_in_summer_is_said_in_utc(office: o.Office) -> None:
    answers = await road(office)
    said = list(moments(answers))
    assert len(said) > 100
    assert [one for one in said if not _ONE_FORM.fullmatch(one)] == []


async def test_they_are_the_moments_that_were_meant(office: o.Office) -> None:
    raised = (await road(office))[2]
    assert raised["raised_at"] == "2026-07-08T09:00:00Z"
    assert raised["clock"]["due_at"] == "2026-07-09T22:59:59.999999Z"
    assert raised["clock"]["due_on"] == "2026-07-09"
    assert raised["clock"]["chasers"][0]["at"] == "2026-07-09T08:00:00Z"


async def test_so_are_those_of_a_child_s_export(office: o.Office, rig: Rig) -> None:
    await road(office)
    reader = Reader(person=o.QA_MANAGER.reference, role="qa-manager")
    export = await rig.exporting.child(UUID(str(o.STARTED["case_reference"])), "northmoor", reader, rig.now)
    said = list(moments(export.model_dump(mode="json")))
    assert len(said) > 30
    assert [one for one in said if not _ONE_FORM.fullmatch(one)] == []
