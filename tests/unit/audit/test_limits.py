"""Limits on the overall grade: a block is always enforced, a warning is set aside with a reason or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain.audits.answers import problems_of
from services.audit.domain.audits.events import AuditCompleted
from services.audit.domain.audits.outcome import Answer, Outcome, SectionJudgement
from services.audit.domain.refusals import OutcomeInvalid
from services.audit.domain.words import ChildStatus, Grade, SealedText
from tests.unit.audit import builders as b
from tests.unit.audit.stories import after
from tests.unit.audit.tool_builders import full_answers, full_outcome, full_tool

WHY = SealedText("s1.why")
NOT_ALONE = full_answers(seen_alone=Answer(value="not-seen"))


def judged(overall: Grade, safety: Grade = Grade.GOOD, goals: int = 7, **changes: Any) -> Outcome:
    sections = {"safety": SectionJudgement(grade=safety), "goals": SectionJudgement(score=goals)}
    return full_outcome(overall_grade=overall, sections=sections, **changes)


def places(outcome: Outcome) -> list[str]:
    return [problem.place for problem in problems_of(full_tool(), ChildStatus.IN_NEED, outcome)]


def test_a_block_cannot_be_passed() -> None:
    assert places(judged(Grade.GOOD, Grade.INADEQUATE)) == ["overall_grade"]
    assert places(judged(Grade.REQUIRES_IMPROVEMENT, Grade.INADEQUATE)) == []


def test_a_block_cannot_be_set_aside() -> None:
    with_reason = judged(Grade.GOOD, Grade.INADEQUATE, overridden_limits={"unsafe": WHY})
    assert places(with_reason) == ["overall_grade", "overridden_limits.unsafe"]


def test_a_warning_is_set_aside_with_a_reason() -> None:
    assert places(judged(Grade.OUTSTANDING, answers=NOT_ALONE)) == ["overridden_limits.not-seen-alone"]
    given_reason = judged(Grade.OUTSTANDING, answers=NOT_ALONE, overridden_limits={"not-seen-alone": WHY})
    assert places(given_reason) == []
    empty = judged(Grade.OUTSTANDING, answers=NOT_ALONE, overridden_limits={"not-seen-alone": SealedText("")})
    assert places(empty) == ["overridden_limits.not-seen-alone"]


def test_all_that_a_limit_names_must_be_so() -> None:
    assert places(judged(Grade.OUTSTANDING, goals=9, answers=NOT_ALONE)) == []
    assert places(judged(Grade.OUTSTANDING)) == []


@pytest.mark.parametrize("limit", ["not-seen-alone", "unheard-of"])
def test_a_limit_that_does_not_apply_is_not_set_aside(limit: str) -> None:
    assert places(judged(Grade.GOOD, overridden_limits={limit: WHY})) == [f"overridden_limits.{limit}"]


def test_the_decider_holds_an_audit_to_the_limits_of_its_tool() -> None:
    tool = full_tool(version=1)
    command = b.complete(tool=tool, outcome=judged(Grade.GOOD, Grade.INADEQUATE))
    refused = after(b.allocate(tool="full-check")).when(command).refused(OutcomeInvalid)
    assert [problem.place for problem in refused.problems] == ["overall_grade"]


def test_the_decider_writes_down_the_grade_a_score_stands_for() -> None:
    command = b.complete(tool=full_tool(version=1), outcome=full_outcome())
    [completed] = after(b.allocate(tool="full-check")).when(command).then_events()
    assert isinstance(completed, AuditCompleted)
    assert completed.outcome.sections["goals"].grade is Grade.GOOD


@given(
    overall=st.sampled_from(Grade),
    section=st.sampled_from(Grade),
    at_most=st.sampled_from([Grade.INADEQUATE, Grade.REQUIRES_IMPROVEMENT, Grade.GOOD]),
    cap=st.sampled_from([Grade.INADEQUATE, Grade.REQUIRES_IMPROVEMENT, Grade.GOOD]),
    override=st.booleans(),
)
def test_every_block_is_enforced(overall: Grade, section: Grade, at_most: Grade, cap: Grade, *, override: bool) -> None:
    block = {
        "id": "a-block",
        "message": "A block.",
        "effect": "block",
        "when": [{"section": "safety", "at_most": at_most.value}],
        "overall_at_most": cap.value,
    }
    tool = full_tool(limits=[block])
    outcome = judged(overall, section, overridden_limits={"a-block": WHY} if override else {})
    worst_first = ["inadequate", "requires-improvement", "good", "outstanding"]
    order = {grade: worst_first.index(grade.value) for grade in Grade}
    passed = order[section] <= order[at_most] and order[overall] > order[cap]
    found = [problem.place for problem in problems_of(tool, ChildStatus.IN_NEED, outcome)]
    assert ("overall_grade" in found) is passed
    assert ("overridden_limits.a-block" in found) is override
