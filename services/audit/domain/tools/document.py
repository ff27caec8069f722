"""The audit tool (form) as a document: sections and questions are data, never code.

"The audit tool is versioned and not static": domain.md section 2; scales and applicability: practice.md section 1.
`read_tool` takes a document from outside and lists every fault at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, ValidationError

from services.audit.domain.refusals import ToolInvalid
from services.audit.domain.tools.faults import faults, malformed
from services.audit.domain.tools.parts import (
    Box,
    Choice,
    Condition,
    Effect,
    Guidance,
    Judgement,
    Limit,
    Question,
    Respondent,
    Scale,
    ScalePoint,
    ScoreGrade,
    Section,
    SectionAtMost,
    Theme,
)
from services.audit.domain.words import Code, Frozen, Label

__all__ = [
    "Box",
    "Choice",
    "Condition",
    "Effect",
    "Judgement",
    "Limit",
    "Question",
    "Respondent",
    "Scale",
    "ScalePoint",
    "ScoreGrade",
    "Section",
    "SectionAtMost",
    "Theme",
    "ToolDocument",
    "faults",
    "read_tool",
]


class ToolDocument(Frozen):
    """A tool as an authority publishes it. `version` may be left out: the next number is then given."""

    tool: Code
    version: int | None = Field(default=None, ge=1)
    title: Label
    description: Guidance = Field(default="", description="what the tool is for, for whoever chooses one")
    kinds: Annotated[tuple[Code, ...], Field(min_length=1, description="kinds of audit it may be used for")]
    graded: bool = Field(default=True, description="whether the audit gets an overall grade")
    overall_rationale: Box = Field(default=Box.REQUIRED, description="why the overall grade; graded tools only")
    limits: tuple[Limit, ...] = Field(default=(), description="limiting judgements on the overall grade")
    in_practice_figures: bool = Field(
        default=True, description="whether its audits count as practice: calibration and inspection audits do not"
    )
    complete_within_days: int | None = Field(
        default=None, ge=1, le=366, description="the tool's own clock in days, instead of the authority's"
    )
    needs_earlier_audit: bool = Field(default=False, description="a re-audit: it names the audit it looks at again")
    feedback_points: tuple[ScalePoint, ...] = Field(default=(), description="scale of feedback scores, if any")
    months_read: int | None = Field(default=None, ge=1, le=60, description="how far back the file is read")
    months_judged: int | None = Field(default=None, ge=1, le=60, description="how far back practice is judged")
    themes: tuple[Theme, ...] = ()
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]

    def questions(self) -> Iterator[tuple[Section, Question]]:
        """Yield every question with its section, in the order of the form."""
        for section in self.sections:
            for question in section.questions:
                yield section, question

    @cached_property
    def asked(self) -> Mapping[str, tuple[Section, Question]]:
        """Every question with its section, by its id."""
        return {question.id: (section, question) for section, question in self.questions()}

    @property
    def meanings(self) -> dict[str, tuple[object, ...]]:
        """Return what an answer to each question means, by its id."""
        return {question.id: section.meaning_of(question) for section, question in self.questions()}

    @property
    def free_text_boxes(self) -> int:
        """Return how many boxes of free text there are: few, so that answers stay analysable (domain.md 2)."""
        boxes = sum(question.free_text_boxes for _, question in self.questions())
        rationales = sum(section.rationale is not Box.NONE for section in self.sections)
        return boxes + rationales + (self.graded and self.overall_rationale is not Box.NONE)


def read_tool(document: Mapping[str, Any]) -> ToolDocument:
    """Return a tool read from JSON.

    Raises:
        ToolInvalid: with every fault of the document, each at its place.

    """
    try:
        tool = ToolDocument.model_validate(document, strict=False)
    except ValidationError as invalid:
        raise ToolInvalid(list(malformed(invalid))) from None
    problems = list(faults(tool))
    if problems:
        raise ToolInvalid(problems)
    return tool
