"""Every text of a tool with its place, for what is asked of each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.audit.domain.tools.parts import Question, Section

if TYPE_CHECKING:
    from services.audit.domain.tools.document import ToolDocument


@dataclass(frozen=True, slots=True)
class Wording:
    """A text of a tool, its place in the document, and the question it belongs to, if any."""

    place: str
    text: str
    question: str | None = None


def wording_of(tool: ToolDocument) -> Iterator[Wording]:
    """Yield every text of a tool, in the order of its document."""
    yield Wording("title", tool.title)
    yield Wording("description", tool.description)
    yield from (Wording(f"limits.{limit.id}.message", limit.message) for limit in tool.limits)
    for number, point in enumerate(tool.feedback_points):
        yield Wording(f"feedback_points.{number}.name", point.name)
    yield from (Wording(f"themes.{number}.label", theme.label) for number, theme in enumerate(tool.themes))
    for section in tool.sections:
        yield from _of_section(section)
        for question in section.questions:
            yield from _of_question(f"sections.{section.id}.questions.{question.id}", question)


def _of_section(section: Section) -> Iterator[Wording]:
    place = f"sections.{section.id}"
    yield Wording(f"{place}.title", section.title)
    yield Wording(f"{place}.guidance", section.guidance)
    for grade, descriptor in section.grade_descriptors.items():
        yield Wording(f"{place}.grade_descriptors.{grade}", descriptor)


def _of_question(place: str, question: Question) -> Iterator[Wording]:
    yield Wording(f"{place}.text", question.text, question.id)
    yield Wording(f"{place}.guidance", question.guidance, question.id)
    for grade, descriptor in question.grade_descriptors.items():
        yield Wording(f"{place}.grade_descriptors.{grade}", descriptor, question.id)
    for field, choices in (
        ("choices", question.choices),
        ("not_applicable_reasons", question.not_applicable_reasons),
    ):
        for number, choice in enumerate(choices):
            yield Wording(f"{place}.{field}.{number}.label", choice.label, question.id)
    for number, point in enumerate(question.points):
        yield Wording(f"{place}.points.{number}.name", point.name, question.id)
