"""What may be done with an audit, command by command: it works, it is refused, it is repeated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.audit.domain import refusals
from services.audit.domain.audits.commands import Command
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.events import (
    AuditAllocated,
    AuditAmended,
    AuditCompleted,
    AuditWithdrawn,
    ConcernFlagged,
)
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.outcome import SectionJudgement
from services.audit.domain.audits.states import INITIAL
from services.audit.domain.moderation.events import ModerationRequested
from services.audit.domain.words import Concern, Grade, SealedText
from tests.unit.audit import builders as b
from tests.unit.audit.stories import after, completed, nothing


class TestAllocate:
    def test_an_auditor_is_given_a_file(self) -> None:
        [event] = nothing().when(b.allocate()).then_events()
        assert event == AuditAllocated(
            at=b.ALLOCATED_AT,
            by=b.BY_QA,
            audit_id=b.AUDIT_ID,
            authority="northmoor",
            place=b.place(),
            tool="riverside-check",
            tool_version=1,
            auditor=b.AUDITOR,
            selected_because="random",
            due_on=date(2025, 11, 30),
        )

    def test_again_with_the_same_particulars_changes_nothing(self) -> None:
        again = b.allocate(at=b.ALLOCATED_AT + timedelta(minutes=3))
        after(b.allocate()).when(again).then_nothing_happened()

    def test_again_with_others_is_refused(self) -> None:
        after(b.allocate()).when(b.allocate(tool_version=2)).refused(refusals.AuditAlreadyAllocated)

    def test_of_ones_own_team_is_refused(self) -> None:
        own = b.allocate(auditor_teams=frozenset({b.TEAM}))
        nothing().when(own).refused(refusals.AuditorIsOfTheTeam)

    def test_of_ones_own_team_is_allowed_where_the_policy_says_so(self) -> None:
        own = b.allocate(auditor_teams=frozenset({b.TEAM}), own_team_allowed=True)
        assert len(nothing().when(own).then_events()) == 1

    def test_due_before_the_day_of_allocation_is_refused(self) -> None:
        nothing().when(b.allocate(due_on=date(2025, 11, 2))).refused(refusals.DueBeforeAllocation)


class TestFlagConcern:
    def test_before_completion(self) -> None:
        command = b.flag()
        after(b.allocate()).when(command).then(
            ConcernFlagged(
                at=command.at, by=command.by, concern=Concern.SAFEGUARDING, inadequate_likely=True, text=command.text
            )
        )

    def test_the_same_again_without_a_text_changes_nothing(self) -> None:
        after(b.allocate(), b.flag()).when(b.flag(text=None)).then_nothing_happened()

    @pytest.mark.parametrize("before", ["s1.sealed-concern", None])
    def test_a_text_is_never_lost(self, before: str | None) -> None:
        story = after(b.allocate(), b.flag(text=before))
        [event] = story.when(b.flag(text=SealedText("s1.sealed-later"))).then_events()
        assert isinstance(event, ConcernFlagged)
        assert event.text == "s1.sealed-later"

    def test_the_same_of_somebody_else_is_another_flag(self) -> None:
        story = after(b.allocate(), b.flag())
        assert len(story.when(b.flag(by=b.BY_MODERATOR, text=None)).then_events()) == 1

    def test_another_concern_is_another_flag(self) -> None:
        story = after(b.allocate(), b.flag())
        assert len(story.when(b.flag(concern=Concern.PRACTICE)).then_events()) == 1

    def test_after_completion_too(self) -> None:
        assert len(after(b.allocate(), b.complete()).when(b.flag(at=b.MODERATED_AT)).then_events()) == 1

    def test_of_an_unknown_audit_is_refused(self) -> None:
        nothing().when(b.flag()).refused(refusals.AuditNotFound)

    def test_before_the_allocation_is_refused(self) -> None:
        early = b.flag(at=b.ALLOCATED_AT - timedelta(days=1))
        after(b.allocate()).when(early).refused(refusals.HappenedBeforeAllocation)


class TestComplete:
    def test_with_everything_its_tool_asks_for(self) -> None:
        [event] = after(b.allocate()).when(b.complete()).then_events()
        assert isinstance(event, AuditCompleted)
        assert event.outcome.overall_grade is Grade.GOOD
        assert [(found.theme, found.polarity, found.component) for found in event.outcome.themes] == [
            ("drift-and-delay", "development", "resources")
        ]

    def test_selected_by_the_policy_it_asks_for_moderation_in_the_same_breath(self) -> None:
        story = after(b.allocate())
        kinds = [type(event) for event in story.when(b.complete(moderation=b.selection())).then_events()]
        assert kinds == [AuditCompleted, ModerationRequested]

    def test_the_same_again_changes_nothing(self) -> None:
        after(b.allocate(), b.complete()).when(b.complete()).then_nothing_happened()

    @pytest.mark.parametrize(
        "changes",
        [
            {"outcome": b.outcome(overall_rationale=SealedText("s1.other"))},
            {"outcome": b.outcome(sections={"planning": SectionJudgement(grade=Grade.GOOD, rationale=b.SEEN)})},
            {"recommendations": (b.recommendation(text=SealedText("s1.other")),)},
        ],
        ids=["outcome", "section", "recommendation"],
    )
    def test_alike_with_other_text_is_refused_and_not_dropped(self, changes: dict[str, Any]) -> None:
        first = b.complete(recommendations=(b.recommendation(),))
        again = replace(first, **changes)
        after(b.allocate(), first).when(again).refused(refusals.AuditCompletedWithOtherText)

    def test_otherwise_than_before_is_refused(self) -> None:
        other = b.complete(outcome=b.outcome(overall_grade=Grade.OUTSTANDING))
        after(b.allocate(), b.complete()).when(other).refused(refusals.AuditAlreadyCompleted)

    def test_unallocated_is_refused(self) -> None:
        nothing().when(b.complete()).refused(refusals.AuditNotFound)

    def test_withdrawn_is_refused(self) -> None:
        after(b.allocate(), b.withdraw()).when(b.complete()).refused(refusals.AuditIsWithdrawn)

    def test_on_another_version_of_the_tool_is_refused(self) -> None:
        newer = b.tool().model_copy(update={"version": 2})
        after(b.allocate()).when(b.complete(tool=newer)).refused(refusals.ToolDoesNotMatch)

    def test_every_fault_is_listed_at_once(self) -> None:
        gaps = {**b.answers(), "unknown": b.answers()["heard"]}
        del gaps["plan-grade"], gaps["plan-visits"]
        refused = (
            after(b.allocate())
            .when(b.complete(outcome=b.outcome(answers=gaps, overall_grade=None)))
            .refused(refusals.OutcomeInvalid)
        )
        assert {problem.place for problem in refused.problems} == {
            "overall_grade",
            "answers.unknown",
            "answers.plan-grade",
            "answers.plan-visits",
        }

    def test_a_recommendation_due_before_it_is_made_is_refused(self) -> None:
        early = b.complete(recommendations=(b.recommendation(due_on=date(2025, 11, 19)),))
        refused = after(b.allocate()).when(early).refused(refusals.RecommendationInvalid)
        assert [problem.place for problem in refused.problems] == ["recommendations.0.due_on"]

    def test_its_day_is_the_day_in_london(self) -> None:
        late_evening_in_summer = datetime(2025, 6, 30, 23, 30, tzinfo=UTC)
        story = after(b.allocate(at=datetime(2025, 6, 1, 9, 0, tzinfo=UTC)), b.complete(at=late_evening_in_summer))
        assert completed(story).completed_on == date(2025, 7, 1)


class TestImport:
    def test_allocated_and_completed_in_one_go(self) -> None:
        kinds = [type(event) for event in nothing().when(b.import_completed()).then_events()]
        assert kinds == [AuditAllocated, AuditCompleted]

    def test_the_same_again_changes_nothing(self) -> None:
        after(b.import_completed()).when(b.import_completed()).then_nothing_happened()

    def test_another_outcome_of_the_same_audit_is_refused(self) -> None:
        other = b.import_completed(complete=b.complete(outcome=b.outcome(reflective_discussion=False)))
        after(b.import_completed()).when(other).refused(refusals.AuditAlreadyCompleted)

    def test_a_withdrawn_audit_is_not_brought_back(self) -> None:
        story = after(b.import_completed(), b.withdraw())
        story.when(b.import_completed()).refused(refusals.AuditIsWithdrawn)

    def test_with_faults_it_is_refused_whole(self) -> None:
        bad = b.import_completed(complete=b.complete(outcome=b.outcome(overall_grade=None)))
        nothing().when(bad).refused(refusals.OutcomeInvalid)


class TestAmend:
    def test_both_versions_are_kept_and_the_date_of_completion_stays(self) -> None:
        story = after(b.allocate(), b.complete())
        [event] = story.when(b.amend()).then_events()
        assert isinstance(event, AuditAmended)
        assert event.changed == ("overall_grade",)
        now = completed(story.given(event))
        assert now.completion.outcome.overall_grade is Grade.GOOD
        assert now.outcome.overall_grade is Grade.REQUIRES_IMPROVEMENT
        assert now.completed_on == date(2025, 11, 20)

    def test_that_changes_nothing_is_refused(self) -> None:
        same = b.amend(outcome=b.outcome())
        after(b.allocate(), b.complete()).when(same).refused(refusals.NothingToAmend)

    def test_repeated_it_changes_nothing_more(self) -> None:
        after(b.allocate(), b.complete(), b.amend()).when(b.amend()).refused(refusals.NothingToAmend)

    def test_before_completion_is_refused(self) -> None:
        after(b.allocate()).when(b.amend()).refused(refusals.AuditNotCompleted)

    def test_that_leaves_a_gap_is_refused(self) -> None:
        gap = b.amend(outcome=b.outcome(sections={}))
        refused = after(b.allocate(), b.complete()).when(gap).refused(refusals.OutcomeInvalid)
        assert [problem.place for problem in refused.problems] == ["sections.planning.grade"]

    def test_after_withdrawal_is_refused(self) -> None:
        after(b.allocate(), b.complete(), b.withdraw()).when(b.amend()).refused(refusals.AuditIsWithdrawn)

    def test_the_moderated_grade_still_stands(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()), b.moderate(), b.amend())
        assert completed(story).standing_grade is Grade.INADEQUATE


class TestWithdraw:
    @pytest.mark.parametrize("before", [(b.allocate(),), (b.allocate(), b.complete())])
    def test_it_no_longer_counts(self, before: tuple[Command, ...]) -> None:
        after(*before).when(b.withdraw()).then(AuditWithdrawn(at=b.MODERATED_AT, by=b.BY_QA, reason="wrong-child"))

    def test_again_changes_nothing(self) -> None:
        after(b.allocate(), b.withdraw()).when(b.withdraw()).then_nothing_happened()

    def test_of_an_unknown_audit_is_refused(self) -> None:
        nothing().when(b.withdraw()).refused(refusals.AuditNotFound)


def test_an_amendment_that_a_rule_selects_is_moderated_where_nothing_selected_it_before() -> None:
    chosen = b.selection(selected_because="inadequate")
    amend = b.amend(outcome=b.outcome(overall_grade=Grade.INADEQUATE), moderation=chosen)
    amended, asked = after(b.allocate(), b.complete()).when(amend).then_events()
    assert isinstance(amended, AuditAmended)
    assert isinstance(asked, ModerationRequested)
    assert (asked.moderation_id, asked.selected_because) == (b.MODERATION_ID, "inadequate")
    [event] = after(b.allocate(), b.complete(moderation=b.selection())).when(amend).then_events()
    assert isinstance(event, AuditAmended)


def test_a_sections_rationale_alone_is_an_amendment() -> None:
    rewritten = b.outcome(sections={"planning": SectionJudgement(grade=Grade.GOOD, rationale=b.SEEN)})
    [event] = after(b.allocate(), b.complete()).when(b.amend(outcome=rewritten)).then_events()
    assert isinstance(event, AuditAmended)
    assert event.changed == ("sections",)


def test_a_stream_that_begins_with_a_completion_is_no_audit() -> None:
    [_, event] = decide(b.import_completed(), INITIAL)
    with pytest.raises(AssertionError):
        evolve(INITIAL, event)


def test_nothing_follows_a_withdrawal() -> None:
    story = after(b.allocate(), b.withdraw())
    with pytest.raises(AssertionError):
        story.given(*decide(replace(b.allocate(), audit_id=b.CHILD), INITIAL))
