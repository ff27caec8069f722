"""The grade that settles a dispute is held to the limits of the tool, with the sections as they stand by then."""

from __future__ import annotations

from typing import Any

from services.audit.app.moderation.texts import texts_of
from services.audit.domain import refusals
from services.audit.domain.audits.outcome import Answer, SectionJudgement
from services.audit.domain.moderation import refusals as moderation_refusals
from services.audit.domain.moderation.commands import SettleDispute
from services.audit.domain.moderation.events import DisputeSettled, ModerationDone
from services.audit.domain.moderation.words import Decider, DisputeOutcome
from services.audit.domain.words import Grade, SealedText
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m
from tests.unit.audit.stories import AuditSpec, after
from tests.unit.audit.tool_builders import full_answers, full_outcome, full_tool

WHY = SealedText("s1.why")
TOOL = full_tool(version=1)
NOT_ALONE = full_answers(seen_alone=Answer(value="not-seen"))
FAIR = {"moderator-says": Answer(value=True)}
SAFE, UNSAFE = {"safety": Grade.GOOD}, {"safety": Grade.INADEQUATE}


def disputed(
    *, safety: Grade = Grade.GOOD, overall: Grade = Grade.GOOD, by: Decider = Decider.PANEL, **moderation: Any
) -> AuditSpec:
    """An audit of the full tool, moderated, whose grade is disputed; the child was not seen alone."""
    sections = {"safety": SectionJudgement(grade=safety), "goals": SectionJudgement(score=7)}
    given: dict[str, Any] = {"overall_grade": Grade.REQUIRES_IMPROVEMENT, "sections": {}, "answers": FAIR}
    given = {"tool": TOOL, "terms": None, **given, **moderation}
    return after(
        b.allocate(tool="full-check"),
        b.complete(
            tool=given["tool"], outcome=full_outcome(overall_grade=overall, sections=sections, answers=NOT_ALONE)
        ),
        b.request_moderation(),
        b.moderate(**given),
        m.dispute(terms=m.terms(decided_by=by)),
    )


def settle(grade: Grade | None = Grade.GOOD, **changes: Any) -> SettleDispute:
    return m.settle(**{"tool": TOOL, "standing_grade": grade, **changes})


def uphold(**changes: Any) -> SettleDispute:
    return settle(None, outcome=DisputeOutcome.UPHELD, **changes)


def faults(story: AuditSpec, command: SettleDispute) -> list[str]:
    return [each.place for each in story.when(command).refused(moderation_refusals.SettlementInvalid).problems]


class TestPanel:
    def test_a_grade_alone_is_held_to_the_sections_as_they_stand(self) -> None:
        """The moderator found safety inadequate; whether the auditor had is no matter any more."""
        for auditors in (Grade.GOOD, Grade.INADEQUATE):
            at_most = Grade.REQUIRES_IMPROVEMENT
            moderated = disputed(safety=auditors, overall=at_most, sections=UNSAFE, overall_grade=Grade.INADEQUATE)
            assert faults(moderated, settle(Grade.GOOD)) == ["standing_grade"]
            assert len(moderated.when(settle(at_most)).then_events()) == 1
        left = disputed(safety=Grade.INADEQUATE, overall=Grade.INADEQUATE)
        assert faults(left, settle(Grade.GOOD)) == ["standing_grade"], "nobody graded safety after the auditor"

    def test_a_block_is_never_set_aside(self) -> None:
        story = disputed(sections=UNSAFE)
        with_reason = settle(Grade.GOOD, overridden_limits={"unsafe": WHY})
        assert faults(story, with_reason) == ["standing_grade", "overridden_limits.unsafe"]

    def test_a_section_graded_anew_counts_as_the_panel_grades_it(self) -> None:
        story = disputed(sections=UNSAFE)
        [event] = story.when(settle(Grade.GOOD, sections=SAFE)).then_events()
        assert isinstance(event, DisputeSettled)
        assert event.sections == SAFE
        assert faults(disputed(sections=SAFE), settle(Grade.GOOD, sections=UNSAFE)) == ["standing_grade"]

    def test_a_warning_needs_a_reason_which_is_kept_sealed(self) -> None:
        story = disputed()
        assert faults(story, settle(Grade.OUTSTANDING)) == ["overridden_limits.not-seen-alone"]
        empty = settle(Grade.OUTSTANDING, overridden_limits={"not-seen-alone": SealedText("")})
        assert faults(story, empty) == ["overridden_limits.not-seen-alone"]
        given = settle(Grade.OUTSTANDING, overridden_limits={"not-seen-alone": WHY})
        [event] = story.when(given).then_events()
        assert isinstance(event, DisputeSettled)
        box = f"disputes/{m.DISPUTE}/overridden_limits/not-seen-alone/reason"
        assert texts_of(event)[box] == WHY
        settled = story.given(event)
        settled.when(given).then_nothing_happened()
        other = settle(Grade.OUTSTANDING, overridden_limits={"not-seen-alone": SealedText("s1.other")})
        settled.when(other).refused(moderation_refusals.SettledWithOtherText)
        settled.when(settle(Grade.OUTSTANDING)).refused(moderation_refusals.DisputeAlreadySettled)

    def test_upholding_a_grade_upholds_why_a_warning_was_set_aside(self) -> None:
        above = disputed(overall_grade=Grade.OUTSTANDING, overridden_limits={"not-seen-alone": WHY})
        assert len(above.when(uphold()).then_events()) == 1
        assert faults(above, uphold(sections=UNSAFE)) == ["standing_grade"]

    def test_another_grade_than_the_moderators_needs_the_panels_own_reason(self) -> None:
        lower = TOOL.limits[1].model_copy(update={"overall_at_most": Grade.REQUIRES_IMPROVEMENT})
        tool = TOOL.model_copy(update={"limits": (lower,)})
        story = disputed(
            tool=tool,
            overall=Grade.REQUIRES_IMPROVEMENT,
            overall_grade=Grade.GOOD,
            overridden_limits={"not-seen-alone": WHY},
        )
        assert faults(story, settle(Grade.OUTSTANDING, tool=tool)) == ["overridden_limits.not-seen-alone"]
        assert len(story.when(uphold(tool=tool)).then_events()) == 1

    def test_what_the_tool_does_not_have_is_told_with_all_else(self) -> None:
        sections = {"nowhere": Grade.GOOD, "goals": Grade.GOOD}
        wrong = settle(Grade.GOOD, sections=sections, overridden_limits={"unheard-of": WHY}, panel=())
        assert faults(disputed(), wrong) == [
            "sections.nowhere",
            "sections.goals",
            "overridden_limits.unheard-of",
            "panel",
        ]

    def test_where_there_was_nothing_to_decide_nothing_is_graded(self) -> None:
        noted = settle(
            None, outcome=DisputeOutcome.NOTED, panel=(), sections=SAFE, overridden_limits={"not-seen-alone": WHY}
        )
        assert faults(disputed(), noted) == ["sections", "overridden_limits"]

    def test_another_tool_is_refused(self) -> None:
        disputed().when(settle(tool=full_tool(version=2))).refused(refusals.ToolDoesNotMatch)

    def test_of_an_ungraded_tool_no_grade_comes_to_stand(self) -> None:
        ungraded = TOOL.model_copy(update={"graded": False, "limits": ()})
        story = after(
            b.allocate(tool="full-check"),
            b.complete(tool=ungraded, outcome=full_outcome(overall_grade=None, overall_rationale=None)),
            b.request_moderation(),
            b.moderate(tool=ungraded, overall_grade=None, sections={}, answers=FAIR, terms=None),
            m.dispute(terms=m.terms(decided_by=Decider.PANEL)),
        )
        assert faults(story, settle(Grade.GOOD, tool=ungraded)) == ["standing_grade"]
        assert len(story.when(uphold(tool=ungraded)).then_events()) == 1


class TestSecondModerator:
    def second(self, overall: Grade, sections: dict[str, Grade] | None = None) -> Any:
        return m.second(tool=TOOL, overall_grade=overall, sections=sections or {}, answers=FAIR)

    def test_a_section_left_ungraded_is_as_the_first_moderator_graded_it(self) -> None:
        story = disputed(sections=UNSAFE, by=Decider.SECOND_MODERATOR)
        refused = story.when(self.second(Grade.GOOD)).refused(refusals.ModerationInvalid)
        assert [each.place for each in refused.problems] == ["overall_grade"]
        done, settled = story.when(self.second(Grade.GOOD, SAFE)).then_events()
        assert isinstance(done, ModerationDone)
        story.given(done, settled).when(self.second(Grade.GOOD, SAFE)).then_nothing_happened()

    def test_what_the_second_graded_is_not_held_against_the_first(self) -> None:
        """The first moderation sent once more, after the second graded safety otherwise, changes nothing still."""
        first = b.moderate(tool=TOOL, overall_grade=Grade.GOOD, sections={}, answers=FAIR, terms=None)
        story = disputed(overall_grade=Grade.GOOD, by=Decider.SECOND_MODERATOR)
        story = story.given(*story.when(self.second(Grade.INADEQUATE, UNSAFE)).then_events())
        story.when(first).then_nothing_happened()
