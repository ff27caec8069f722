"""A tool with everything a tool may have: conditions, who answers, reasons, mappings, limits."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from services.audit.domain.audits.outcome import Answer, Outcome, SectionJudgement
from services.audit.domain.tools.document import ToolDocument, read_tool
from services.audit.domain.words import Grade, SealedText
from tests.unit.audit import builders as b

FULL_JSON: dict[str, Any] = {
    "tool": "full-check",
    "title": "Full check",
    "kinds": ["case-file"],
    "limits": [
        {
            "id": "unsafe",
            "message": "Safety is inadequate: at most requires improvement.",
            "effect": "block",
            "when": [{"section": "safety", "at_most": "inadequate"}],
            "overall_at_most": "requires-improvement",
        },
        {
            "id": "not-seen-alone",
            "message": "The child was not seen alone: at most good.",
            "effect": "warn",
            "when": [
                {"question": "seen-alone", "answers": ["no", "not-seen"]},
                {"section": "goals", "at_most": "good"},
            ],
            "overall_at_most": "good",
        },
    ],
    "sections": [
        {
            "id": "safety",
            "title": "Safety",
            "grade_descriptors": {"good": "Risks are known and acted on."},
            "questions": [
                {"id": "seen-alone", "text": "Seen alone?", "scale": "yes-no", "may_be_not_seen": True},
                {
                    "id": "why-not-alone",
                    "text": "Why not?",
                    "scale": "choice",
                    "choices": [{"code": "refused", "label": "Refused"}, {"code": "baby", "label": "A baby"}],
                    "asked_if": [{"question": "seen-alone", "answers": ["no"]}],
                },
                {
                    "id": "father",
                    "text": "Was the father involved?",
                    "scale": "yes-no",
                    "may_be_not_applicable": True,
                    "not_applicable_reasons": [
                        {"code": "has-died", "label": "He has died"},
                        {"code": "not-known", "label": "Not known"},
                    ],
                },
                {"id": "last-visit", "text": "Last visit", "scale": "date", "required": False, "weight": 2},
            ],
        },
        {
            "id": "goals",
            "title": "Goals",
            "judgement": "score",
            "score_from": 0,
            "score_to": 10,
            "score_grades": [
                {"from": 0, "to": 2, "grade": "inadequate"},
                {"from": 3, "to": 5, "grade": "requires-improvement"},
                {"from": 6, "to": 8, "grade": "good"},
                {"from": 9, "to": 10, "grade": "outstanding"},
            ],
            "questions": [
                {
                    "id": "progress",
                    "text": "How far?",
                    "scale": "scale",
                    "points": [
                        {"value": 0, "name": "Not", "grade": "inadequate"},
                        {"value": 10, "name": "Fully", "grade": "outstanding"},
                    ],
                },
                {"id": "own-words", "text": "In words", "scale": "text", "may_be_not_applicable": True},
            ],
        },
        {
            "id": "court",
            "title": "Court work",
            "judgement": "none",
            "asked_if": [{"question": "progress", "answers": ["0"]}],
            "questions": [{"id": "court-plan", "text": "Court plan?", "scale": "yes-no"}],
        },
        {
            "id": "voices",
            "title": "Voices",
            "judgement": "none",
            "answered_by": "family",
            "questions": [
                {"id": "felt-heard", "text": "Did you feel heard?", "scale": "yes-no"},
                {"id": "worker-says", "text": "Helpful?", "scale": "yes-no", "answered_by": "practitioner"},
                {"id": "moderator-says", "text": "Fair?", "scale": "yes-no", "answered_by": "moderator"},
            ],
        },
    ],
}


def full_json() -> dict[str, Any]:
    return copy.deepcopy(FULL_JSON)


def full_tool(change: Callable[[dict[str, Any]], object] | None = None, **top: Any) -> ToolDocument:
    document = full_json()
    if change is not None:
        change(document)
    return read_tool({**document, **top})


def full_answers(**changes: Answer | None) -> dict[str, Answer]:
    """Return answers that are complete; a change is named with underscores, and None takes an answer away."""
    given: dict[str, Answer | None] = {
        "seen-alone": Answer(value=True),
        "father": Answer(value=True),
        "progress": Answer(value=10),
        "own-words": Answer(text=SealedText("s1.words")),
        "felt-heard": Answer(value=True),
        "worker-says": Answer(value=False),
        **{id_.replace("_", "-"): answer for id_, answer in changes.items()},
    }
    return {id_: answer for id_, answer in given.items() if answer is not None}


def full_outcome(answers: dict[str, Answer] | None = None, **changes: Any) -> Outcome:
    given: dict[str, Any] = {
        "answers": full_answers() if answers is None else answers,
        "sections": {"safety": SectionJudgement(grade=Grade.GOOD), "goals": SectionJudgement(score=7)},
        "parent_feedback": b.outcome().parent_feedback.model_copy(update={"score": None}),
    }
    return b.outcome(**{**given, **changes})
