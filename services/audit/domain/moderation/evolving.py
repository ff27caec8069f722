"""How a completed audit changes with each event of its moderation."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never
from uuid import UUID

from services.audit.domain.audits.states import Completed, Dispute, Moderation, Standing
from services.audit.domain.moderation.events import (
    DisputeSettled,
    ModerationAssigned,
    ModerationDisputed,
    ModerationDone,
    ModerationEvent,
    ModerationRequested,
    ModeratorGraded,
    ReflectiveNoteRecorded,
)
from services.audit.domain.moderation.words import Decider, ModeratorType


def evolve(  # noqa: PLR0911 - a table, one return an event, and mypy sees that none is left out
    state: Completed, event: ModerationEvent
) -> Completed:
    """Return the completed audit after an event of its moderation."""
    match event:
        case ModerationRequested():
            return _with(state, event.moderation_id, Moderation(event))
        case ModerationAssigned():
            moderation = state.moderations[event.moderation_id]
            given = moderation.requested.model_copy(update={"moderator": event.moderator})
            return _with(state, event.moderation_id, replace(moderation, requested=given))
        case ModeratorGraded():
            return _with(state, event.moderation_id, replace(state.moderations[event.moderation_id], graded=event))
        case ModerationDone():
            decision = Standing(event.standing_grade, decider_of(state, event))
            done = _with(state, event.moderation_id, replace(state.moderations[event.moderation_id], done=event))
            return replace(done, last_moderation=event, decision=decision)
        case ModerationDisputed():
            return replace(state, disputes={**state.disputes, event.dispute_id: Dispute(event)})
        case DisputeSettled():
            settled = replace(state.disputes[event.dispute_id], settled=event)
            decision = Standing(event.standing_grade, event.decided_by)
            return replace(state, disputes={**state.disputes, event.dispute_id: settled}, decision=decision)
        case ReflectiveNoteRecorded():
            return replace(state, reflective_notes=(*state.reflective_notes, event))
    assert_never(event)


def decider_of(state: Completed, event: ModerationDone) -> Decider:
    """Return whose grade a moderation's is: a panel's, the first moderator's, or that of one after the first."""
    if event.moderator_type == ModeratorType.PANEL:
        return Decider.PANEL
    return Decider.MODERATOR if number_of(state, event.moderation_id) == 1 else Decider.SECOND_MODERATOR


def number_of(state: Completed, moderation_id: UUID) -> int:
    """Return which of an audit's moderations it is, from 1; one that is not there yet would be the next."""
    known = list(state.moderations)
    return (known.index(moderation_id) if moderation_id in known else len(known)) + 1


def _with(state: Completed, moderation_id: UUID, moderation: Moderation) -> Completed:
    return replace(state, moderations={**state.moderations, moderation_id: moderation})
