"""Which sections and questions of a tool are asked in an audit, and why the others are not.

By the child's status ("only answer the relevant sections", practice.md section 1), by answers given before, and by who
answers. What is not asked must not be answered, and is no gap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.audit.domain.audits.outcome import Answer, AnswerValue
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Condition, Respondent, number_word
from services.audit.domain.words import ChildStatus


class NotAsked(StrEnum):
    """Why a section or a question is not asked."""

    STATUS = "the section does not apply to this child's status"
    SECTION_CONDITION = "the section is not asked after the answers given before it"
    CONDITION = "the question is not asked after the answers given before it"
    MODERATOR = "the moderator answers it, after the audit is complete"


@dataclass(frozen=True, slots=True)
class Asking:
    """Every section and question of a tool by its id, each with why it is not asked, or None where it is."""

    sections: Mapping[str, NotAsked | None]
    questions: Mapping[str, NotAsked | None]

    def asks_section(self, id_: str) -> bool:
        """Say whether the tool has the section and it is asked here."""
        return id_ in self.sections and self.sections[id_] is None

    def asks(self, id_: str) -> bool:
        """Say whether the tool has the question and it is asked here."""
        return id_ in self.questions and self.questions[id_] is None


def asking_of(
    tool: ToolDocument,
    status: ChildStatus,
    answers: Mapping[str, Answer],
    *,
    moderating: bool = False,
    unknown: Collection[str] = frozenset(),
) -> Asking:
    """Return what an audit's answers so far make of its tool; an answer to what is not asked counts as none.

    A moderator (`moderating`) is asked the moderator's questions too. A condition on a question whose answer is
    `unknown` to whoever answers holds: it may well be so.
    """
    sections: dict[str, NotAsked | None] = {}
    questions: dict[str, NotAsked | None] = {}
    given: dict[str, AnswerValue] = {}
    for section in tool.sections:
        why = None
        if not section.applies(status):
            why = NotAsked.STATUS
        elif section.answered_by is Respondent.MODERATOR and not moderating:
            why = NotAsked.MODERATOR
        elif not all_hold(_known(section.asked_if, unknown), given):
            why = NotAsked.SECTION_CONDITION
        sections[section.id] = why
        for question in section.questions:
            questions[question.id] = why
            if why is None and section.answered_by_whom(question) is Respondent.MODERATOR and not moderating:
                questions[question.id] = NotAsked.MODERATOR
            elif why is None and not all_hold(_known(question.asked_if, unknown), given):
                questions[question.id] = NotAsked.CONDITION
            answer = answers.get(question.id)
            if questions[question.id] is None and answer is not None and answer.value is not None:
                given[question.id] = answer.value
    return Asking(sections, questions)


def _known(conditions: Iterable[Condition], unknown: Collection[str]) -> Iterable[Condition]:
    return (condition for condition in conditions if condition.question not in unknown)


def all_hold(conditions: Iterable[Condition], given: Mapping[str, AnswerValue]) -> bool:
    """Say whether all of some conditions hold after the answers given."""
    return all(holds(condition, given.get(condition.question)) for condition in conditions)


def holds(condition: Condition, value: AnswerValue | None) -> bool:
    """Say whether a condition holds after an answer, or none."""
    return condition.negated is condition_words(value).isdisjoint(condition.answers)


def condition_words(value: AnswerValue | None) -> frozenset[str]:
    """Return an answer as conditions write it."""
    if value is None:
        return frozenset()
    if isinstance(value, bool):
        return frozenset({"yes" if value else "no"})
    if isinstance(value, int | float):
        return frozenset({number_word(value)})
    return frozenset({value}) if isinstance(value, str) else frozenset(value)
