"""Examples of the OpenAPI document for what the QA unit does: made up, and complete enough to be sent as they are."""

from __future__ import annotations

from services.audit.adapters.examples import one

_MODERATOR = "6f2d1f3a-90c1-4f0e-8b1b-3f6f0b9c5a01"
_GRADES = {
    "overall_grade": "good",
    "sections": {
        "assessment": "good",
        "planning-and-review": "requires-improvement",
        "voice-of-the-child": "good",
        "safety-and-risk": "good",
        "oversight": "requires-improvement",
        "impact": "good",
    },
}

WITHDRAWAL = one("It was the wrong child's file", {"reason": "wrong-child"})
MODERATION_REQUEST = one("A second look, blind", {"selected_because": "requested", "blind": True})
GIVING = one("To a moderator by their reference", {"moderator": _MODERATOR})
RETURNING = one("The moderator is away", {"reason": "leave"})
CARRYING_OVER = one("What October left", {"from_cycle": "2026-10", "to_cycle": "2026-11"})
OPENING = one(
    "Two auditors and a moderator grade one file",
    {
        "cycle": "2026-11",
        "tool": "calibration-exercise",
        "case_number": "RS-000123",
        "child_status": "in-need",
        "auditors": [
            "6f2d1f3a-90c1-4f0e-8b1b-3f6f0b9c5a02",
            "6f2d1f3a-90c1-4f0e-8b1b-3f6f0b9c5a03",
            _MODERATOR,
        ],
        "due_on": "2030-12-11",
    },
)
GRADING = one(
    "An auditor's grades, written down by the QA unit",
    {
        **_GRADES,
        "answers": {
            "assessment-analysis": {"value": "good"},
            "identity-understood": {"value": "good"},
            "plan-progress": {"value": "requires-improvement"},
            "child-voice": {"value": "good"},
            "risk-understood": {"value": "good"},
            "management-oversight": {"value": "requires-improvement"},
            "lived-experience": {"value": "good"},
            "sure-of-grade": {"value": 2},
            "hardest-to-grade": {"value": "oversight"},
        },
        "auditor": "6f2d1f3a-90c1-4f0e-8b1b-3f6f0b9c5a02",
        "rationale": "The plan is clear, and its reviews come late.",
    },
)
CLOSING = one("What was agreed", {**_GRADES, "reasons": "We read the chronology together and agreed on the delay."})
CASE_NUMBER = one("A case number", {"case_number": "RS-000123"})
ERASURE = one("At the child's own wish", {"reason": "right-to-erasure"})
