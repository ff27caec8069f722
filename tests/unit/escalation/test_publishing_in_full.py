"""What others are told of the steps after the raise, and what stays this service's own business."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.escalation.domain import commands, events
from services.escalation.domain.model import EVERY_STEP, Answer, Clocks
from shared.contracts import escalation as contracts
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import run
from tests.unit.escalation.test_afterwards import CLOSED, answer, ask_again, done, reopen, withdraw
from tests.unit.escalation.test_moments_of_a_clock import CONSIDERING, DECIDE, recompute, undecided
from tests.unit.escalation.test_publishing import published, types


def test_a_reopening_tells_its_new_clock() -> None:
    history = run(s.CLOSED, reopen())
    told = published(history)[-1]
    assert isinstance(told, contracts.EscalationReopenedV1)
    assert (told.reason, told.clock.due_at, told.reopened_by.reference) == (
        "actions-not-effective",
        s.END_OF_21,
        s.QA_MANAGER.reference,
    )


def test_a_withdrawal_tells_both_people() -> None:
    told = published(run(s.RAISED_PRACTICE, withdraw()))[-1]
    assert isinstance(told, contracts.EscalationWithdrawnV1)
    assert (told.withdrawn_by.reference, told.second_person.reference) == (s.DSM.reference, s.QA_MANAGER.reference)


def test_a_re_audit_is_told_when_it_is_asked_for_and_not_when_audit_itself_told_it() -> None:
    history = run(s.CLOSED, ask_again(), done())
    assert types(history)[-1] == "re-audit-requested.v1"
    told = published(history)[-1]
    assert isinstance(told, contracts.ReAuditRequestedV1)
    assert told.audit_id == s.AUDIT


def test_a_moved_due_moment_is_told_and_one_that_only_moves_the_other_category_is_not() -> None:
    later = s.CLOCKS.practice.model_copy(update={"due_at": s.january(22)})
    moved = run(s.RAISED_PRACTICE, recompute(Clocks(practice=later, safeguarding=s.CLOCKS.safeguarding)))
    told = published(moved)[-1]
    assert isinstance(told, contracts.EscalationClockRecomputedV1)
    assert (told.due_before, told.clock.due_at, told.because) == (s.END_OF_21, s.january(22), "calendar")
    other = s.CLOCKS.safeguarding.model_copy(update={"due_at": s.january(16)})
    beside = run(s.RAISED_PRACTICE, recompute(Clocks(practice=s.CLOCKS.practice, safeguarding=other)))
    assert len(beside) == len(s.RAISED_PRACTICE) + 1
    assert types(beside) == types(s.RAISED_PRACTICE)


def test_an_action_tells_its_owner_and_its_withdrawal() -> None:
    at = s.january(14, 13)
    gone = commands.WithdrawAction(
        happened_at=at, recorded_at=at, actor=s.TEAM_MANAGER, action_id=s.was_added().action_id, reason="not-needed"
    )
    *_, added, withdrawn = published(run(s.RAISED_PRACTICE, s.add_action(), gone))
    assert isinstance(added, contracts.ActionAddedV1)
    assert added.owner is not None
    assert added.owner.reference == s.PRACTITIONER.reference
    assert isinstance(withdrawn, contracts.ActionWithdrawnV1)


def test_the_times_from_consideration_to_sign_off_are_told() -> None:
    raising = replace(s.raise_(), steps_required=EVERY_STEP)
    history = run(
        CONSIDERING,
        s.discuss(),
        raising,
        s.send_copy(),
        s.discuss_actions(),
        s.add_action(),
        s.complete_action(),
        s.record_oversight(),
        s.sign_off(),
    )
    considered, raised, *_, signed = published(history)
    assert isinstance(considered, contracts.EscalationConsideredV1)
    assert considered.consider_by == DECIDE.practice.due_at
    assert isinstance(raised, contracts.EscalationRaisedV1)
    assert (raised.considered_at, raised.discussed_at) == (s.CONSIDERED, s.january(14, 9, 30))
    assert isinstance(signed, contracts.ActionsSignedOffV1)
    assert (signed.copy_sent_at, signed.actions_discussed_at) == (s.january(14, 10, 30), s.january(14, 11))


def test_discussions_copies_notes_answers_and_an_overdue_decision_stay_here() -> None:
    assert types(run(CONSIDERING, undecided(s.january(16)))) == types(CONSIDERING)
    assert types(run(s.RAISED_PRACTICE, s.discuss(), s.send_copy(), s.discuss_actions())) == types(s.RAISED_PRACTICE)
    assert types(run(CLOSED, answer(Answer.REOPENING_ASKED))) == types(CLOSED)


def test_a_consideration_that_was_opened_again_says_so() -> None:
    told = published(run(s.CLOSED, s.consider(s.cause(2), at=s.january(20))))[-1]
    assert isinstance(told, contracts.EscalationConsideredV1)
    assert told.reopened


@pytest.mark.parametrize("clock", ["consideration", "sign-off"])
def test_the_second_line_is_told_of_by_role_with_the_clock_and_its_due_moment(clock: Any) -> None:
    history = (s.OPENED,) if clock == "consideration" else s.RAISED_PRACTICE
    due = s.END_OF_15 if clock == "consideration" else s.END_OF_21
    told_at = s.january(22, 9)
    told = events.SecondLineTold(at=told_at, clock=clock, fell_due_at=told_at, due_at=due, to=("director",))
    public = published((*history, told))[-1]
    assert isinstance(public, contracts.SecondLineToldV1)
    said = public.model_dump(mode="json")
    assert {name: said[name] for name in ("clock", "told", "told_at", "due_at", "category", "escalation_id")} == {
        "clock": clock,
        "told": ["director"],
        "told_at": "2026-01-22T09:00:00Z",
        "due_at": f"{due:%Y-%m-%dT%H:%M:%S.%f}Z",
        "category": "practice",
        "escalation_id": str(s.ESCALATION),
    }


def test_one_of_before_it_was_an_event_of_its_own_stays_untold() -> None:
    """A store is published again with the numbers it was published with."""
    told_at = s.january(22, 9)
    old = events.SecondLineTold(at=told_at, fell_due_at=told_at, due_at=s.END_OF_21, to=("director",))
    assert types((*s.RAISED_PRACTICE, old)) == types(s.RAISED_PRACTICE)
