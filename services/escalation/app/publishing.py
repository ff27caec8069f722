"""From what happened here to what others are told: private events to the contracts of `shared.contracts.escalation`.

Pure, and the same mapping republishes a whole store. Notes, the steps between raise and oversight, chasers, and a
cause that only confirms what was already acted on are this service's own business and are not published; that the
second line was told of a breach is, since it became an event of its own.
`escalation-considered` on a raised escalation means that another cause joined it; on one found not required, signed
off, closed or withdrawn it means that the consideration was re-opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.escalation.domain import events, model
from services.escalation.domain.considering import discussed_at
from services.escalation.domain.evolution import evolve
from services.escalation.domain.states import (
    Considering,
    Known,
    NotConsidered,
    Raised,
    State,
    category_of,
    raised_of,
)
from shared.contracts import escalation as contracts
from shared.contracts.base import Actor, OrganisationPath, PublicEvent
from shared.eventstore.model import Publication


def publish(before: State, event: events.Event) -> Sequence[Publication]:
    """Return the public events of one private event, given the state before it; none for what stays here."""
    public = _public(before, evolve(before, event), event)
    return [] if public is None else [Publication(event=public, happened_at=event.at)]


def _public(before: State, after: State, event: events.Event) -> PublicEvent | None:
    assert not isinstance(after, NotConsidered)  # every event leads somewhere
    place = _place(after, event)
    match event:
        case events.ConsiderationOpened() | events.ConsiderationReopened() | events.CauseJoined():
            return _considered(place, after, event)
        case events.EscalationFoundNotRequired():
            assert isinstance(before, Considering)
            return contracts.EscalationNotRequiredV1(
                **(_place(before, event) | _of_consideration(before)),
                reason=event.reason,
                decided_by=_actor(event.by),
            )
        case events.EscalationRaised():
            assert isinstance(before, Considering)
            assert isinstance(after, Raised)
            return contracts.EscalationRaisedV1(
                **(place | _of_consideration(before)),
                causes=_causes(after.causes),
                clock=_clock(after.clock),
                told=event.told,
                raised_by=_actor(event.by),
            )
        case events.EscalationReclassified():
            assert isinstance(after, Raised)
            return contracts.EscalationReclassifiedV1(
                **place,
                from_category=contracts.Category(event.from_category),
                clock=_clock(after.clock),
                reason=event.reason,
                reclassified_by=_actor(event.by),
                second_person=_person(event.second_person),
            )
        case events.ClockRecomputed():
            return _recomputed(place, before, after, event)
        case _:
            return _followed_through(place, before, event) or _afterwards(place, after, event)


def _considered(
    place: dict[str, Any],
    after: Known,
    event: events.ConsiderationOpened | events.ConsiderationReopened | events.CauseJoined,
) -> PublicEvent | None:
    if not isinstance(after, Considering | Raised):
        return None
    return contracts.EscalationConsideredV1(
        **place,
        causes=_causes(after.causes),
        policy_version=event.policy_version,
        consider_by=after.clock.due_at if isinstance(after, Considering) and after.clock is not None else None,
        reopened=isinstance(event, events.ConsiderationReopened),
    )


def _recomputed(
    place: dict[str, Any], before: State, after: Known, event: events.ClockRecomputed
) -> PublicEvent | None:
    """Tell of another due moment of a raised one; the moment to decide by is this service's own business."""
    if not isinstance(before, Raised) or not isinstance(after, Raised) or before.clock.due_at == after.clock.due_at:
        return None
    return contracts.EscalationClockRecomputedV1(
        **place, clock=_clock(after.clock), due_before=before.clock.due_at, because=event.because
    )


def _followed_through(place: dict[str, Any], before: State, event: events.Event) -> PublicEvent | None:  # noqa: PLR0911 - a table
    match event:
        case events.ActionAdded():
            return contracts.ActionAddedV1(
                **place,
                action_id=event.action_id,
                kind=event.kind,
                due_on=event.due_on,
                added_by=_actor(event.by),
                owner=_person(event.owner),
            )
        case events.ActionCompleted():
            return contracts.ActionCompletedV1(**place, action_id=event.action_id, completed_by=_actor(event.by))
        case events.ActionWithdrawn():
            return contracts.ActionWithdrawnV1(
                **place, action_id=event.action_id, reason=event.reason, withdrawn_by=_actor(event.by)
            )
        case events.OversightRecorded():
            return contracts.OversightRecordedV1(**place, recorded_by=_actor(event.by))
        case events.ActionsSignedOff():
            raised = raised_of(before)
            assert raised is not None  # only a raised one is signed off
            return contracts.ActionsSignedOffV1(
                **place,
                signed_off_at=event.at,
                due_at=event.due_at,
                within_clock=event.within_clock,
                signed_off_by=_actor(event.by),
                covering=_person(event.covering),
                copy_sent_at=None if raised.copy_sent is None else raised.copy_sent.at,
                actions_discussed_at=None if raised.actions_discussed is None else raised.actions_discussed.at,
            )
        case events.EscalationBecameOverdue():
            return contracts.EscalationOverdueV1(**place, due_at=event.due_at)
        case events.SecondLineTold() if event.clock is not None:
            return contracts.SecondLineToldV1(
                **place,
                clock=contracts.RunningClock(event.clock),
                told=event.to,
                told_at=event.at,
                due_at=event.due_at,
            )
        case _:
            return None


def _afterwards(place: dict[str, Any], after: Known, event: events.Event) -> PublicEvent | None:
    match event:
        case events.EscalationClosed():
            return contracts.EscalationClosedV1(
                **place, assistant_director_told_at=event.at, closed_by=_actor(event.by)
            )
        case events.EscalationReopened():
            assert isinstance(after, Raised)
            return contracts.EscalationReopenedV1(
                **place, clock=_clock(after.clock), reason=event.reason, reopened_by=_actor(event.by)
            )
        case events.EscalationWithdrawn():
            return contracts.EscalationWithdrawnV1(
                **place,
                reason=event.reason,
                withdrawn_by=_actor(event.by),
                second_person=_actor(event.second_person),
            )
        case events.ReAuditRequested():
            return contracts.ReAuditRequestedV1(**place, due_on=event.due_on, requested_by=_actor(event.by))
        case _:
            return None


def _place(state: Known, event: events.Event) -> dict[str, Any]:
    place = state.facts.place
    return {
        "escalation_id": place.escalation_id,
        "audit_id": place.audit_id,
        "case_reference": place.case_reference,
        "organisation": OrganisationPath(
            area=place.organisation.area, district=place.organisation.district, team=place.organisation.team
        ),
        "service": place.service,
        "category": contracts.Category(category_of(state)),
        "settings_version": event.settings_version,
        "recorded_late": event.recorded_late,
    }


def _of_consideration(state: Considering) -> dict[str, Any]:
    discussed = discussed_at(state.discussions)
    return {
        "considered_at": state.considered_at,
        "discussed_at": None if discussed is None else discussed.at,
        "consider_by": None if state.clock is None else state.clock.due_at,
    }


def _causes(causes: tuple[model.Cause, ...]) -> tuple[contracts.Cause, ...]:
    return tuple(
        contracts.Cause(origin=contracts.Origin(cause.origin), code=cause.code, event_id=cause.event_id)
        for cause in causes
    )


def _clock(clock: model.Clock) -> contracts.Clock:
    return contracts.Clock(
        started_at=clock.started_at,
        due_at=clock.due_at,
        working_days=clock.working_days,
        counted=clock.counted,
        calendar_version=clock.calendar_version,
        policy_version=clock.policy_version,
    )


def _actor(actor: model.Actor) -> Actor:
    return Actor(role=actor.role, reference=actor.reference)


def _person(actor: model.Actor | None) -> Actor | None:
    return None if actor is None else _actor(actor)
