"""Examples of the OpenAPI document: made up, and complete enough to be sent as they are to a demonstration."""

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
    "reflective_discussion_with": ["practitioner", "team-manager"],
    "overall_grade": "good",
    "overall_rationale": "The plan is working and the family says so.",
    "inadequate_likely": False,
    "concern": "none",
    "sections": {
        "assessment": {"grade": "good"},
        "planning-and-review": {"grade": "good", "rationale": "Each step has a name and a date."},
        "safety-and-risk": {"grade": "good"},
        "impact-and-oversight": {"grade": "requires-improvement"},
    },
    "answers": {
        "family-asked": {"value": True},
        "family-felt-heard": {"value": 3},
        "family-understands-plan": {"value": "yes"},
        "family-difference": {"value": 2},
        "family-own-words": {"text": "She listens, and she comes when she says she will."},
        "assessment-up-to-date": {"value": True},
        "chronology-current": {"value": True},
        "assessment-analysis": {"value": "good"},
        "assessment-history": {"value": True},
        "father-included": {"value": "not-applicable"},
        "plan-in-place": {"value": True},
        "plan-smart": {"value": True},
        "plan-reviewed-on": {"value": "2026-02-16"},
        "visits-in-timescale": {"value": True},
        "plan-progress": {"value": "good"},
        "risk-understood": {"value": "good"},
        "extra-familial-harm": {"value": "not-applicable"},
        "contingency-plan": {"value": "not-seen"},
        "strategy-discussions-timely": {"value": "not-applicable"},
        "partners-involved": {"value": ["health", "school"]},
        "child-seen-alone": {"value": True},
        "child-voice": {"value": "good"},
        "child-told-outcome": {"value": False},
        "lived-experience": {
            "value": "good",
            "evidence": "The visits of June and July say how mornings go at home.",
            "impact": "Breakfast club was found, and the child is in school on time.",
        },
        "supervision-frequency": {"value": False},
        "management-oversight": {"value": "requires-improvement"},
        "practitioner-supported": {"value": 2},
        "practitioner-agrees": {"value": "yes"},
        "strengths": {"value": ["voice-of-the-child"]},
        "areas-to-develop": {"value": ["management-oversight"]},
    },
    **_FEEDBACK,
}


def one(summary: str, value: dict[str, Any]) -> dict[str, Example]:
    """Return a body's one example."""
    return {"example": Example(summary=summary, value=value)}


ALLOCATION = one(
    "A case file audit of a child in need",
    {
        "kind": "case-file",
        "cycle": "2026-11",
        "organisation": {"area": "east", "district": "hallow-bay", "team": "hallow-bay-assessment"},
        "case_number": "RS-000123",
        "child_status": "in-need",
        "tool": "standard-case-file-audit",
        "auditor_staff_number": "4711",
        "practitioner_staff_number": "5120",
        "selected_because": "random",
    },
)
COMPLETION = one(
    "A completed case file audit with a recommendation",
    {
        **_OUTCOME,
        "recommendations": [
            {"category": "management-oversight", "owner_role": "team-manager", "text": "Say who decided what, and why."}
        ],
    },
)
DRAFT = one(
    "What was written so far",
    {
        "took_part": "both",
        "sections": {"assessment": {"grade": "good"}},
        "answers": {"family-asked": {"value": True}, "family-own-words": {"text": "She listens."}},
    },
)
AMENDMENT = one("The grade was mistyped", {**_OUTCOME, "overall_grade": "requires-improvement", "reason": "mistyped"})
CONCERN = one(
    "A safeguarding concern before completion",
    {"concern": "safeguarding", "inadequate_likely": True, "text": "The child has not been seen for six weeks."},
)
PRACTITIONER_FEEDBACK = one(
    "What the practitioner says before the audit is completed",
    {"text": "We talked the plan over with the family twice, and the school came."},
)
PRACTITIONER_RESPONSE = one(
    "The practitioner agrees in part", {"agrees": "partly", "text": "Visits were made in June."}
)
RECOMMENDATION = one(
    "A recommendation from the moderation",
    {"recommendation": {"category": "management-oversight", "owner_role": "team-manager", "text": "Plan for drift."}},
)
FOLLOW_UP = one(
    "Done, and not discussed in supervision yet",
    {"done": True, "made_a_difference": "not-yet-known"},
)
TOOL = one(
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
