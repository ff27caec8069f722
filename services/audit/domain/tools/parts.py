"""The parts of an audit tool: questions, sections, what is asked only if, limits on the overall grade.

Scales, applicability and the mapping of scores to grades: practice.md section 1; limits: practice.md section 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, StringConstraints, Tag

from services.audit.domain.words import (
    NOT_APPLICABLE,
    NOT_SEEN,
    ChildStatus,
    Code,
    FrameworkComponent,
    Frozen,
    Grade,
    Label,
    Polarity,
    readable,
)

Guidance = Annotated[str, Field(max_length=4000), AfterValidator(readable)]
"""What helps whoever fills in the form; never part of a question's meaning."""

Descriptor = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(readable)]
"""What a grade looks like here."""

AnswerWord = Annotated[str, StringConstraints(min_length=1, max_length=80)]
"""An answer as a condition writes it: `yes`, `no`, a code, a grade, a number, `not-applicable` or `not-seen`."""


def number_word(number: float) -> str:
    """Return a number as a condition writes it: 3, -1, 2.5."""
    return format(Decimal(repr(number)).normalize(), "f") if math.isfinite(number) else ""


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


class Respondent(StrEnum):
    """Who answers: the practitioner with their feedback, the moderator when the moderation is recorded.

    What the family says is written down by whoever completes the audit.
    """

    AUDITOR = "auditor"
    PRACTITIONER = "practitioner"
    FAMILY = "family"
    MODERATOR = "moderator"


class Effect(StrEnum):
    """What a limit does: a warning may be set aside with a reason, a block may not."""

    WARN = "warn"
    BLOCK = "block"


class Choice(Frozen):
    """One of the answers a choice question offers, or one of the reasons why a question is not applicable."""

    code: Code
    label: Label


class ScalePoint(Frozen):
    """A named point of a scale, such as 0 "not at all" or 10 "fully"."""

    value: int = Field(ge=-100, le=100)
    name: Label
    grade: Grade | None = Field(default=None, description="the grade this point stands for, where the tool says so")


class Theme(Frozen):
    """A theme that findings can be tagged with, and its component of the practice framework."""

    code: Code
    label: Label
    component: FrameworkComponent | None = None


class Condition(Frozen):
    """A question asked before, and the answers of which one must be given there (or, if negated, none of them).

    Of several answers to one question, one among them is enough. A question that is not asked, or not answered, has no
    answer: a condition on it does not hold, and a negated one does (as an XLSForm has it).
    """

    question: Code
    answers: Annotated[tuple[AnswerWord, ...], Field(min_length=1)]
    negated: bool = False


class SectionAtMost(Frozen):
    """A section that is judged at most so, by its grade or by the grade its score stands for."""

    section: Code
    at_most: Grade


def _which(value: Any) -> str:
    named = value if isinstance(value, Mapping) else getattr(value, "model_fields_set", ())
    return "section" if "section" in named else "question"


When = Annotated[
    Annotated[SectionAtMost, Tag("section")] | Annotated[Condition, Tag("question")],
    Discriminator(_which),
]
"""One of the things that must all be so for a limit to hold."""


class Limit(Frozen):
    """A limiting judgement, such as "not above requires improvement while safety is inadequate".

    It never makes the grade: it warns (and may be set aside with a reason) or blocks (practice.md section 3).
    """

    id: Code
    message: Label
    effect: Effect
    when: Annotated[tuple[When, ...], Field(min_length=1, description="all of these must be so")]
    overall_at_most: Grade


class ScoreGrade(Frozen):
    """The grade that scores from one to another stand for, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)

    from_: int = Field(alias="from", ge=0, le=100)
    to: int = Field(ge=0, le=100)
    grade: Grade

    @property
    def scores(self) -> range:
        """Return the scores."""
        return range(self.from_, self.to + 1)


class Question(Frozen):
    """A question: its id keeps its meaning for ever and is never used again, its scale says what an answer may be."""

    id: Code
    text: Label
    scale: Scale
    points: tuple[ScalePoint, ...] = Field(default=(), description="named points, for the scale `scale`")
    choices: tuple[Choice, ...] = Field(default=(), description="for the scales `choice` and `choices`")
    minimum: float | None = Field(default=None, allow_inf_nan=False, description="for the scale `number`")
    maximum: float | None = Field(default=None, allow_inf_nan=False, description="for the scale `number`")
    may_lie_ahead: bool = Field(
        default=False, description="for the scale `date`: it may lie after the day on which it is recorded"
    )
    not_before: Code | None = Field(
        default=None, description="for the scale `date`: the question whose date it does not lie before"
    )
    polarity: Polarity | None = Field(default=None, description="for `themes`: what the themes named here are")
    required: bool = True
    may_be_not_applicable: bool = False
    not_applicable_reasons: tuple[Choice, ...] = Field(
        default=(), description="where named, an answer not-applicable gives one of these as its `reason`"
    )
    may_be_not_seen: bool = False
    evidence: Box = Field(default=Box.NONE, description="what was seen")
    impact: Box = Field(default=Box.NONE, description="what difference it made to the child")
    compliance: bool = Field(default=False, description="a compliance question, reported apart from quality")
    weight: float = Field(
        default=1, ge=0, le=100, allow_inf_nan=False, description="for readers; never arithmetic towards a grade"
    )
    answered_by: Respondent | None = Field(default=None, description="who answers; by default whoever the section says")
    asked_if: tuple[Condition, ...] = Field(
        default=(), description="asked only if all of these hold; otherwise it must not be answered"
    )
    grade_descriptors: Mapping[Grade, Descriptor] = Field(
        default_factory=dict, description="what each grade looks like, for the scale `grade`"
    )
    guidance: Guidance = ""
    replaces: Code | None = Field(default=None, description="the question of an earlier version this one re-means")
    comparable: bool = Field(default=False, description="whether its answers carry on those of what it replaces")

    @property
    def unanswered_ways(self) -> tuple[str, ...]:
        """Return the words by which the question may be answered though it is not: not-applicable, not-seen."""
        may = {NOT_APPLICABLE: self.may_be_not_applicable, NOT_SEEN: self.may_be_not_seen}
        return tuple(word for word, allowed in may.items() if allowed)

    @property
    def free_text_boxes(self) -> int:
        """Return how many boxes of free text the question has."""
        return (self.scale is Scale.TEXT) + sum(box is not Box.NONE for box in (self.evidence, self.impact))


class Section(Frozen):
    """A section of a tool, judged as a whole, for all children or only for some statuses."""

    id: Code
    title: Label
    judgement: Judgement = Judgement.GRADE
    score_from: int = Field(default=0, ge=0, le=100)
    score_to: int = Field(default=10, ge=1, le=100)
    score_grades: tuple[ScoreGrade, ...] = Field(
        default=(), description="which scores stand for which grade: every score once, or none at all"
    )
    rationale: Box = Field(default=Box.NONE, description="why this judgement")
    applies_to: tuple[ChildStatus, ...] = Field(default=(), description="child statuses; none named means all")
    asked_if: tuple[Condition, ...] = Field(default=(), description="asked only if all of these hold")
    answered_by: Respondent | None = Field(default=None, description="who answers here; by default the auditor")
    grade_descriptors: Mapping[Grade, Descriptor] = Field(
        default_factory=dict, description="what each grade looks like here, for a graded section"
    )
    guidance: Guidance = ""
    questions: tuple[Question, ...] = ()

    def applies(self, status: ChildStatus) -> bool:
        """Say whether the section is for a child of this status; `asked_if` is another matter (conditions.py)."""
        return not self.applies_to or status in self.applies_to

    def answered_by_whom(self, question: Question) -> Respondent:
        """Return who answers a question of this section."""
        return question.answered_by or self.answered_by or Respondent.AUDITOR

    def meaning_of(self, question: Question) -> tuple[object, ...]:
        """Return what an answer to a question means: an id may never stand for another one.

        Guidance, grade descriptors, boxes, weight, order, conditions and whether it must be answered are no part of it.
        """
        return (
            " ".join(question.text.casefold().split()),
            question.scale.value,
            tuple((point.value, point.name, point.grade) for point in question.points),
            tuple((choice.code, choice.label) for choice in question.choices),
            question.minimum,
            question.maximum,
            None if question.polarity is None else question.polarity.value,
            question.compliance,
            self.answered_by_whom(question).value,
        )
