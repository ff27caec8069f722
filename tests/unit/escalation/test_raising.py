"""Appendix E, step 2 to 3: raised against the clock, and reclassified from the original raise."""

from __future__ import annotations

from datetime import timedelta

from services.escalation.domain import events
from services.escalation.domain.model import Actor
from services.escalation.domain.refusals import (
    AlreadyRecorded,
    MomentImpossible,
    NotTheirs,
    SecondPersonNeeded,
    StepOutOfOrder,
)
from services.escalation.domain.states import Raised
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given, run, state_after


def raised_after(*history: events.Event) -> Raised:
    state = state_after(*history)
    assert isinstance(state, Raised)
    return state


def test_raised_in_the_category_of_its_causes() -> None:
    given(s.OPENED).when(s.raise_()).then(s.was_raised())
    given(s.OPENED_SAFEGUARDING).when(s.raise_()).then(s.was_raised(s.SAFEGUARDING))


def test_each_category_has_its_clock() -> None:
    assert raised_after(*s.RAISED_PRACTICE).clock.due_at == s.END_OF_21
    assert raised_after(*s.RAISED_SAFEGUARDING).clock.due_at == s.END_OF_15


def test_whoever_raises_may_lift_it_to_safeguarding() -> None:
    given(s.OPENED).when(s.raise_(category=s.SAFEGUARDING)).then(s.was_raised(s.SAFEGUARDING))


def test_whoever_raises_may_not_lower_a_safeguarding_concern() -> None:
    given(s.OPENED_SAFEGUARDING).when(s.raise_(category=s.PRACTICE)).then_refused(
        SecondPersonNeeded, "safeguarding cause", way_out="second person"
    )


def test_raising_twice_changes_nothing() -> None:
    given(*s.RAISED_PRACTICE).when(s.raise_()).then_nothing_happened()
    given(*s.RAISED_SAFEGUARDING).when(s.raise_(category=s.SAFEGUARDING)).then_nothing_happened()


def test_raising_again_in_another_category_is_not_swallowed() -> None:
    given(*s.RAISED_PRACTICE).when(s.raise_(category=s.SAFEGUARDING)).then_refused(
        AlreadyRecorded, "escalated as a practice concern already", way_out="Reclassify"
    )


def test_raised_before_the_concern_is_impossible() -> None:
    given(s.OPENED).when(s.raise_(s.CONSIDERED - timedelta(seconds=1))).then_refused(MomentImpossible, "before")


def test_raised_in_the_future_is_impossible() -> None:
    given(s.OPENED).when(s.raise_(s.january(15), recorded_at=s.january(14))).then_refused(MomentImpossible, "future")


def test_a_team_manager_does_not_raise() -> None:
    given(s.OPENED).when(s.raise_(actor=s.TEAM_MANAGER)).then_refused(NotTheirs, "team-manager", way_out="qa-officer")


def test_practice_that_turns_out_to_be_safeguarding_keeps_the_original_raise() -> None:
    given(*s.RAISED_PRACTICE).when(s.reclassify(s.SAFEGUARDING)).then(
        events.EscalationReclassified(
            at=s.january(16), category=s.SAFEGUARDING, from_category=s.PRACTICE, reason="new-information", by=s.DSM
        )
    )
    state = raised_after(*run(s.RAISED_PRACTICE, s.reclassify(s.SAFEGUARDING)))
    assert state.raised_at == s.RAISED
    assert state.clock.due_at == s.END_OF_15, "already past on the day it was reclassified"


def test_reclassified_past_its_due_moment_it_can_be_marked_overdue_at_once() -> None:
    history = run(s.RAISED_PRACTICE, s.reclassify(s.SAFEGUARDING))
    given(*history).when(s.mark_overdue(s.january(16, 10, 1), s.END_OF_15)).then(
        events.EscalationBecameOverdue(at=s.END_OF_15, due_at=s.END_OF_15)
    )


def test_reclassifying_to_the_category_it_was_raised_in_is_not_swallowed() -> None:
    given(*s.RAISED_PRACTICE).when(s.reclassify(s.PRACTICE)).then_refused(
        AlreadyRecorded, "escalated as a practice concern already, on 14 January 2026 at 10:00, by the QA officer"
    )


def test_safeguarding_is_not_lowered_by_one_person() -> None:
    given(*s.RAISED_SAFEGUARDING).when(s.reclassify(s.PRACTICE)).then_refused(
        SecondPersonNeeded, "second person", way_out="Name the second person"
    )


def test_nobody_is_their_own_second_person() -> None:
    given(*s.RAISED_SAFEGUARDING).when(s.reclassify(s.PRACTICE, second=s.DSM)).then_refused(SecondPersonNeeded)
    unnamed = Actor(role="qa-manager")
    given(*s.RAISED_SAFEGUARDING).when(s.reclassify(s.PRACTICE, second=unnamed)).then_refused(SecondPersonNeeded)


def test_two_people_may_lower_it_and_the_clock_still_runs_from_the_raise() -> None:
    overdue = run(s.RAISED_SAFEGUARDING, s.mark_overdue(s.january(16), s.END_OF_15))
    state = raised_after(*run(overdue, s.reclassify(s.PRACTICE, second=s.QA_MANAGER)))
    assert state.category is s.PRACTICE
    assert state.clock.due_at == s.END_OF_21
    assert state.overdue_since is None


def test_a_new_safeguarding_cause_lifts_again_what_two_people_had_lowered() -> None:
    history = run(s.RAISED_SAFEGUARDING, s.reclassify(s.PRACTICE, second=s.QA_MANAGER))
    state = raised_after(*run(history, s.consider(s.cause(9, s.SAFEGUARDING), at=s.january(17))))
    assert state.clock.due_at == s.END_OF_15


def test_reclassifying_needs_a_raise() -> None:
    given(s.OPENED).when(s.reclassify(s.SAFEGUARDING)).then_refused(StepOutOfOrder, "not been escalated yet")
    given(*s.CLOSED).when(s.reclassify(s.SAFEGUARDING)).then_refused(StepOutOfOrder, "closed")


def test_each_clock_of_its_life_has_its_number() -> None:
    assert raised_after(*s.RAISED_PRACTICE).facts.clock_number == 1
    assert raised_after(*run(s.RAISED_PRACTICE, s.reclassify(s.SAFEGUARDING))).facts.clock_number == 2
