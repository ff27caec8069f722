"""What an audit found, as it is stored: coded answers beside sealed text, and the recommendations made with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from pydantic import Field

from services.audit.domain.words import (
    Code,
    Concern,
    FrameworkComponent,
    Grade,
    Polarity,
    SealedText,
    Stored,
    TookPart,
)

AnswerValue = bool | int | float | str | tuple[str, ...]
"""Yes or no, a number, a code (a grade, a choice, a date, `not-applicable`, `not-seen`), or several codes."""


class Answer(Stored):
    """The answer to one question: coded (or sealed, for a text question), with its evidence and impact."""

    value: AnswerValue | None = None
    text: SealedText | None = None
    evidence: SealedText | None = None
    impact: SealedText | None = None
    reason: Code | None = Field(default=None, description="why not applicable, where the question names reasons")


def coded_answers(answers: Mapping[Code, Answer]) -> dict[Code, tuple[AnswerValue, Code | None]]:
    """Return answers without their text: what two sets of them are compared by, and what people are shown."""
    return {id_: (answer.value, answer.reason) for id_, answer in answers.items() if answer.value is not None}


def answer_texts(answers: Mapping[Code, Answer]) -> dict[str, SealedText]:
    """Return the sealed texts of answers by the names of their boxes."""
    return {
        f"answers/{id_}/{name}": text
        for id_, answer in answers.items()
        for name, text in (("text", answer.text), ("evidence", answer.evidence), ("impact", answer.impact))
        if text is not None
    }


class SectionJudgement(Stored):
    """How one section was judged, and why."""

    grade: Grade | None = None
    score: int | None = None
    rationale: SealedText | None = None


class Feedback(Stored):
    """Feedback of the child, of parents and carers, or of the practitioner: obtained, or why not."""

    obtained: bool
    why_not: Code | None = None
    score: int | None = None


class ThemeFound(Stored):
    """A theme found in an audit: from an answer to a themes question, or from a finding."""

    theme: Code
    polarity: Polarity
    component: FrameworkComponent | None = None
    section: Code | None = Field(default=None, description="none where it was stored before sections were named")


class Finding(Stored):
    """What was found in one section, tagged with a theme and its component, as a strength or to develop."""

    section: Code
    theme: Code
    polarity: Polarity
    component: FrameworkComponent | None = None
    text: SealedText | None = None

    @property
    def box(self) -> str:
        """Return the name of its box: one finding a section, theme and polarity."""
        return finding_box(self.section, self.theme, self.polarity)


def finding_box(section: Code, theme: Code, polarity: Polarity) -> str:
    """Return the name of the box of a finding's text."""
    return f"findings/{section}/{theme}/{polarity}/text"


def limit_box(limit: Code) -> str:
    """Return the name of the box of the reason why a limit of the tool was set aside."""
    return f"overridden_limits/{limit}/reason"


class Outcome(Stored):
    """What an audit found; one is kept for the completion and one for each amendment."""

    took_part: TookPart
    reflective_discussion: bool
    overall_grade: Grade | None
    overall_rationale: SealedText | None = None
    inadequate_likely: bool
    concern: Concern
    concern_text: SealedText | None = None
    sections: Mapping[Code, SectionJudgement]
    answers: Mapping[Code, Answer]
    child_feedback: Feedback
    parent_feedback: Feedback
    practitioner_feedback: Feedback
    themes: tuple[ThemeFound, ...] = Field(default=(), description="filled from the answers when it is validated")
    not_took_part_because: Code | None = None
    reflective_discussion_on: date | None = None
    reflective_discussion_with: tuple[Code, ...] = Field(default=(), description="roles")
    findings: tuple[Finding, ...] = ()
    overridden_limits: Mapping[Code, SealedText] = Field(
        default_factory=dict, description="why each warning of the tool on the overall grade was set aside"
    )

    def coded(self) -> dict[str, object]:
        """Return the outcome without its text: what two versions of it are compared by.

        Sealing the same text twice gives two different sealed texts, so text cannot be compared.
        """
        return {
            "took_part": self.took_part,
            "reflective_discussion": self.reflective_discussion,
            "overall_grade": self.overall_grade,
            "inadequate_likely": self.inadequate_likely,
            "concern": self.concern,
            "sections": {id_: (judged.grade, judged.score) for id_, judged in self.sections.items()},
            "answers": coded_answers(self.answers),
            "child_feedback": self.child_feedback,
            "parent_feedback": self.parent_feedback,
            "practitioner_feedback": self.practitioner_feedback,
            "themes": self.themes_named(),
            "not_took_part_because": self.not_took_part_because,
            "reflective_discussion_on": self.reflective_discussion_on,
            "reflective_discussion_with": frozenset(self.reflective_discussion_with),
            "findings": {found.box: found.component for found in self.findings},
            "overridden_limits": frozenset(self.overridden_limits),
        }

    def themes_named(self) -> frozenset[tuple[object, ...]]:
        """Return the themes without their sections, which an outcome stored before sections were named has not."""
        return frozenset((found.theme, found.polarity, found.component) for found in self.themes)

    def texts(self) -> dict[str, SealedText]:
        """Return its sealed texts by the names of their boxes."""
        found = {
            "overall_rationale": self.overall_rationale,
            "concern_text": self.concern_text,
            **{f"sections/{id_}/rationale": judged.rationale for id_, judged in self.sections.items()},
        }
        found.update(answer_texts(self.answers))
        found.update((one.box, one.text) for one in self.findings)
        found.update((limit_box(limit), reason) for limit, reason in self.overridden_limits.items())
        return {box: text for box, text in found.items() if text is not None}


class Recommendation(Stored):
    """A recommendation: its category, who owns it, by when, and its sealed wording."""

    id: UUID
    category: Code
    owner_role: Code
    due_on: date
    text: SealedText | None = None
    supervision_on: date | None = Field(default=None, description="the supervision it is to be discussed in")

    def coded(self) -> tuple[object, ...]:
        """Return it without its text, to be compared by."""
        return (self.id, self.category, self.owner_role, self.due_on, self.supervision_on)
