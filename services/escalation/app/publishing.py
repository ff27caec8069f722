"""From what happened here to what others are told: private events to the contracts of `shared.contracts.escalation`.

Pure, and the same mapping republishes a whole store. A withdrawal that is noted, and a cause that only confirms what
was already acted on, are this service's own business and are not published. `escalation-considered` on a raised
escalation means that another cause joined it; on one found not required, signed off or closed it means that the
consideration was re-opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from services.escalation.domain import events, model
from services.escalation.domain.evolution import evolve
from services.escalation.domain.states import (
    Closed,
    Considering,
    NotConsidered,
    NotRequired,
    Raised,
    SignedOff,
    State,
)
from shared.contracts import escalation as contracts
from shared.contracts.base import Actor, OrganisationPath, PublicEvent
from shared.eventstore.model import Publication


def publish(before: State, event: events.Event) -> Sequence[Publication]:
    """Return the public events of one private event, given the state before it; none for what stays here."""
    public = _public(before, evolve(before, event), event)
    return [] if public is None else [Publication(event=public, happened_at=event.at)]


def category_of(state: State) -> model.Category:
    """Return the category an escalation has, or had when it was closed."""
    match state:
        case NotConsidered():
            raise ValueError("nothing was considered, so there is no category")
        case Considering() | NotRequired() | Raised():
            return state.category
        case SignedOff():
            return state.raised.category
        case Closed():
            return state.signed_off.raised.category
        case never:
            assert_never(never)


def _public(before: State, after: State, event: events.Event) -> PublicEvent | None:  # noqa: PLR0911 - a table
    assert not isinstance(after, NotConsidered)  # every event leads somewhere
    place = _place(after, category_of(after))
    match event:
        case events.ConsiderationOpened() | events.ConsiderationReopened() | events.CauseJoined():
            if not isinstance(after, Considering | Raised):
                return None
            return contracts.EscalationConsideredV1(
                **place, causes=_causes(after.causes), policy_version=event.policy_version
            )
        case events.AuditWithdrawalNoted() | events.StandingGradeNoted():
            return None
        case events.EscalationFoundNotRequired():
            assert isinstance(before, Considering)
            return contracts.EscalationNotRequiredV1(
                **_place(before, before.category), reason=event.reason, decided_by=_actor(event.by)
            )
        case events.EscalationRaised():
            assert isinstance(after, Raised)
            return contracts.EscalationRaisedV1(
                **place,
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
            )
        case _:
            return _follow_through(place, event)


_FollowThrough = (
    events.ActionAdded
    | events.ActionCompleted
    | events.OversightRecorded
    | events.ActionsSignedOff
    | events.EscalationBecameOverdue
    | events.EscalationClosed
)


def _follow_through(place: dict[str, Any], event: _FollowThrough) -> PublicEvent:
    match event:
        case events.ActionAdded():
            return contracts.ActionAddedV1(
                **place, action_id=event.action_id, kind=event.kind, due_on=event.due_on, added_by=_actor(event.by)
            )
        case events.ActionCompleted():
            return contracts.ActionCompletedV1(**place, action_id=event.action_id, completed_by=_actor(event.by))
        case events.OversightRecorded():
            return contracts.OversightRecordedV1(**place, recorded_by=_actor(event.by))
        case events.ActionsSignedOff():
            return contracts.ActionsSignedOffV1(
                **place,
                signed_off_at=event.at,
                due_at=event.due_at,
                within_clock=event.within_clock,
                signed_off_by=_actor(event.by),
            )
        case events.EscalationBecameOverdue():
            return contracts.EscalationOverdueV1(**place, due_at=event.due_at)
        case events.EscalationClosed():
            return contracts.EscalationClosedV1(
                **place, assistant_director_told_at=event.at, closed_by=_actor(event.by)
            )
        case never:
            assert_never(never)


def _place(state: Considering | NotRequired | Raised | SignedOff | Closed, category: model.Category) -> dict[str, Any]:
    place = state.facts.place
    return {
        "escalation_id": place.escalation_id,
        "audit_id": place.audit_id,
        "case_reference": place.case_reference,
        "organisation": OrganisationPath(
            area=place.organisation.area, district=place.organisation.district, team=place.organisation.team
        ),
        "service": place.service,
        "category": contracts.Category(category),
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
