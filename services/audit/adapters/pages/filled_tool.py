"""The copy of the audit tool (domain.md section 4, step 3): its questions in order, each with what was answered.

Made of the view its reader gets, so that what is hidden from them there is not here either. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from services.audit.app.audits.practitioner_views import GivenFeedback, PractitionerView
from services.audit.app.audits.views import AuditView
from services.audit.domain.audits.outcome import Answer
from services.audit.domain.moderation.telling import telling_of
from services.audit.domain.tools.conditions import Asking, NotAsked, asking_of
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Question, Respondent, Scale, Section
from services.audit.domain.words import NOT_APPLICABLE, NOT_SEEN, ChildStatus, Grade
from shared.authority.names import USUAL, Names
from shared.calendar.words import long_date

_RESERVED: Final = {NOT_APPLICABLE: "Not applicable", NOT_SEEN: "Not seen"}
_HIDDEN: Final = "Hidden from you until you have given your own grades"
_NOT_SHOWN: Final = "Text is not shown to your role"
_BESIDE: Final = "Answered by the {practitioner}, beside the outcome: see what the {practitioner} said"
_BESIDE_OWN: Final = "You answered this beside the outcome: see what you said"


@dataclass(frozen=True, slots=True)
class FilledQuestion:
    """A question with its number on the form, its answer in words, and the texts beside it by their headings."""

    number: str
    text: str
    answer: str
    texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FilledSection:
    """A section with its judgement in words; `left_out` says why nothing was asked in it."""

    id: str
    title: str
    judgement: str
    rationale: str
    left_out: str
    questions: tuple[FilledQuestion, ...]


def filled(audit: AuditView, tool: ToolDocument, names: Names = USUAL) -> tuple[FilledSection, ...]:
    """Return the sections of an audit's tool as they were filled in, as far as the reader of this view may know.

    `names` are the authority's words for roles.
    """
    outcome = audit.outcome or {}
    answers = {id_: Answer.model_validate(answer) for id_, answer in outcome.get("answers", {}).items()}
    hidden = hidden_by_rule(tool) if audit.blind else frozenset()
    asking = asking_of(tool, ChildStatus(audit.child_status), answers, unknown=hidden)
    given = _Given(
        outcome,
        audit.texts or {},
        answers,
        hidden=hidden,
        readable=audit.texts is not None,
        apart=answered_apart(audit.practitioner_feedback),
        says_apart=names.say(_BESIDE),
        themes=_themes(tool),
    )
    return tuple(
        _section(number, section, asking, given)
        for number, section in enumerate(tool.sections, start=1)
        if asking.sections[section.id] is not NotAsked.MODERATOR
    )


def filled_for_practitioner(audit: PractitionerView, tool: ToolDocument) -> tuple[FilledSection, ...]:
    """Return what was answered, and the practitioner's own questions: which others were asked is not theirs to see."""
    outcome = audit.outcome or {}
    answers = {id_: Answer.model_validate(answer) for id_, answer in outcome.get("answers", {}).items()}
    shown = answers.keys() | {question.id for question in audit.questions}
    asking = Asking(
        {section.id: None for section in tool.sections},
        {question.id: None if question.id in shown else NotAsked.CONDITION for _, question in tool.questions()},
    )
    given = _Given(
        outcome,
        audit.texts,
        answers,
        readable=True,
        apart=answered_apart(audit.feedback),
        says_apart=_BESIDE_OWN,
        themes=_themes(tool),
    )
    sections = (_section(number, section, asking, given) for number, section in enumerate(tool.sections, start=1))
    return tuple(section for section in sections if section.questions or section.judgement or section.rationale)


def answered(
    tool: ToolDocument, answers: Mapping[str, Any], texts: Mapping[str, str], *, readable: bool, before: str
) -> tuple[FilledQuestion, ...]:
    """Return answers that stand beside the outcome, in the form's order; `before` is how their boxes begin."""
    given = _Given(
        {},
        texts,
        {id_: Answer.model_validate(one) for id_, one in answers.items()},
        readable,
        before=before,
        themes=_themes(tool),
    )
    return tuple(
        _question(f"{number}.{at}", question, given)
        for number, section in enumerate(tool.sections, start=1)
        for at, question in enumerate(section.questions, start=1)
        if question.id in given.answers
    )


def hidden_by_rule(tool: ToolDocument) -> frozenset[str]:
    """Return the questions whose answers are kept from a blind moderator, whether there are any or not.

    What tells a grade, what the practitioner answers (their feedback is kept as a whole), and a choice one of whose
    codes is a grade. Of these alone nothing is told; of any other, that it was left open.
    """
    telling = telling_of(tool).questions
    return frozenset(
        question.id
        for section, question in tool.questions()
        if question.id in telling
        or section.answered_by_whom(question) is Respondent.PRACTITIONER
        or any(choice.code in tuple(Grade) for choice in question.choices)
    )


def _themes(tool: ToolDocument) -> Mapping[str, str]:
    return {theme.code: theme.label for theme in tool.themes}


def answered_apart(feedback: GivenFeedback | None) -> frozenset[str]:
    """Return the questions that the practitioner answered for themselves."""
    return frozenset() if feedback is None else frozenset(feedback.answers)


def in_words(code: str | None) -> str:
    """Return a code as people say it: `requires-improvement` as `requires improvement`."""
    return "" if code is None else code.replace("-", " ").replace("qa ", "QA ")


@dataclass(frozen=True, slots=True)
class _Given:
    outcome: Mapping[str, Any]
    texts: Mapping[str, str]
    answers: Mapping[str, Answer]
    readable: bool
    hidden: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    says_apart: str = ""
    before: str = ""
    themes: Mapping[str, str] = field(default_factory=dict)


def _section(number: int, section: Section, asking: Asking, given: _Given) -> FilledSection:
    why = asking.sections[section.id]
    judged = given.outcome.get("sections", {}).get(section.id) or {}
    grade, score = judged.get("grade"), judged.get("score")
    return FilledSection(
        id=section.id,
        title=section.title,
        judgement=in_words(grade) if grade else "" if score is None else f"{score} of {section.score_to}",
        rationale=given.texts.get(f"sections/{section.id}/rationale", ""),
        left_out=f"Left out: {why}." if why is not None and why is not NotAsked.MODERATOR else "",
        questions=tuple(_questions(number, section, asking, given)) if why is None else (),
    )


def _questions(number: int, section: Section, asking: Asking, given: _Given) -> Iterator[FilledQuestion]:
    for at, question in enumerate(section.questions, start=1):
        if asking.questions[question.id] is not None and question.id not in given.answers:
            continue
        yield _question(f"{number}.{at}", question, given)


def _question(number: str, question: Question, given: _Given) -> FilledQuestion:
    box = f"{given.before}answers/{question.id}"
    beside = (("Evidence", f"{box}/evidence"), ("Impact for the child", f"{box}/impact"))
    return FilledQuestion(
        number=number,
        text=question.text,
        answer=_answer(question, given),
        texts=tuple((heading, given.texts[name]) for heading, name in beside if given.texts.get(name)),
    )


def _answer(question: Question, given: _Given) -> str:
    answer = given.answers.get(question.id)
    if answer is None and question.id in given.apart:
        return given.says_apart
    if answer is None or answer.value is None:
        text = given.texts.get(f"{given.before}answers/{question.id}/text")
        if text is not None or question.id in given.hidden:
            return _HIDDEN if text is None else text
        return _NOT_SHOWN if question.scale is Scale.TEXT and not given.readable else "Not answered"
    value = answer.value
    if isinstance(value, str) and value in _RESERVED:
        why = next((one.label for one in question.not_applicable_reasons if one.code == answer.reason), "")
        return f"{_RESERVED[value]}: {why}" if why else _RESERVED[value]
    return _value(question, value, given.themes)


def _value(question: Question, value: bool | float | str | tuple[str, ...], themes: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, tuple):
        named = themes if question.scale is Scale.THEMES else {}
        return ", ".join(named.get(code) or _label(question, code) for code in value) or "None"
    if isinstance(value, int | float):
        name = next((point.name for point in question.points if point.value == value), "")
        return f"{value:g} ({name})" if name else f"{value:g}"
    return long_date(date.fromisoformat(value)) if question.scale is Scale.DATE else _label(question, value)


def _label(question: Question, code: str) -> str:
    return next((choice.label for choice in question.choices if choice.code == code), in_words(code).capitalize())
