"""Steps of the district's service manager go by whom the settings name, not by a token's scope alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from services.escalation.app.policy import Policies
from services.escalation.domain.commands import (
    RecordActionsDiscussed,
    RecordOversight,
    SignOff,
    TellAssistantDirectorAndClose,
)
from services.escalation.domain.events import Event
from services.escalation.domain.refusals import NotTheirs
from shared.authority.settings import Authorities, parse_settings
from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY, DOCUMENT, Rig
from tests.unit.escalation.spec import given

Theirs = RecordActionsDiscussed | RecordOversight | SignOff | TellAssistantDirectorAndClose
ADDED = (s.raise_(), s.add_action(), s.complete_action())
READY = (*s.RAISED_PRACTICE, s.was_added(), s.was_completed())
COVER = o.Person(Role.SERVICE_MANAGER, ("north",), UUID(int=60))
WITH_COVER = DOCUMENT.format(key=AUTHORITY).replace(
    "moderation:",
    f"  - {{role: service-manager, person: {COVER.reference}, units: [south]}}\n"
    "cover:\n"
    f"  - {{person: {o.DSM.reference}, by: {COVER.reference}, from: 2026-01-16, to: 2026-01-17}}\n"
    "moderation:",
    1,
)


@pytest.mark.parametrize(
    ("history", "step"),
    [
        (s.RAISED_PRACTICE, s.discuss_actions()),
        (READY, s.record_oversight()),
        ((*READY, s.OVERSIGHT), s.sign_off()),
        ((*READY, s.OVERSIGHT, s.SIGNED), s.close()),
    ],
)
def test_the_named_and_no_scope_decides_where_the_settings_name_somebody(
    history: tuple[Event, ...], step: Theirs
) -> None:
    everywhere = replace(step, scope=("*",))
    given(*history).when(replace(everywhere, named=False)).then_refused(NotTheirs, "service manager of north/riverside")
    for theirs in (replace(step, scope=("south",), named=True), everywhere):
        assert given(*history).when(theirs).then_events()


@pytest.mark.parametrize(
    "stranger",
    [
        o.Person(Role.SERVICE_MANAGER, ("*",), UUID(int=61)),
        o.Person(Role.SERVICE_MANAGER, ("north/riverside",), UUID(int=62)),
        replace(o.DSM_HILLSIDE, scope=("north/hillside", "north/riverside")),
    ],
    ids=["whole", "of-the-district", "another-district"],
)
async def test_who_is_not_named_takes_none_of_these_steps(tmp_path: Path, stranger: o.Person) -> None:
    rig = Rig(now=s.january(15, 18))
    await rig.do(s.consider(s.cause(1)), *ADDED)
    async with o.office(rig.casework, tmp_path) as office:
        for path in ("actions-discussed", "oversight", "sign-off"):
            refused = await office.post(stranger, f"{o.ID}/{path}")
            assert (refused.status_code, refused.json()["type"]) == (403, "urn:sightline:problem:not-yours")
            assert "Only the service manager of north/riverside" in refused.json()["detail"]
            assert str(o.DSM.reference) not in refused.text
        await office.done(o.DSM, f"{o.ID}/oversight")
        await office.done(o.DSM, f"{o.ID}/sign-off")
        assert (await office.post(stranger, f"{o.ID}/closure")).status_code == 403
        await office.done(o.DSM, f"{o.ID}/closure")


async def test_a_cover_records_nothing_dated_before_the_cover_began(tmp_path: Path) -> None:
    rig = Rig(now=s.january(16, 12))
    casework = replace(rig.casework, policies=Policies(Authorities([parse_settings(WITH_COVER, AUTHORITY)])))
    await rig.do(s.consider(s.cause(1)), *ADDED)
    async with o.office(casework, tmp_path) as office:
        early = await office.post(COVER, f"{o.ID}/oversight", {"happened_at": s.january(15, 17).isoformat()})
        assert early.status_code == 403
        assert "on the day it happened" in early.json()["detail"]
        seen = await office.done(COVER, f"{o.ID}/oversight", {"happened_at": s.january(16, 9).isoformat()})
        assert seen["oversight"]["covering"]["reference"] == str(o.DSM.reference)
