"""Calibration exercises over HTTP: blind grading, results to the QA unit alone, nothing in public, text sealed."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.audit.app.exporting import Exporting
from shared.web.principal import WHOLE, Principal, Role
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
        "grades_only": True,
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
        by_item = pooled.pop("by_item")
        assert pooled == agreement
        assert {(one["tool"], one["item"], one["pairs"]) for one in by_item} == {
            ("calibration-check", "overall", 3), ("calibration-check", "sections/planning", 3),
        }  # fmt: skip
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


EVIDENCE, OWN_WORDS, AGREED = "Canary of the evidence", "Canary of their own words", "Canary of the agreed answer"


def answers(*, visits: int, grade: str = "good", smart: bool = True) -> dict[str, Any]:
    return {
        "plan-grade": {"value": grade},
        "plan-smart": {"value": smart, "evidence": EVIDENCE},
        "plan-shared": {"value": ["family"]},
        "plan-visits": {"value": visits},
        "heard": {"value": "yes"},
        "own-words": {"text": OWN_WORDS},
    }


async def answered(running: Service) -> str:
    """An exercise that three auditors graded and answered, and that was closed with one agreed answer."""
    exercise = await opened(running, grades_only=False)
    given = {ANN: answers(visits=3), BEN: answers(visits=3, smart=False), CAT: answers(visits=5, grade="inadequate")}
    for auditor, told in given.items():
        form = {"overall_grade": "good", "sections": {"planning": "good"}, "rationale": CANARY, "answers": told}
        done = await running.post(f"/calibrations/{exercise}/grades", form, Role.AUDITOR, person=auditor)
        assert done.status_code == 200, done.text
    closing = {**CLOSING, "answers": {"plan-smart": {"value": False, "evidence": AGREED}}}
    done = await running.post(f"/calibrations/{exercise}/closure", closing, Role.QA_MANAGER)
    assert done.status_code == 200, done.text
    return exercise


async def test_answers_are_seen_as_grades_are_with_agreement_by_question(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as running:
        exercise = await answered(running)
        own = (await running.get(f"/calibrations/{exercise}", Role.AUDITOR, person=ANN)).json()
        assert (own["own"]["answers"]["plan-visits"]["value"], own["results"]) == (3, None)
        assert own["own"]["answers"]["plan-smart"]["evidence"] == EVIDENCE
        assert own["agreed"]["answers"] == {
            "plan-smart": {"value": False, "reason": None, "text": None, "evidence": AGREED, "impact": None}
        }
        seen = (await running.get(f"/calibrations/{exercise}", Role.QA_MANAGER)).json()["results"]
        found = {
            one["question"]: (one["level"], one["answers"], one["agreement"]["exact"]) for one in seen["questions"]
        }
        third = pytest.approx(1 / 3, abs=1e-4)
        assert found == {
            "plan-grade": ("ordinal", {"good": 2, "inadequate": 1}, third),
            "plan-smart": ("nominal", {"no": 1, "yes": 2}, third),
            "plan-shared": ("nominal", {"family": 3}, 1.0),
            "plan-visits": ("interval", {"3": 2, "5": 1}, third),
            "heard": ("nominal", {"yes": 3}, 1.0),
        }
        assert [one["answers"]["own-words"]["text"] for one in seen["gradings"]] == [OWN_WORDS] * 3
        pooled = (await running.get("/calibrations/agreement", Role.QA_MANAGER)).json()
        assert {"overall", "sections/planning", *(f"answers/{id_}" for id_ in found)} == {
            one["item"] for one in pooled["by_item"]
        }
        assert {type_ for type_, _ in await running.published()} == {"tool-published.v1"}


async def test_every_fault_of_answers_is_said_at_its_place(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as running:
        exercise = await opened(running, grades_only=False)
        told = {**answers(visits=99), "nowhere": {"value": True}, "plan-smart": {"value": True}}
        del told["heard"]
        form = {"overall_grade": "good", "sections": {}, "rationale": "So.", "answers": told}
        refused = await running.post(f"/calibrations/{exercise}/grades", form, Role.AUDITOR, person=ANN)
        assert refused.status_code == 422
        assert {one["place"] for one in refused.json()["problems"]} == {
            "body/sections/planning",
            "body/answers/plan-visits",
            "body/answers/nowhere",
            "body/answers/plan-smart/evidence",
            "body/answers/heard",
        }
        before = (await running.get(f"/calibrations/{exercise}", Role.AUDITOR, person=ANN)).json()
        assert (before["own"], before["grades_only"]) == (None, False)  # nothing half done


async def test_a_childs_export_holds_the_exercise_and_its_erasure_ends_that(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as running:
        exercise = await answered(running)
        child = UUID((await running.get(f"/calibrations/{exercise}", Role.QA_MANAGER)).json()["case_reference"])
        exporting = Exporting(running.parts)
        reader = Principal(DAN, frozenset({Role.QA_MANAGER}), "northmoor", (WHOLE,))
        whole = await exporting.child(child, "northmoor", reader)
        told = [one for one in whole.events if one.audit_id == UUID(exercise)]
        assert [one.what for one in told] == ["calibration-opened", *["case-graded"] * 3, "calibration-closed"]
        graded = {one.fields["auditor"]: one for one in told[1:4]}
        assert set(graded) == {str(ANN), str(BEN), str(CAT)}
        mine = graded[str(ANN)]
        assert (mine.fields["overall_grade"], mine.fields["answers"]["plan-visits"]) == ("good", {"value": 3})
        assert mine.texts == {
            f"rationale/{ANN}": CANARY,
            f"answers/{ANN}/plan-smart/evidence": EVIDENCE,
            f"answers/{ANN}/own-words/text": OWN_WORDS,
        }
        assert told[4].texts == {"reasons": CLOSING["reasons"], "agreed/answers/plan-smart/evidence": AGREED}
        kept = await running.pool.fetch("select data from eventstore.events where stream_id = $1", UUID(exercise))
        assert "canary" not in str([row["data"] for row in kept]).casefold()

        gone = await running.post(f"/children/{child}/erasure", {"reason": "request"}, Role.QA_MANAGER)
        assert gone.status_code == 200, gone.text
        after = await exporting.child(child, "northmoor", reader)
        assert (after.erased, after.case_number) == (True, "[erased]")
        texts = [text for one in after.events for text in one.texts.values()]
        assert len(texts) == 3 * 3 + 2
        assert set(texts) == {"[erased]"}
        assert "canary" not in after.model_dump_json().casefold()
        seen = (await running.get(f"/calibrations/{exercise}", Role.QA_MANAGER)).text
        assert "canary" not in seen.casefold()


async def test_scores_and_limits_are_as_in_an_audit_and_reasons_are_sealed(stack: Stack, tmp_path: Path) -> None:
    stands_for = [{"from": 0, "to": 4, "grade": "inadequate"}, {"from": 5, "to": 10, "grade": "good"}]
    scored = {"id": "impact", "title": "Impact", "judgement": "score", "score_grades": stands_for}
    limit = {
        "id": "no-impact",
        "message": "Not good without impact",
        "effect": "warn",
        "when": [{"section": "impact", "at_most": "inadequate"}],
        "overall_at_most": "requires-improvement",
    }
    tool = {**TOOL, "tool": "scored-check", "limits": [limit], "sections": [*TOOL["sections"], scored]}
    async with service(stack.postgres, tmp_path) as running:
        await publish_tool(running, tool)
        exercise = await opened(running, tool="scored-check", auditors=[str(ANN), str(BEN)])
        form = {"overall_grade": "good", "sections": {"planning": "good"}, "rationale": CANARY}
        path = f"/calibrations/{exercise}"
        missing = await running.post(f"{path}/grades", form, Role.AUDITOR, person=ANN)
        assert [one["place"] for one in missing.json()["problems"]] == ["body/scores/impact"]
        low = {**form, "scores": {"impact": 2}}
        above = await running.post(f"{path}/grades", low, Role.AUDITOR, person=ANN)
        assert [one["place"] for one in above.json()["problems"]] == ["body/overridden_limits/no-impact"]
        reasoned = {**low, "overridden_limits": {"no-impact": f"{CANARY} Yet."}}
        given = await running.post(f"{path}/grades", reasoned, Role.AUDITOR, person=ANN)
        assert given.status_code == 200, given.text
        own = given.json()["own"]
        assert (own["scores"], own["sections"]["impact"]) == ({"impact": 2}, "inadequate")
        assert own["overridden_limits"] == {"no-impact": f"{CANARY} Yet."}
        await running.post(f"{path}/grades", {**form, "scores": {"impact": 9}}, Role.AUDITOR, person=BEN)
        closing = {**CLOSING, "overall_grade": "good", "scores": {"impact": 3}}
        refused = await running.post(f"{path}/closure", closing, Role.QA_MANAGER)
        assert [one["place"] for one in refused.json()["problems"]] == ["body/overridden_limits/no-impact"]
        closing["overridden_limits"] = {"no-impact": f"{CANARY} All agree."}
        closed = await running.post(f"{path}/closure", closing, Role.QA_MANAGER)
        assert closed.status_code == 200, closed.text
        assert closed.json()["agreed"]["overridden_limits"] == {"no-impact": f"{CANARY} All agree."}
        [impact] = closed.json()["results"]["scores"]
        assert (impact["section"], impact["scores"], impact["agreement"]["pairs"]) == ("impact", {"2": 1, "9": 1}, 1)
        kept = await running.pool.fetch("select data from eventstore.events where stream_id = $1", UUID(exercise))
        assert "canary" not in str([row["data"] for row in kept])
