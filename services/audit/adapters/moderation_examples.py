"""Examples of the OpenAPI document for moderation: made up, and complete enough to be sent as they are."""

from __future__ import annotations

from services.audit.adapters.examples import one

MODERATION = one(
    "A moderator grades lower",
    {
        "overall_grade": "requires-improvement",
        "sections": {"planning-and-review": "requires-improvement"},
        "audit_quality": "good",
        "met_team_manager": True,
        "met_practitioner": True,
        "rationale": "The plan has dates, and supervision does not yet ask whether they were kept.",
    },
)
