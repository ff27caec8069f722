"""Examples of the OpenAPI document for moderation: made up, and complete enough to be sent as they are."""

from __future__ import annotations

from services.audit.adapters.examples import one

_QUALITY = {"thorough": "yes", "evidenced": "partly", "actions_right": "yes"}

BLIND_GRADES = one(
    "Grades of a moderator who has not seen the auditor's",
    {
        "overall_grade": "requires-improvement",
        "sections": {"planning-and-review": "requires-improvement"},
        "section_reasons": {"planning-and-review": "The plan has dates; nobody asks whether they were kept."},
        "quality": _QUALITY,
        "rationale": "The impact on the child decided it.",
    },
)
MODERATION = one(
    "A moderator grades lower",
    {
        "overall_grade": "requires-improvement",
        "sections": {"planning-and-review": "requires-improvement"},
        "section_reasons": {"planning-and-review": "The plan has dates; nobody asks whether they were kept."},
        "quality": _QUALITY,
        "audit_quality": "good",
        "met_team_manager": True,
        "met_practitioner": True,
        "rationale": "The plan has dates, and supervision does not yet ask whether they were kept.",
        "feedback": "Clear and fair. Say next time what you saw that told you of the child's day.",
    },
)
DISPUTE = one(
    "A team manager disputes the grade",
    {"reason": "evidence", "text": "The visits of June are recorded under the sibling's file and were not seen."},
)
SETTLEMENT = one(
    "A panel changes the grade",
    {
        "outcome": "changed",
        "standing_grade": "good",
        "panel": ["7a1c8f0e-54c5-4a86-9a52-0d9c8a4f7b01", "7a1c8f0e-54c5-4a86-9a52-0d9c8a4f7b02"],
        "text": "The visits were made and made a difference.",
    },
)
REFLECTIVE_NOTE = one(
    "A discussion of what each side saw",
    {
        "discussed_with": ["moderator", "practitioner"],
        "text": "We agree on the plan and not on what supervision should have asked.",
    },
)
