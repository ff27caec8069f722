"""A district that the settings no longer have: what is open there is still found, followed through and told of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from services.escalation.app.policy import Policies
from shared.authority.settings import Authorities, parse_settings
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import DOCUMENT, Rig

BEFORE = DOCUMENT.format(key="northmoor")
RIVERSIDE = """      - key: riverside
        name: Riverside
        teams: [{key: riverside-assessment, name: Riverside Assessment, service: childrens-social-work}]
"""
AFTER = (
    BEFORE.replace(RIVERSIDE, "")
    .replace("version: 1", "version: 2")
    .replace("valid_from: 2024-01-01", "valid_from: 2026-01-15")
    .replace("units: [north/riverside]", "units: [north/hillside]")
)
BOARD = "/districts/north/riverside"


async def test_the_board_of_a_district_that_is_gone_shows_what_is_still_open_there(tmp_path: Path) -> None:
    assert RIVERSIDE in BEFORE
    rig = Rig(now=s.january(16))
    policies = Policies(Authorities([parse_settings(BEFORE, "before"), parse_settings(AFTER, "after")]))
    async with o.office(replace(rig.casework, policies=policies), tmp_path) as office:
        assert (await office.page(o.QA_MANAGER, BOARD)).status_code == 404
        await rig.do(s.consider(s.cause(1)), s.raise_())
        for reader in (o.QA_MANAGER, o.DSM):
            shown = await office.page(reader, BOARD)
            assert shown.status_code == 200
            assert f"/escalations{o.ID}" in shown.text
        assert (await office.page(o.DSM_HILLSIDE, BOARD)).status_code == 404
        assert (await office.post(o.QA, f"{o.ID}/copy")).status_code == 200
