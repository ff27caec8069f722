"""A settings version without a district in which audit escalations are open: who is told, who acts, who is warned."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from infra.cli.status import attention_in_words
from services.escalation.app.aggregate import escalations
from services.escalation.app.attention import Awaited, OpenIn, Watchman
from services.escalation.app.notices import Kind
from services.escalation.app.policy import Policies
from services.escalation.app.telling import Teller
from services.escalation.app.timers import OverdueTimer
from shared.authority.settings import Authorities, parse_settings
from shared.process.parts import Attention
from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.pages.test_district_gone import AFTER, BEFORE
from tests.unit.escalation.rig import Rig

THROUGH = (s.consider(s.cause(1)), s.raise_(), s.add_action(), s.complete_action(), s.record_oversight())
COVER = "\ncover:\n  - {person: 00000000-0000-0000-0000-000000000004, by: %s, from: 2026-01-10, to: 2026-02-10}\n"
STAND_IN = UUID(int=6)
NORTH_GONE = """  - key: north
    name: North
    districts:
      - key: hillside
        name: Hillside
        teams: [{key: hillside-family, name: Hillside Family, service: early-help}]
"""


def rig_with(*documents: str, now: datetime) -> Rig:
    rig = Rig(now=now)
    rig.policies = Policies(Authorities([parse_settings(one, "one") for one in documents]))
    rig.aggregate = escalations(rig.grace, Teller(rig.policies))
    rig.casework = replace(rig.casework, policies=rig.policies, aggregate=rig.aggregate)
    rig.timer = OverdueTimer(rig.store, rig.aggregate, lambda: rig.now)
    return rig


async def told(*documents: str) -> dict[str, set[UUID | None]]:
    """Return who is told of a breach on the 22nd, by role."""
    rig = rig_with(*documents, now=s.january(14))
    await rig.do(*THROUGH[:2])
    rig.now = s.january(22, 1)
    await rig.timer.run()
    found: dict[str, set[UUID | None]] = {}
    for one in rig.notices(Kind.OVERDUE):
        found.setdefault(one.role, set()).add(one.person)
    return found


async def test_the_people_of_the_last_settings_that_had_it_are_told() -> None:
    assert await told(BEFORE, AFTER) == {
        "service-manager": {UUID(int=4)},
        "assistant-director": {UUID(int=7)},
        "qa-manager": {UUID(int=2)},
    }


async def test_somebody_whom_the_new_settings_name_for_the_area_is_told_instead() -> None:
    area = AFTER.replace(
        "people:\n",
        "people:\n  - {role: service-manager, person: 00000000-0000-0000-0000-000000000044, units: [north]}\n",
    )
    assert (await told(BEFORE, area))["service-manager"] == {UUID(int=0x44)}


async def test_so_it_is_where_the_whole_area_is_gone() -> None:
    gone = AFTER.replace(NORTH_GONE, "").replace("units: [north/hillside, south]", "units: [south]")
    gone = gone.replace("units: [north/hillside]", "units: [south]")
    assert "north/" not in gone
    assert "key: north\n" not in gone
    assert (await told(BEFORE, gone))["service-manager"] == {UUID(int=4)}


async def test_its_service_manager_of_before_signs_off_and_so_does_who_stood_in_for_them(tmp_path: Path) -> None:
    for documents, who in (
        ((BEFORE, AFTER), o.DSM),
        ((BEFORE + COVER % STAND_IN, AFTER), o.Person(Role.SERVICE_MANAGER, ("north/hillside",), STAND_IN)),
    ):
        rig = rig_with(*documents, now=s.january(16))
        await rig.do(*THROUGH)
        async with o.office(rig.casework, tmp_path) as office:
            signed = await office.done(who, f"{o.ID}/sign-off")
            assert signed["signed_off"]["signed_off_by"]["reference"] == str(who.reference)


async def test_another_districts_service_manager_does_not(tmp_path: Path) -> None:
    rig = rig_with(BEFORE, AFTER, now=s.january(16))
    await rig.do(*THROUGH)
    async with o.office(rig.casework, tmp_path) as office:
        assert (await office.post(o.DSM_HILLSIDE, f"{o.ID}/sign-off")).status_code == 403


@dataclass
class Counted:
    """What a database would count."""

    open: tuple[OpenIn, ...] = (OpenIn("northmoor", "north/riverside", 2), OpenIn("northmoor", "north/hillside", 5))
    waiting: Awaited = Awaited(0, 0.0)  # noqa: RUF009 - frozen

    async def open_in_districts(self) -> tuple[OpenIn, ...]:
        return self.open

    async def awaited(self, now: datetime) -> Awaited:
        del now
        return self.waiting


def said(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, int]]:
    output = capsys.readouterr()
    lines = [json.loads(line) for line in (output.out + output.err).splitlines()]
    return [(one["authority"], one["where"], one["count"]) for one in lines if one["event"] == "district_gone"]


async def test_it_is_said_once_when_such_settings_come_into_force_and_when_the_count_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rig = rig_with(BEFORE, AFTER, now=s.january(14, 23))
    counted = Counted()
    watchman = Watchman(counted, rig.policies, lambda: rig.now)
    assert await watchman.run() == 0
    assert await watchman.look() == (
        Attention("district-gone", 0, (await watchman.look())[0].words),
        Attention("reference-awaited", 0, (await watchman.look())[1].words),
    )
    rig.now = s.january(15, 0, 1)
    assert await watchman.run() == 1
    assert await watchman.run() == 0
    assert said(capsys) == [("northmoor", "north/riverside", 2)]
    counted.open = (OpenIn("northmoor", "north/riverside", 1),)
    await watchman.run()
    assert said(capsys) == [("northmoor", "north/riverside", 1)]


async def test_a_service_that_starts_again_says_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    rig = rig_with(BEFORE, AFTER, now=s.january(16))
    for _ in range(2):
        await Watchman(Counted(), rig.policies, lambda: rig.now).run()
    assert len(said(capsys)) == 2


async def test_status_says_it_with_authority_district_and_count_and_what_waits_with_its_age() -> None:
    rig = rig_with(BEFORE, AFTER, now=s.january(16))
    watchman = Watchman(Counted(waiting=Awaited(3, 7260.0)), rig.policies, lambda: rig.now)
    found = [{"words": one.words} for one in await watchman.look() if one.count]
    lines = attention_in_words({"escalation": {"attention": found}, "audit": {"error": "does not answer"}})
    assert lines[0].startswith("escalation: 2 audit escalations are open in districts that the settings no longer have")
    assert "northmoor north/riverside (2)" in lines[0]
    assert "3 concerns wait for their children's references, the oldest for 2 h 1 min" in lines[1]
