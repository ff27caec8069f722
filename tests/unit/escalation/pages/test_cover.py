"""Who stands in for a service manager has the district's lists, board and pages for those days, and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.escalation.app.policy import Policies
from shared.authority.settings import Authorities, parse_settings
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import DOCUMENT, Rig

COVER = """
cover:
  - {person: 00000000-0000-0000-0000-000000000004, by: 00000000-0000-0000-0000-000000000006,
     from: 2026-01-15, to: 2026-01-16}
"""
"""Riverside's service manager is away for two days; Hillside's stands in."""


@pytest.mark.parametrize(("day", "theirs"), [(14, False), (15, True), (16, True), (17, False)])
async def test_a_cover_sees_the_district_while_it_lasts(tmp_path: Path, day: int, theirs: bool) -> None:
    rig = Rig(now=s.january(day, 23))
    document = parse_settings(DOCUMENT.format(key="northmoor") + COVER, "northmoor")
    object.__setattr__(rig.casework, "policies", Policies(Authorities([document])))
    await rig.do(s.consider(s.cause(1)), s.raise_())
    async with o.office(rig.casework, tmp_path) as office:
        listed = (await office.get(o.DSM_HILLSIDE)).json()["escalations"]
        start = (await office.page(o.DSM_HILLSIDE, "/")).text
        board = await office.page(o.DSM_HILLSIDE, "/districts/north/riverside")
        one = await office.page(o.DSM_HILLSIDE, f"/escalations/{s.ESCALATION}")
        away = (await office.get(o.DSM)).json()["escalations"]
    assert len(listed) == theirs
    assert (f"/escalations/{s.ESCALATION}" in start) is theirs
    assert board.status_code == one.status_code == (200 if theirs else 403)
    assert len(away) == 1
