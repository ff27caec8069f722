"""What an audit's row says of its moderation beside whether it is done: for lists, and to find disputes by."""

from __future__ import annotations

from typing import Any

from services.audit.app.moderation.access import moderated_blind_by
from services.audit.domain.audits.states import Completed
from services.audit.domain.moderation.independence import moderated_by
from services.audit.domain.words import business_date

OPEN = "open"


def of_moderation(state: Completed) -> dict[str, Any]:
    """Return whose grade stands, who has graded or moderated blind, and how its dispute stands."""
    decider = state.decided_by
    return {
        "decided_by": None if decider is None else decider.value,
        "graded_by": sorted(map(str, moderated_by(state))),
        "moderated_blind_by": sorted(map(str, moderated_blind_by(state))),
        "reflective_notes": len(state.reflective_notes),
        **_dispute(state),
    }


def _dispute(state: Completed) -> dict[str, Any]:
    if not state.disputes:
        return {"dispute": "none"}
    if state.open_dispute is None:
        return {"dispute": "settled"}
    opened = state.open_dispute.opened
    return {
        "dispute": OPEN,
        "dispute_id": str(opened.dispute_id),
        "disputed_moderation": str(opened.moderation_id),
        "dispute_reason": opened.reason,
        "disputed_on": business_date(opened.at).isoformat(),
        "disputed_grade": opened.disputed_grade,
        "dispute_decided_by": opened.decided_by.value,
    }
