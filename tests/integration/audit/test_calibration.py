"""Calibration exercises over HTTP: blind grading, results to the QA unit alone, nothing in public, text sealed."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.web.principal import Role
from tests.integration.audit.support import Service, publish_tool, service
from tests.support.servers import Stack
from tests.unit.audit.builders import TOOL_JSON

pytestmark = pytest.mark.stack

ANN, BEN, CAT, DAN = (UUID(f"00000000-0000-4000-8000-0000000000{n}") for n in ("a1", "a2", "a3", "a4"))
TOOL = {**TOOL_JSON, "tool": "calibration-check", "kinds": ["calibration"], "in_practice_figures": False}
CANARY = "The plan for the child with the canary."
GIVEN = {ANN: ("good", "good"), BEN: ("requires-improvement", "good"), CAT: ("inadequate", "inadequate")}


async def opened(running: Service, **changes: Any) -> str:
    await publish_tool(running, TOOL)
    form = {
        "cycle": "2026-02",
        "tool": "calibration-check",
        "case_number": "RS-000777",
        "child_status": "in-need",
        "auditors": [str(one) for one in (ANN, BEN, CAT)],
        "due_on": "2026-03-20",
        **changes,
    }
    answer = await running.post("/calibrations", form, Role.QA_MANAGER)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["calibration_id"])


async def grade(running: Service, exercise: str, auditor: UUID, overall: str, planning: str) -> Any:
    form = {"overall_grade": overall, "sections": {"planning": planning}, "rationale": f"{CANARY} {auditor}"}
    return await running.post(f"/calibrations/{exercise}/grades", form, Role.AUDITOR, person=auditor)


async def all_graded(running: Service) -> str:
    exercise = await opened(running)
    for auditor, (overall, planning) in GIVEN.items():
        assert (await grade(running, exercise, auditor, overall, planning)).status_code == 200
    return exercise


CLOSING = {"overall_grade": "requires-improvement", "sections": {"planning": "good"}, "reasons": f"{CANARY} Agreed."}


async def test_each_auditor_sees_their_own_beside_the_agreed_one_and_never_another_s(
    stack: Stack, tmp_path: Path
) -> None:
    async with service(stack.postgres, tmp_path) as running:
        exercise = await all_graded(running)
        before = (await running.get(f"/calibrations/{exercise}", Role.AUDITOR, person=ANN)).json()
        assert (before["own"]["overall_grade"], before["agreed"], before["results"]) == ("good", None, None)
        assert before["case_number"] == "RS-000777"
        closed = await running.post(f"/calibrations/{exercise}/closure", CLOSING, Role.QA_MANAGER)
        assert closed.status_code == 200, closed.text
        after = (await running.get(f"/calibrations/{exercise}", Role.AUDITOR, person=ANN)).json()
        assert (after["own"]["overall_grade"], after["agreed"]["overall_grade"]) == ("good", "requires-improvement")
        assert after["results"] is None
        for other in (BEN, CAT):
            assert str(other) not in str(after)
        assert (await running.get(f"/calibrations/{exercise}", Role.AUDITOR, person=DAN)).status_code == 404
        assert (await running.get(f"/calibrations/{exercise}", Role.MODERATOR, person=DAN)).status_code == 404
        listed = [
            len((await running.get("/calibrations", Role.AUDITOR, person=one)).json()["calibrations"])
            for one in (ANN, DAN)
        ]
        assert listed == [1, 0]


async def test_the_qa_unit_sees_how_far_they_agree(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as running:
        exercise = await all_graded(running)
        await running.post(f"/calibrations/{exercise}/closure", CLOSING, Role.QA_MANAGER)
        seen = (await running.get(f"/calibrations/{exercise}", Role.QA_MANAGER)).json()["results"]
        # overall: good, requires improvement, inadequate: of three pairs none the same, two within one;
        # planning: good, good, inadequate: one the same, one within one
        agreement = seen["agreement"]
        assert (agreement["raters"], agreement["items"], agreement["pairs"]) == (3, 2, 6)
        assert (agreement["exact"], agreement["within_one"]) == (pytest.approx(1 / 6, abs=1e-4), 0.5)
        assert agreement["alpha"] is not None
        # against the agreed grades: overall +1, 0, -1; planning 0, 0, -2
        assert (seen["with_agreed_ratings"], seen["with_agreed_exact"]) == (6, 0.5)
        assert seen["with_agreed_within_one"] == pytest.approx(5 / 6, abs=1e-4)
        assert [one["auditor"] for one in seen["gradings"]] == sorted(str(one) for one in GIVEN)
        pooled = (await running.get("/calibrations/agreement?cycle=2026-02", Role.QA_MANAGER)).json()
        assert pooled == agreement
        for role in (Role.AUDITOR, Role.MODERATOR, Role.TEAM_MANAGER, Role.DIRECTOR):
            assert (await running.get("/calibrations/agreement", role)).status_code == 403
        part = await running.get("/calibrations/agreement", Role.QA_OFFICER, scope=("north",))
        assert part.status_code == 403


async def test_one_of_the_qa_unit_who_is_to_grade_sees_nothing_before(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as running:
        exercise = await opened(running, auditors=[str(ANN), str(BEN)])
        await grade(running, exercise, ANN, "good", "good")
        before = (await running.get(f"/calibrations/{exercise}", Role.QA_OFFICER, person=BEN)).json()
        assert before["results"] is None
        assert str(ANN) not in str(before)
        await grade(running, exercise, BEN, "good", "good")
        after = (await running.get(f"/calibrations/{exercise}", Role.QA_OFFICER, person=BEN)).json()
        assert after["results"]["graded"] == 2


async def test_nothing_of_it_is_public_or_readable_in_the_store(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as running:
        exercise = await all_graded(running)
        await running.post(f"/calibrations/{exercise}/closure", CLOSING, Role.QA_MANAGER)
        assert {type_ for type_, _ in await running.published()} == {"tool-published.v1"}
        kept = await running.pool.fetch("select data from eventstore.events where stream_id = $1", UUID(exercise))
        assert len(kept) == 5
        assert "canary" not in str([row["data"] for row in kept])
        seen = (await running.get(f"/calibrations/{exercise}", Role.QA_MANAGER)).json()
        assert seen["agreed"]["reasons"] == CLOSING["reasons"]
        read = await running.pool.fetch("select reader_role, boxes from audit.text_readings where what = 'calibration'")
        assert {row["reader_role"] for row in read} == {"auditor", "qa-manager"}
        gone = await running.post(f"/children/{seen['case_reference']}/erasure", {"reason": "request"}, Role.QA_MANAGER)
        assert gone.status_code == 200, gone.text
        erased = (await running.get(f"/calibrations/{exercise}", Role.QA_MANAGER)).json()
        assert (erased["agreed"]["reasons"], erased["case_number"]) == ("[erased]", "[erased]")
        assert erased["results"]["agreement"] == seen["results"]["agreement"]  # figures survive


async def test_what_does_not_fit_is_said_at_its_place(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as running:
        exercise = await opened(running)
        wrong = await grade(running, exercise, ANN, "good", "good")
        assert wrong.status_code == 200
        again = await grade(running, exercise, ANN, "inadequate", "good")
        assert again.status_code == 409
        other = await running.post(
            f"/calibrations/{exercise}/grades",
            {"auditor": str(BEN), "overall_grade": "good", "sections": {"planning": "good"}, "rationale": "For them."},
            Role.AUDITOR,
            person=ANN,
        )
        assert other.status_code == 403
        missing = await running.post(
            f"/calibrations/{exercise}/grades",
            {"overall_grade": "good", "sections": {"outcomes": "good"}, "rationale": "So."},
            Role.AUDITOR,
            person=BEN,
        )
        assert missing.status_code == 422
        assert {one["place"] for one in missing.json()["problems"]} == {
            "body/sections/planning",
            "body/sections/outcomes",
        }
        early = await running.post(f"/calibrations/{exercise}/closure", CLOSING, Role.QA_MANAGER)
        assert early.status_code == 409
        blank = await running.post(f"/calibrations/{exercise}/closure", {**CLOSING, "reasons": "  "}, Role.QA_MANAGER)
        assert blank.status_code == 422
        unknown = await running.get(f"/calibrations/{UUID(int=9)}", Role.QA_MANAGER)
        assert unknown.status_code == 404
