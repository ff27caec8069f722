"""How history becomes a state: `evolve(state, event)`, a line a pair. It decides nothing and refuses no history."""

from __future__ import annotations

from dataclasses import replace

from services.escalation.domain import events
from services.escalation.domain.events import Event
from services.escalation.domain.model import gravest
from services.escalation.domain.states import (
    Action,
    Closed,
    Considering,
    Facts,
    NotConsidered,
    NotRequired,
    Oversight,
    Raised,
    SignedOff,
    State,
)


class HistoryBroken(ValueError):
    """A stored event cannot follow what is stored before it: the store was tampered with, or code and store differ."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event.type} cannot follow {type(state).__name__}")


def evolve(state: State, event: Event) -> State:  # noqa: C901, PLR0911 - a table, a line a pair
    """Return the state after an event.

    Raises:
        HistoryBroken: no decision ever made leads from this state to this event.

    """
    match event, state:
        case events.ConsiderationOpened(), NotConsidered():
            return Considering(
                facts=Facts(place=event.place, causes=event.causes),
                category=event.category,
                causes=event.causes,
                considered_at=event.at,
                policy_version=event.policy_version,
            )
        case events.CauseJoined(), Considering() | Raised() | SignedOff() | Closed():
            return _joined(state, event)
        case events.ConsiderationReopened(), NotRequired() | SignedOff() | Closed():
            return _reopened(state, event)
        case events.AuditWithdrawalNoted(), Considering() | NotRequired() | Raised() | SignedOff() | Closed():
            return replace(state, facts=replace(state.facts, withdrawn_at=event.at))
        case events.StandingGradeNoted(), Considering() | NotRequired() | Raised() | SignedOff() | Closed():
            return replace(state, facts=replace(state.facts, settled_grade=event.grade))
        case events.EscalationFoundNotRequired(), Considering():
            if state.resumes is not None:
                return replace(state.resumes, facts=state.facts)
            return NotRequired(
                facts=state.facts,
                category=state.category,
                causes=state.causes,
                decided_at=event.at,
                decided_by=event.by,
                reason=event.reason,
            )
        case events.EscalationRaised(), Considering():
            return Raised(
                facts=replace(state.facts, clock_number=state.facts.clock_number + 1),
                category=event.category,
                causes=state.causes,
                raised_at=event.at,
                recorded_at=event.recorded_at,
                raised_by=event.by,
                clocks=event.clocks,
                told=event.told,
                late_entry=event.recorded_at > event.clocks.of(event.category).due_at,
            )
        case _, Raised():
            return _followed_through(state, event)
        case events.EscalationClosed(), SignedOff():
            return Closed(facts=state.facts, signed_off=state, closed_at=event.at, closed_by=event.by)
        case _:
            raise HistoryBroken(state, event)


def _followed_through(state: Raised, event: Event) -> State:
    match event:
        case events.EscalationReclassified():
            return replace(
                state,
                facts=replace(state.facts, clock_number=state.facts.clock_number + 1),
                category=event.category,
                overdue_since=None,
            )
        case events.ActionAdded():
            added = Action(
                id=event.action_id, kind=event.kind, due_on=event.due_on, added_at=event.at, added_by=event.by
            )
            return replace(state, actions=(*state.actions, added))
        case events.ActionCompleted():
            return replace(
                state,
                actions=tuple(
                    replace(action, completed_at=event.at, completed_by=event.by)
                    if action.id == event.action_id
                    else action
                    for action in state.actions
                ),
            )
        case events.OversightRecorded():
            return replace(state, oversight=Oversight(recorded_at=event.at, by=event.by))
        case events.EscalationBecameOverdue():
            return replace(state, overdue_since=event.due_at)
        case events.ActionsSignedOff():
            return SignedOff(
                facts=state.facts,
                raised=state,
                signed_off_at=event.at,
                signed_off_by=event.by,
                within_clock=event.within_clock,
            )
        case _:
            raise HistoryBroken(state, event)


def _joined(
    state: Considering | Raised | SignedOff | Closed, event: events.CauseJoined
) -> Considering | Raised | SignedOff | Closed:
    facts = state.facts.with_causes(event.causes)
    match state:
        case Considering():
            return replace(
                state,
                facts=facts,
                category=gravest(state.category, event.category),
                causes=state.causes + event.causes,
                considered_at=min(state.considered_at, event.at),
                policy_version=event.policy_version,
            )
        case Raised():
            return replace(state, facts=facts, causes=state.causes + event.causes)
        case SignedOff() | Closed():
            return replace(state, facts=facts)


def _reopened(state: NotRequired | SignedOff | Closed, event: events.ConsiderationReopened) -> Considering:
    """Nothing was done about what was found not required, so its causes count again; what was acted on is over."""
    return Considering(
        facts=state.facts.with_causes(event.causes),
        category=event.category,
        causes=state.causes + event.causes if isinstance(state, NotRequired) else event.causes,
        considered_at=event.at,
        policy_version=event.policy_version,
        resumes=state if isinstance(state, SignedOff) else None,
    )
