"""Appendix E, steps 1, 3 and 4 to the letter: discussed before the decision, copied and discussed before the actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.escalation.domain import commands, events
from services.escalation.domain.commands import Command
from services.escalation.domain.events import Event
from services.escalation.domain.model import EVERY_STEP, Actor, RequiredStep
from services.escalation.domain.refusals import (
    MomentImpossible,
    NothingToConsider,
    NotTheirs,
    OwnerMissing,
    StepOutOfOrder,
    ToldMissing,
    UnknownAction,
)
from services.escalation.domain.states import Closed, NotRequired, Raised
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given, run, state_after


def asked(command: Command, steps: tuple[RequiredStep, ...] = EVERY_STEP) -> Command:
    """Return a command as an authority asks for these steps to be recorded."""
    assert isinstance(command, commands.Consider | commands.RaiseEscalation | commands.Reopen)
    return replace(command, steps_required=steps)


CONSIDERED = asked(s.consider(s.cause(1)))
RAISE = asked(s.raise_())
ROAD: tuple[Command, ...] = (
    CONSIDERED,
    s.discuss(),
    RAISE,
    s.send_copy(),
    s.discuss_actions(),
    s.add_action(),
    s.complete_action(),
    s.record_oversight(),
    s.sign_off(),
    s.close(),
)
"""Appendix E from the trigger to the assistant director told."""


def after(steps: int) -> tuple[Event, ...]:
    return tuple(run([], *ROAD[:steps]))


def test_the_whole_road_leads_to_closed() -> None:
    assert isinstance(state_after(*after(len(ROAD))), Closed)


@pytest.mark.parametrize("left_out", range(1, len(ROAD) - 1))
def test_no_step_of_the_road_can_be_left_out(left_out: int) -> None:
    """Whichever one is not taken, a later one is refused, or waits for it."""
    road = [command for number, command in enumerate(ROAD) if number != left_out]
    with pytest.raises((StepOutOfOrder, UnknownAction)):
        run([], *road)


def test_a_decision_without_the_discussion_is_refused_either_way() -> None:
    for decision in (RAISE, s.not_required()):
        given(*after(1)).when(decision).then_refused(
            StepOutOfOrder, "Missing: the discussion with practitioner or manager", way_out="Record it first"
        )


def test_where_the_authority_does_not_ask_for_the_discussion_it_is_decided_without() -> None:
    history = run([], asked(s.consider(s.cause(1)), ()), s.not_required())
    assert isinstance(state_after(*history), NotRequired)


def test_a_discussion_is_recorded_once_and_each_further_one_beside_it() -> None:
    given(*after(1)).when(s.discuss()).then(
        events.DiscussionRecorded(at=s.january(14, 9, 30), with_whom=("practitioner", "team-manager"), by=s.AUDITOR)
    )
    given(*after(2)).when(s.discuss()).then_nothing_happened()
    for whom in ("practitioner", "service-manager"):
        given(*after(2)).when(s.discuss(s.january(14, 9, 45), whom)).then(
            events.DiscussionRecorded(at=s.january(14, 9, 45), with_whom=(whom,), by=s.AUDITOR)
        )
    given(*after(2)).when(s.discuss(actor=s.QA)).then(
        events.DiscussionRecorded(at=s.january(14, 9, 30), with_whom=("practitioner", "team-manager"), by=s.QA)
    )


def test_it_may_have_been_discussed_before_the_concern_was_flagged_but_not_tomorrow() -> None:
    given(*after(1)).when(s.discuss(s.january(13))).then(
        events.DiscussionRecorded(at=s.january(13), with_whom=("practitioner", "team-manager"), by=s.AUDITOR)
    )
    tomorrow = replace(s.discuss(s.january(15)), recorded_at=s.january(14))
    given(*after(1)).when(tomorrow).then_refused(MomentImpossible, "future")


def test_it_is_not_decided_before_it_was_discussed() -> None:
    given(*after(2)).when(asked(s.raise_(s.january(14, 9, 15)))).then_refused(MomentImpossible, "it was discussed")


def test_a_discussion_is_nobody_elses() -> None:
    given(*after(1)).when(s.discuss(actor=Actor(role="director", reference=UUID(int=50)))).then_refused(NotTheirs)


@pytest.mark.parametrize("history", [(), after(len(ROAD))], ids=["nothing", "closed"])
def test_a_discussion_out_of_order_is_refused(history: tuple[Event, ...]) -> None:
    with pytest.raises((NothingToConsider, StepOutOfOrder)):
        run(history, s.discuss())


def test_the_copy_goes_once_to_everyone_who_is_told() -> None:
    given(*after(3)).when(s.send_copy()).then(events.CopySent(at=s.january(14, 10, 30), to=s.TOLD, by=s.QA))
    given(*after(4)).when(s.send_copy()).then_nothing_happened()
    refusal = (
        given(*after(3)).when(s.send_copy(to=("service-manager",))).then_refused(ToldMissing, "principal-social-worker")
    )
    assert refusal.field == "to"


def test_the_copy_is_not_sent_before_the_raise() -> None:
    given(*after(3)).when(s.send_copy(s.RAISED - timedelta(minutes=1))).then_refused(MomentImpossible, "raised")
    given(*after(2)).when(s.send_copy()).then_refused(StepOutOfOrder, "not been escalated yet")


def without_audit() -> tuple[Event, ...]:
    place = s.PLACE.model_copy(update={"audit_id": None})
    started = replace(s.consider(s.cause(1)), place=place, actor=s.QA, steps_required=EVERY_STEP)
    return tuple(run([], started, s.discuss(), RAISE))


def test_without_an_audit_there_is_no_copy_to_send_and_none_to_wait_for() -> None:
    history = without_audit()
    given(*history).when(s.send_copy()).then_refused(StepOutOfOrder, "without an audit")
    given(*history).when(s.discuss_actions()).then(events.ActionsDiscussed(at=s.january(14, 11), by=s.DSM))


def test_the_actions_are_discussed_once_after_the_copy() -> None:
    given(*after(3)).when(s.discuss_actions()).then_refused(StepOutOfOrder, "the copy of the audit tool sent")
    given(*after(4)).when(s.discuss_actions()).then(events.ActionsDiscussed(at=s.january(14, 11), by=s.DSM))
    given(*after(5)).when(s.discuss_actions()).then_nothing_happened()
    given(*after(4)).when(s.discuss_actions(s.january(14, 10, 15))).then_refused(MomentImpossible, "copy")


def test_an_action_follows_their_discussion() -> None:
    given(*after(3)).when(s.add_action()).then_refused(
        StepOutOfOrder, "the copy of the audit tool sent, the actions discussed"
    )
    given(*after(5)).when(s.add_action()).then(s.was_added())
    given(*after(5)).when(s.add_action(at=s.january(14, 10, 45))).then_refused(MomentImpossible, "discussed")


def test_an_action_needs_an_owner_and_a_day_that_can_be() -> None:
    nobody = Actor(role="practitioner", reference=UUID(int=0))
    assert given(*after(5)).when(s.add_action(owner=nobody)).then_refused(OwnerMissing, "owner").field == "owner"
    early = replace(s.add_action(), due_on=date(2026, 1, 13))
    assert given(*after(5)).when(early).then_refused(MomentImpossible, "before the raise").field == "due_on"
    given(*after(5)).when(replace(s.add_action(), due_on=date(2026, 1, 14))).then(
        s.was_added().model_copy(update={"due_on": date(2026, 1, 14)})
    )


def raised_at_once(steps: tuple[RequiredStep, ...] = EVERY_STEP) -> Sequence[Event]:
    command = s.consider(s.cause(1, s.SAFEGUARDING), at=s.RAISED)
    at_once = commands.AtOnce(clocks=s.CLOCKS, told=s.TOLD)
    return run([], replace(command, at_once=at_once, steps_required=steps))


def test_where_the_authority_wants_it_a_safeguarding_concern_is_raised_at_once_and_discussed_after() -> None:
    history = raised_at_once()
    assert [event.type for event in history] == ["consideration-opened", "escalation-raised"]
    state = state_after(*history)
    assert isinstance(state, Raised)
    assert (state.category, state.clock.due_at, state.raised_by) == (s.SAFEGUARDING, s.END_OF_15, s.SERVICE)
    given(*history).when(s.send_copy()).then(events.CopySent(at=s.january(14, 10, 30), to=s.TOLD, by=s.QA))
    copied = run(history, s.send_copy())
    given(*copied).when(s.discuss_actions()).then_refused(StepOutOfOrder, "the discussion")
    done = run(copied, s.discuss(s.january(14, 10, 40)), *ROAD[4:])
    assert isinstance(state_after(*done), Closed)


def test_a_practice_concern_is_considered_first_until_a_safeguarding_one_joins_it() -> None:
    at_once = commands.AtOnce(clocks=s.CLOCKS, told=s.TOLD)
    history = run([], replace(s.consider(s.cause(1)), at_once=at_once))
    assert [event.type for event in history] == ["consideration-opened"]
    lifted = run(history, replace(s.consider(s.cause(2, s.SAFEGUARDING), at=s.RAISED), at_once=at_once))
    assert [event.type for event in lifted[1:]] == ["cause-joined", "escalation-raised"]


def test_in_progress_before_these_steps_were_asked_for_it_goes_on_as_it_began() -> None:
    """Histories stored before the steps were required say nothing of them: nothing is asked of them now."""
    given(*s.RAISED_PRACTICE).when(s.add_action()).then(s.was_added())
    given(*s.READY).when(s.sign_off()).then(s.SIGNED)
