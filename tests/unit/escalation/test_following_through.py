"""Appendix E, steps 4 to 6: actions, oversight, sign-off, assistant director told; and the due moment between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.escalation.domain import events
from services.escalation.domain.commands import Command
from services.escalation.domain.refusals import (
    ActionsOpen,
    AlreadyRecorded,
    MomentImpossible,
    NotIndependent,
    NotTheirs,
    OversightMissing,
    PersonNeeded,
    SecondPersonNeeded,
    StepOutOfOrder,
    UnknownAction,
)
from services.escalation.domain.states import Closed
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given, run, state_after


def test_the_team_manager_adds_an_action() -> None:
    given(*s.RAISED_PRACTICE).when(s.add_action()).then(s.was_added())


def test_the_same_action_added_twice_changes_nothing() -> None:
    given(*s.RAISED_PRACTICE, s.was_added()).when(s.add_action()).then_nothing_happened()


def test_an_action_that_says_something_else_under_the_same_reference_is_refused() -> None:
    given(*s.RAISED_PRACTICE, s.was_added()).when(s.add_action(kind="supervision")).then_refused(
        AlreadyRecorded, "was added already", way_out="an action of its own"
    )


def test_an_action_before_the_raise_is_impossible() -> None:
    given(*s.RAISED_PRACTICE).when(s.add_action(at=s.RAISED - timedelta(seconds=1))).then_refused(
        MomentImpossible, "before it was raised"
    )


def test_an_action_is_completed_once() -> None:
    given(*s.RAISED_PRACTICE, s.was_added()).when(s.complete_action()).then(s.was_completed())
    given(*s.RAISED_PRACTICE, s.was_added(), s.was_completed()).when(s.complete_action()).then_nothing_happened()


def test_an_unknown_action_is_not_completed() -> None:
    given(*s.RAISED_PRACTICE, s.was_added()).when(s.complete_action(7)).then_refused(UnknownAction, str(UUID(int=207)))


def test_an_action_is_not_completed_before_it_was_added() -> None:
    given(*s.RAISED_PRACTICE, s.was_added()).when(s.complete_action(at=s.january(14, 11))).then_refused(
        MomentImpossible, "before the action was added"
    )


def test_oversight_follows_the_actions() -> None:
    given(*s.RAISED_PRACTICE).when(s.record_oversight()).then_refused(StepOutOfOrder, "No action")
    given(*s.RAISED_PRACTICE, s.was_added()).when(s.record_oversight()).then(s.OVERSIGHT)


def test_oversight_twice_changes_nothing() -> None:
    given(*s.READY).when(s.record_oversight()).then_nothing_happened()


def test_signed_off_within_the_clock() -> None:
    given(*s.READY).when(s.sign_off()).then(s.SIGNED)


@pytest.mark.parametrize(("late", "within"), [(timedelta(0), True), (s.ONE_MICROSECOND, False)])
def test_the_clock_is_met_up_to_its_last_microsecond(late: timedelta, within: bool) -> None:
    at = s.END_OF_21 + late
    given(*s.READY).when(s.sign_off(at)).then(
        events.ActionsSignedOff(at=at, due_at=s.END_OF_21, within_clock=within, by=s.DSM)
    )


def test_whether_the_clock_was_met_goes_by_when_it_happened_and_not_by_when_it_was_recorded() -> None:
    overdue = run(s.READY, s.mark_overdue(s.january(22)))
    given(*overdue).when(s.sign_off(s.january(21, 17), recorded_at=s.january(22, 9))).then(
        events.ActionsSignedOff(at=s.january(21, 17), due_at=s.END_OF_21, within_clock=True, by=s.DSM)
    )


def test_sign_off_without_any_action_is_refused() -> None:
    given(*s.RAISED_PRACTICE).when(s.sign_off()).then_refused(
        StepOutOfOrder, "Missing: actions on the child's file, management oversight.", way_out="in this order"
    )


def test_sign_off_too_early_names_everything_that_is_missing() -> None:
    history = (*s.RAISED_PRACTICE, s.was_added(1))
    given(*history).when(s.sign_off()).then_refused(
        StepOutOfOrder, "Missing: completion of each action, management oversight.", way_out="in this order"
    )


def test_sign_off_with_an_open_action_is_refused_and_names_it() -> None:
    history = (*s.RAISED_PRACTICE, s.was_added(1), s.was_completed(1), s.was_added(2), s.OVERSIGHT)
    refusal = given(*history).when(s.sign_off()).then_refused(ActionsOpen, "1 action is not completed")
    assert isinstance(refusal, ActionsOpen)
    assert refusal.open_actions == (UUID(int=202),)


def test_sign_off_with_two_open_actions_says_so() -> None:
    history = (*s.RAISED_PRACTICE, s.was_added(1), s.was_added(2), s.OVERSIGHT)
    given(*history).when(s.sign_off()).then_refused(ActionsOpen, "2 actions are not completed")


def test_sign_off_without_oversight_is_refused() -> None:
    given(*s.READY[:-1]).when(s.sign_off()).then_refused(OversightMissing, "oversight")


def test_who_raised_it_does_not_sign_it_off() -> None:
    history = (s.OPENED, s.was_raised(by=s.DSM), *s.READY[2:])
    given(*history).when(s.sign_off()).then_refused(NotIndependent, "raised")
    given(*history).when(s.sign_off(actor=s.OTHER_DSM)).then(
        events.ActionsSignedOff(at=s.january(15, 16), due_at=s.END_OF_21, within_clock=True, by=s.OTHER_DSM)
    )


@pytest.mark.parametrize("reference", [None, UUID(int=0)])
@pytest.mark.parametrize(
    ("history", "step"),
    [
        ((s.OPENED,), s.raise_()),
        (s.RAISED_PRACTICE, s.reclassify(s.SAFEGUARDING)),
        ((*s.RAISED_PRACTICE, s.was_added()), s.complete_action()),
        (s.READY, s.sign_off()),
    ],
    ids=["raise", "reclassify", "complete an action", "sign off"],
)
def test_nobody_in_particular_takes_no_step_that_is_checked_for_who_took_it(
    history: tuple[events.Event, ...], step: Command, reference: UUID | None
) -> None:
    nobody = replace(step, actor=step.actor.model_copy(update={"reference": reference}))
    given(*history).when(nobody).then_refused(PersonNeeded, "must be known", way_out="a token of your own")


def test_nobody_in_particular_is_no_second_person() -> None:
    nobody = s.DSM.model_copy(update={"reference": UUID(int=0)})
    given(*s.RAISED_SAFEGUARDING).when(
        s.reclassify(s.PRACTICE, s.january(15), actor=s.OTHER_DSM, second=nobody)
    ).then_refused(SecondPersonNeeded, "second person")


def test_who_did_an_action_does_not_sign_it_off() -> None:
    history = (*s.RAISED_PRACTICE, s.was_added(), s.was_completed(by=s.DSM), s.OVERSIGHT)
    given(*history).when(s.sign_off()).then_refused(NotIndependent, "did an action")


@pytest.mark.parametrize("scope", [("north/riverside",), ("north",), ("*",), ("south", "north/riverside")])
def test_the_service_manager_of_the_district_signs_off(scope: tuple[str, ...]) -> None:
    given(*s.READY).when(s.sign_off(scope=scope)).then(s.SIGNED)


@pytest.mark.parametrize("scope", [(), ("north/river",), ("south",), ("north/riverside/riverside-assessment",)])
def test_nobody_elses_service_manager_signs_off(scope: tuple[str, ...]) -> None:
    given(*s.READY).when(s.sign_off(scope=scope)).then_refused(NotTheirs, "north/riverside")


def test_no_other_role_signs_off() -> None:
    given(*s.READY).when(s.sign_off(actor=s.QA_MANAGER)).then_refused(
        NotTheirs, "qa-manager", way_out="service-manager"
    )


def test_sign_off_cannot_have_happened_before_the_last_action_and_the_oversight() -> None:
    given(*s.READY).when(s.sign_off(s.january(15, 11, 30))).then_refused(MomentImpossible, "last action")


def test_signing_off_twice_changes_nothing() -> None:
    given(*s.SIGNED_OFF).when(s.sign_off()).then_nothing_happened()


def test_closed_when_the_assistant_director_was_told() -> None:
    given(*s.SIGNED_OFF).when(s.close()).then(s.CLOSED[-1])
    state = state_after(*s.CLOSED)
    assert isinstance(state, Closed)
    assert state.closed_at == s.january(15, 17)


def test_closing_twice_changes_nothing() -> None:
    given(*s.CLOSED).when(s.close()).then_nothing_happened()


def test_closing_before_the_sign_off_says_everything_that_is_missing() -> None:
    given(*s.RAISED_PRACTICE).when(s.close()).then_refused(
        StepOutOfOrder, "actions on the child's file, management oversight, sign-off"
    )
    given(*s.RAISED_PRACTICE, s.was_added(), s.OVERSIGHT).when(s.close()).then_refused(
        StepOutOfOrder, "Missing: completion of each action, sign-off"
    )


def test_the_assistant_director_is_not_told_before_the_sign_off_happened() -> None:
    given(*s.SIGNED_OFF).when(s.close(s.january(15, 15))).then_refused(MomentImpossible, "signed off")


def test_overdue_once_the_due_moment_is_past() -> None:
    given(*s.RAISED_PRACTICE).when(s.mark_overdue(s.END_OF_21 + s.ONE_MICROSECOND)).then(
        events.EscalationBecameOverdue(at=s.END_OF_21, due_at=s.END_OF_21)
    )


def test_overdue_however_late_it_is_noticed_dates_from_the_due_moment() -> None:
    given(*s.RAISED_PRACTICE).when(s.mark_overdue(s.january(31))).then(
        events.EscalationBecameOverdue(at=s.END_OF_21, due_at=s.END_OF_21)
    )


def test_not_overdue_at_the_due_moment_itself() -> None:
    given(*s.RAISED_PRACTICE).when(s.mark_overdue(s.END_OF_21)).then_nothing_happened()


def test_overdue_only_once() -> None:
    history = run(s.RAISED_PRACTICE, s.mark_overdue(s.january(22)))
    given(*history).when(s.mark_overdue(s.january(23))).then_nothing_happened()


@pytest.mark.parametrize("history", [(), (s.OPENED,), s.NOT_REQUIRED, s.SIGNED_OFF, s.CLOSED])
def test_never_overdue_unless_raised_and_not_signed_off(history: tuple[events.Event, ...]) -> None:
    given(*history).when(s.mark_overdue(s.january(31))).then_nothing_happened()


def test_nobody_marks_it_overdue_by_hand() -> None:
    by_hand = type(s.mark_overdue(s.january(22)))(happened_at=s.END_OF_21, recorded_at=s.january(22), actor=s.DSM)
    given(*s.RAISED_PRACTICE).when(by_hand).then_refused(NotTheirs, way_out="the service itself")


def test_raised_again_after_closing_it_has_a_clock_of_its_own() -> None:
    history = run(s.CLOSED, s.consider(s.cause(2, s.SAFEGUARDING), at=s.january(14, 9, 30)), s.raise_())
    state = state_after(*history)
    assert not isinstance(state, Closed)
    given(*history).when(s.mark_overdue(s.january(16), s.END_OF_15)).then(
        events.EscalationBecameOverdue(at=s.END_OF_15, due_at=s.END_OF_15)
    )
