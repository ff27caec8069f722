"""One searchable row an escalation, so that lists, the overdue count and the timer are one query each.

The timer: a raised escalation that nobody signed off wakes at its due moment, whether the service runs then or not.
One whose raise was *recorded* only after its own due moment (a late entry, such as a year's history being entered)
wakes `late_entry_grace` after it was recorded instead: its sign-off is still being typed in, and entering the past
must send no alarms today. If nobody signs it off within the grace, it is marked overdue all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, assert_never

from services.escalation.app.publishing import category_of
from services.escalation.domain.states import (
    Closed,
    Considering,
    NotConsidered,
    NotRequired,
    Raised,
    SignedOff,
    State,
)
from shared.eventstore.model import Summary

CATEGORY: Final = "escalation"
"""The category of this service's streams in its event store."""


class Status(StrEnum):
    """Where an escalation stands, in a word."""

    CONSIDERING = "considering"
    NOT_REQUIRED = "not-required"
    RAISED = "raised"
    SIGNED_OFF = "signed-off"
    CLOSED = "closed"


def status_of(state: Considering | NotRequired | Raised | SignedOff | Closed) -> Status:
    """Return the word for a state."""
    match state:
        case Considering():
            return Status.CONSIDERING
        case NotRequired():
            return Status.NOT_REQUIRED
        case Raised():
            return Status.RAISED
        case SignedOff():
            return Status.SIGNED_OFF
        case Closed():
            return Status.CLOSED
        case never:
            assert_never(never)


def summariser(late_entry_grace: timedelta) -> Callable[[State], Summary | None]:
    """Return the function that sums up a state; `late_entry_grace` is how long a late entry has to be completed."""

    def summarise(state: State) -> Summary | None:
        if isinstance(state, NotConsidered):
            return None
        raised = _raised(state)
        data: dict[str, Any] = {
            "category": category_of(state).value,
            "paths": _paths(state),
            "team": state.facts.place.organisation.path,
            "service": state.facts.place.service,
            "audit_id": None if state.facts.place.audit_id is None else str(state.facts.place.audit_id),
            "audit_withdrawn": state.facts.withdrawn_at is not None,
            "raised_at": None if raised is None else raised.raised_at.isoformat(),
            "due_at": None if raised is None else raised.clock.due_at.isoformat(),
            "overdue": isinstance(state, Raised) and state.overdue_since is not None,
            "clock_number": state.facts.clock_number,
        }
        return Summary(category=CATEGORY, status=status_of(state), data=data, wake_at=_wake_at(state, late_entry_grace))

    return summarise


def _wake_at(state: State, late_entry_grace: timedelta) -> datetime | None:
    if not isinstance(state, Raised) or state.overdue_since is not None:
        return None
    if state.late_entry:
        return state.recorded_at + late_entry_grace
    return state.clock.due_at


def _raised(state: State) -> Raised | None:
    match state:
        case Raised():
            return state
        case SignedOff():
            return state.raised
        case Closed():
            return state.signed_off.raised
        case _:
            return None


def _paths(state: Considering | NotRequired | Raised | SignedOff | Closed) -> list[str]:
    """Return the path and each of its ancestors, so that a scope is found by containment."""
    organisation = state.facts.place.organisation
    return [organisation.area, organisation.district_path, organisation.path]
