"""A draft merged by box: laws of two editors, and the gaps that a tool still sees."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.app.drafts.forms import DraftForm, boxes_of, completion_of_draft, draft_of, missing_of
from services.audit.app.sealing import outcome_of, present
from services.audit.domain.audits.drafting import Written, changed_since, gaps_of, merge
from services.audit.domain.words import ChildStatus
from tests.unit.audit.builders import AUDIT_ID, AUDITOR, COMPLETED_AT, MODERATOR, tool

BOXES = st.sampled_from(["took_part", "overall_rationale", "answers/heard/value", "sections/planning/grade"])
EDITORS = st.sampled_from([AUDITOR, MODERATOR])
STANDS = st.dictionaries(BOXES, st.builds(Written, st.integers(1, 9), EDITORS))
SEEN = st.none() | st.integers(0, 9)


@settings(max_examples=100)
@given(STANDS, st.sets(BOXES), SEEN, EDITORS)
def test_every_box_is_saved_or_named_and_none_is_overwritten_unseen(
    stands: dict[str, Written], changed: set[str], seen: int | None, editor: UUID
) -> None:
    merged = merge(stands, changed, seen=seen, editor=editor)
    assert merged.saved | merged.kept == changed
    assert not merged.saved & merged.kept
    for box in merged.saved & set(stands):
        known = stands[box].editor == editor if seen is None else stands[box].version <= seen
        assert known


@settings(max_examples=100)
@given(st.sets(BOXES), st.sets(BOXES), st.integers(1, 5))
def test_two_editors_who_began_at_one_version_both_save_what_the_other_left_alone(
    mine: set[str], theirs: set[str], version: int
) -> None:
    after_theirs = {box: Written(version + 1, MODERATOR) for box in theirs}
    merged = merge(after_theirs, mine, seen=version, editor=AUDITOR)
    assert merged.saved == mine - theirs
    assert merged.kept == mine & theirs
    assert changed_since(after_theirs, seen=version, editor=AUDITOR) == theirs


def test_boxes_and_form_are_two_ways_of_saying_the_same() -> None:
    form = DraftForm.model_validate(
        {
            "took_part": "both",
            "overall_rationale": "It works.",
            "sections": {"planning": {"grade": "good", "rationale": "Dates."}},
            "answers": {"plan-smart": {"value": False, "evidence": "Seen."}, "own-words": {"text": "She listens."}},
            "findings": [
                {"section": "planning", "theme": "drift-and-delay", "polarity": "development", "text": "Stood still."}
            ],
            "overridden_limits": {"safety": "The plan has changed."},
            "child_feedback": {"obtained": False, "why_not": "too-young"},
            "recommendations": [{"category": "supervision", "text": "Say who decided."}],
        }
    )
    boxes = boxes_of(form, AUDIT_ID)
    back = DraftForm.model_validate(draft_of(boxes.coded, {name: text for name, text in boxes.texts.items() if text}))
    assert boxes_of(back, AUDIT_ID) == boxes
    assert boxes.coded["answers/plan-smart/value"] is False
    assert boxes.texts["answers/own-words/text"] == "She listens."


def test_null_empties_a_box_and_what_is_left_out_is_not_spoken_of() -> None:
    boxes = boxes_of(DraftForm.model_validate({"took_part": None, "sections": {"planning": None}}), AUDIT_ID)
    assert boxes.coded == {"took_part": None, "sections/planning/grade": None, "sections/planning/score": None}
    assert boxes.texts == {"sections/planning/rationale": None}


def gaps(draft: dict[str, object], *, has_own_feedback: bool = False) -> set[str]:
    form = completion_of_draft(draft)
    outcome = outcome_of(form, present(form.texts()), tool())
    missing = missing_of(draft, has_own_feedback=has_own_feedback)
    found = gaps_of(tool(), ChildStatus.IN_NEED, outcome, missing=missing, today=COMPLETED_AT.date())
    return {problem.place for problem in found}


def test_an_empty_draft_lacks_everything_its_tool_asks_and_nothing_else() -> None:
    everything = {
        "took_part", "reflective_discussion", "child_feedback", "parent_feedback", "practitioner_feedback",
        "overall_grade", "overall_rationale", "sections.planning.grade", "answers.plan-grade", "answers.plan-smart",
        "answers.plan-shared", "answers.plan-visits", "answers.heard",
    }  # fmt: skip
    assert gaps({}) == everything
    assert gaps({}, has_own_feedback=True) >= everything - {"practitioner_feedback"}


def test_what_is_written_is_judged_and_what_is_missing_is_only_told() -> None:
    found = gaps({"child_feedback": {"obtained": False}, "took_part": "neither", "answers": {"heard": {"value": "no"}}})
    assert {"child_feedback.why_not", "not_took_part_because", "answers.heard"} <= found
    assert "parent_feedback.why_not" not in found


def test_a_reason_is_no_fault_before_it_is_said_who_took_part() -> None:
    assert "not_took_part_because" not in gaps({"not_took_part_because": "on-leave"})
    assert "not_took_part_because" in gaps({"not_took_part_because": "on-leave", "took_part": "both"})
