"""How history becomes a state: `evolve(state, event)`, a line a pair. It decides nothing and refuses no history."""

from __future__ import annotations

from dataclasses import replace

from services.escalation.domain import events
from services.escalation.domain.events import Event
from services.escalation.domain.followed import followed, taken
from services.escalation.domain.model import Category, Clock, gravest
from services.escalation.domain.parts import Answered, Facts, ReAudit, Round
from services.escalation.domain.states import (
    Closed,
    Considering,
    NotConsidered,
    NotRequired,
    Raised,
    SignedOff,
    State,
    Withdrawn,
    raised_of,
)
from services.escalation.domain.watching import recorded, rewatched, watch, watched


class HistoryBroken(ValueError):
    """A stored event cannot follow what is stored before it: the store was tampered with, or code and store differ."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event.type} cannot follow {type(state).__name__}")


def evolve(state: State, event: Event) -> State:
    """Return the state after an event.

    Raises:
        HistoryBroken: no decision ever made leads from this state to this event.

    """
    after = _after(state, event)
    if not event.recorded_late or isinstance(after, NotConsidered) or after.facts.recorded_late:
        return after
    return replace(after, facts=replace(after.facts, recorded_late=True))


def _after(state: State, event: Event) -> State:  # noqa: C901, PLR0911 - a table, a line a pair
    match event, state:
        case events.ConsiderationOpened(), NotConsidered():
            return _opened(event)
        case events.CauseJoined(), Considering() | Raised() | SignedOff() | Closed():
            return _joined(state, event)
        case events.ConsiderationReopened(), NotRequired() | SignedOff() | Closed() | Withdrawn():
            return _considered_again(state, event)
        case events.EscalationReopened(), SignedOff() | Closed():
            return _reopened(state, event)
        case events.EscalationWithdrawn(), Raised() | SignedOff():
            return _withdrawn(state, event)
        case events.EscalationClosed(), SignedOff():
            return Closed(facts=state.facts, signed_off=state, closed_at=event.at, closed_by=event.by)
        case events.ClosingAnswered(), Closed():
            return _answered(state, event)
        case (_, NotConsidered()):
            raise HistoryBroken(state, event)
        case _:
            noted = _noted(state.facts, event)
            if noted is not None:
                return replace(state, facts=noted)
            if isinstance(state, Considering):
                return _decided(state, event)
            after = followed(state, event) if isinstance(state, Raised) else None
            if after is None:
                raise HistoryBroken(state, event)
            return after


def _noted(facts: Facts, event: Event) -> Facts | None:  # noqa: C901, PLR0911 - a table, a line a note
    """Return the facts with what was noted in any state; None where the event is no such note."""
    match event:
        case events.AuditWithdrawalNoted():
            return replace(facts, withdrawn_at=event.at)
        case events.StandingGradeNoted():
            return replace(facts, settled_grade=event.grade, settled_by=event.because)
        case events.CaseReferenceNoted():
            place = facts.place.model_copy(update={"case_reference": event.case_reference})
            return replace(facts, place=place, case_number=None, number_refused=None)
        case events.CaseNumberRefused():
            return replace(facts, number_refused=event.reason)
        case events.CaseNumberCorrected():
            return replace(facts, case_number=event.case_number, number_refused=None)
        case events.ChildErasureNoted():
            return replace(facts, child_erased_at=event.at, case_number=None, number_refused=None)
        case events.ReAuditRequested():
            return replace(facts, reaudit=ReAudit(event.due_on, event.at, event.by))
        case events.ReAuditNoted() if facts.reaudit is not None:
            done = replace(facts.reaudit, done_at=event.at, audit_id=event.audit_id, grade=event.grade)
            return replace(facts, reaudit=done)
        case events.ReAuditGradeNoted() if facts.reaudit is not None:
            return replace(facts, reaudit=replace(facts.reaudit, standing_grade=event.grade, changed=event.because))
        case events.ReAuditWithdrawalNoted() if facts.reaudit is not None:
            asked = facts.reaudit
            return replace(facts, reaudit=ReAudit(asked.due_on, asked.requested_at, asked.requested_by))
        case _:
            return None


def _opened(event: events.ConsiderationOpened) -> Considering:
    facts = Facts(
        place=event.place,
        causes=event.causes,
        case_number=event.case_number,
        began_with_number=event.case_number is not None,
    )
    return Considering(
        facts=facts if event.clock is None else facts.with_another_clock(),
        category=event.category,
        causes=event.causes,
        considered_at=event.at,
        policy_version=event.policy_version,
        watch=watch(event, event.clock),
        clock=event.clock,
        clock_category=event.category,
        steps_required=event.steps_required,
    )


def _decided(state: Considering, event: Event) -> State:
    match event:
        case events.DiscussionRecorded():
            return replace(state, discussions=(*state.discussions, taken(event, event.with_whom)))
        case events.EscalationFoundNotRequired():
            if state.resumes is not None:
                return replace(state.resumes, facts=state.facts)
            return NotRequired(
                facts=state.facts,
                category=state.category,
                causes=state.causes,
                decided_at=event.at,
                decided_by=event.by,
                reason=event.reason,
                discussions=state.discussions,
                text=event.text,
            )
        case events.EscalationRaised():
            facts = state.facts if state.resumes is None else _on_record(state.facts, state.resumes)
            clock = event.clocks.of(event.category)
            return Raised(
                facts=facts.raised_again(event.by),
                category=event.category,
                causes=state.causes,
                raised_at=event.at,
                recorded_at=event.recorded_at,
                raised_by=event.by,
                clocks=event.clocks,
                told=event.told,
                watch=watch(event, clock),
                steps_required=event.steps_required,
                discussions=state.discussions,
            )
        case events.ClockRecomputed():
            category = state.category if state.clock is None else state.clock_category
            clock = event.clocks.of(category)
            return replace(
                state,
                facts=state.facts.with_another_clock(),
                clock=clock,
                clock_category=category,
                watch=rewatched(state.watch, event, clock),
            )
        case _:
            after = watched(state.watch, event)
            if after is None:
                raise HistoryBroken(state, event)
            return replace(state, watch=after)


def _joined(
    state: Considering | Raised | SignedOff | Closed, event: events.CauseJoined
) -> Considering | Raised | SignedOff | Closed:
    facts = state.facts.with_causes(event.causes)
    match state:
        case Considering():
            joined = replace(
                state,
                facts=facts,
                category=gravest(state.category, event.category),
                causes=state.causes + event.causes,
                considered_at=min(state.considered_at, event.at),
                policy_version=event.policy_version,
            )
            if event.clock is None:
                return joined
            return replace(
                joined,
                facts=facts.with_another_clock(),
                clock=event.clock,
                clock_category=_reckoned_for(event.clock, event, state),
                watch=watch(event, event.clock),
            )
        case Raised():
            return replace(state, facts=facts, causes=state.causes + event.causes)
        case SignedOff() | Closed():
            return replace(state, facts=facts)


def _reckoned_for(clock: Clock, event: events.CauseJoined, state: Considering) -> Category:
    """Return the category a clock is reckoned for: a graver one's clock that was only brought forward is still that."""
    found = gravest(*(cause.category for cause in event.causes))
    return found if clock.instead_of is None else gravest(found, state.clock_category)


def _considered_again(
    state: NotRequired | SignedOff | Closed | Withdrawn, event: events.ConsiderationReopened
) -> Considering:
    """Nothing was done about what was found not required or withdrawn, so its causes count again.

    What was acted on is over: its clock stays on record.
    """
    match state:
        case NotRequired():
            earlier = state.causes
        case Withdrawn():
            earlier = state.raised.causes
        case SignedOff() | Closed():
            earlier = ()
    facts = state.facts if not isinstance(state, Closed) else _on_record(state.facts, state.signed_off, state)
    return Considering(
        facts=_clocked(facts.with_causes(event.causes), event.clock),
        category=event.category,
        causes=earlier + event.causes,
        considered_at=event.at,
        policy_version=event.policy_version,
        watch=watch(event, event.clock),
        clock=event.clock,
        clock_category=event.category,
        steps_required=event.steps_required,
        resumes=state if isinstance(state, SignedOff) else None,
    )


def _reopened(state: SignedOff | Closed, event: events.EscalationReopened) -> Raised:
    """Run a new clock; what was discussed and copied stands, the actions begin anew, and so does the oversight."""
    signed_off = state.signed_off if isinstance(state, Closed) else state
    before = signed_off.raised
    clock = event.clocks.of(event.category)
    facts = _on_record(state.facts, signed_off, state if isinstance(state, Closed) else None)
    return Raised(
        facts=facts.raised_again(event.by),
        category=event.category,
        causes=before.causes,
        raised_at=event.at,
        recorded_at=recorded(event),
        raised_by=event.by,
        clocks=event.clocks,
        told=event.told,
        watch=watch(event, clock),
        steps_required=event.steps_required,
        discussions=before.discussions,
        copy_sent=before.copy_sent,
        reopened_because=event.reason,
    )


def _withdrawn(state: Raised | SignedOff, event: events.EscalationWithdrawn) -> Withdrawn:
    raised = raised_of(state)
    assert raised is not None  # both were raised
    return Withdrawn(
        facts=state.facts,
        raised=raised,
        withdrawn_at=event.at,
        withdrawn_by=event.by,
        second_person=event.second_person,
        reason=event.reason,
        text=event.text,
    )


def _answered(state: Closed, event: events.ClosingAnswered) -> Closed:
    others = tuple(one for one in state.answers if not one.by.is_the_same_person_as(event.by))
    return replace(state, answers=(*others, Answered(event.answer, event.at, event.by, event.text)))


def _on_record(facts: Facts, signed_off: SignedOff, closed: Closed | None = None) -> Facts:
    raised = signed_off.raised
    one = Round(
        category=raised.category,
        raised_at=raised.raised_at,
        raised_by=raised.raised_by,
        clock=raised.clock,
        signed_off_at=signed_off.signed_off_at,
        within_clock=signed_off.within_clock,
        closed_at=None if closed is None else closed.closed_at,
    )
    return replace(facts, rounds=(*facts.rounds, one))


def _clocked(facts: Facts, clock: Clock | None) -> Facts:
    return facts if clock is None else facts.with_another_clock()
