"""Which answers of a tool tell the auditor's judgement: a blind moderator reads none of them (domain.md section 3).

A grade question's answer is a grade, and so is a point of a scale that the tool maps to one. What is asked only after
such an answer tells it too, by being answered at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Question, Scale
from services.audit.domain.words import Code


@dataclass(frozen=True, slots=True)
class Telling:
    """The questions whose answers, and the sections whose being asked, tell a grade."""

    questions: frozenset[Code] = frozenset()
    sections: frozenset[Code] = frozenset()


NOTHING_TELLS: Final = Telling()
"""Of a tool that asks for no grade but those of sections and the whole."""


def stands_for_grades(question: Question) -> bool:
    """Say whether an answer to the question is a grade, or a point that the tool maps to one."""
    return question.scale is Scale.GRADE or any(point.grade is not None for point in question.points)


def telling_of(tool: ToolDocument) -> Telling:
    """Return what of a tool tells a grade; a condition is always on a question that was asked before."""
    questions: set[Code] = set()
    sections: set[Code] = set()
    for section in tool.sections:
        if any(condition.question in questions for condition in section.asked_if):
            sections.add(section.id)
        for question in section.questions:
            follows = any(condition.question in questions for condition in question.asked_if)
            if section.id in sections or follows or stands_for_grades(question):
                questions.add(question.id)
    return Telling(frozenset(questions), frozenset(sections))
