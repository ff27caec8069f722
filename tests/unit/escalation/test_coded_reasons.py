"""A reason is one of the authority's codes: what else a slug may spell, such as a name, never comes to be published."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.escalation.app.policy import Policies
from shared.authority.settings import Authorities, parse_settings
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY, DOCUMENT, Rig

NAME = "johnny-smith"
FOLLOWED = (s.add_action(), s.complete_action(), s.record_oversight(), s.sign_off(), s.close())
ACTION = f"actions/{UUID(int=201)}/withdrawal"
TWO = {"second_person": str(o.QA_MANAGER.reference)}

# what was done before, who asks, the route, the rest of its body, the codes the page on settings names, the list there
STEPS: tuple[tuple[tuple[Any, ...], o.Person, str, dict[str, str], tuple[str, ...], str], ...] = (
    (
        (),
        o.QA,
        "reclassification",
        {"category": "safeguarding"},
        (
            "child-not-seen",
            "child-unseen",
            "child-seen-and-safe",
            "new-information",
            "risk-higher-than-thought",
            "risk-lower-than-thought",
        ),
        "reclassification_reasons",
    ),
    (
        (s.add_action(),),
        o.TEAM_MANAGER,
        ACTION,
        {},
        ("no-longer-needed", "done-elsewhere", "duplicate"),
        "action_withdrawal_reasons",
    ),
    (
        FOLLOWED,
        o.QA,
        "reopening",
        {},
        ("actions-did-not-hold", "actions-not-effective", "not-done", "new-information", "closed-in-error"),
        "reopening_reasons",
    ),
    ((), o.DSM, "withdrawal", TWO, ("raised-in-error", "duplicate", "wrong-child"), "withdrawal_reasons"),
)
CODES = [(*step[:4], code) for step in STEPS for code in step[4]]


@pytest.fixture
def rig() -> Rig:
    return Rig(now=s.january(15, 18))


@pytest_asyncio.fixture
async def office(rig: Rig, tmp_path: Path) -> AsyncIterator[o.Office]:
    await rig.do(s.consider(s.cause(1)), s.raise_())
    async with o.office(rig.casework, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(("before", "who", "path", "body", "code"), CODES)
async def test_every_code_that_is_shipped_is_taken_and_published(
    *, office: o.Office, rig: Rig, before: tuple[Any, ...], who: o.Person, path: str, body: dict[str, str], code: str
) -> None:
    await rig.do(*before)
    await office.done(who, f"{o.ID}/{path}", {**body, "reason": code})
    assert json.loads(rig.told()[-1].data)["reason"] == code


@pytest.mark.parametrize(("before", "who", "path", "body", "codes", "_list"), STEPS)
async def test_a_name_is_refused_with_the_list_and_changes_nothing(
    *,
    office: o.Office,
    rig: Rig,
    before: tuple[Any, ...],
    who: o.Person,
    path: str,
    body: dict[str, str],
    codes: tuple[str, ...],
    _list: str,
) -> None:
    await rig.do(*before)
    stored = len((await rig.casework.known(s.ESCALATION)).events)
    refused = await office.post(who, f"{o.ID}/{path}", {**body, "reason": NAME})
    assert refused.status_code == 422, refused.text
    [problem] = refused.json()["problems"]
    assert (problem["field"], problem["place"]) == ("reason", "body/reason")
    assert set(codes) == set(problem["way_out"].removeprefix("Give one of: ").removesuffix(".").split(", "))
    assert NAME not in refused.text
    assert len((await rig.casework.known(s.ESCALATION)).events) == stored


@pytest.mark.parametrize(("before", "who", "path", "body", "codes", "in_settings"), STEPS)
async def test_an_authority_has_reasons_of_its_own_instead(
    *,
    rig: Rig,
    tmp_path: Path,
    before: tuple[Any, ...],
    who: o.Person,
    path: str,
    body: dict[str, str],
    codes: tuple[str, ...],
    in_settings: str,
) -> None:
    await rig.do(s.consider(s.cause(1)), s.raise_(), *before)
    document = DOCUMENT.format(key=AUTHORITY) + f"escalation: {{{in_settings}: [as-we-say]}}\n"
    policies = Policies(Authorities([parse_settings(document, AUTHORITY)]))
    async with o.office(replace(rig.casework, policies=policies), tmp_path) as opened:
        refused = await opened.post(who, f"{o.ID}/{path}", {**body, "reason": codes[0]})
        assert refused.status_code == 422, refused.text
        assert refused.json()["problems"][0]["way_out"] == "Give one of: as-we-say."
        await opened.done(who, f"{o.ID}/{path}", {**body, "reason": "as-we-say"})
