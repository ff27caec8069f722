"""Closing and after: answered by who raised it, reopened with a new clock, withdrawn by two, a re-audit tracked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.escalation.domain import commands, events
from services.escalation.domain.afterwards import finders
from services.escalation.domain.events import Event
from services.escalation.domain.model import Actor, Answer, Category
from services.escalation.domain.refusals import (
    AlreadyRecorded,
    MomentImpossible,
    NothingToConsider,
    NotIndependent,
    NotTheirs,
    PersonNeeded,
    SecondPersonNeeded,
    StepOutOfOrder,
)
from services.escalation.domain.states import Closed, Considering, Raised, Withdrawn
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given, run, state_after

FOUND = s.OPENED.model_copy(update={"causes": (s.cause(1).model_copy(update={"by": s.AUDITOR}),)})
CLOSED: tuple[Event, ...] = (FOUND, *s.CLOSED[1:])
SIGNED_OFF = CLOSED[:-1]
RAISED = CLOSED[:2]
DUE = date(2026, 4, 14)


def answer(said: Answer = Answer.CONFIRMED, actor: Actor = s.AUDITOR, *, day: int = 16) -> commands.AnswerClosing:
    return commands.AnswerClosing(happened_at=s.january(day), recorded_at=s.january(day), actor=actor, answer=said)


def reopen(day: int = 19, *, actor: Actor = s.QA_MANAGER, category: Category | None = None) -> commands.Reopen:
    at = s.january(day)
    return commands.Reopen(
        happened_at=at,
        recorded_at=at,
        actor=actor,
        reason="actions-not-effective",
        clocks=s.CLOCKS,
        told=s.TOLD,
        category=category,
        steps_required=(),
    )


def withdraw(second: Actor | None = s.QA_MANAGER, *, actor: Actor = s.DSM, day: int = 15) -> commands.Withdraw:
    at = s.january(day)
    return commands.Withdraw(
        happened_at=at, recorded_at=at, actor=actor, reason="raised-in-error", second_person=second
    )


def ask_again(due_on: date = DUE, *, day: int = 16) -> commands.RequestReAudit:
    return commands.RequestReAudit(happened_at=s.january(day), recorded_at=s.january(day), actor=s.QA, due_on=due_on)


def done(grade: str | None = "good") -> commands.NoteReAudit:
    at = s.january(30)
    return commands.NoteReAudit(happened_at=at, recorded_at=at, actor=s.SERVICE, audit_id=UUID(int=300), grade=grade)


REQUESTED = events.ReAuditRequested(at=s.january(16), due_on=DUE, by=s.QA)


def test_who_raised_it_are_the_finders_of_its_causes_and_the_raiser() -> None:
    state = state_after(*CLOSED)
    assert isinstance(state, Closed)
    assert finders(state) == (s.AUDITOR, s.QA)


def test_the_auditor_confirms_the_closing_once_and_may_think_again() -> None:
    confirmed = events.ClosingAnswered(at=s.january(16), answer=Answer.CONFIRMED, by=s.AUDITOR)
    given(*CLOSED).when(answer()).then(confirmed)
    given(*CLOSED, confirmed).when(answer()).then_nothing_happened()
    changed = run([*CLOSED, confirmed], answer(Answer.REOPENING_ASKED, day=17))
    state = state_after(*changed)
    assert isinstance(state, Closed)
    assert [(one.by, one.answer) for one in state.answers] == [(s.AUDITOR, Answer.REOPENING_ASKED)]
    assert state.is_asked_to_reopen


def test_nobody_else_answers_and_nothing_is_answered_before_it_is_closed() -> None:
    given(*CLOSED).when(answer(actor=s.MODERATOR)).then_refused(NotTheirs, "who raised it")
    given(*CLOSED).when(answer(actor=s.AUDITOR.model_copy(update={"reference": None}))).then_refused(PersonNeeded)
    for history in (RAISED[:1], RAISED, SIGNED_OFF):  # being considered, raised, signed off
        given(*history).when(answer()).then_refused(StepOutOfOrder, "not closed yet")
    given(*CLOSED).when(answer(day=15)).then_refused(MomentImpossible, "it was closed")


def test_an_answer_alone_reopens_nothing() -> None:
    state = state_after(*run(CLOSED, answer(Answer.REOPENING_ASKED)))
    assert isinstance(state, Closed)


@pytest.mark.parametrize("history", [SIGNED_OFF, CLOSED], ids=["signed off", "closed"])
def test_reopened_a_new_clock_runs_and_the_old_one_stays_on_record(history: tuple[Event, ...]) -> None:
    state = state_after(*run(history, reopen()))
    assert isinstance(state, Raised)
    assert (state.raised_at, state.raised_by, state.actions, state.oversight) == (s.january(19), s.QA_MANAGER, (), None)
    [old] = state.facts.rounds
    assert (old.raised_at, old.raised_by, old.clock.due_at) == (s.RAISED, s.QA, s.END_OF_21)
    assert (old.signed_off_at, old.within_clock) == (s.january(15, 16), True)
    assert state.facts.clock_number == 2


def test_reopened_twice_in_one_breath_it_is_reopened_once() -> None:
    given(*run(CLOSED, reopen())).when(reopen()).then_nothing_happened()
    given(*run(CLOSED, reopen())).when(reopen(20)).then_refused(
        AlreadyRecorded, "It was reopened", way_out="clock runs"
    )


def test_reopening_is_refused_out_of_order_before_the_closing_and_downwards() -> None:
    for history in ((FOUND,), RAISED, (FOUND, s.NOT_REQUIRED[1])):
        given(*history).when(reopen()).then_refused(StepOutOfOrder)
    given().when(reopen()).then_refused(NothingToConsider)
    given(*CLOSED).when(reopen(15)).then_refused(MomentImpossible, "it was closed")
    grave = (s.OPENED_SAFEGUARDING, s.was_raised(s.SAFEGUARDING), *CLOSED[2:])
    given(*grave).when(reopen(category=s.PRACTICE)).then_refused(SecondPersonNeeded, "safeguarding")
    given(*CLOSED).when(reopen(actor=s.TEAM_MANAGER)).then_refused(NotTheirs)


def test_neither_who_raised_nor_who_reopened_it_signs_it_off() -> None:
    reopened = run(
        CLOSED,
        reopen(actor=s.OTHER_DSM),
        replace(s.add_action(5, at=s.january(19, 12)), due_on=None),
        s.complete_action(5, at=s.january(19, 13)),
        s.record_oversight(s.january(19, 14)),
    )
    given(*reopened).when(s.sign_off(s.january(19, 15), actor=s.OTHER_DSM)).then_refused(NotIndependent, "raised")
    by_the_first = (FOUND, s.was_raised(by=s.DSM), *CLOSED[2:])
    again = run(by_the_first, *_again())
    given(*again).when(s.sign_off(s.january(19, 15), actor=s.DSM)).then_refused(NotIndependent, "raised")
    given(*again).when(s.sign_off(s.january(19, 15), actor=s.OTHER_DSM)).then(
        events.ActionsSignedOff(at=s.january(19, 15), due_at=s.END_OF_21, within_clock=True, by=s.OTHER_DSM)
    )


def _again() -> tuple[commands.Command, ...]:
    return (
        reopen(),
        replace(s.add_action(5, at=s.january(19, 12)), due_on=None),
        s.complete_action(5, at=s.january(19, 13)),
        s.record_oversight(s.january(19, 14)),
    )


@pytest.mark.parametrize("history", [RAISED, SIGNED_OFF], ids=["raised", "signed off"])
def test_withdrawn_when_raised_in_error_by_two_people_once(history: tuple[Event, ...]) -> None:
    withdrawn = events.EscalationWithdrawn(
        at=s.january(15), reason="raised-in-error", by=s.DSM, second_person=s.QA_MANAGER
    )
    given(*history).when(withdraw()).then(withdrawn)
    assert isinstance(state_after(*history, withdrawn), Withdrawn)
    given(*history, withdrawn).when(withdraw()).then_nothing_happened()
    given(*history, withdrawn).when(s.sign_off()).then_refused(StepOutOfOrder, "withdrawn as raised in error")


@pytest.mark.parametrize("second", [None, s.DSM, Actor(role="qa-officer", reference=UUID(int=0))])
def test_one_person_alone_withdraws_nothing(second: Actor | None) -> None:
    given(*RAISED).when(withdraw(second)).then_refused(SecondPersonNeeded, "second person")


@pytest.mark.parametrize("history", [(FOUND,), CLOSED, (FOUND, s.NOT_REQUIRED[1])])
def test_withdrawing_out_of_order_is_refused(history: tuple[Event, ...]) -> None:
    given(*history).when(withdraw(day=16)).then_refused(StepOutOfOrder)


def test_a_new_cause_after_the_withdrawal_is_considered_with_all_before() -> None:
    history = run(RAISED, withdraw(), s.consider(s.cause(2), at=s.january(16)))
    state = state_after(*history)
    assert isinstance(state, Considering)
    assert [cause.event_id for cause in state.causes] == [UUID(int=1), UUID(int=2)]


@pytest.mark.parametrize("history", [RAISED, SIGNED_OFF, CLOSED], ids=["raised", "signed off", "closed"])
def test_a_re_audit_is_asked_for_once_a_date_and_tracked_until_it_is_done(history: tuple[Event, ...]) -> None:
    given(*history).when(ask_again()).then(REQUESTED)
    given(*history, REQUESTED).when(ask_again()).then_nothing_happened()
    given(*history, REQUESTED).when(ask_again(date(2026, 5, 1))).then(
        REQUESTED.model_copy(update={"due_on": date(2026, 5, 1)})
    )
    state = state_after(*run([*history, REQUESTED], done()))
    asked = state.facts.reaudit  # type: ignore[union-attr]  # there is one
    assert asked is not None
    assert (asked.audit_id, asked.grade, asked.done_at) == (UUID(int=300), "good", s.january(30))
    given(*run([*history, REQUESTED], done())).when(done("inadequate")).then_nothing_happened()


def test_a_re_audit_that_cannot_be_is_refused_and_one_nobody_asked_for_is_not_noted() -> None:
    given(FOUND).when(ask_again()).then_refused(StepOutOfOrder)
    given(*CLOSED).when(ask_again(day=15)).then_refused(
        MomentImpossible, "before it was closed", way_out="2026-01-15T17"
    )
    given(*SIGNED_OFF).when(ask_again(day=15)).then_refused(MomentImpossible, "before it was signed off")
    given(*CLOSED, REQUESTED.model_copy(update={"at": s.january(18)})).when(
        ask_again(date(2026, 5, 1), day=17)
    ).then_refused(MomentImpossible, "asked for the last time")
    was_done = events.ReAuditNoted(at=s.january(30), audit_id=UUID(int=300), grade="good")
    given(*CLOSED, REQUESTED, was_done).when(ask_again(day=29)).then_refused(MomentImpossible, "was done")
    assert given(*CLOSED).when(ask_again(date(2026, 1, 15))).then_refused(MomentImpossible).field == "due_on"
    given(*CLOSED).when(done()).then_nothing_happened()
    given().when(done()).then_nothing_happened()
    without = run([], replace(s.consider(s.cause(1)), place=s.PLACE.model_copy(update={"audit_id": None})), s.raise_())
    given(*without).when(ask_again()).then_refused(StepOutOfOrder, "without an audit")


def test_the_childs_reference_is_noted_once_and_never_changed() -> None:
    note = commands.NoteCaseReference(
        happened_at=s.january(16), recorded_at=s.january(16), actor=s.SERVICE, case_reference=UUID(int=400)
    )
    given(*CLOSED).when(note).then_nothing_happened()
    place = s.PLACE.model_copy(update={"case_reference": None})
    nameless = run([], replace(s.consider(s.cause(1)), place=place))
    noted = run(nameless, note)
    state = state_after(*noted)
    assert isinstance(state, Considering)
    assert state.facts.place.case_reference == UUID(int=400)
    given(*noted).when(note).then_nothing_happened()


def test_an_erased_child_is_noted_once_in_any_state_and_figures_stay() -> None:
    note = commands.NoteChildErased(happened_at=s.january(16), recorded_at=s.january(16), actor=s.SERVICE)
    for history in ((FOUND,), RAISED, SIGNED_OFF, CLOSED, tuple(run(RAISED, withdraw()))):
        given(*history).when(note).then(events.ChildErasureNoted(at=s.january(16)))
        after = run(history, note)
        assert type(state_after(*after)) is type(state_after(*history))
        given(*after).when(note).then_nothing_happened()
    given().when(note).then_nothing_happened()
