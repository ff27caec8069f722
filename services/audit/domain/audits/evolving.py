"""How an audit changes with each event: the fold that makes its state."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from services.audit.domain.audits.events import (
    AuditAllocated,
    AuditAmended,
    AuditCompleted,
    AuditWithdrawn,
    ConcernFlagged,
    Event,
    RecommendationFollowedUp,
    RecommendationMade,
)
from services.audit.domain.audits.practitioner import PractitionerFeedbackGiven, PractitionerResponded
from services.audit.domain.audits.re_auditing import ReAuditAsked, ReAuditEvent, ReAuditNoted
from services.audit.domain.audits.states import (
    Allocated,
    Completed,
    FollowedRecommendation,
    NotAllocated,
    State,
    Withdrawn,
)
from services.audit.domain.moderation import evolving as moderation_evolving
from services.audit.domain.moderation.events import ModerationEvent


def evolve(state: State, event: Event) -> State:
    """Return the state after an event.

    Raises:
        AssertionError: the stream tells an impossible story; no decider of ours wrote it.

    """
    if isinstance(event, ReAuditEvent):
        assert not isinstance(state, NotAllocated)
        return replace(state, re_audits=state.re_audits.after(event))
    match state:
        case NotAllocated():
            assert isinstance(event, AuditAllocated)
            return Allocated(event)
        case Allocated():
            return _from_allocated(state, event)
        case Completed():
            after = _from_completed(state, event)
            if isinstance(after, Completed) and _stands_otherwise(state, after):
                return replace(after, answered=False)
            return after
        case Withdrawn():
            raise AssertionError(f"{event.type} after a withdrawal")
    assert_never(state)


def _stands_otherwise(before: Completed, after: Completed) -> bool:
    """Say whether there is another outcome or grade, which the practitioner may answer anew."""
    return before.amendments != after.amendments or before.standing_grade != after.standing_grade


def _feedback(before: PractitionerFeedbackGiven | None, event: PractitionerFeedbackGiven) -> PractitionerFeedbackGiven:
    """Return feedback with the answers that stand: its own, or those given before."""
    if event.answers or before is None:
        return event
    return event.model_copy(update={"answers": before.answers})


def _from_allocated(state: Allocated, event: Event) -> State:
    match event:
        case ConcernFlagged():
            return replace(state, concerns=(*state.concerns, event))
        case AuditCompleted():
            made = {each.id: FollowedRecommendation(each) for each in event.recommendations}
            return Completed(
                state.allocation,
                event,
                event.outcome,
                state.concerns,
                recommendations=made,
                joined=state.feedback,
                feedback=state.feedback,
                re_audits=state.re_audits,
            )
        case PractitionerFeedbackGiven():
            return replace(state, feedback=_feedback(state.feedback, event))
        case AuditWithdrawn():
            return Withdrawn(state.allocation, event.reason, state, state.re_audits)
        case _:
            raise AssertionError(f"{event.type} before completion")


def _from_completed(  # noqa: PLR0911 - a table, one return an event, and mypy sees that none is left out
    state: Completed, event: Event
) -> State:
    if isinstance(event, ModerationEvent):
        return moderation_evolving.evolve(state, event)
    match event:
        case ConcernFlagged():
            return replace(state, concerns=(*state.concerns, event))
        case AuditAmended():
            return replace(state, outcome=event.outcome, amendments=state.amendments + 1)
        case AuditWithdrawn():
            return Withdrawn(state.allocation, event.reason, state, state.re_audits)
        case RecommendationMade():
            made = FollowedRecommendation(event.recommendation, made_at=event.at)
            return replace(state, recommendations={**state.recommendations, event.recommendation.id: made})
        case RecommendationFollowedUp():
            followed = replace(state.recommendations[event.recommendation_id], follow_up=event)
            return replace(state, recommendations={**state.recommendations, event.recommendation_id: followed})
        case PractitionerFeedbackGiven():
            return replace(state, feedback=_feedback(state.feedback, event))
        case PractitionerResponded():
            return replace(state, response=event, answered=True)
        case AuditAllocated() | AuditCompleted() | ReAuditAsked() | ReAuditNoted():
            raise AssertionError(f"{event.type} after completion")
    assert_never(event)
