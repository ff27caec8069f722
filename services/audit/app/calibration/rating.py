"""What auditors gave in an exercise as ratings of items: the whole case, each section, each question.

A section that is scored counts by its scores, and beside the others by the grades they stand for, where the tool says.
Grades and the points of a scale are in order, and not applicable or not seen is then no rating; yes or no and choices
are words that differ or not, and not applicable or not seen is one of them; numbers are numbers. Text is not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from services.audit.app.calibration.agreement import GRADES, Agreement, Level, Rating, agreement_of
from services.audit.domain.audits.outcome import AnswerValue
from services.audit.domain.calibration.events import CalibrationClosed, CaseGraded
from services.audit.domain.tools.conditions import condition_words
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Question, Scale
from services.audit.domain.words import NOT_APPLICABLE, NOT_SEEN, Grade

WHOLE_CASE: Final = "overall"
_LEVELS: Final[dict[Scale, Level]] = {
    Scale.GRADE: Level.ORDINAL,
    Scale.SCALE: Level.ORDINAL,
    Scale.NUMBER: Level.INTERVAL,
    Scale.YES_NO: Level.NOMINAL,
    Scale.CHOICE: Level.NOMINAL,
    Scale.CHOICES: Level.NOMINAL,
    Scale.THEMES: Level.NOMINAL,
    Scale.DATE: Level.NOMINAL,
}


@dataclass(slots=True)
class Item:
    """An item that was rated: its level, every rating there can be where they are in order, and who gave which."""

    level: Level
    scale: tuple[Rating, ...] = ()
    ratings: dict[str, dict[UUID, Rating]] = field(default_factory=dict)

    def agreement(self) -> Agreement:
        """Return how far its raters agree."""
        return agreement_of(self.ratings, self.scale, self.level)


def grades_of(given: CaseGraded | CalibrationClosed) -> dict[str, Grade]:
    """Return the grades by item: the whole case, and each section."""
    return {WHOLE_CASE: given.overall_grade, **{f"sections/{id_}": grade for id_, grade in given.sections.items()}}


def ranks_of(graded: Iterable[CaseGraded]) -> dict[str, dict[UUID, int]]:
    """Return everyone's ranks by item: the whole case, and each section."""
    found: dict[str, dict[UUID, int]] = {}
    for one in graded:
        for item, grade in grades_of(one).items():
            found.setdefault(item, {})[one.auditor] = grade.rank
    return found


def add_ratings(items: dict[str, Item], case: str, tool: ToolDocument, graded: Iterable[CaseGraded]) -> None:
    """Add what was given for a case to the items of its tool, in the order of the form.

    Sections are `sections/ID` by their grades and `scores/ID` by their scores, questions are `answers/ID`.
    """
    given = list(graded)
    for item, ranks in ranks_of(given).items():
        items.setdefault(item, Item(Level.ORDINAL, GRADES)).ratings[case] = {**ranks}
    for section in tool.sections:
        scores = {one.auditor: one.scores[section.id] for one in given if section.id in one.scores}
        if scores:
            scale = tuple(range(section.score_from, section.score_to + 1))
            items.setdefault(f"scores/{section.id}", Item(Level.ORDINAL, scale)).ratings[case] = {**scores}
    for _, question in tool.questions():
        answers = dict(_answers(question, given))
        if question.scale not in _LEVELS or not answers:
            continue
        asked = items.setdefault(f"answers/{question.id}", Item(_LEVELS[question.scale], _scale(question)))
        rated = {auditor: rating_of(question, value) for auditor, value in answers.items()}
        asked.ratings[case] = {auditor: rating for auditor, rating in rated.items() if rating is not None}


def answered(question: Question, graded: Iterable[CaseGraded]) -> Iterator[str]:
    """Yield each coded answer that was given to a question, as a word."""
    for _, value in _answers(question, graded):
        yield word_of(value)


def rating_of(question: Question, value: AnswerValue) -> Rating | None:
    """Return an answer as a rating; none where it is none on the question's scale."""
    level = _LEVELS.get(question.scale)
    if level is Level.NOMINAL:
        return word_of(value)
    if level is None or value in (NOT_APPLICABLE, NOT_SEEN):
        return None
    if isinstance(value, str):
        return Grade(value).rank
    return None if isinstance(value, tuple) else value


def word_of(value: AnswerValue) -> str:
    """Return a coded answer as a word; several codes are one word together, in whatever order they were given."""
    return ", ".join(sorted(condition_words(value)))


def _answers(question: Question, graded: Iterable[CaseGraded]) -> Iterator[tuple[UUID, AnswerValue]]:
    for one in graded:
        answer = one.answers.get(question.id)
        if answer is not None and answer.value is not None:
            yield one.auditor, answer.value


def _scale(question: Question) -> tuple[Rating, ...]:
    if question.scale is Scale.GRADE:
        return GRADES
    return tuple(sorted(point.value for point in question.points))
