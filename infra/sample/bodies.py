"""A plan's parts as the bodies that the services' APIs take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from infra.sample.plan import Grade, PlannedAudit, PlannedFeedback, PlannedModeration, PlannedRecommendation

_LONDON = ZoneInfo("Europe/London")
_QUALITY: Final[Mapping[Grade, tuple[str, str, str]]] = {
    "outstanding": ("yes", "yes", "yes"),
    "good": ("yes", "yes", "partly"),
    "requires-improvement": ("partly", "yes", "partly"),
    "inadequate": ("partly", "no", "no"),
}
"""Whether an audit of this quality is thorough, evidenced, and its actions right."""


def moment(day: date, hour: int, minute: int = 0) -> str:
    """Give a moment of a London day as the APIs take it."""
    return datetime.combine(day, time(hour, minute), _LONDON).astimezone(UTC).isoformat()


def allocation(audit: PlannedAudit) -> dict[str, Any]:
    """Give the body that allocates an audit."""
    area, district, team = audit.path
    return {
        "kind": audit.kind,
        "cycle": audit.cycle,
        "organisation": {"area": area, "district": district, "team": team},
        "service": audit.service,
        "case_number": audit.case_number,
        "child_status": audit.child_status,
        "tool": audit.tool,
        "tool_version": audit.tool_version,
        "auditor_staff_number": audit.auditor,
        "selected_because": audit.selected_because,
        "due_on": audit.due_on.isoformat(),
        "happened_at": moment(audit.allocated_on, 9),
    }


def completion(audit: PlannedAudit) -> dict[str, Any]:
    """Give the body that completes an audit."""
    assert audit.completed_on is not None
    return {
        **_outcome(audit),
        "recommendations": [_recommendation(one) for one in audit.recommendations],
        "happened_at": moment(audit.completed_on, 15),
    }


def amendment(audit: PlannedAudit) -> dict[str, Any]:
    """Give the body that corrects an audit's grade."""
    assert audit.amendment is not None
    return {
        **_outcome(audit),
        "overall_grade": audit.amendment.grade,
        "reason": audit.amendment.reason,
        "happened_at": moment(audit.amendment.on, 16),
    }


def concern(audit: PlannedAudit) -> dict[str, Any]:
    """Give the body that flags a concern before completion."""
    assert audit.outcome is not None
    assert audit.flagged_on is not None
    return {
        "concern": audit.outcome.concern,
        "inadequate_likely": audit.outcome.inadequate_likely,
        "text": audit.outcome.concern_text,
        "happened_at": moment(audit.flagged_on, 11),
    }


def moderation(found: PlannedModeration, moderator: str) -> dict[str, Any]:
    """Give the body that records a moderation on a moderator's behalf."""
    return {
        "moderator": moderator,
        "overall_grade": found.grade,
        "audit_quality": found.audit_quality,
        "quality": dict(zip(("thorough", "evidenced", "actions_right"), _QUALITY[found.audit_quality], strict=True)),
        "met_team_manager": found.met_team_manager,
        "met_practitioner": found.met_practitioner,
        "rationale": found.reason,
        "happened_at": moment(found.on, 14),
    }


def follow_up(recommendation: PlannedRecommendation) -> dict[str, Any]:
    """Give the body that follows a recommendation up."""
    followed = recommendation.follow_up
    assert followed is not None
    return {
        "discussed_in_supervision_on": followed.discussed_on and followed.discussed_on.isoformat(),
        "done": followed.done,
        "made_a_difference": followed.difference,
        "happened_at": moment(followed.on, 12),
    }


def after(start: datetime, **later: int) -> str:
    """Give a moment some time after another."""
    return (start + timedelta(**later)).isoformat()


def _recommendation(recommendation: PlannedRecommendation) -> dict[str, Any]:
    return {
        "category": recommendation.category,
        "owner_role": "team-manager",
        "due_on": recommendation.due_on.isoformat(),
        "text": recommendation.text,
    }


def _outcome(audit: PlannedAudit) -> dict[str, Any]:
    found = audit.outcome
    assert found is not None
    return {
        "took_part": found.took_part,
        "not_took_part_because": found.not_took_part_because,
        "reflective_discussion": found.reflective_discussion,
        "overall_grade": found.grade,
        "overall_rationale": found.rationale,
        "inadequate_likely": found.inadequate_likely,
        "concern": found.concern,
        "concern_text": found.concern_text,
        "sections": {
            one.section: _filled({"grade": one.grade, "score": one.score, "rationale": one.rationale})
            for one in found.sections
        },
        "answers": {
            one.question: _filled(
                {
                    "value": list(one.value) if isinstance(one.value, tuple) else one.value,
                    "text": one.text,
                    "evidence": one.evidence,
                    "impact": one.impact,
                }
            )
            for one in found.answers
        },
        "child_feedback": _feedback(found.child_feedback),
        "parent_feedback": _feedback(found.parent_feedback),
        "practitioner_feedback": _feedback(found.practitioner_feedback),
    }


def _feedback(feedback: PlannedFeedback) -> dict[str, Any]:
    return _filled({"obtained": feedback.obtained, "why_not": feedback.why_not, "score": feedback.score})


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
