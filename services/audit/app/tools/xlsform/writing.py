"""A tool as the three sheets of an XLSForm: survey, choices and settings, by the standard's own columns alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.audit.app.tools.walking import ToolWalk, Ways
from services.audit.app.tools.xlsform import names
from services.audit.app.tools.xlsform.conditions import asked_if, limit_clauses, section_clauses, unanswered_clause
from services.audit.app.tools.xlsform.expressions import Clause, written
from services.audit.app.tools.xlsform.lists import STATUS_LABELS, Lists, has_unanswered_row, words_of
from services.audit.domain.tools.document import (
    Box,
    Effect,
    Judgement,
    Question,
    Respondent,
    Scale,
    Section,
    ToolDocument,
)
from services.audit.domain.words import NOT_APPLICABLE

SURVEY_COLUMNS: Final = (
    "type",
    "name",
    "label",
    "hint",
    "required",
    "relevant",
    "constraint",
    "constraint_message",
    "appearance",
    "calculation",
)
CHOICES_COLUMNS: Final = ("list_name", "name", "label", "grade", "component")
SETTINGS_COLUMNS: Final = ("form_title", "form_id", "version")
BOX_LABELS: Final = {
    names.EVIDENCE: "What was seen?",
    names.IMPACT: "What difference did it make to the child?",
}
RATIONALE_LABEL: Final = "Why this judgement?"
OVERALL_RATIONALE_LABEL: Final = "Why this overall grade?"
YES, NO = "yes", "no"
LIKERT: Final = "likert"
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheets:
    """The rows of the three sheets, each by the names of its columns."""

    survey: list[Row]
    choices: list[Row]
    settings: list[Row]


def sheets_of(tool: ToolDocument) -> Sheets:
    """Return a tool as sheets. `conditions.untravelled` says what has no place in them."""
    survey = _Survey(tool)
    rows = list(survey.pieces())
    settings = {"form_title": tool.title, "form_id": tool.tool}
    if tool.version is not None:
        settings["version"] = str(tool.version)
    return Sheets(rows, survey.lists.rows(), [settings])


class _Survey(ToolWalk[Row]):
    """The rows of the survey; the lists they name gather as it goes."""

    def __init__(self, tool: ToolDocument) -> None:
        super().__init__(tool)
        self.lists = Lists(tool)
        self._groups = 0
        self._inside = False

    def beginning(self) -> Iterator[Row]:
        tool, lists = self.tool, self.lists
        if tool.description:
            yield _row("note", names.DESCRIPTION, tool.description)
        kinds = lists.labels(names.KINDS, {kind: words_of(kind) for kind in tool.kinds})
        yield _row(f"select_one {kinds}", names.KIND, "Which kind of audit is this?", required=YES)
        statuses = lists.labels(names.STATUSES, STATUS_LABELS)
        yield _row(f"select_one {statuses}", names.STATUS, "What is the child's status?", required=YES)
        people = [section.answered_by for section in tool.sections]
        if any((*people, *(question.answered_by for _, question in tool.questions()))):
            listed = lists.labels(names.RESPONDENTS, {person: words_of(person) for person in Respondent})
            yield _row(f"select_multiple {listed}", names.ANSWERING, "Who is answering?", required=YES)
        if tool.needs_earlier_audit:
            yield _row("text", names.EARLIER_AUDIT, "Which earlier audit is this a second look at?", required=YES)
        for name, label, value in (
            (names.MONTHS_READ, "Months of the file that are read", tool.months_read),
            (names.MONTHS_JUDGED, "Months of practice that are judged", tool.months_judged),
            (names.DAYS, "Days within which it is completed", tool.complete_within_days),
            (names.IN_FIGURES, "Counts in the figures of practice", None if tool.in_practice_figures else f"'{NO}'"),
        ):
            if value is not None:
                yield _calculated(name, label, str(value))
        if tool.themes:
            lists.themes()

    def section_begins(self, section: Section) -> Iterator[Row]:
        self._groups, self._inside = 0, False
        relevant = section_clauses(self.tool, section)
        yield _row("begin_group", names.name_of(section.id), section.title, relevant=relevant)
        if section.guidance:
            yield _row("note", names.beside(section.id, names.GUIDANCE), section.guidance)

    def _group(self, section: Section, question: Question) -> Iterator[Row]:
        """Yield the beginning or the end of a group of compliance questions, where one begins or ends here."""
        if question.compliance and not self._inside:
            self._groups += 1
            yield _row("begin_group", names.compliance_group(section.id, self._groups), "Compliance")
        elif self._inside and not question.compliance:
            yield {"type": "end_group"}
        self._inside = question.compliance

    def question(self, section: Section, question: Question) -> Iterator[Row]:
        lists, relevant = self.lists, asked_if(self.tool, question)
        yield from self._group(section, question)
        row = _row(self.answer(question), names.name_of(question.id), question.text, relevant=relevant)
        if question.guidance:
            row["hint"] = question.guidance
        row["required"] = YES if question.required else NO
        if question.scale is Scale.SCALE:
            row["appearance"] = LIKERT
        if question.minimum is not None or question.maximum is not None:
            row |= _bounds(question.minimum, question.maximum)
        if question.scale is Scale.DATE:
            row |= _days(question)
        if has_unanswered_row(question):
            without = names.beside(question.id, names.UNANSWERED)
            if question.required:
                row["required"] = f"${{{without}}} = ''"
            yield row
            label = "If it is not answered: why?"
            yield _row(f"select_one {lists.unanswered(question)}", without, label, required=NO, relevant=relevant)
        else:
            yield row
        if question.not_applicable_reasons:
            reasons = lists.codes(names.beside(question.id, names.REASONS), question.not_applicable_reasons)
            clauses = (*relevant, unanswered_clause(question, NOT_APPLICABLE))
            name = names.beside(question.id, names.REASON)
            yield _row(f"select_one {reasons}", name, "Why is it not applicable?", required=YES, relevant=clauses)
        yield from _box(
            names.beside(question.id, names.EVIDENCE), BOX_LABELS[names.EVIDENCE], question.evidence, relevant
        )
        yield from _box(names.beside(question.id, names.IMPACT), BOX_LABELS[names.IMPACT], question.impact, relevant)
        yield from _properties(question)

    def section_ends(self, section: Section) -> Iterator[Row]:
        if self._inside:
            yield {"type": "end_group"}
        yield from _judgement(section, self.lists)
        yield from _box(names.beside(section.id, names.RATIONALE), RATIONALE_LABEL, section.rationale, ())
        yield {"type": "end_group"}

    def end(self) -> Iterator[Row]:
        tool, lists = self.tool, self.lists
        if tool.feedback_points:
            points = lists.points(names.FEEDBACK_POINTS, tool.feedback_points)
            for name, who in zip(names.FEEDBACK, ("the child", "parents or carers", "the practitioner"), strict=True):
                yield _row(f"select_one {points}", name, f"Feedback of {who}", required=NO) | {"appearance": LIKERT}
        if tool.graded:
            yield _row(f"select_one {lists.grades('overall', {})}", names.OVERALL, "The overall grade", required=YES)
            yield from _box(names.OVERALL_RATIONALE, OVERALL_RATIONALE_LABEL, tool.overall_rationale, ())
        for limit in tool.limits:
            type_ = "text" if limit.effect is Effect.WARN else "note"
            name = names.beside(limit.id, names.LIMIT)
            yield _row(type_, name, limit.message, required=YES, relevant=limit_clauses(tool, limit))

    @property
    def ways(self) -> Ways:
        lists = self.lists
        return Ways(
            grade=lambda question: f"select_one {lists.grades(question.id, question.grade_descriptors, question)}",
            scale=lambda question: (
                f"select_one {lists.points(names.beside(question.id, names.POINTS), question.points, question)}"
            ),
            yes_no=lambda question: f"select_one {lists.yes_no(question)}",
            choice=lambda question: f"select_one {lists.choices(question)}",
            choices=lambda question: f"select_multiple {lists.choices(question)}",
            number="decimal",
            date="date",
            themes=lambda question: f"select_multiple {lists.themes(question)}",
            text="text",
        )


def _judgement(section: Section, lists: Lists) -> Iterator[Row]:
    name = names.beside(section.id, names.JUDGEMENT)
    if section.judgement is Judgement.GRADE:
        list_ = lists.grades(section.id, section.grade_descriptors)
        yield _row(f"select_one {list_}", name, "How is this section graded?", required=YES)
    elif section.judgement is Judgement.SCORE:
        row = _row("integer", name, "How is this section scored?", required=YES)
        yield row | _bounds(section.score_from, section.score_to)
        if section.grade_descriptors:
            lists.grades(section.id, section.grade_descriptors)
    if section.score_grades:
        calculation = "''"
        for band in reversed(section.score_grades):
            within = f"${{{name}}} >= {band.from_} and ${{{name}}} <= {band.to}"
            calculation = f"if({within}, '{band.grade}', {calculation})"
        yield _calculated(names.beside(section.id, names.GRADE), "The grade this score stands for", calculation)


def _properties(question: Question) -> Iterator[Row]:
    for part, label, value in (
        (names.WEIGHT, "Weight, for readers", None if question.weight == 1 else _plain(question.weight)),
        (names.POLARITY, "What the themes are", question.polarity and f"'{question.polarity}'"),
        (names.REPLACES, "Replaces the question", question.replaces and f"'{question.replaces}'"),
        (names.COMPARABLE, "Comparable with it", f"'{YES}'" if question.comparable else None),
        (names.AHEAD, "It may lie ahead", f"'{YES}'" if question.may_lie_ahead else None),
    ):
        if value is not None:
            yield _calculated(names.beside(question.id, part), label, value)


def _box(name: str, label: str, box: Box, relevant: Sequence[Clause]) -> Iterator[Row]:
    if box is not Box.NONE:
        yield _row("text", name, label, required=YES if box is Box.REQUIRED else NO, relevant=relevant)


def _row(type_: str, name: str, label: str, *, required: str = "", relevant: Sequence[Clause] = ()) -> Row:
    cells = {"type": type_, "name": name, "label": label, "required": required, "relevant": written(relevant)}
    return {column: cell for column, cell in cells.items() if cell}


def _calculated(name: str, label: str, calculation: str) -> Row:
    return {"type": "calculate", "name": name, "label": label, "calculation": calculation}


def _bounds(low: float | None, high: float | None) -> Row:
    """Return the constraint of a number and the sentence that goes with it."""
    signs = [f". >= {_plain(low)}" if low is not None else "", f". <= {_plain(high)}" if high is not None else ""]
    words = [f"from {_plain(low)}" if low is not None else "", f"to {_plain(high)}" if high is not None else ""]
    return {
        "constraint": " and ".join(sign for sign in signs if sign),
        "constraint_message": f"Give a number {' '.join(word for word in words if word)}.",
    }


def _days(question: Question) -> Row:
    """Return the constraint of a date and the sentence that goes with it; an earlier date not given constrains none."""
    signs, words = [], []
    if not question.may_lie_ahead:
        signs.append(". <= today()")
        words.append("does not lie in the future")
    if question.not_before is not None:
        earlier = f"${{{names.name_of(question.not_before)}}}"
        signs.append(f"({earlier} = '' or . >= {earlier})")
        words.append("does not lie before the one it follows")
    if not signs:
        return {}
    return {"constraint": " and ".join(signs), "constraint_message": f"Give a date that {' and '.join(words)}."}


def _plain(number: float) -> str:
    """Return a number as XPath writes it, without an exponent."""
    text = format(Decimal(repr(number)), "f")
    return text.removesuffix(".0")
