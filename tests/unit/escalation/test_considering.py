"""Appendix E, trigger and step 2: causes join one consideration, and a new one opens it again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.escalation.domain import events
from services.escalation.domain.model import Actor, Cause, Finding, Novelty, Origin
from services.escalation.domain.refusals import MomentImpossible, NothingToConsider, NotTheirs, StepOutOfOrder
from services.escalation.domain.states import Considering, NotRequired, Raised, SignedOff
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given, run, state_after


def test_a_first_cause_opens_the_consideration() -> None:
    given().when(s.consider(s.cause(1))).then(s.OPENED)


def test_a_safeguarding_cause_among_several_makes_it_safeguarding() -> None:
    causes = (s.cause(1), s.cause(2, s.SAFEGUARDING))
    given().when(s.consider(*causes)).then(
        events.ConsiderationOpened(
            at=s.CONSIDERED, place=s.PLACE, causes=causes, category=s.SAFEGUARDING, policy_version=s.POLICY
        )
    )


def test_a_repeated_cause_changes_nothing() -> None:
    given(s.OPENED).when(s.consider(s.cause(1))).then_nothing_happened()


@pytest.mark.parametrize(
    "history",
    [s.RAISED_PRACTICE, s.NOT_REQUIRED, s.SIGNED_OFF, s.CLOSED],
    ids=["raised", "not required", "signed off", "closed"],
)
def test_a_repeated_cause_changes_nothing_in_any_later_state(history: tuple[events.Event, ...]) -> None:
    given(*history).when(s.consider(s.cause(1))).then_nothing_happened()


def test_the_same_cause_twice_in_one_event_counts_once() -> None:
    given().when(s.consider(s.cause(1), s.cause(1))).then(s.OPENED)


def test_another_cause_joins_and_is_kept() -> None:
    history = run([s.OPENED], s.consider(s.cause(2), at=s.january(14, 9, 30)))
    state = state_after(*history)
    assert isinstance(state, Considering)
    assert state.causes == (s.cause(1), s.cause(2))
    assert state.category is s.PRACTICE


def test_a_safeguarding_cause_lifts_the_whole() -> None:
    given(s.OPENED).when(s.consider(s.cause(2, s.SAFEGUARDING))).then(
        events.CauseJoined(
            at=s.CONSIDERED, causes=(s.cause(2, s.SAFEGUARDING),), category=s.SAFEGUARDING, policy_version=s.POLICY
        )
    )


def test_a_practice_cause_never_lowers_a_safeguarding_consideration() -> None:
    state = state_after(*run([s.OPENED_SAFEGUARDING], s.consider(s.cause(2))))
    assert isinstance(state, Considering)
    assert state.category is s.SAFEGUARDING


def test_a_cause_that_happened_earlier_and_arrived_later_dates_the_consideration() -> None:
    state = state_after(*run([s.OPENED], s.consider(s.cause(2), at=s.CONSIDERED - timedelta(days=1))))
    assert isinstance(state, Considering)
    assert state.considered_at == s.CONSIDERED - timedelta(days=1)


def test_a_practice_cause_joins_a_raised_escalation_without_touching_its_clock() -> None:
    given(*s.RAISED_PRACTICE).when(s.consider(s.cause(2))).then(
        events.CauseJoined(at=s.CONSIDERED, causes=(s.cause(2),), category=s.PRACTICE, policy_version=s.POLICY)
    )


def test_a_safeguarding_cause_reclassifies_a_raised_practice_escalation_at_once() -> None:
    late = s.january(16)
    given(*s.RAISED_PRACTICE).when(s.consider(s.cause(2, s.SAFEGUARDING), at=late)).then(
        events.CauseJoined(
            at=late, causes=(s.cause(2, s.SAFEGUARDING),), category=s.SAFEGUARDING, policy_version=s.POLICY
        ),
        events.EscalationReclassified(
            at=late, category=s.SAFEGUARDING, from_category=s.PRACTICE, reason="new-cause", by=s.SERVICE
        ),
    )


def test_a_new_cause_reopens_what_was_found_not_required_and_the_earlier_causes_count_again() -> None:
    earlier = (s.OPENED_SAFEGUARDING, s.NOT_REQUIRED[1])
    given(*earlier).when(s.consider(s.cause(2), at=s.january(15))).then(
        events.ConsiderationReopened(
            at=s.january(15), causes=(s.cause(2),), category=s.SAFEGUARDING, policy_version=s.POLICY
        )
    )


@pytest.mark.parametrize("history", [s.SIGNED_OFF, s.CLOSED], ids=["signed off", "closed"])
def test_a_new_cause_reopens_what_was_acted_on(history: tuple[events.Event, ...]) -> None:
    state = state_after(*run(history, s.consider(s.cause(2, s.SAFEGUARDING), at=s.january(20))))
    assert isinstance(state, Considering)
    assert state.category is s.SAFEGUARDING
    assert state.causes == (s.cause(2, s.SAFEGUARDING),)
    assert state.facts.causes == (s.cause(1), s.cause(2, s.SAFEGUARDING))


@pytest.mark.parametrize("history", [s.SIGNED_OFF, s.CLOSED], ids=["signed off", "closed"])
def test_what_only_confirms_an_acted_on_concern_is_kept_and_reopens_nothing(history: tuple[events.Event, ...]) -> None:
    confirming = s.cause(2, novelty=Novelty.CONFIRMING)
    before = state_after(*history)
    after = state_after(*run(history, s.consider(confirming, at=s.january(20))))
    assert type(after) is type(before)
    assert confirming in after.facts.causes  # type: ignore[union-attr]  # both are signed off or closed


def test_what_confirms_something_graver_than_was_known_reopens() -> None:
    confirming = s.cause(2, s.SAFEGUARDING, novelty=Novelty.CONFIRMING)
    state = state_after(*run(s.CLOSED, s.consider(confirming, at=s.january(20))))
    assert isinstance(state, Considering)


def test_a_confirmed_grade_reopens_where_only_a_concern_was_known() -> None:
    grade = s.cause(2, code="inadequate-grade", finding=Finding.GRADE, novelty=Novelty.CONFIRMING)
    state = state_after(*run(s.CLOSED, s.consider(grade, at=s.january(20))))
    assert isinstance(state, Considering)


def test_what_confirms_reopens_a_consideration_that_was_found_not_required() -> None:
    state = state_after(*run(s.NOT_REQUIRED, s.consider(s.cause(2, novelty=Novelty.CONFIRMING), at=s.january(20))))
    assert isinstance(state, Considering)


STANDING = s.cause(2, novelty=Novelty.STANDING)


@pytest.mark.parametrize(
    "history", [(s.OPENED,), s.RAISED_PRACTICE, s.NOT_REQUIRED, s.SIGNED_OFF, s.CLOSED], ids=lambda one: one[-1].type
)
def test_what_stood_before_an_amendment_changes_nothing(history: tuple[events.Event, ...]) -> None:
    given(*history).when(s.consider(STANDING, at=s.january(20))).then_nothing_happened()


def test_what_stood_before_an_amendment_but_was_never_heard_of_is_considered() -> None:
    """The event that first told of it was parked and discarded: the concern must not be lost with it."""
    assert isinstance(state_after(*run([], s.consider(STANDING))), Considering)
    graver = s.cause(2, s.SAFEGUARDING, novelty=Novelty.STANDING)
    for history in (s.NOT_REQUIRED, s.CLOSED):
        assert isinstance(state_after(*run(history, s.consider(graver, at=s.january(20)))), Considering)


def test_reopened_after_sign_off_and_found_not_required_it_still_has_to_be_closed() -> None:
    history = run(s.SIGNED_OFF, s.consider(s.cause(2), at=s.january(20)), s.not_required(s.january(21)))
    state = state_after(*history)
    assert isinstance(state, SignedOff)
    assert state.facts.causes == (s.cause(1), s.cause(2))


def test_the_audit_withdrawn_is_noted_and_closes_nothing() -> None:
    given(*s.RAISED_PRACTICE).when(s.withdrawn()).then(events.AuditWithdrawalNoted(at=s.january(20)))
    history = run(s.RAISED_PRACTICE, s.withdrawn())
    given(*history).when(s.withdrawn(s.january(21))).then_nothing_happened()
    given(*history).when(s.add_action(at=s.january(14, 12))).then(s.was_added())


def test_a_grade_that_a_dispute_raised_is_noted_and_closes_nothing() -> None:
    given(*s.RAISED_PRACTICE).when(s.settled()).then(events.StandingGradeNoted(at=s.january(20), grade="good"))
    history = run(s.RAISED_PRACTICE, s.settled())
    given(*history).when(s.settled(at=s.january(21))).then_nothing_happened()
    given(*history).when(s.add_action(at=s.january(14, 12))).then(s.was_added())
    state = state_after(*history)
    assert isinstance(state, Raised)
    assert state.facts.settled_grade == "good"


def test_a_settled_grade_of_an_audit_without_concern_means_nothing() -> None:
    given().when(s.settled()).then_nothing_happened()


def test_the_withdrawal_of_an_audit_without_concern_means_nothing() -> None:
    given().when(s.withdrawn()).then_nothing_happened()


def test_not_required_with_its_reason() -> None:
    given(s.OPENED).when(s.not_required()).then(s.NOT_REQUIRED[1])
    state = state_after(*s.NOT_REQUIRED)
    assert isinstance(state, NotRequired)
    assert (state.reason, state.decided_by) == ("already-acted-on", s.QA)


def test_not_required_twice_changes_nothing() -> None:
    given(*s.NOT_REQUIRED).when(s.not_required()).then_nothing_happened()


def test_not_required_for_another_reason_is_refused() -> None:
    given(*s.NOT_REQUIRED).when(s.not_required(reason="duplicate")).then_refused(
        StepOutOfOrder, "not required (already-acted-on)", way_out="new cause"
    )


def test_not_required_needs_something_considered() -> None:
    given().when(s.not_required()).then_refused(NothingToConsider)


def test_not_required_cannot_have_been_decided_before_the_concern() -> None:
    given(s.OPENED).when(s.not_required(s.CONSIDERED - timedelta(seconds=1))).then_refused(
        MomentImpossible, "before it came to be considered"
    )


PERSONS_CAUSE = Cause(origin=Origin.PERSON, code="inspector", finding=Finding.REPORT, category=s.SAFEGUARDING)


def test_a_person_may_start_one() -> None:
    state = state_after(*run([], s.consider(PERSONS_CAUSE, actor=s.DSM)))
    assert isinstance(state, Considering)


@pytest.mark.parametrize("role", ["team-manager", "service-manager", "assistant-director", "qa-officer", "qa-manager"])
def test_every_manager_and_the_qa_unit_may_start_one_without_an_audit(role: str) -> None:
    actor = Actor(role=role, reference=UUID(int=77))
    assert isinstance(state_after(*run([], s.consider(PERSONS_CAUSE, actor=actor))), Considering)


def test_an_auditor_flags_it_in_the_audit_and_does_not_start_one() -> None:
    given().when(s.consider(PERSONS_CAUSE, actor=s.AUDITOR)).then_refused(NotTheirs, "auditor", way_out="team-manager")


def test_a_person_cannot_report_tomorrows_concern() -> None:
    command = s.consider(PERSONS_CAUSE, actor=Actor(role="qa-officer", reference=s.QA.reference))
    tomorrow = type(command)(
        happened_at=s.january(15),
        recorded_at=s.january(14),
        actor=command.actor,
        place=command.place,
        causes=command.causes,
        policy_version=command.policy_version,
    )
    given().when(tomorrow).then_refused(MomentImpossible, "future")
