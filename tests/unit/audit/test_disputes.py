"""Disputes and reflective notes, command by command: it works, it is refused, it is repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.audit.domain import refusals
from services.audit.domain.moderation import refusals as moderation_refusals
from services.audit.domain.moderation.events import (
    DisputeSettled,
    ModerationDisputed,
    ModerationDone,
    ModerationRequested,
    ReflectiveNoteRecorded,
)
from services.audit.domain.moderation.words import Decider, DisputeOutcome
from services.audit.domain.words import Actor, Grade, SealedText
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m
from tests.unit.audit.stories import AuditSpec, after, completed

PANEL_DECIDES = m.terms(decided_by=Decider.PANEL)
ONE_APART = b.moderate(overall_grade=Grade.REQUIRES_IMPROVEMENT, terms=m.terms())
TWO_APART = b.moderate(overall_grade=Grade.INADEQUATE, terms=m.terms())


def moderated() -> AuditSpec:
    return after(b.allocate(), b.complete(moderation=b.selection()), ONE_APART)


def apart() -> AuditSpec:
    return after(b.allocate(), b.complete(moderation=b.selection()), TWO_APART)


def before_a_panel() -> AuditSpec:
    return after(b.allocate(), b.complete(moderation=b.selection()), ONE_APART, m.dispute(terms=PANEL_DECIDES))


class TestTwoGradesApart:
    def test_opens_a_dispute_and_asks_for_a_second_moderation(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        done, opened, asked = story.when(TWO_APART).then_events()
        assert isinstance(done, ModerationDone)
        assert isinstance(opened, ModerationDisputed)
        assert (opened.reason, opened.disputed_grade) == ("two-grades-apart", Grade.INADEQUATE)
        assert (opened.by.role, opened.by.reference) == ("service", None)
        assert isinstance(asked, ModerationRequested)
        assert (asked.moderation_id, asked.dispute_id, asked.selected_because) == (
            m.SECOND,
            m.DISPUTE,
            "two-grades-apart",
        )

    def test_repeated_changes_nothing(self) -> None:
        apart().when(TWO_APART).then_nothing_happened()

    def test_is_as_many_grades_as_the_authority_says(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        never = b.moderate(terms=m.terms(second_at_distance=None))
        assert len(story.when(never).then_events()) == 1
        three = b.moderate(terms=m.terms(second_at_distance=3))
        assert len(story.when(three).then_events()) == 1
        one = b.moderate(overall_grade=Grade.REQUIRES_IMPROVEMENT, terms=m.terms(second_at_distance=1))
        assert len(story.when(one).then_events()) == 3
        assert len(story.when(ONE_APART).then_events()) == 1

    def test_before_a_panel_asks_for_no_moderation(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()))
        assert len(story.when(b.moderate(terms=PANEL_DECIDES)).then_events()) == 2

    def test_opens_none_where_nothing_is_graded(self) -> None:
        story = after(
            b.allocate(), b.complete(outcome=b.outcome(overall_grade=Grade.INADEQUATE), moderation=b.selection())
        )
        assert len(story.when(TWO_APART).then_events()) == 1


class TestSecondModeration:
    def test_settles_the_dispute_and_its_grade_stands(self) -> None:
        done, settled = apart().when(m.second()).then_events()
        assert isinstance(done, ModerationDone)
        assert isinstance(settled, DisputeSettled)
        assert (settled.outcome, settled.decided_by) == (DisputeOutcome.CHANGED, Decider.SECOND_MODERATOR)
        assert (settled.grade_before, settled.standing_grade) == (Grade.INADEQUATE, Grade.REQUIRES_IMPROVEMENT)
        state = completed(apart().given(done, settled))
        assert (state.standing_grade, state.decided_by) == (Grade.REQUIRES_IMPROVEMENT, Decider.SECOND_MODERATOR)
        assert (state.open_dispute, state.open_moderation) == (None, None)

    def test_of_the_same_grade_upholds_it(self) -> None:
        _, settled = apart().when(m.second(overall_grade=Grade.INADEQUATE)).then_events()
        assert isinstance(settled, DisputeSettled)
        assert settled.outcome is DisputeOutcome.UPHELD

    def test_is_final_however_far_from_the_auditor_and_repeated_changes_nothing(self) -> None:
        story = apart().given(*apart().when(m.second(overall_grade=Grade.INADEQUATE)).then_events())
        story.when(m.second(overall_grade=Grade.INADEQUATE)).then_nothing_happened()
        third = b.request_moderation(at=m.SETTLED_AT, selection=b.selection(moderation_id=b.RECOMMENDATION_ID))
        story.when(third).refused(moderation_refusals.DecisionIsFinal)
        story.when(m.dispute(at=m.SETTLED_AT)).refused(moderation_refusals.DecisionIsFinal)

    def test_by_the_first_moderator_the_auditor_or_the_team_is_refused(self) -> None:
        apart().when(m.second(moderator=b.MODERATOR)).refused(moderation_refusals.ModeratedItBefore)
        apart().when(m.second(moderator=b.AUDITOR)).refused(refusals.ModeratorIsTheAuditor)
        team = m.second(moderator_teams=frozenset({b.TEAM}))
        apart().when(team).refused(refusals.ModeratorIsOfTheTeam)
        first_again = m.second(moderator_type="panel", panel=m.panel(b.MODERATOR))
        refused = apart().when(first_again).refused(refusals.ModerationInvalid)
        assert [problem.place for problem in refused.problems] == ["panel.0"]

    def test_while_it_waits_no_other_moderation_is_asked_for(self) -> None:
        other = b.request_moderation(selection=b.selection(moderation_id=b.RECOMMENDATION_ID))
        apart().when(other).refused(refusals.ModerationAlreadyRequested)


class TestDispute:
    def test_by_the_manager_asks_for_a_second_moderation(self) -> None:
        opened, asked = moderated().when(m.dispute()).then_events()
        assert isinstance(opened, ModerationDisputed)
        assert (opened.reason, opened.by, opened.disputed_grade) == (
            "evidence",
            m.BY_MANAGER,
            Grade.REQUIRES_IMPROVEMENT,
        )
        assert isinstance(asked, ModerationRequested)
        assert (asked.selected_because, asked.due_on.isoformat()) == ("disputed", "2026-01-03")

    def test_repeated_changes_nothing_and_otherwise_is_refused(self) -> None:
        story = moderated().given(*moderated().when(m.dispute()).then_events())
        story.when(m.dispute()).then_nothing_happened()
        story.when(m.dispute(text=None)).then_nothing_happened()
        story.when(m.dispute(text=SealedText("s1.other"))).refused(moderation_refusals.DisputeIsOpen)
        story.when(m.dispute(reason="fairness")).refused(moderation_refusals.DisputeIsOpen)

    def test_of_an_audit_that_nobody_moderated_is_refused(self) -> None:
        after(b.allocate(), b.complete()).when(m.dispute()).refused(moderation_refusals.NothingToDispute)
        waiting = after(b.allocate(), b.complete(moderation=b.selection()))
        waiting.when(m.dispute()).refused(moderation_refusals.NothingToDispute)
        after(b.allocate()).when(m.dispute()).refused(refusals.AuditNotCompleted)

    def test_while_another_moderation_is_under_way_is_refused(self) -> None:
        more = b.request_moderation(at=b.MODERATED_AT, selection=b.selection(moderation_id=m.SECOND))
        story = moderated().given(*moderated().when(more).then_events())
        story.when(m.dispute()).refused(moderation_refusals.ModerationUnderWay)

    @pytest.mark.parametrize(("days", "late"), [(0, False), (28, False), (29, True)])
    def test_is_possible_within_the_days_and_not_after(self, days: int, late: bool) -> None:
        command = m.dispute(at=b.MODERATED_AT + timedelta(days=days))
        if late:
            moderated().when(command).refused(moderation_refusals.DisputeTooLate)
        else:
            assert len(moderated().when(command).then_events()) == 2

    def test_before_the_moderation_cannot_have_been(self) -> None:
        early = m.dispute(at=b.MODERATED_AT - timedelta(hours=1))
        moderated().when(early).refused(moderation_refusals.NothingToDispute)

    def test_is_decided_by_nobody_who_disputed(self) -> None:
        story = moderated().given(*moderated().when(m.dispute()).then_events())
        story.when(m.second(moderator=m.MANAGER)).refused(moderation_refusals.PartyToTheDispute)

    def test_of_a_withdrawn_audit_lapses(self) -> None:
        story = after(b.allocate(), b.complete(moderation=b.selection()), TWO_APART, b.withdraw(at=m.DISPUTED_AT))
        story.when(m.second()).refused(refusals.AuditIsWithdrawn)
        story.when(m.settle(outcome=DisputeOutcome.NOTED, standing_grade=None)).refused(refusals.AuditIsWithdrawn)


class TestPanelDecision:
    def test_changes_the_grade_and_it_is_the_panels(self) -> None:
        [event] = before_a_panel().when(m.settle()).then_events()
        assert isinstance(event, DisputeSettled)
        assert (event.outcome, event.panel) == (DisputeOutcome.CHANGED, (m.CHAIR, m.MEMBER))
        state = completed(before_a_panel().given(event))
        assert (state.standing_grade, state.decided_by) == (Grade.GOOD, Decider.PANEL)

    def test_upholds_it_and_it_is_the_panels_from_now_on(self) -> None:
        command = m.settle(outcome=DisputeOutcome.UPHELD, standing_grade=None)
        state = completed(before_a_panel().given(*before_a_panel().when(command).then_events()))
        assert (state.standing_grade, state.decided_by) == (Grade.REQUIRES_IMPROVEMENT, Decider.PANEL)

    def test_repeated_changes_nothing_and_otherwise_is_refused(self) -> None:
        story = before_a_panel().given(*before_a_panel().when(m.settle()).then_events())
        story.when(m.settle()).then_nothing_happened()
        story.when(m.settle(text=None)).then_nothing_happened()
        story.when(m.settle(text=SealedText("s1.other"))).refused(moderation_refusals.SettledWithOtherText)
        other = m.settle(standing_grade=Grade.INADEQUATE)
        story.when(other).refused(moderation_refusals.DisputeAlreadySettled)

    @pytest.mark.parametrize(
        ("panel", "places"),
        [
            (m.panel(m.CHAIR, b.MODERATOR), ["panel.1"]),
            (m.panel(b.AUDITOR, m.CHAIR), ["panel.0"]),
            ((*m.panel(m.CHAIR, teams=frozenset({b.TEAM})), *m.panel(m.MEMBER)), ["panel.0"]),
            (m.panel(m.CHAIR, m.MANAGER), ["panel.1"]),
            (
                m.panel(b.AUDITOR, m.CHAIR, m.MANAGER, m.CHAIR, b.MODERATOR),
                ["panel.0", "panel.2", "panel.3", "panel.4"],
            ),
            (m.panel(m.CHAIR), ["panel"]),
            (m.panel(m.CHAIR, m.CHAIR), ["panel.1", "panel"]),
            (m.panel(b.AUDITOR, teams=frozenset({b.TEAM})), ["panel.0", "panel.0", "panel"]),
        ],
    )
    def test_of_a_panel_that_is_not_independent_or_not_two_is_refused_for_each_of_it(
        self, panel: tuple[object, ...], places: list[str]
    ) -> None:
        refused = before_a_panel().when(m.settle(panel=panel)).refused(moderation_refusals.SettlementInvalid)
        assert [problem.place for problem in refused.problems] == places

    def test_every_fault_is_listed_at_once(self) -> None:
        refused = (
            before_a_panel()
            .when(m.settle(standing_grade=None, panel=()))
            .refused(moderation_refusals.SettlementInvalid)
        )
        assert {problem.place for problem in refused.problems} == {"standing_grade", "panel"}
        noted = m.settle(outcome=DisputeOutcome.NOTED, standing_grade=Grade.GOOD)
        refused = before_a_panel().when(noted).refused(moderation_refusals.SettlementInvalid)
        assert {problem.place for problem in refused.problems} == {"standing_grade", "panel"}
        same = m.settle(outcome=DisputeOutcome.UPHELD, standing_grade=Grade.OUTSTANDING)
        before_a_panel().when(same).refused(moderation_refusals.SettlementInvalid)

    def test_of_what_a_second_moderator_decides_is_refused(self) -> None:
        apart().when(m.settle()).refused(moderation_refusals.SettledByModeration)

    def test_who_decides_is_said_before_what_is_wrong_with_a_panel(self) -> None:
        for panel in ((), m.panel(b.MODERATOR, b.AUDITOR)):
            faulty = m.settle(standing_grade=None, panel=panel)
            apart().when(faulty).refused(moderation_refusals.SettledByModeration)

    def test_of_a_settled_dispute_is_refused_as_settled_whoever_sits_on_the_panel(self) -> None:
        settled = apart().given(*apart().when(m.second()).then_events())
        settled.when(m.settle(panel=m.panel(b.AUDITOR))).refused(moderation_refusals.DisputeAlreadySettled)

    def test_of_no_such_dispute_is_refused(self) -> None:
        moderated().when(m.settle()).refused(moderation_refusals.DisputeNotFound)


class TestNoted:
    NOTED = m.settle(outcome=DisputeOutcome.NOTED, standing_grade=None, panel=())

    def test_leaves_the_grade_with_its_decider_and_ends_the_second_moderation(self) -> None:
        [event] = apart().when(self.NOTED).then_events()
        story = apart().given(event)
        state = completed(story)
        assert (state.standing_grade, state.decided_by) == (Grade.INADEQUATE, Decider.MODERATOR)
        assert (state.open_dispute, state.open_moderation) == (None, None)
        story.when(m.second()).refused(moderation_refusals.DecisionIsFinal)
        story.when(m.assign(moderation_id=m.SECOND, moderator=m.CHAIR)).refused(moderation_refusals.DecisionIsFinal)
        story.when(self.NOTED).then_nothing_happened()

    @pytest.mark.parametrize(
        ("person", "refusal"),
        [
            (b.AUDITOR, refusals.ModeratorIsTheAuditor),
            (b.MODERATOR, moderation_refusals.ModeratedItBefore),
        ],
    )
    def test_by_whose_grade_is_in_dispute_is_refused(self, person: UUID, refusal: type[refusals.Refused]) -> None:
        lead = Actor(role="qa-manager", reference=person)
        noted = m.settle(by=lead, outcome=DisputeOutcome.NOTED, standing_grade=None, panel=())
        apart().when(noted).refused(refusal)


class TestReflectiveNote:
    def test_is_recorded_and_settles_nothing(self) -> None:
        [event] = moderated().when(m.note()).then_events()
        assert event == ReflectiveNoteRecorded(
            at=m.DISPUTED_AT,
            by=m.BY_MANAGER,
            note_id=m.NOTE_ID,
            discussed_with=("moderator", "practitioner"),
            text=SealedText("s1.sealed-note"),
        )
        state = completed(moderated().given(event))
        assert (state.standing_grade, state.open_dispute) == (Grade.REQUIRES_IMPROVEMENT, None)

    def test_needs_no_moderation(self) -> None:
        assert len(after(b.allocate(), b.complete()).when(m.note()).then_events()) == 1

    def test_repeated_changes_nothing_and_otherwise_is_refused(self) -> None:
        story = moderated().given(*moderated().when(m.note()).then_events())
        story.when(m.note()).then_nothing_happened()
        story.when(m.note(text=None)).then_nothing_happened()
        story.when(m.note(text=SealedText("s1.other"))).refused(moderation_refusals.NoteRecordedOtherwise)
        story.when(m.note(discussed_with=())).refused(moderation_refusals.NoteRecordedOtherwise)

    def test_before_completion_is_refused(self) -> None:
        after(b.allocate()).when(m.note()).refused(refusals.AuditNotCompleted)
        early = m.note(at=datetime(2025, 11, 19, 9, tzinfo=UTC))
        moderated().when(early).refused(moderation_refusals.HappenedBeforeCompletion)


def test_who_moderates_twice_under_another_role_is_the_same_person() -> None:
    by = Actor(role="service-manager", reference=b.MODERATOR)
    apart().when(m.second(by=by, moderator=b.MODERATOR)).refused(moderation_refusals.ModeratedItBefore)
