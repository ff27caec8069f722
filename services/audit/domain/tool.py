"""The audit tool (form) as a document: sections and questions are data, never code.

"The audit tool is versioned and not static": domain.md section 2; scales and applicability: practice.md section 1.
`read_tool` takes a document from outside and lists every fault at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from services.audit.domain.refusals import Problem, ToolInvalid
from services.audit.domain.words import (
    RESERVED_ANSWERS,
    ChildStatus,
    Code,
    FrameworkComponent,
    Frozen,
    Label,
    Polarity,
    readable,
)

Guidance = Annotated[str, Field(max_length=4000), AfterValidator(readable)]
"""What helps whoever fills in the form; never part of a question's meaning."""


class Scale(StrEnum):
    """What an answer to a question may be."""

    GRADE = "grade"
    SCALE = "scale"
    YES_NO = "yes-no"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    DATE = "date"
    THEMES = "themes"
    TEXT = "text"


class Box(StrEnum):
    """A box for free text beside an answer or a judgement: none, may be filled, must be filled."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Judgement(StrEnum):
    """How a section is judged: by a grade, by a score, or not at all."""

    GRADE = "grade"
    SCORE = "score"
    NONE = "none"


class Choice(Frozen):
    """One of the answers a choice question offers."""

    code: Code
    label: Label


class ScalePoint(Frozen):
    """A named point of a scale, such as 0 "not at all" or 10 "fully"."""

    value: int = Field(ge=-100, le=100)
    name: Label


class Theme(Frozen):
    """A theme that findings can be tagged with, and its component of the practice framework."""

    code: Code
    label: Label
    component: FrameworkComponent | None = None


class Question(Frozen):
    """A question: its id keeps its meaning for ever, its scale says what an answer may be."""

    id: Code
    text: Label
    scale: Scale
    points: tuple[ScalePoint, ...] = Field(default=(), description="named points, for the scale `scale`")
    choices: tuple[Choice, ...] = Field(default=(), description="for the scales `choice` and `choices`")
    minimum: float | None = Field(default=None, description="for the scale `number`")
    maximum: float | None = Field(default=None, description="for the scale `number`")
    polarity: Polarity | None = Field(default=None, description="for `themes`: what the themes named here are")
    required: bool = True
    may_be_not_applicable: bool = False
    may_be_not_seen: bool = False
    evidence: Box = Field(default=Box.NONE, description="what was seen")
    impact: Box = Field(default=Box.NONE, description="what difference it made to the child")
    compliance: bool = Field(default=False, description="a compliance question, reported apart from quality")
    guidance: Guidance = ""
    replaces: Code | None = Field(default=None, description="the question of an earlier version this one re-means")

    @property
    def free_text_boxes(self) -> int:
        """Return how many boxes of free text the question has."""
        return (self.scale is Scale.TEXT) + sum(box is not Box.NONE for box in (self.evidence, self.impact))

    @property
    def meaning(self) -> tuple[object, ...]:
        """Return what an answer to the question means: an id may never stand for another one.

        Guidance, boxes, order and whether it must be answered are not part of it.
        """
        return (
            " ".join(self.text.casefold().split()),
            self.scale.value,
            tuple((point.value, point.name) for point in self.points),
            tuple((choice.code, choice.label) for choice in self.choices),
            self.minimum,
            self.maximum,
            None if self.polarity is None else self.polarity.value,
            self.compliance,
        )


class Section(Frozen):
    """A section of a tool, judged as a whole, for all children or only for some statuses."""

    id: Code
    title: Label
    judgement: Judgement = Judgement.GRADE
    score_from: int = Field(default=0, ge=0, le=100)
    score_to: int = Field(default=10, ge=1, le=100)
    rationale: Box = Field(default=Box.NONE, description="why this judgement")
    applies_to: tuple[ChildStatus, ...] = Field(default=(), description="child statuses; none named means all")
    guidance: Guidance = ""
    questions: tuple[Question, ...] = ()

    def applies(self, status: ChildStatus) -> bool:
        """Say whether the section is asked about a child of this status."""
        return not self.applies_to or status in self.applies_to


class ToolDocument(Frozen):
    """A tool as an authority publishes it. `version` may be left out: the next number is then given."""

    tool: Code
    version: int | None = Field(default=None, ge=1)
    title: Label
    kinds: Annotated[tuple[Code, ...], Field(min_length=1, description="kinds of audit it may be used for")]
    graded: bool = Field(default=True, description="whether the audit gets an overall grade")
    overall_rationale: Box = Field(default=Box.REQUIRED, description="why the overall grade; graded tools only")
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
        raise ToolInvalid(list(_malformed(invalid))) from None
    problems = list(faults(tool))
    if problems:
        raise ToolInvalid(problems)
    return tool


def faults(tool: ToolDocument) -> Iterator[Problem]:
    """Yield what is wrong with a well-formed tool, all of it."""
    yield from _repeated("sections", [section.id for section in tool.sections], "section id")
    yield from _repeated("sections", [question.id for _, question in tool.questions()], "question id")
    yield from _repeated("themes", [theme.code for theme in tool.themes], "theme")
    yield from _repeated("feedback_points", [str(point.value) for point in tool.feedback_points], "point")
    for section in tool.sections:
        place = f"sections.{section.id}"
        if section.judgement is Judgement.SCORE and section.score_from >= section.score_to:
            yield Problem(f"{place}.score_to", "the scores end before they begin", "Give a score_to above score_from.")
        if section.judgement is Judgement.GRADE and not tool.graded:
            yield Problem(
                f"{place}.judgement",
                "a section of an ungraded tool is graded",
                "Set its judgement to none or score, or make the tool graded.",
            )
    for section, question in tool.questions():
        yield from _faults_of_question(tool, f"sections.{section.id}.questions.{question.id}", question)


def _faults_of_question(tool: ToolDocument, place: str, question: Question) -> Iterator[Problem]:
    scale, codes = question.scale, [choice.code for choice in question.choices]
    low, high = question.minimum, question.maximum
    rules = (
        (
            (scale in (Scale.CHOICE, Scale.CHOICES)) != bool(codes),
            "choices",
            "choices and scale do not fit",
            "Choices belong to the scales choice and choices, and to no other.",
        ),
        (
            (scale is Scale.SCALE) != bool(question.points),
            "points",
            "points and scale do not fit",
            "Named points belong to the scale `scale`, and to no other.",
        ),
        (
            scale is not Scale.NUMBER and (low is not None or high is not None),
            "minimum",
            "only a number has bounds",
            "Leave minimum and maximum out.",
        ),
        (
            low is not None and high is not None and low > high,
            "maximum",
            "the maximum is below the minimum",
            "Give a maximum of at least the minimum.",
        ),
        (
            (scale is Scale.THEMES) != (question.polarity is not None),
            "polarity",
            "polarity and scale do not fit",
            "A themes question says whether its themes are a strength or to develop; no other question does.",
        ),
        (scale is Scale.THEMES and not tool.themes, "scale", "the tool names no themes", "Add the tool's themes."),
        (
            not RESERVED_ANSWERS.isdisjoint(codes),
            "choices",
            "not-applicable and not-seen are kept words",
            "Use may_be_not_applicable or may_be_not_seen.",
        ),
        (
            question.replaces == question.id,
            "replaces",
            "a question cannot replace itself",
            "Give the changed question a new id.",
        ),
    )
    for broken, field, message, way_out in rules:
        if broken:
            yield Problem(f"{place}.{field}", message, way_out, question.id)
    yield from _repeated(f"{place}.choices", codes, "choice")
    yield from _repeated(f"{place}.points", [str(point.value) for point in question.points], "point")


def _repeated(place: str, names: list[str], what: str) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Problem(place, f"the {what} {name} is there {times} times", f"Give each its own {what}.")


def _malformed(invalid: ValidationError) -> Iterator[Problem]:
    """Yield the faults of a malformed document; a list that is "too short" because its items are faulty is none."""
    errors = invalid.errors(include_url=False, include_input=False)
    places = [error["loc"] for error in errors]
    for error in errors:
        here = error["loc"]
        within = any(len(other) > len(here) and other[: len(here)] == here for other in places)
        if error["type"] == "too_short" and within:
            continue
        place = ".".join(str(part) for part in here) or "document"
        message = str(error["msg"]).removeprefix("Value error, ")
        yield Problem(place, message, "docs/contracts/audit-tool.schema.json says what may stand here.")
