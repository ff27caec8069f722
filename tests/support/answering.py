"""Fills a tool in: an answer to everything it asks, so that a test can complete an audit of any tool."""

from __future__ import annotations

from typing import Any

from services.audit.domain.audits.outcome import Answer
from services.audit.domain.tools.conditions import asking_of
from services.audit.domain.tools.document import Box, Judgement, Question, Scale, ToolDocument
from services.audit.domain.words import ChildStatus

TEXT = "Seen in the file and told by the family."


def completion_of(tool: ToolDocument, status: str, grade: str, happened_at: str, **changes: Any) -> dict[str, Any]:
    """Return the body that completes an audit of a tool with one grade everywhere."""
    child = ChildStatus(status)
    answers: dict[str, dict[str, Any]] = {}
    for section in tool.sections:
        for question in section.questions:
            asking = asking_of(tool, child, {id_: Answer(value=one.get("value")) for id_, one in answers.items()})
            if asking.asks(question.id):
                answers[question.id] = _answer(tool, question, grade)
    asked = asking_of(tool, child, {id_: Answer(value=one.get("value")) for id_, one in answers.items()})
    sections: dict[str, dict[str, Any]] = {}
    for section in tool.sections:
        if not asked.asks_section(section.id) or section.judgement is Judgement.NONE:
            continue
        judged: dict[str, Any] = {"grade": grade} if section.judgement is Judgement.GRADE else {}
        if section.judgement is Judgement.SCORE:
            judged = {"score": section.score_to}
        if section.rationale is not Box.NONE:
            judged["rationale"] = TEXT
        sections[section.id] = judged
    score = {"score": tool.feedback_points[-1].value} if tool.feedback_points else {}
    given: dict[str, Any] = {
        "took_part": "both",
        "reflective_discussion": True,
        "inadequate_likely": grade == "inadequate",
        "concern": "none",
        "sections": sections,
        "answers": answers,
        "child_feedback": {"obtained": True, **score},
        "parent_feedback": {"obtained": True, **score},
        "practitioner_feedback": {"obtained": True, **score},
        "happened_at": happened_at,
    }
    if tool.graded:
        given |= {"overall_grade": grade, "overall_rationale": TEXT}
    return {**given, **changes}


def _answer(  # noqa: C901 - a table, one line a scale
    tool: ToolDocument, question: Question, grade: str
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    match question.scale:
        case Scale.GRADE:
            found["value"] = grade
        case Scale.SCALE:
            found["value"] = question.points[-1].value
        case Scale.YES_NO:
            found["value"] = True
        case Scale.NUMBER:
            found["value"] = question.minimum or 0
        case Scale.DATE:
            found["value"] = "2026-06-01"
        case Scale.CHOICE:
            found["value"] = question.choices[0].code
        case Scale.CHOICES:
            found["value"] = [question.choices[0].code]
        case Scale.THEMES:
            found["value"] = [tool.themes[0].code]
        case Scale.TEXT:
            found["text"] = TEXT
    if question.evidence is not Box.NONE:
        found["evidence"] = TEXT
    if question.impact is not Box.NONE:
        found["impact"] = TEXT
    return found
