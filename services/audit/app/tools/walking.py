"""One way through a tool, for whoever writes it out: in the order of its form, with each kind of answer by itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.audit.domain.tools.document import Question, Section, ToolDocument

Piece = TypeVar("Piece")
Way = str | Callable[[Question], str]
"""How a question is answered: the same for all of its kind, or by what the question says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How each kind of question is answered, by the names of `Scale`."""

    grade: Way
    scale: Way
    yes_no: Way
    choice: Way
    choices: Way
    number: Way
    date: Way
    themes: Way
    text: Way


class ToolWalk(ABC, Generic[Piece]):
    """Goes through a tool; what it makes of each part are pieces of its own: lines of a text, rows of a sheet.

    Every writer says of every kind of answer how it is given (`ways`), so that none is forgotten when one is added.
    """

    def __init__(self, tool: ToolDocument) -> None:
        self.tool = tool

    @property
    @abstractmethod
    def ways(self) -> Ways:
        """Return how each kind of question is answered."""

    def pieces(self) -> Iterator[Piece]:
        """Yield what is made of the whole tool, from its beginning to its end."""
        yield from self.beginning()
        for section in self.tool.sections:
            yield from self.section_begins(section)
            for question in section.questions:
                yield from self.question(section, question)
            yield from self.section_ends(section)
        yield from self.end()

    def answer(self, question: Question) -> str:
        """Return how a question is answered, by the kind of answer it takes."""
        way: Way = getattr(self.ways, question.scale.name.lower())
        return way if isinstance(way, str) else way(question)

    @abstractmethod
    def beginning(self) -> Iterator[Piece]:
        """Yield what stands before the first section: what the tool is, and what it is for."""

    @abstractmethod
    def section_begins(self, section: Section) -> Iterator[Piece]:
        """Yield what stands before the questions of a section."""

    @abstractmethod
    def question(self, section: Section, question: Question) -> Iterator[Piece]:
        """Yield what is made of a question, its boxes and properties."""

    def section_ends(self, section: Section) -> Iterator[Piece]:  # noqa: ARG002 - for writers that have something there
        """Yield what stands after the questions of a section: nothing, unless a writer says so."""
        yield from ()

    @abstractmethod
    def end(self) -> Iterator[Piece]:
        """Yield what stands after the last section: the overall grade, its limits, what findings are tagged with."""
