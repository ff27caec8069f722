"""Examples of the OpenAPI document: made up, and complete enough to be sent as they are."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

_FEEDBACK: dict[str, Any] = {
    "child_feedback": {"obtained": False, "why_not": "too-young"},
    "parent_feedback": {"obtained": True, "score": 4},
    "practitioner_feedback": {"obtained": True},
}
_OUTCOME: dict[str, Any] = {
    "took_part": "both",
    "reflective_discussion": True,
    "overall_grade": "good",
    "overall_rationale": "The plan is working and the family says so.",
    "inadequate_likely": False,
    "concern": "none",
    "sections": {
        "theme": {"grade": "good", "rationale": "Supervision is regular and reflective."},
    },
    "answers": {
        "family-knows-manager": {"value": True},
        "supervision-held": {"value": True},
        "supervision-reflective": {"value": 2},
        "oversight-changes-course": {
            "value": True,
            "evidence": "The manager's note of the review asked for a family network meeting.",
            "impact": "The meeting was held, and the grandmother now helps at weekends.",
        },
        "strengths": {"value": ["reflective-supervision"]},
    },
    **_FEEDBACK,
}


def _one(summary: str, value: dict[str, Any]) -> dict[str, Example]:
    return {"example": Example(summary=summary, value=value)}


ALLOCATION = _one(
    "A thematic audit of a child in need",
    {
        "kind": "thematic",
        "cycle": "2026-11",
        "organisation": {"area": "east", "district": "hallow-bay", "team": "hallow-bay-assessment"},
        "case_number": "RS-000123",
        "child_status": "in-need",
        "tool": "thematic-audit",
        "auditor_staff_number": "4711",
        "selected_because": "random",
    },
)
COMPLETION = _one(
    "A completed thematic audit with a recommendation",
    {
        **_OUTCOME,
        "recommendations": [
            {"category": "management-oversight", "owner_role": "team-manager", "text": "Say who decided what, and why."}
        ],
    },
)
AMENDMENT = _one("The grade was mistyped", {**_OUTCOME, "overall_grade": "requires-improvement", "reason": "mistyped"})
CONCERN = _one(
    "A safeguarding concern before completion",
    {"concern": "safeguarding", "inadequate_likely": True, "text": "The child has not been seen for six weeks."},
)
MODERATION = _one(
    "A moderator grades lower",
    {
        "overall_grade": "requires-improvement",
        "sections": {"theme": "requires-improvement"},
        "audit_quality": "good",
        "met_team_manager": True,
        "met_practitioner": True,
        "rationale": "Supervision is regular, and does not yet change the course of the work.",
    },
)
RECOMMENDATION = _one(
    "A recommendation from the moderation",
    {"recommendation": {"category": "management-oversight", "owner_role": "team-manager", "text": "Plan for drift."}},
)
FOLLOW_UP = _one(
    "Discussed in supervision and done",
    {"discussed_in_supervision_on": "2026-11-20", "done": True, "made_a_difference": "not-yet-known"},
)
TOOL = _one(
    "A small tool",
    {
        "tool": "supervision-check",
        "title": "Supervision check",
        "kinds": ["supervision-observation"],
        "graded": False,
        "sections": [
            {
                "id": "supervision",
                "title": "Supervision",
                "judgement": "none",
                "questions": [{"id": "held", "text": "Was supervision held?", "scale": "yes-no"}],
            }
        ],
    },
)
