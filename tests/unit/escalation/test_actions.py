"""Actions with an owner: withdrawn with a reason, and who did one or was to do it does not sign off; cover."""

from __future__ import annotations

from dataclasses import replace

from services.escalation.domain import commands, events
from services.escalation.domain.events import Event
from services.escalation.domain.model import Actor
from services.escalation.domain.refusals import (
    ActionsOpen,
    AlreadyRecorded,
    MomentImpossible,
    NotIndependent,
    NotTheirs,
    StepOutOfOrder,
    UnknownAction,
)
from services.escalation.domain.states import SignedOff
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given, run, state_after

ADDED: tuple[Event, ...] = (*s.RAISED_PRACTICE, s.was_added())


def withdraw_action(
    number: int = 1, *, reason: str = "no-longer-needed", actor: Actor = s.TEAM_MANAGER, hour: int = 11
) -> commands.WithdrawAction:
    at = s.january(15, hour)
    action_id = s.add_action(number).action_id
    return commands.WithdrawAction(happened_at=at, recorded_at=at, actor=actor, action_id=action_id, reason=reason)


def was_withdrawn(number: int = 1) -> events.ActionWithdrawn:
    return events.ActionWithdrawn(
        at=s.january(15, 11),
        action_id=s.add_action(number).action_id,
        reason="no-longer-needed",
        by=s.TEAM_MANAGER,
    )


def test_an_action_is_withdrawn_once_with_its_reason() -> None:
    given(*ADDED).when(withdraw_action()).then(was_withdrawn())
    given(*ADDED, was_withdrawn()).when(withdraw_action()).then_nothing_happened()
    given(*ADDED, was_withdrawn()).when(withdraw_action(reason="another")).then_refused(
        AlreadyRecorded, "was withdrawn (no-longer-needed) already", way_out="an action of its own"
    )


def test_what_is_completed_is_not_withdrawn_and_what_is_withdrawn_not_completed() -> None:
    given(*ADDED, s.was_completed()).when(withdraw_action()).then_refused(StepOutOfOrder, "already completed")
    given(*ADDED, was_withdrawn()).when(s.complete_action(at=s.january(15, 12))).then_refused(
        StepOutOfOrder, "was withdrawn", way_out="an action of its own"
    )


def test_an_unknown_action_is_not_withdrawn_nor_one_before_it_was_added_nor_by_another_role() -> None:
    given(*ADDED).when(withdraw_action(9)).then_refused(UnknownAction)
    early = replace(withdraw_action(), happened_at=s.january(14, 11))
    given(*ADDED).when(early).then_refused(MomentImpossible, "the action was added")
    given(*ADDED).when(withdraw_action(actor=s.QA)).then_refused(NotTheirs)
    given(*s.CLOSED).when(withdraw_action()).then_refused(StepOutOfOrder, "closed")


def test_sign_off_needs_every_action_completed_or_withdrawn() -> None:
    two = (*ADDED, s.was_added(2), s.was_completed(1), s.OVERSIGHT)
    given(*two).when(s.sign_off()).then_refused(ActionsOpen, "1 action", way_out="or withdrawn with a reason")
    given(*two, was_withdrawn(2)).when(s.sign_off()).then(s.SIGNED)


def test_who_was_to_do_a_completed_action_does_not_sign_it_off() -> None:
    owned = s.was_added().model_copy(update={"owner": s.DSM})
    history = (*s.RAISED_PRACTICE, owned, s.was_completed(), s.OVERSIGHT)
    given(*history).when(s.sign_off()).then_refused(NotIndependent, "did an action")
    given(*history).when(s.sign_off(actor=s.OTHER_DSM)).then(s.SIGNED.model_copy(update={"by": s.OTHER_DSM}))


def test_a_named_cover_records_the_oversight_and_signs_off_for_whom_they_stand_in() -> None:
    elsewhere = ("north/hillside",)
    oversight = replace(s.record_oversight(), actor=s.OTHER_DSM, scope=elsewhere)
    history = (*ADDED, s.was_completed())
    given(*history).when(oversight).then_refused(NotTheirs, "north/riverside", way_out="cover")
    covered = replace(oversight, covering=s.DSM)
    recorded = events.OversightRecorded(at=s.january(15, 12), by=s.OTHER_DSM, covering=s.DSM)
    given(*history).when(covered).then(recorded)
    signing = s.sign_off(actor=s.OTHER_DSM, scope=elsewhere)
    given(*history, recorded).when(signing).then_refused(NotTheirs, "north/riverside")
    signed = run((*history, recorded), replace(signing, covering=s.DSM))
    state = state_after(*signed)
    assert isinstance(state, SignedOff)
    assert (state.signed_off_by, state.covering) == (s.OTHER_DSM, s.DSM)


def test_a_cover_who_raised_it_does_not_sign_it_off_either() -> None:
    history = (s.OPENED, s.was_raised(by=s.OTHER_DSM), *s.READY[2:])
    cover = replace(s.sign_off(actor=s.OTHER_DSM, scope=("south",)), covering=s.DSM)
    given(*history).when(cover).then_refused(NotIndependent, "raised")


def test_oversight_is_for_the_districts_service_manager() -> None:
    given(*ADDED).when(replace(s.record_oversight(), scope=("south",))).then_refused(NotTheirs, "oversight")
