"""The searchable row of each stream: what lists of audits and tools are found by. Codes and references only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any, assert_never

from services.audit.app.moderation import summaries as moderation_summaries
from services.audit.domain.audits import concerns
from services.audit.domain.audits.events import AuditAllocated, ConcernFlagged
from services.audit.domain.audits.outcome import Outcome
from services.audit.domain.audits.states import Allocated, Completed, NotAllocated, State, Withdrawn
from services.audit.domain.calibration.exercise import Calibration
from services.audit.domain.moderation.events import ModerationDone
from services.audit.domain.queue.decider import Queue
from services.audit.domain.tools.decider import ToolState
from shared.eventstore.model import Summary

AUDIT = "audit"
TOOL = "tool"
CHILD = "child"
QUEUE = "moderation-queue"
CALIBRATION = "calibration"


def summarise(state: State) -> Summary | None:
    """Return an audit's row: its place, who and until when, and how far it has come."""
    match state:
        case NotAllocated():
            return None
        case Allocated():
            data = {**_of_allocation(state.allocation), **_of_practitioner(state), **_of_re_audits(state)}
            data.update(_of_concerns(None, state.concerns))
            return Summary(AUDIT, "allocated", data)
        case Completed():
            data = {**_of_allocation(state.allocation), **_of_completion(state), **_of_re_audits(state)}
            return Summary(AUDIT, "completed", data)
        case Withdrawn():
            data = {**_of_allocation(state.allocation), **_of_re_audits(state)}
            if isinstance(state.before, Completed):
                data.update(_of_completion(state.before))
            return Summary(AUDIT, "withdrawn", data)
    assert_never(state)


def summarise_tool(state: ToolState) -> Summary | None:
    """Return a tool's row: its title, kinds, how many versions it has and which is in use."""
    shown = state.version(None) or state.draft
    if shown is None:
        return None
    in_use = state.in_use
    data = {
        "tool": shown.tool,
        "title": shown.title,
        "kinds": list(shown.kinds),
        "graded": shown.graded,
        "versions": len(state.versions),
        "in_use": None if in_use is None else in_use.version,
        "has_draft": state.draft is not None,
        "retired": {str(number): at.astimezone(UTC).isoformat() for number, at in state.retired_at.items()},
    }
    status = "published" if in_use is not None else "retired" if state.versions else "draft"
    return Summary(TOOL, status, data)


def summarise_queue(state: Queue) -> Summary:
    """Return a queue's row: open while somebody is still to moderate something."""
    unsettled = state.unsettled
    data = {"cycle": state.cycle, "waiting": len(state.waiting), "unsettled": len(unsettled)}
    return Summary(QUEUE, "open" if unsettled else "settled", data)


def summarise_calibration(state: Calibration) -> Summary | None:
    """Return an exercise's row: in which cycle, with which tool, who was asked, and how many have graded."""
    opened = state.opened
    if opened is None:
        return None
    data = {
        "cycle": opened.cycle,
        "tool": opened.tool,
        "case_reference": str(opened.case_reference),
        "auditors": [str(one) for one in opened.auditors],
        "graded": len(state.graded),
        "due_on": opened.due_on.isoformat(),
    }
    return Summary(CALIBRATION, "open" if state.closed is None else "closed", data)


def _of_allocation(allocation: AuditAllocated) -> dict[str, Any]:
    place = allocation.place
    return {
        "area": place.organisation.area,
        "district": place.organisation.district,
        "team": place.organisation.team,
        "service": place.service,
        "kind": place.kind,
        "cycle": place.cycle,
        "child_status": place.child_status.value,
        "case_reference": str(place.case_reference),
        "tool": allocation.tool,
        "tool_version": allocation.tool_version,
        "auditor": str(allocation.auditor),
        "due_on": allocation.due_on.isoformat(),
        "practitioner": None if allocation.practitioner is None else str(allocation.practitioner),
    }


def _of_re_audits(state: Allocated | Completed | Withdrawn) -> dict[str, Any]:
    """Return how an asked re-audit stands; nothing where none was asked for."""
    asked = state.re_audits.asked
    if asked is None:
        return {}
    return {"re_audit": state.re_audits.stands.value, "re_audit_due_on": asked.due_on.isoformat()}


def _of_concerns(outcome: Outcome | None, flagged: Sequence[ConcernFlagged]) -> dict[str, Any]:
    """Return the concern that stands, and how often one was flagged: rows without that number are of before."""
    return {"concern": concerns.standing(outcome, flagged).value, "flagged": len(flagged)}


def _of_practitioner(state: Allocated | Completed) -> dict[str, Any]:
    responded = isinstance(state, Completed) and state.answered
    return {"feedback_given": state.feedback is not None, "responded": responded}


def _of_completion(state: Completed) -> dict[str, Any]:
    waiting = state.open_moderation
    moderator = None if waiting is None else waiting.requested.moderator
    last = state.last_moderation
    moderated = last is not None
    return {
        **_of_practitioner(state),
        "completed_on": state.completed_on.isoformat(),
        "late": state.late,
        "overall_grade": state.outcome.overall_grade,
        "standing_grade": state.standing_grade,
        **_of_concerns(state.outcome, state.concerns),
        "moderation_id": None if waiting is None else str(waiting.requested.moderation_id),
        "moderation": "requested" if waiting is not None else "done" if moderated else "none",
        "blind": waiting is not None and waiting.requested.blind,
        "moderations_done": [str(id_) for id_, each in state.moderations.items() if each.done is not None],
        "moderator": None if moderator is None else str(moderator),
        **moderation_summaries.of_moderation(state),
        **(
            {} if last is None else {"moderated_at": last.at.astimezone(UTC).isoformat(), "moderated": _direction(last)}
        ),
        "open_recommendations": sum(
            followed.follow_up is None or not followed.follow_up.done for followed in state.recommendations.values()
        ),
    }


def _direction(done: ModerationDone) -> str:
    """Return which way a moderation moved the grade: what an auditor's drift is known by."""
    if done.auditor_grade is None or done.moderator_grade is None:
        return "same"
    distance = done.moderator_grade.rank - done.auditor_grade.rank
    return "same" if distance == 0 else "raised" if distance > 0 else "lowered"
