"""How an audit changes with each event: the fold that makes its state."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from services.audit.domain import moderation_evolving
from services.audit.domain.events import (
    AuditAllocated,
    AuditAmended,
    AuditCompleted,
    AuditWithdrawn,
    ConcernFlagged,
    Event,
    RecommendationFollowedUp,
    RecommendationMade,
)
from services.audit.domain.moderation_events import ModerationDone, ModerationRequested
from services.audit.domain.states import (
    Allocated,
    Completed,
    FollowedRecommendation,
    NotAllocated,
    State,
    Withdrawn,
)


def evolve(state: State, event: Event) -> State:
    """Return the state after an event.

    Raises:
        AssertionError: the stream tells an impossible story; no decider of ours wrote it.

    """
    match state:
        case NotAllocated():
            assert isinstance(event, AuditAllocated)
            return Allocated(event)
        case Allocated():
            return _from_allocated(state, event)
        case Completed():
            return _from_completed(state, event)
        case Withdrawn():
            raise AssertionError(f"{event.type} after a withdrawal")
    assert_never(state)


def _from_allocated(state: Allocated, event: Event) -> State:
    match event:
        case ConcernFlagged():
            return replace(state, concerns=(*state.concerns, event))
        case AuditCompleted():
            made = {each.id: FollowedRecommendation(each) for each in event.recommendations}
            return Completed(state.allocation, event, event.outcome, state.concerns, recommendations=made)
        case AuditWithdrawn():
            return Withdrawn(state.allocation, event.reason, state)
        case _:
            raise AssertionError(f"{event.type} before completion")


def _from_completed(state: Completed, event: Event) -> State:
    match event:
        case ConcernFlagged():
            return replace(state, concerns=(*state.concerns, event))
        case AuditAmended():
            return replace(state, outcome=event.outcome, amendments=state.amendments + 1)
        case AuditWithdrawn():
            return Withdrawn(state.allocation, event.reason, state)
        case ModerationRequested() | ModerationDone():
            return moderation_evolving.evolve(state, event)
        case RecommendationMade():
            made = FollowedRecommendation(event.recommendation)
            return replace(state, recommendations={**state.recommendations, event.recommendation.id: made})
        case RecommendationFollowedUp():
            followed = replace(state.recommendations[event.recommendation_id], follow_up=event)
            return replace(state, recommendations={**state.recommendations, event.recommendation_id: followed})
        case AuditAllocated() | AuditCompleted():
            raise AssertionError(f"{event.type} after completion")
    assert_never(event)
