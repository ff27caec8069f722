"""How a completed audit changes with each event of its moderation."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from services.audit.domain.moderation_events import ModerationDone, ModerationEvent, ModerationRequested
from services.audit.domain.states import Completed, Moderation


def evolve(state: Completed, event: ModerationEvent) -> Completed:
    """Return the completed audit after an event of its moderation."""
    match event:
        case ModerationRequested():
            return replace(state, moderations={**state.moderations, event.moderation_id: Moderation(event)})
        case ModerationDone():
            done = replace(state.moderations[event.moderation_id], done=event)
            moderations = {**state.moderations, event.moderation_id: done}
            return replace(state, moderations=moderations, last_moderation=event)
    assert_never(event)
