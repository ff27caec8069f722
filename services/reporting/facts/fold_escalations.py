"""How the events of an audit escalation become versions of its row (contracts: shared/contracts/escalation.py).

Appendix E (domain.md section 4): considered, then raised or not required; actions; oversight; sign-off; closed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from services.reporting.facts.ledger import Facts, Stamp, begun, known_since
from services.reporting.facts.refusal import integer, moment, same_stream
from services.reporting.facts.rows import EscalationRow
from shared.contracts import escalation
from shared.contracts.base import PublicEvent

_SETTLED: Final = ("not-required", "signed-off", "closed", "withdrawn")

_AS_NEVER_RAISED: Final[dict[str, Any]] = {
    "raised_at": None,
    "clock_started_at": None,
    "due_at": None,
    "working_days": None,
    "reclassified_at": None,
    "oversight_at": None,
    "signed_off_at": None,
    "within_clock": None,
    "sign_off_recorded_late": None,
    "overdue": False,
    "withdrawn_at": None,
    "withdrawn_because": None,
    "second_line_told": 0,
}
"""What considering again changes in one that had been raised in error: that raise counts for nothing."""

_Change = Callable[[EscalationRow, Stamp, Any], dict[str, Any]]
"""What an event changes in the row as it stood: columns by name."""


def _folding(change: _Change) -> Callable[[Facts, Stamp, Any], None]:
    """Make a fold of what an event changes; an escalation not heard of before begins with its place."""

    def fold(facts: Facts, envelope: Stamp, event: Any) -> None:
        same_stream(event.escalation_id, envelope.subject, "escalation_id")
        escalations = facts.ledgers["escalations"]
        before: EscalationRow | None = escalations.current.get(envelope.subject.int)
        known_from = known_since(before, envelope.recorded_at)
        row = _bare(envelope, event) if before is None else before
        changes = change(row, envelope, event)
        if event.recorded_late:
            changes["recorded_late"] = row.recorded_late + 1
        row = row._replace(sequence=envelope.sequence, known_from=known_from, **changes)
        escalations.put(envelope.subject.int, row, known_from)

    return fold


def _bare(envelope: Stamp, event: escalation.EscalationPlace) -> EscalationRow:
    return EscalationRow(
        escalation_id=envelope.subject,
        **begun(envelope, event, envelope.recorded_at),
        audit_id=event.audit_id,
        case_reference=event.case_reference,
        category=event.category,
        first_category=event.category,
        state="considered",
        origins=[],
        causes=[],
    )


def _causes(event: escalation.EscalationConsideredV1 | escalation.EscalationRaisedV1) -> dict[str, Any]:
    return {
        "origins": [cause.origin for cause in event.causes],
        "causes": [cause.code for cause in event.causes],
    }


def _clock(clock: escalation.Clock) -> dict[str, Any]:
    return {
        "clock_started_at": moment(clock.started_at, "clock.started_at"),
        "due_at": moment(clock.due_at, "clock.due_at"),
        "working_days": integer(clock.working_days, "clock.working_days"),
    }


def _moment_or_none(value: datetime | None, field: str) -> datetime | None:
    return None if value is None else moment(value, field)


def _of_consideration(
    row: EscalationRow, event: escalation.EscalationRaisedV1 | escalation.EscalationNotRequiredV1
) -> dict[str, Any]:
    """Return what the decision tells of its consideration; one not heard of begins with what the decision says."""
    considered = row.considered_at or _moment_or_none(event.considered_at, "considered_at")
    return {
        "considered_at": considered,
        "discussed_at": _moment_or_none(event.discussed_at, "discussed_at"),
        "consider_by": _moment_or_none(event.consider_by, "consider_by"),
    }


def _considered(row: EscalationRow, envelope: Stamp, event: escalation.EscalationConsideredV1) -> dict[str, Any]:
    """Begin, take in another cause of what is considered or raised, or consider again what was settled."""
    changes = {**_causes(event), "category": event.category}
    if row.considered_at is None:
        changes["considered_at"] = envelope.time
    elif row.state in _SETTLED:
        changes |= {
            "state": "considered",
            "considered_at": envelope.time,
            "not_required_because": None,
        }
        if row.state == "withdrawn":
            changes |= _AS_NEVER_RAISED
    if event.consider_by is not None:
        changes["consider_by"] = moment(event.consider_by, "consider_by")
    return changes


def _not_required(row: EscalationRow, _envelope: Stamp, event: escalation.EscalationNotRequiredV1) -> dict[str, Any]:
    """Settle the consideration; re-opened after its sign-off, what was signed off before stands again."""
    state = "not-required" if row.signed_off_at is None else "signed-off"
    return {"state": state, "not_required_because": event.reason, **_of_consideration(row, event)}


def _new_clock(row: EscalationRow) -> dict[str, Any]:
    """Return what a new clock begins with; that one before it was breached is not forgotten."""
    return {
        "state": "raised",
        "oversight_at": None,
        "signed_off_at": None,
        "within_clock": None,
        "sign_off_recorded_late": None,
        "overdue": False,
        "director_told_at": None,
        "closed_at": None,
        "copy_sent_at": None,
        "actions_discussed_at": None,
        "breached_before": row.breached_before or row.within_clock is False,
        "withdrawn_at": None,
        "withdrawn_because": None,
    }


def _raised(row: EscalationRow, envelope: Stamp, event: escalation.EscalationRaisedV1) -> dict[str, Any]:
    """Start the clock; raised once more after it was settled, only the new clock's outcome counts."""
    return {
        "category": event.category,
        "raised_at": envelope.time,
        "not_required_because": None,
        "reclassified_at": None,
        **_new_clock(row),
        **_of_consideration(row, event),
        **_causes(event),
        **_clock(event.clock),
    }


def _reclassified(row: EscalationRow, envelope: Stamp, event: escalation.EscalationReclassifiedV1) -> dict[str, Any]:
    """Let the other category's clock hold, from the original raise."""
    first = event.from_category if row.reclassified_at is None else row.first_category
    return {
        "category": event.category,
        "first_category": first,
        "reclassified_at": envelope.time,
        **_clock(event.clock),
    }


def _action_added(row: EscalationRow, _envelope: Stamp, _event: escalation.ActionAddedV1) -> dict[str, Any]:
    return {"actions_added": row.actions_added + 1}


def _action_completed(row: EscalationRow, _envelope: Stamp, _event: escalation.ActionCompletedV1) -> dict[str, Any]:
    return {"actions_completed": row.actions_completed + 1}


def _action_withdrawn(row: EscalationRow, _envelope: Stamp, _event: escalation.ActionWithdrawnV1) -> dict[str, Any]:
    return {"actions_withdrawn": row.actions_withdrawn + 1}


def _clock_recomputed(
    _row: EscalationRow, _envelope: Stamp, event: escalation.EscalationClockRecomputedV1
) -> dict[str, Any]:
    """Let another due moment hold, from the same raise."""
    return _clock(event.clock)


def _reopened(row: EscalationRow, _envelope: Stamp, event: escalation.EscalationReopenedV1) -> dict[str, Any]:
    """Start a new clock; when it was raised first stays, and with it the window it is counted in."""
    return {
        "category": event.category,
        "reopened": row.reopened + 1,
        **_new_clock(row),
        **_clock(event.clock),
    }


def _withdrawn(_row: EscalationRow, envelope: Stamp, event: escalation.EscalationWithdrawnV1) -> dict[str, Any]:
    """Let it count as raised in error; what was done stays in its row."""
    return {"state": "withdrawn", "withdrawn_at": envelope.time, "withdrawn_because": event.reason}


def _re_audit_requested(_row: EscalationRow, envelope: Stamp, event: escalation.ReAuditRequestedV1) -> dict[str, Any]:
    return {"re_audit_asked_at": envelope.time, "re_audit_due_on": event.due_on}


def _oversight(row: EscalationRow, envelope: Stamp, _event: escalation.OversightRecordedV1) -> dict[str, Any]:
    return {"oversight_at": envelope.time if row.oversight_at is None else row.oversight_at}


def _signed_off(_row: EscalationRow, _envelope: Stamp, event: escalation.ActionsSignedOffV1) -> dict[str, Any]:
    return {
        "state": "signed-off",
        "signed_off_at": moment(event.signed_off_at, "signed_off_at"),
        "due_at": moment(event.due_at, "due_at"),
        "within_clock": event.within_clock,
        "sign_off_recorded_late": event.recorded_late,
        "copy_sent_at": _moment_or_none(event.copy_sent_at, "copy_sent_at"),
        "actions_discussed_at": _moment_or_none(event.actions_discussed_at, "actions_discussed_at"),
    }


def _overdue(_row: EscalationRow, _envelope: Stamp, event: escalation.EscalationOverdueV1) -> dict[str, Any]:
    return {"overdue": True, "due_at": moment(event.due_at, "due_at")}


def _second_line(row: EscalationRow, _envelope: Stamp, _event: escalation.SecondLineToldV1) -> dict[str, Any]:
    """Count it, of whichever clock: a later round does not undo that somebody above had to be told."""
    return {"second_line_told": row.second_line_told + 1}


def _closed(_row: EscalationRow, envelope: Stamp, event: escalation.EscalationClosedV1) -> dict[str, Any]:
    return {
        "state": "closed",
        "director_told_at": moment(event.assistant_director_told_at, "assistant_director_told_at"),
        "closed_at": envelope.time,
    }


ESCALATION_FOLDS: Final[dict[type[PublicEvent], Callable[[Facts, Any, Any], None]]] = {
    escalation.EscalationConsideredV1: _folding(_considered),
    escalation.EscalationNotRequiredV1: _folding(_not_required),
    escalation.EscalationRaisedV1: _folding(_raised),
    escalation.EscalationReclassifiedV1: _folding(_reclassified),
    escalation.ActionAddedV1: _folding(_action_added),
    escalation.ActionCompletedV1: _folding(_action_completed),
    escalation.ActionWithdrawnV1: _folding(_action_withdrawn),
    escalation.OversightRecordedV1: _folding(_oversight),
    escalation.ActionsSignedOffV1: _folding(_signed_off),
    escalation.EscalationOverdueV1: _folding(_overdue),
    escalation.SecondLineToldV1: _folding(_second_line),
    escalation.EscalationClosedV1: _folding(_closed),
    escalation.EscalationClockRecomputedV1: _folding(_clock_recomputed),
    escalation.EscalationReopenedV1: _folding(_reopened),
    escalation.EscalationWithdrawnV1: _folding(_withdrawn),
    escalation.ReAuditRequestedV1: _folding(_re_audit_requested),
}
"""What each event of `escalation.events` does to the facts."""
