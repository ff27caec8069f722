"""A tool as plain text that people read: in the order of the form, with every condition and limit in words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from services.audit.app.tools.walking import ToolWalk, Ways
from services.audit.domain.tools.document import (
    Box,
    Condition,
    Effect,
    Judgement,
    Limit,
    Question,
    Scale,
    ScalePoint,
    Section,
    SectionAtMost,
    ToolDocument,
)
from services.audit.domain.tools.parts import Respondent
from services.audit.domain.words import NOT_APPLICABLE, NOT_SEEN, ChildStatus, Grade, Polarity

_WIDTH: Final = 96
_GRADES: Final = {
    Grade.OUTSTANDING: "outstanding",
    Grade.GOOD: "good",
    Grade.REQUIRES_IMPROVEMENT: "requires improvement to be good",
    Grade.INADEQUATE: "inadequate",
}
_STATUSES: Final = {
    ChildStatus.EARLY_HELP: "with early help",
    ChildStatus.IN_NEED: "in need",
    ChildStatus.PROTECTION: "with a child protection plan",
    ChildStatus.IN_CARE: "in care",
    ChildStatus.CARE_LEAVER: "who are leaving or have left care",
    ChildStatus.DISABLED: "who are disabled",
}
_PEOPLE: Final = {
    Respondent.AUDITOR: "the auditor",
    Respondent.PRACTITIONER: "the practitioner",
    Respondent.FAMILY: "the family",
    Respondent.MODERATOR: "the moderator",
}
_POLARITIES: Final = {Polarity.STRENGTH: "as a strength", Polarity.DEVELOPMENT: "as something to develop"}
_WORDS: Final = {NOT_APPLICABLE: "not applicable", NOT_SEEN: "not seen"}
_BOXES: Final = {Box.OPTIONAL: "may be written", Box.REQUIRED: "must be written"}


def tool_text(tool: ToolDocument) -> str:
    """Return a tool as text, each line at most 96 letters long where its words allow it."""
    return "\n".join(_Text(tool).pieces()) + "\n"


class _Text(ToolWalk[str]):
    def __init__(self, tool: ToolDocument) -> None:
        super().__init__(tool)
        self._places = {section.id: at for at, section in enumerate(tool.sections, start=1)}
        self._numbers = {
            question.id: f"{self._places[section.id]}.{number}"
            for section in tool.sections
            for number, question in enumerate(section.questions, start=1)
        }

    def beginning(self) -> Iterator[str]:
        tool = self.tool
        yield tool.title
        yield f"{tool.tool}, {f'version {tool.version}' if tool.version else 'not published yet'}"
        yield ""
        yield from _wrapped(tool.description, "")
        if tool.description:
            yield ""
        for sentence in self._facts():
            yield from _wrapped(sentence, "")

    def end(self) -> Iterator[str]:
        yield from self._overall()
        yield from self._tags()

    def _facts(self) -> Iterator[str]:
        tool = self.tool
        yield f"For audits of the {'kind' if len(tool.kinds) == 1 else 'kinds'} {_and(tool.kinds)}."
        if tool.months_read:
            yield f"The last {_counted(tool.months_read, 'month')} of the file are read."
        if tool.months_judged:
            yield f"Practice of the last {_counted(tool.months_judged, 'month')} is judged."
        if tool.complete_within_days:
            yield f"It is complete within {_counted(tool.complete_within_days, 'day')}, by a clock of its own."
        if tool.needs_earlier_audit:
            yield "It is a second look: the audit names the earlier one."
        if not tool.in_practice_figures:
            yield "It stays out of the figures of practice."
        questions = _counted(len(self._numbers), "question")
        sections, boxes = _counted(len(tool.sections), "section"), tool.free_text_boxes
        yield f"{questions} in {sections}; {boxes} {'box' if boxes == 1 else 'boxes'} of free text."

    def section_begins(self, section: Section) -> Iterator[str]:
        yield ""
        yield f"{self._places[section.id]}. {section.title}"
        for sentence in (*self._about_section(section), section.guidance):
            yield from _wrapped(sentence, "   ")
        yield from _described(section.grade_descriptors, "   ")

    def _about_section(self, section: Section) -> Iterator[str]:
        if section.applies_to:
            yield f"Only for children {_or(_STATUSES[status] for status in section.applies_to)}."
        yield from self._asked_only_if(section.asked_if)
        if section.answered_by:
            yield f"Answered by {_PEOPLE[section.answered_by]}."
        match section.judgement:
            case Judgement.GRADE:
                judged = "Graded as a whole"
            case Judgement.SCORE:
                judged = f"Scored as a whole from {section.score_from} to {section.score_to}"
            case Judgement.NONE:
                judged = "Not judged as a whole"
        why = "" if section.rationale is Box.NONE else f"; the reason {_BOXES[section.rationale]}"
        yield f"{judged}{why}."
        if section.score_grades:
            bands = [f"{band.from_} to {band.to} is {_GRADES[band.grade]}" for band in section.score_grades]
            yield f"Of the scores, {_and(bands)}."

    def question(self, section: Section, question: Question) -> Iterator[str]:
        yield ""
        number = f"   {self._numbers[question.id]} "
        marks = [question.id, *(["compliance"] if question.compliance else [])]
        yield from textwrap.wrap(
            f"{question.text} ({', '.join(marks)})",
            _WIDTH,
            initial_indent=number,
            subsequent_indent=" " * len(number),
            break_on_hyphens=False,
        )
        indent = " " * len(number)
        for sentence in self._about_question(section, question):
            yield from _wrapped(sentence, indent)
        yield from _wrapped(question.guidance, indent)
        yield from _described(question.grade_descriptors, indent)

    def _about_question(self, section: Section, question: Question) -> Iterator[str]:
        ways = [self.answer(question)]
        ways += [_WORDS[word] for word in question.unanswered_ways]
        must = "" if question.required else " It may be left open."
        yield f"{_or(ways, joined=', or ')}.{must}"
        if question.not_applicable_reasons:
            yield f"Not applicable because: {'; '.join(choice.label for choice in question.not_applicable_reasons)}."
        whom = section.answered_by_whom(question)
        if question.answered_by and whom is not (section.answered_by or Respondent.AUDITOR):
            yield f"Answered by {_PEOPLE[whom]}."
        yield from self._asked_only_if(question.asked_if)
        for box, name in ((question.evidence, "What was seen"), (question.impact, "What difference it made")):
            if box is not Box.NONE:
                yield f"{name} {_BOXES[box]}."
        if question.weight != 1:
            yield f"Weight {question.weight:g}, for readers."
        if question.replaces:
            carried = "its answers carry on from there" if question.comparable else "not comparable with it"
            yield f"Replaces {question.replaces}; {carried}."

    @property
    def ways(self) -> Ways:
        return Ways(
            grade=f"A grade: {_or(_GRADES.values())}",
            scale=lambda question: "; ".join(_point(point) for point in question.points),
            yes_no="Yes or no",
            choice=lambda question: f"One of: {'; '.join(choice.label for choice in question.choices)}",
            choices=lambda question: f"Any of: {'; '.join(choice.label for choice in question.choices)}",
            number=_number,
            date=lambda question: ", ".join(["A date", *self._limits_of_date(question)]),
            themes=lambda question: f"Any of the themes, {_POLARITIES[question.polarity] if question.polarity else ''}",
            text="Free text",
        )

    def _limits_of_date(self, question: Question) -> Iterator[str]:
        if not question.may_lie_ahead:
            yield "not in the future"
        if question.not_before:
            yield f"not before that of {self._numbers[question.not_before]}"

    def _asked_only_if(self, conditions: Iterable[Condition]) -> Iterator[str]:
        clauses = [self._condition(condition) for condition in conditions]
        if clauses:
            yield f"Asked only if {_and(clauses)}."

    def _condition(self, condition: Condition) -> str:
        number = self._numbers[condition.question]
        answers = _or(self._word(condition.question, answer) for answer in condition.answers)
        return f"{number} is {'not ' if condition.negated else ''}answered {answers}"

    def _word(self, question_id: str, answer: str) -> str:
        """Return an answer as the form words it."""
        _, question = self.tool.asked[question_id]
        words = {choice.code: f"“{choice.label}”" for choice in question.choices}
        words |= {str(point.value): f"{point.value} {point.name}" for point in question.points}
        words |= {theme.code: f"“{theme.label}”" for theme in self.tool.themes if question.scale is Scale.THEMES}
        words |= {grade: name for grade, name in _GRADES.items() if question.scale is Scale.GRADE}
        return _WORDS.get(answer) or words.get(answer, answer)

    def _overall(self) -> Iterator[str]:
        yield ""
        yield "The overall grade"
        if not self.tool.graded:
            yield "   There is none: audits with this tool are not graded."
            return
        box = self.tool.overall_rationale
        yield from _wrapped(f"A judgement, never worked out from the answers: {_or(_GRADES.values())}.", "   ")
        yield "   The reason is not asked." if box is Box.NONE else f"   The reason {_BOXES[box]}."
        for limit in self.tool.limits:
            yield from _wrapped(self._limit(limit), "   - ")

    def _limit(self, limit: Limit) -> str:
        titles = {section.id: section.title for section in self.tool.sections}
        when = [
            self._condition(one) if isinstance(one, Condition) else f"“{titles[one.section]}” is judged {_at_most(one)}"
            for one in limit.when
        ]
        warns = limit.effect is Effect.WARN
        effect = "This warns, and may be set aside with a reason." if warns else "This stops the audit."
        above = f"no grade above {_GRADES[limit.overall_at_most]}"
        return f"{limit.message} While {_and(when)}: {above}. {effect}"

    def _tags(self) -> Iterator[str]:
        tool = self.tool
        if tool.feedback_points:
            yield ""
            points = "; ".join(f"{point.value} {point.name}" for point in tool.feedback_points)
            yield from _wrapped(f"Feedback is scored: {points}.", "")
        if tool.themes:
            yield ""
            yield "Themes, and their component of the practice framework"
            for theme in tool.themes:
                component = f" ({theme.component.value.replace('-', ' ')})" if theme.component else ""
                yield from _wrapped(f"{theme.label}{component}", "   - ")


def _point(point: ScalePoint) -> str:
    return f"{point.value} {point.name}{f' ({_GRADES[point.grade]})' if point.grade else ''}"


def _number(question: Question) -> str:
    low = "" if question.minimum is None else f" from {question.minimum:g}"
    return f"A number{low}{'' if question.maximum is None else f' to {question.maximum:g}'}"


def _at_most(one: SectionAtMost) -> str:
    worst = one.at_most is Grade.INADEQUATE
    return _GRADES[one.at_most] if worst else f"{_GRADES[one.at_most]} or worse"


def _described(descriptors: Mapping[Grade, str], indent: str) -> Iterator[str]:
    for grade, name in _GRADES.items():
        if grade in descriptors:
            yield from _wrapped(f"{name[:1].upper()}{name[1:]}: {descriptors[grade]}", f"{indent}- ")


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """Yield a text's lines under an indent; a dash in the indent stands on the first line alone."""
    for line in text.splitlines():
        yield from textwrap.wrap(
            line, _WIDTH, initial_indent=indent, subsequent_indent=indent.replace("-", " "), break_on_hyphens=False
        )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _and(words: Iterable[str]) -> str:
    return _listed(list(words), " and ")


def _or(words: Iterable[str], joined: str = " or ") -> str:
    return _listed(list(words), joined)


def _listed(words: list[str], joined: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])}{joined}{words[-1]}"
