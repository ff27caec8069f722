"""One searchable row an escalation, so that lists, boards and the timer are one query each.

The timer: a clock that runs, of a consideration or of a raise, wakes at whatever falls due next (`next_moment`),
whether the service runs then or not. One that was *recorded* only after its own due moment (a late entry, such as a
year's history being entered) wakes `late_entry_grace` after it was recorded instead: its sign-off is still being typed
in, and entering the past must send no alarms today. If nobody signs it off within the grace, it is marked overdue all
the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, assert_never

from services.escalation.domain.afterwards import finders
from services.escalation.domain.clocks import NextMoment, next_moment
from services.escalation.domain.states import (
    Closed,
    Considering,
    Known,
    NotConsidered,
    NotRequired,
    Raised,
    SignedOff,
    State,
    Withdrawn,
    category_of,
    raised_of,
    signed_off_of,
)
from services.escalation.domain.steps import WAITS_FOR, next_step
from shared.eventstore.model import Summary

CATEGORY: Final = "escalation"
"""The category of this service's streams in its event store."""

OLD_ROWS: Final = "not data ? 'reckoned_by' or not data ? 'child_erased' or not data ? 'reaudit_audit_id'"
"""How the rows of earlier versions are known: by a field that they lack."""


class Status(StrEnum):
    """Where an escalation stands, in a word."""

    CONSIDERING = "considering"
    NOT_REQUIRED = "not-required"
    RAISED = "raised"
    SIGNED_OFF = "signed-off"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


STATUS_WORDS: Final = {
    Status.CONSIDERING: "Being considered",
    Status.NOT_REQUIRED: "Not required",
    Status.RAISED: "Raised",
    Status.SIGNED_OFF: "Signed off, {assistant-director} to be told",
    Status.CLOSED: "Closed",
    Status.WITHDRAWN: "Withdrawn as raised in error",
}
"""Each status in the words of pages and messages; a role in braces is said in the authority's own (`Names.say`)."""


class ReAuditStands(StrEnum):
    """What has become of a re-audit."""

    NONE = "none"
    ASKED = "asked"
    DONE = "done"


class CaseNumber(StrEnum):
    """What has become of a case number that stands for a child without a reference."""

    NONE = "none"
    AWAITING = "awaiting"
    UNUSABLE = "unusable"
    SETTLED = "settled"


def status_of(state: Known) -> Status:
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
        case Withdrawn():
            return Status.WITHDRAWN
        case never:
            assert_never(never)


def summariser(late_entry_grace: timedelta) -> Callable[[State], Summary | None]:
    """Return the function that sums up a state; `late_entry_grace` is how long a late entry has to be completed."""

    def summarise(state: State) -> Summary | None:
        if isinstance(state, NotConsidered):
            return None
        following = next_moment(state, late_entry_grace)
        return Summary(
            category=CATEGORY,
            status=status_of(state),
            data=_where(state) | _when(state) | _who(state) | {"next_moment": _moment(following)},
            wake_at=None if following is None else following.at,
        )

    return summarise


def _where(state: Known) -> dict[str, Any]:
    place = state.facts.place
    return {
        "category": category_of(state).value,
        "paths": [place.organisation.area, place.organisation.district_path, place.organisation.path],
        "team": place.organisation.path,
        "service": place.service,
        "audit_id": _text(place.audit_id),
        "case_reference": _text(place.case_reference),
        "audit_withdrawn": state.facts.withdrawn_at is not None,
        "case_number": _case_number(state).value,
        "child_erased": state.facts.child_erased_at is not None,
    }


def _when(state: Known) -> dict[str, Any]:
    raised, signed = raised_of(state), signed_off_of(state)
    return {
        "considered_at": _iso(state.considered_at if isinstance(state, Considering) else None),
        "consider_by": _iso(state.clock.due_at if isinstance(state, Considering) and state.clock else None),
        "raised_at": _iso(None if raised is None else raised.raised_at),
        "due_at": _iso(None if raised is None else raised.clock.due_at),
        "within_clock": None if signed is None else signed.within_clock,
        "closed_at": _iso(state.closed_at if isinstance(state, Closed) else None),
        "reopened": len(state.facts.rounds),
        "reopening_asked": isinstance(state, Closed) and state.is_asked_to_reopen,
        "reaudit": _reaudit(state).value,
        "reaudit_audit_id": None if state.facts.reaudit is None else _text(state.facts.reaudit.audit_id),
        "reaudit_due_on": None if state.facts.reaudit is None else state.facts.reaudit.due_on.isoformat(),
        "clock_number": state.facts.clock_number,
        "reckoned_by": _reckoned_by(state),
        "recorded_late": state.facts.recorded_late,
    }


def _who(state: Known) -> dict[str, Any]:
    step, raised = next_step(state), raised_of(state)
    return {
        "next_step": None if step is None else step.value,
        "waits_for": None if step is None else WAITS_FOR[step],
        "raised_by": None if raised is None else _text(raised.raised_by.reference),
        "found_by": sorted(str(one.reference) for one in finders(state)),
    }


def _case_number(state: Known) -> CaseNumber:
    if state.facts.case_number is not None:
        return CaseNumber.AWAITING if state.facts.number_refused is None else CaseNumber.UNUSABLE
    return CaseNumber.SETTLED if state.facts.began_with_number else CaseNumber.NONE


def _reaudit(state: Known) -> ReAuditStands:
    asked = state.facts.reaudit
    if asked is None:
        return ReAuditStands.NONE
    return ReAuditStands.ASKED if asked.done_at is None else ReAuditStands.DONE


def _moment(following: NextMoment | None) -> dict[str, str] | None:
    if following is None:
        return None
    return {"kind": following.falls.value, "code": following.code, "at": following.at.isoformat()}


def _reckoned_by(state: Known) -> dict[str, str] | None:
    """Return by which settings and which calendar the running clock was reckoned; None where none runs."""
    if not isinstance(state, Considering | Raised) or state.clock is None:
        return None
    return {"policy_version": state.clock.policy_version, "calendar_version": state.clock.calendar_version}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _text(reference: object) -> str | None:
    return None if reference is None else str(reference)
