"""Examples of the OpenAPI document: made up, in codes that the settings of a demonstration have."""

from __future__ import annotations

from typing import Any, Final

from fastapi.openapi.models import Example

_PERSON = "7b0c2f5e-6c1d-4f3a-9a55-0d7f5a1f2c3b"


def _one(value: dict[str, Any]) -> dict[str, Example]:
    return {"example": {"value": value}}


STARTED: Final = _one(
    {
        "cause": "complaint",
        "category": "practice",
        "organisation": {"area": "east", "district": "hallow-bay", "team": "hallow-bay-assessment"},
        "service": "childrens-social-work",
        "case_reference": "0b9c7f0e-6f5d-4a57-8f0b-5f4a4f1f2b11",
    }
)
NEW_CAUSE: Final = _one({"cause": "reviewing-officer", "category": "safeguarding"})
NAMED_CHILD: Final = _one({"case_reference": "0b9c7f0e-6f5d-4a57-8f0b-5f4a4f1f2b11"})
DISCUSSION: Final = _one({"with_whom": ["practitioner", "team-manager"]})
NOT_REQUIRED: Final = _one({"reason": "already-acted-on"})
RAISE: Final = _one({"category": "safeguarding"})
RECLASSIFICATION: Final = _one({"category": "practice", "reason": "new-information", "second_person": _PERSON})
COPY: Final = _one({"to": ["service-manager", "qa-manager", "principal-social-worker"]})
ACTION: Final = _one({"kind": "visit-the-child", "owner": {"role": "practitioner", "reference": _PERSON}})
ACTION_WITHDRAWAL: Final = _one({"reason": "no-longer-needed"})
ANSWER: Final = _one({"answer": "confirmed"})
REOPENING: Final = _one({"reason": "actions-not-effective"})
WITHDRAWAL: Final = _one({"reason": "raised-in-error", "second_person": _PERSON})
RE_AUDIT: Final = _one({"due_on": "2099-03-31"})
OVERSIGHT: Final = _one({"text": "The safety plan is in place and was seen with the family."})
DONE: Final = _one({})
