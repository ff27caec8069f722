"""Blind moderation: the moderator's own grades come first, and are kept whatever is recorded after."""

from __future__ import annotations

import pytest

from services.audit.domain import refusals
from services.audit.domain.moderation import refusals as moderation_refusals
from services.audit.domain.moderation.events import ModerationDone, ModeratorGraded
from services.audit.domain.moderation.words import Decider, Meeting
from services.audit.domain.words import Actor, Grade, SealedText
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m
from tests.unit.audit.stories import AuditSpec, after, completed

BLIND = b.selection(blind=True)


def graded() -> AuditSpec:
    return after(b.allocate(), b.complete(moderation=BLIND), m.grade_blind())


def test_grades_are_given_before_anything_is_shown() -> None:
    [event] = after(b.allocate(), b.complete(moderation=BLIND)).when(m.grade_blind()).then_events()
    assert isinstance(event, ModeratorGraded)
    assert (event.overall_grade, event.moderator) == (Grade.INADEQUATE, b.MODERATOR)
    assert completed(graded()).standing_grade is Grade.GOOD


def test_given_twice_alike_changes_nothing() -> None:
    graded().when(m.grade_blind()).then_nothing_happened()
    graded().when(m.grade_blind(rationale=None, section_reasons={})).then_nothing_happened()


@pytest.mark.parametrize(
    "otherwise",
    [
        {"overall_grade": Grade.GOOD},
        {"sections": {}, "section_reasons": {}},
        {"rationale": SealedText("s1.other")},
        {"overall_grade": None, "sections": {"nowhere": Grade.GOOD}},  # faulty too, which no longer matters
    ],
)
def test_given_again_otherwise_is_refused_and_nothing_is_dropped(otherwise: dict[str, object]) -> None:
    graded().when(m.grade_blind(**otherwise)).refused(moderation_refusals.BlindGradesGiven)


def test_what_was_given_blind_is_kept_though_another_grade_stands() -> None:
    final = b.moderate(overall_grade=Grade.REQUIRES_IMPROVEMENT, sections={"planning": Grade.GOOD})
    [event] = graded().when(final).then_events()
    assert isinstance(event, ModerationDone)
    assert (event.moderator_grade, event.standing_grade) == (Grade.INADEQUATE, Grade.REQUIRES_IMPROVEMENT)
    state = completed(graded().given(event))
    kept = state.moderations[b.MODERATION_ID].graded
    assert kept is not None
    assert (kept.overall_grade, kept.sections) == (Grade.INADEQUATE, {"planning": Grade.REQUIRES_IMPROVEMENT})


def test_grades_left_out_of_the_record_are_those_given_blind() -> None:
    [event] = graded().when(b.moderate(overall_grade=None, sections={}, quality=None, rationale=None)).then_events()
    assert isinstance(event, ModerationDone)
    assert (event.moderator_grade, event.standing_grade) == (Grade.INADEQUATE, Grade.INADEQUATE)
    assert (event.sections, event.quality) == ({"planning": Grade.REQUIRES_IMPROVEMENT}, b.QUALITY)


def test_a_blind_moderation_may_still_be_recorded_in_one_step() -> None:
    [event] = after(b.allocate(), b.complete(moderation=BLIND)).when(b.moderate()).then_events()
    assert isinstance(event, ModerationDone)
    assert event.moderator_grade is Grade.INADEQUATE


def test_recorded_by_another_than_who_graded_blind_is_refused() -> None:
    other = b.moderate(moderator=b.OTHER_MODERATOR)
    graded().when(other).refused(moderation_refusals.BlindGradesGiven)
    again = m.grade_blind(moderator=b.OTHER_MODERATOR)
    graded().when(again).refused(moderation_refusals.BlindGradesGiven)


def test_after_the_record_nothing_is_given_blind() -> None:
    story = after(b.allocate(), b.complete(moderation=BLIND), b.moderate())
    story.when(m.grade_blind()).refused(moderation_refusals.BlindGradesGiven)


def test_of_a_sighted_moderation_is_refused() -> None:
    story = after(b.allocate(), b.complete(moderation=b.selection()))
    story.when(m.grade_blind()).refused(moderation_refusals.ModerationIsSighted)


def test_every_fault_is_listed_at_once() -> None:
    story = after(b.allocate(), b.complete(moderation=BLIND))
    bad = m.grade_blind(overall_grade=None, sections={"nowhere": Grade.GOOD})
    refused = story.when(bad).refused(refusals.ModerationInvalid)
    assert {problem.place for problem in refused.problems} == {
        "overall_grade",
        "sections.nowhere",
        "section_reasons.planning",
    }


def test_of_ones_own_audit_or_team_is_refused() -> None:
    story = after(b.allocate(), b.complete(moderation=BLIND))
    story.when(m.grade_blind(moderator=b.AUDITOR)).refused(refusals.ModeratorIsTheAuditor)
    story.when(m.grade_blind(moderator_teams=frozenset({b.TEAM}))).refused(refusals.ModeratorIsOfTheTeam)


class TestAssigning:
    def test_gives_it_to_a_moderator_and_to_nobody_else(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()), m.assign())
        assert completed(story).moderations[b.MODERATION_ID].requested.moderator == b.MODERATOR
        story.when(b.moderate(moderator=b.OTHER_MODERATOR)).refused(refusals.ModeratorNotAssigned)

    def test_twice_changes_nothing_and_to_another_passes_it_on(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()), m.assign())
        story.when(m.assign()).then_nothing_happened()
        [event] = story.when(m.assign(moderator=b.OTHER_MODERATOR)).then_events()
        assert completed(story.given(event)).moderations[b.MODERATION_ID].requested.moderator == b.OTHER_MODERATOR

    def test_of_one_that_was_begun_or_done_is_refused(self) -> None:
        begun = graded()
        begun.when(m.assign(moderator=b.OTHER_MODERATOR)).refused(moderation_refusals.BlindGradesGiven)
        done = after(b.allocate(), b.complete(moderation=b.selection()), b.moderate())
        done.when(m.assign(moderator=b.OTHER_MODERATOR)).refused(refusals.ModerationAlreadyDone)

    def test_to_somebody_of_the_team_or_the_auditor_is_refused(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        story.when(m.assign(moderator_teams=frozenset({b.TEAM}))).refused(refusals.ModeratorIsOfTheTeam)
        story.when(m.assign(moderator=b.AUDITOR)).refused(refusals.ModeratorIsTheAuditor)
        story.when(m.assign(moderation_id=m.SECOND)).refused(refusals.ModerationNotRequested)


class TestMoreThanOne:
    second = b.request_moderation(
        at=b.MODERATED_AT, most=2, selection=b.selection(moderation_id=m.SECOND, moderator=b.OTHER_MODERATOR)
    )

    def test_a_second_one_is_another_moderators_and_its_grade_stands(self) -> None:
        done = b.moderate(
            at=m.SETTLED_AT,
            by=Actor(role="moderator", reference=b.OTHER_MODERATOR),
            moderation_id=m.SECOND,
            moderator=b.OTHER_MODERATOR,
            overall_grade=Grade.OUTSTANDING,
        )
        story = after(b.allocate(), b.complete(moderation=b.selection()), b.moderate(), self.second, done)
        state = completed(story)
        assert (state.standing_grade, state.decided_by) == (Grade.OUTSTANDING, Decider.SECOND_MODERATOR)

    def test_the_first_moderator_again_is_refused(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()), b.moderate())
        again = b.request_moderation(selection=b.selection(moderation_id=m.SECOND, moderator=b.MODERATOR))
        story.when(again).refused(moderation_refusals.ModeratedItBefore)
        asked = story.given(
            *story.when(b.request_moderation(selection=b.selection(moderation_id=m.SECOND))).then_events()
        )
        asked.when(b.moderate(moderation_id=m.SECOND)).refused(moderation_refusals.ModeratedItBefore)
        asked.when(m.assign(moderation_id=m.SECOND)).refused(moderation_refusals.ModeratedItBefore)

    def test_where_the_policy_allows_one_a_second_is_refused(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()), b.moderate())
        one = b.request_moderation(most=1, selection=b.selection(moderation_id=m.SECOND))
        story.when(one).refused(moderation_refusals.NoFurtherModeration)

    def test_before_completion_it_cannot_have_happened(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        story.when(b.moderate(at=b.ALLOCATED_AT)).refused(moderation_refusals.HappenedBeforeCompletion)


class TestPanel:
    def test_of_moderators_sits_under_a_chair_and_its_grade_is_the_panels(self) -> None:
        panel = b.moderate(moderator_type="panel", moderator=m.CHAIR, panel=m.panel(m.MEMBER))
        story = after(b.allocate(), b.complete(moderation=b.selection()), panel)
        assert completed(story).decided_by is Decider.PANEL

    @pytest.mark.parametrize(
        ("panel", "places"),
        [
            ((), ["panel"]),
            (m.panel(m.CHAIR), ["panel.0", "panel"]),
            (m.panel(m.MEMBER, m.MEMBER), ["panel.1"]),
            (m.panel(b.AUDITOR), ["panel.0"]),
            (m.panel(m.MEMBER, teams=frozenset({b.TEAM})), ["panel.0"]),
            (m.panel(b.AUDITOR, m.CHAIR, m.MEMBER, m.MEMBER), ["panel.0", "panel.1", "panel.3"]),
        ],
    )
    def test_of_one_or_with_one_who_is_not_independent_is_refused_for_each_of_it(
        self, panel: tuple[object, ...], places: list[str]
    ) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        bad = b.moderate(moderator_type="panel", moderator=m.CHAIR, panel=panel)
        refused = story.when(bad).refused(refusals.ModerationInvalid)
        assert [problem.place for problem in refused.problems] == places

    def test_again_alike_changes_nothing_in_whatever_order_it_is_named(self) -> None:
        told = {"moderator_type": "panel", "moderator": m.CHAIR}
        done = b.moderate(**told, panel=m.panel(m.MEMBER, b.OTHER_MODERATOR))
        story = after(b.allocate(), b.complete(moderation=b.selection()), done)
        story.when(done).then_nothing_happened()
        story.when(b.moderate(**told, panel=m.panel(b.OTHER_MODERATOR, m.MEMBER))).then_nothing_happened()
        story.when(b.moderate(**told, panel=m.panel(m.MEMBER))).refused(refusals.ModerationAlreadyDone)

    def test_members_without_a_panel_and_impossible_meetings_are_faults(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        early = Meeting(role="team-manager", on=b.ALLOCATED_AT.date().replace(day=1))
        bad = b.moderate(panel=m.panel(m.MEMBER), meetings=(early,))
        refused = story.when(bad).refused(refusals.ModerationInvalid)
        assert {problem.place for problem in refused.problems} == {"panel", "meetings.0.on"}


def test_a_meeting_says_that_the_team_manager_was_met() -> None:
    met = Meeting(role="practitioner", on=b.MODERATED_AT.date())
    story = after(b.allocate(), b.complete(moderation=b.selection()))
    [event] = story.when(b.moderate(met_team_manager=False, meetings=(met,))).then_events()
    assert isinstance(event, ModerationDone)
    assert (event.met_team_manager, event.met_practitioner, event.meetings) == (False, True, (met,))
