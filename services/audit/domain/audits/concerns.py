"""An audit's concerns: flagged at any time, and which of them stands (practice.md section 3; domain.md section 3).

A concern that was flagged is not taken back by an outcome that says none: the graver of the two stands, and the
authority's rules of moderation go by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.audit.domain.audits.commands import CompleteAudit, FlagConcern
from services.audit.domain.audits.events import ConcernFlagged, Event
from services.audit.domain.audits.outcome import Outcome
from services.audit.domain.audits.states import Allocated, Completed
from services.audit.domain.moderation import moderating
from services.audit.domain.moderation.commands import ModerationSelection
from services.audit.domain.words import Concern

_GRAVER_LAST: Final = tuple(Concern)


def standing(outcome: Outcome | None, flagged: Sequence[ConcernFlagged]) -> Concern:
    """Return the gravest of what the outcome says, if there is one, and what was flagged."""
    said = Concern.NONE if outcome is None else outcome.concern
    return max((said, *(each.concern for each in flagged)), key=_GRAVER_LAST.index)


def selection_at_completion(command: CompleteAudit, flagged: Sequence[ConcernFlagged]) -> ModerationSelection | None:
    """Return how an audit is selected for moderation, by what was flagged where that is graver than its outcome."""
    outcome, if_flagged = command.outcome, command.if_flagged
    if if_flagged is None:
        return command.moderation
    raised = outcome.concern is Concern.NONE and standing(outcome, flagged) is not Concern.NONE
    likely = not outcome.inadequate_likely and any(each.inadequate_likely for each in flagged)
    by_flags = (if_flagged.concern if raised else None, if_flagged.inadequate_likely if likely else None)
    return next((each for each in by_flags if each is not None), command.moderation)


def flag(command: FlagConcern, state: Allocated | Completed) -> Sequence[Event]:
    """Flag a concern, and ask for the moderation that the rules want where the audit has none yet.

    A text is never lost, and as sealed texts cannot be compared, one with a text is always new.
    """
    latest = state.concerns[-1] if state.concerns else None
    same = (
        latest is not None
        and command.text is None
        and (latest.concern, latest.inadequate_likely, latest.by)
        == (command.concern, command.inadequate_likely, command.by)
    )
    events: list[Event] = []
    if not same:
        events.append(
            ConcernFlagged(
                at=command.at,
                by=command.by,
                concern=command.concern,
                inadequate_likely=command.inadequate_likely,
                text=command.text,
            )
        )
    if command.moderation is not None and isinstance(state, Completed) and not state.moderations:
        at: datetime = max(command.at, state.completion.at)  # nobody moderates what is not completed
        events.append(moderating.requested(command.moderation, at, command.by))
    return events
