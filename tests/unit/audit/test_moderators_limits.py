"""A moderator's grades are held to the limits of the tool as the auditor's are; blind, by what they may see."""

from __future__ import annotations

from typing import Any

from services.audit.domain import refusals
from services.audit.domain.audits.outcome import Answer, SectionJudgement
from services.audit.domain.moderation.commands import GiveBlindGrades, RecordModeration
from services.audit.domain.moderation.events import ModerationDone, ModeratorGraded
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Grade, SealedText
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m
from tests.unit.audit.stories import AuditSpec, after
from tests.unit.audit.tool_builders import full_answers, full_outcome, full_tool

WHY = SealedText("s1.why")
NOT_ALONE = full_answers(seen_alone=Answer(value="not-seen"))
SAFE, UNSAFE = {"safety": Grade.GOOD}, {"safety": Grade.INADEQUATE}


def audited(
    *, safety: Grade = Grade.GOOD, overall: Grade = Grade.GOOD, blind: bool = False, **changes: Any
) -> AuditSpec:
    """An audit of the full tool, and a moderation of it; the children in it were not seen alone."""
    sections = {"safety": SectionJudgement(grade=safety), "goals": SectionJudgement(score=7)}
    outcome = full_outcome(overall_grade=overall, sections=sections, answers=NOT_ALONE)
    return after(
        b.allocate(tool="full-check"),
        b.complete(tool=changes.get("tool", tool()), outcome=outcome),
        b.request_moderation(selection=b.selection(blind=blind)),
    )


def tool() -> ToolDocument:
    return full_tool(version=1)


def moderate(overall: Grade | None, sections: dict[str, Grade] | None = None, **changes: Any) -> RecordModeration:
    given = {"answers": {"moderator-says": Answer(value=True)}, "tool": tool(), "terms": None}
    return b.moderate(overall_grade=overall, sections=sections or {}, **{**given, **changes})


def grade_blind(overall: Grade, sections: dict[str, Grade] | None = None, **changes: Any) -> GiveBlindGrades:
    given: dict[str, Any] = {"section_reasons": {}, "tool": tool()}
    return m.grade_blind(overall_grade=overall, sections=sections or {}, **{**given, **changes})


def faults(story: AuditSpec, command: RecordModeration | GiveBlindGrades) -> list[str]:
    return [problem.place for problem in story.when(command).refused(refusals.ModerationInvalid).problems]


class TestSighted:
    def test_a_block_is_a_fault_and_is_not_set_aside(self) -> None:
        assert faults(audited(), moderate(Grade.GOOD, UNSAFE)) == ["overall_grade"]
        with_reason = moderate(Grade.GOOD, UNSAFE, overridden_limits={"unsafe": WHY})
        assert faults(audited(), with_reason) == ["overall_grade", "overridden_limits.unsafe"]
        assert len(audited().when(moderate(Grade.REQUIRES_IMPROVEMENT, UNSAFE)).then_events()) == 1

    def test_a_section_left_ungraded_is_as_the_auditor_judged_it(self) -> None:
        unsafe = audited(safety=Grade.INADEQUATE, overall=Grade.INADEQUATE)
        assert faults(unsafe, moderate(Grade.GOOD)) == ["overall_grade"]
        assert len(unsafe.when(moderate(Grade.GOOD, SAFE)).then_events()) == 1

    def test_a_warning_needs_a_reason(self) -> None:
        assert faults(audited(), moderate(Grade.OUTSTANDING)) == ["overridden_limits.not-seen-alone"]
        empty = moderate(Grade.OUTSTANDING, overridden_limits={"not-seen-alone": SealedText("")})
        assert faults(audited(), empty) == ["overridden_limits.not-seen-alone"]
        given = moderate(Grade.OUTSTANDING, overridden_limits={"not-seen-alone": WHY})
        [done] = audited().when(given).then_events()
        assert isinstance(done, ModerationDone)
        assert done.overridden_limits == {"not-seen-alone": WHY}
        again = audited().given(done)
        again.when(given).then_nothing_happened()
        other = moderate(Grade.OUTSTANDING, overridden_limits={"not-seen-alone": SealedText("s1.other")})
        again.when(other).refused(refusals.ModerationDoneWithOtherText)

    def test_a_limit_that_does_not_apply_is_not_set_aside(self) -> None:
        reasons = {"not-seen-alone": WHY, "unheard-of": WHY}
        assert faults(audited(), moderate(Grade.GOOD, overridden_limits=reasons)) == [
            "overridden_limits.not-seen-alone",
            "overridden_limits.unheard-of",
        ]

    def test_the_grade_that_is_to_stand_is_held_to_them_too(self) -> None:
        higher = moderate(Grade.INADEQUATE, UNSAFE, standing_grade=Grade.GOOD)
        assert faults(audited(), higher) == ["standing_grade"]
        lower = moderate(Grade.GOOD, UNSAFE, standing_grade=Grade.INADEQUATE)
        assert faults(audited(), lower) == ["standing_grade", "overall_grade"]  # nobody gave it either


class TestBlind:
    def test_the_moderators_own_grades_are_held_to_them(self) -> None:
        story = audited(blind=True)
        assert faults(story, grade_blind(Grade.GOOD, UNSAFE)) == ["overall_grade"]
        assert len(story.when(grade_blind(Grade.REQUIRES_IMPROVEMENT, UNSAFE)).then_events()) == 1

    def test_no_fault_tells_how_the_auditor_judged(self) -> None:
        told = [audited(safety=safety, overall=Grade.INADEQUATE, blind=True) for safety in Grade]
        for story in told:
            assert len(story.when(grade_blind(Grade.GOOD)).then_events()) == 1

    def test_what_the_grades_tell_is_held_against_them_once_they_are_given(self) -> None:
        story = audited(safety=Grade.INADEQUATE, overall=Grade.INADEQUATE, blind=True)
        [graded] = story.when(grade_blind(Grade.GOOD)).then_events()
        assert faults(story.given(graded), moderate(None)) == ["overall_grade"]
        lower = moderate(Grade.REQUIRES_IMPROVEMENT)
        assert len(story.given(graded).when(lower).then_events()) == 1

    def test_a_reason_given_blind_counts_when_it_is_recorded(self) -> None:
        story = audited(blind=True)
        sections = {"safety": Grade.OUTSTANDING}
        reasoned = grade_blind(Grade.OUTSTANDING, sections, overridden_limits={"not-seen-alone": WHY})
        assert faults(story, reasoned) == ["overridden_limits.not-seen-alone"], "goals are the auditor's alone to score"
        given = grade_blind(Grade.OUTSTANDING, sections, section_reasons={"safety": WHY})
        [graded] = story.when(given).then_events()
        assert faults(story.given(graded), moderate(None)) == ["overridden_limits.not-seen-alone"]

    def test_a_limit_that_looks_at_an_answer_alone_applies_at_once(self) -> None:
        alone = full_tool(lambda document: document["limits"][1]["when"].pop(), version=1)
        story = audited(blind=True, tool=alone)
        unreasoned = grade_blind(Grade.OUTSTANDING, tool=alone)
        assert faults(story, unreasoned) == ["overridden_limits.not-seen-alone"]
        reasoned = grade_blind(Grade.OUTSTANDING, tool=alone, overridden_limits={"not-seen-alone": WHY})
        [graded] = story.when(reasoned).then_events()
        assert isinstance(graded, ModeratorGraded)
        [done] = story.given(graded).when(moderate(None, tool=alone)).then_events()
        assert isinstance(done, ModerationDone)
        assert (done.moderator_grade, done.overridden_limits) == (Grade.OUTSTANDING, {})
