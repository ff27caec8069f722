"""Moderation and recommendations, command by command: it works, it is refused, it is repeated."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.audit.domain import refusals
from services.audit.domain.audits.events import (
    RecommendationFollowedUp,
    RecommendationMade,
)
from services.audit.domain.moderation import refusals as moderation_refusals
from services.audit.domain.moderation.commands import PanelMember
from services.audit.domain.moderation.events import ModerationDone, ModerationRequested
from services.audit.domain.moderation.words import ModeratorType
from services.audit.domain.words import Difference, Grade, SealedText
from tests.unit.audit import builders as b
from tests.unit.audit.stories import after, completed


class TestModeration:
    def test_is_asked_for(self) -> None:
        command = b.request_moderation()
        after(b.allocate(), b.complete()).when(command).then(
            ModerationRequested(
                at=command.at,
                by=b.BY_QA,
                moderation_id=b.MODERATION_ID,
                selected_because="all",
                policy_version="northmoor/1",
                due_on=date(2025, 12, 20),
            )
        )

    def test_asked_for_twice_changes_nothing(self) -> None:
        story = after(b.allocate(), b.complete(), b.request_moderation())
        story.when(b.request_moderation()).then_nothing_happened()

    def test_due_before_it_is_asked_for_or_asked_for_before_completion_is_refused(self) -> None:
        story = after(b.allocate(), b.complete())
        early = b.request_moderation(selection=b.selection(due_on=b.COMPLETED_AT.date() - timedelta(days=1)))
        [problem] = story.when(early).refused(refusals.ModerationInvalid).problems
        assert problem.place == "due_on"
        same_day = b.request_moderation(selection=b.selection(due_on=b.COMPLETED_AT.date()))
        assert len(story.when(same_day).then_events()) == 1
        before = b.request_moderation(at=b.COMPLETED_AT - timedelta(days=1))
        story.when(before).refused(moderation_refusals.HappenedBeforeCompletion)

    @pytest.mark.parametrize("otherwise", [{"moderator": b.OTHER_MODERATOR}, {"blind": True}])
    def test_asked_for_otherwise_is_refused_and_not_dropped(self, otherwise: dict[str, Any]) -> None:
        drawn = after(b.allocate(), b.complete(moderation=b.selection()))
        refused = drawn.when(b.request_moderation(selection=b.selection(**otherwise)))
        refused.refused(refusals.ModerationAlreadyRequested)

    def test_a_second_one_while_one_is_open_is_refused(self) -> None:
        second = b.request_moderation(selection=b.selection(moderation_id=b.RECOMMENDATION_ID))
        story = after(b.allocate(), b.complete(), b.request_moderation())
        story.when(second).refused(refusals.ModerationAlreadyRequested)

    def test_a_second_one_after_the_first_stands_in_its_place(self) -> None:
        second = b.selection(moderation_id=b.RECOMMENDATION_ID)
        story = after(
            b.allocate(),
            b.complete(moderation=b.selection()),
            b.moderate(),
            b.request_moderation(selection=second),
            b.moderate(
                moderation_id=b.RECOMMENDATION_ID, moderator=b.OTHER_MODERATOR, overall_grade=Grade.GOOD, sections={}
            ),
        )
        assert completed(story).standing_grade is Grade.GOOD

    def test_before_completion_is_refused(self) -> None:
        after(b.allocate()).when(b.request_moderation()).refused(refusals.AuditNotCompleted)

    def test_of_the_auditor_cannot_even_be_asked_for(self) -> None:
        own = b.request_moderation(selection=b.selection(moderator=b.AUDITOR))
        after(b.allocate(), b.complete()).when(own).refused(refusals.ModeratorIsTheAuditor)

    def test_done_the_moderators_grade_stands(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        [event] = story.when(b.moderate()).then_events()
        assert isinstance(event, ModerationDone)
        assert (event.auditor_grade, event.moderator_grade) == (Grade.GOOD, Grade.INADEQUATE)
        assert completed(story.given(event)).standing_grade is Grade.INADEQUATE

    def test_done_another_grade_may_be_agreed_to_stand(self) -> None:
        agreed = b.moderate(standing_grade=Grade.REQUIRES_IMPROVEMENT)
        story = after(b.allocate(), b.complete(moderation=b.selection()), agreed)
        assert completed(story).standing_grade is Grade.REQUIRES_IMPROVEMENT

    def test_done_twice_alike_changes_nothing(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()), b.moderate())
        story.when(b.moderate()).then_nothing_happened()

    @pytest.mark.parametrize("place", ["rationale", "concern_text"])
    def test_done_twice_with_other_text_is_refused_and_not_dropped(self, place: str) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()), b.moderate())
        again = b.moderate(**{place: SealedText("s1.other")})
        story.when(again).refused(refusals.ModerationDoneWithOtherText)

    def test_done_twice_the_second_time_without_text_changes_nothing(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()), b.moderate())
        story.when(b.moderate(rationale=None)).then_nothing_happened()

    def test_of_two_moderators_the_second_is_refused(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()), b.moderate())
        story.when(b.moderate(moderator=b.OTHER_MODERATOR)).refused(refusals.ModerationAlreadyDone)

    def test_of_ones_own_audit_is_refused(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        story.when(b.moderate(moderator=b.AUDITOR)).refused(refusals.ModeratorIsTheAuditor)

    def test_of_ones_own_work_is_refused(self) -> None:
        story = after(b.allocate(practitioner=b.PRACTITIONER), b.complete(moderation=b.selection()))
        story.when(b.moderate(moderator=b.PRACTITIONER)).refused(refusals.ModeratorIsThePractitioner)
        panel = b.moderate(
            moderator_type=ModeratorType.PANEL, panel=(PanelMember(b.PRACTITIONER), PanelMember(b.OTHER_MODERATOR))
        )
        [problem] = story.when(panel).refused(refusals.ModerationInvalid).problems
        assert (problem.place, problem.message) == ("panel.0", "it is an audit of this member's own work")
        asked = b.request_moderation(selection=b.selection(moderator=b.PRACTITIONER))
        never = after(b.allocate(practitioner=b.PRACTITIONER), b.complete())
        never.when(asked).refused(refusals.ModeratorIsThePractitioner)

    def test_of_ones_own_team_is_refused(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        story.when(b.moderate(moderator_teams=frozenset({b.TEAM}))).refused(refusals.ModeratorIsOfTheTeam)

    def test_of_ones_own_team_is_allowed_where_the_policy_says_so(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        command = b.moderate(moderator_teams=frozenset({b.TEAM}), own_team_allowed=True)
        assert len(story.when(command).then_events()) == 1

    def test_given_to_another_moderator_is_refused(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection(moderator=b.OTHER_MODERATOR)))
        story.when(b.moderate()).refused(refusals.ModeratorNotAssigned)

    def test_never_asked_for_is_refused(self) -> None:
        after(b.allocate(), b.complete()).when(b.moderate()).refused(refusals.ModerationNotRequested)

    def test_every_fault_is_listed_at_once(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        bad = b.moderate(overall_grade=None, sections={"permanence": Grade.GOOD, "nowhere": Grade.GOOD})
        refused = story.when(bad).refused(refusals.ModerationInvalid)
        assert {problem.place for problem in refused.problems} == {
            "overall_grade",
            "sections.permanence",
            "sections.nowhere",
        }


class TestRecommendations:
    def test_made_after_completion(self) -> None:
        after(b.allocate(), b.complete()).when(b.recommend()).then(
            RecommendationMade(at=b.COMPLETED_AT, by=b.BY_AUDITOR, recommendation=b.recommendation())
        )

    def test_made_twice_changes_nothing(self) -> None:
        after(b.allocate(), b.complete(), b.recommend()).when(b.recommend()).then_nothing_happened()

    def test_made_in_the_completion_it_is_there_already(self) -> None:
        story = after(b.allocate(), b.complete(recommendations=(b.recommendation(),)))
        story.when(b.recommend()).then_nothing_happened()

    def test_made_again_otherwise_is_refused(self) -> None:
        other = b.recommend(recommendation=b.recommendation(category="recording"))
        after(b.allocate(), b.complete(), b.recommend()).when(other).refused(refusals.RecommendationAlreadyMade)

    def test_made_again_with_other_text_is_refused_and_not_dropped(self) -> None:
        other = b.recommend(recommendation=b.recommendation(text=SealedText("s1.other")))
        story = after(b.allocate(), b.complete(), b.recommend())
        story.when(other).refused(refusals.RecommendationMadeWithOtherText)

    def test_made_again_without_text_changes_nothing(self) -> None:
        story = after(b.allocate(), b.complete(), b.recommend())
        story.when(b.recommend(recommendation=b.recommendation(text=None))).then_nothing_happened()

    def test_made_before_completion_is_refused(self) -> None:
        after(b.allocate()).when(b.recommend()).refused(refusals.AuditNotCompleted)

    def test_followed_up(self) -> None:
        after(b.allocate(), b.complete(), b.recommend()).when(b.follow_up()).then(
            RecommendationFollowedUp(
                at=b.MODERATED_AT,
                by=b.follow_up().by,
                recommendation_id=b.RECOMMENDATION_ID,
                discussed_in_supervision_on=date(2025, 12, 1),
                done=True,
                made_a_difference=Difference.YES,
            )
        )

    def test_followed_up_alike_again_changes_nothing(self) -> None:
        story = after(b.allocate(), b.complete(), b.recommend(), b.follow_up())
        story.when(b.follow_up()).then_nothing_happened()

    def test_followed_up_without_being_made_is_refused(self) -> None:
        after(b.allocate(), b.complete()).when(b.follow_up()).refused(refusals.RecommendationNotFound)

    def test_every_contradiction_of_a_follow_up_is_listed(self) -> None:
        story = after(b.allocate(), b.complete(), b.recommend())
        bad = b.follow_up(done=False, discussed_in_supervision_on=date(2025, 12, 5))
        refused = story.when(bad).refused(refusals.RecommendationInvalid)
        assert {problem.place for problem in refused.problems} == {"discussed_in_supervision_on", "made_a_difference"}
