"""Where in a workbook a place of the tool's document stands: `sections.safety.questions.seen.text` is a cell."""

from __future__ import annotations

from typing import Any, Final

from services.audit.app.tools.xlsform import names
from services.audit.app.tools.xlsform.cells import Sheet, SheetRow
from services.audit.app.tools.xlsform.drafting import Draft, Json
from services.audit.app.tools.xlsform.faults import Fault
from services.audit.app.tools.xlsform.reading_tree import type_of
from services.audit.domain.refusals import Problem

_COLUMNS: Final = {
    "id": "name",
    "text": "label",
    "title": "label",
    "message": "label",
    "guidance": "hint",
    "required": "required",
    "asked_if": "relevant",
    "answered_by": "relevant",
    "applies_to": "relevant",
    "when": "relevant",
    "overall_at_most": "relevant",
    "minimum": "constraint",
    "maximum": "constraint",
    "not_before": "constraint",
    "score_from": "constraint",
    "score_to": "constraint",
    "scale": "type",
    "judgement": "type",
    "effect": "type",
}
_BESIDE: Final = {
    "evidence": names.EVIDENCE,
    "impact": names.IMPACT,
    "not_applicable_reasons": names.REASON,
    "weight": names.WEIGHT,
    "polarity": names.POLARITY,
    "replaces": names.REPLACES,
    "comparable": names.COMPARABLE,
    "may_lie_ahead": names.AHEAD,
    "judgement": names.JUDGEMENT,
    "score_from": names.JUDGEMENT,
    "score_to": names.JUDGEMENT,
    "score_grades": names.GRADE,
    "rationale": names.RATIONALE,
}
_CALCULATED: Final = frozenset(
    {names.WEIGHT, names.POLARITY, names.REPLACES, names.COMPARABLE, names.AHEAD, names.GRADE}
)
_OF_THE_FORM: Final = {
    "kinds": names.KIND,
    "description": names.DESCRIPTION,
    "months_read": names.MONTHS_READ,
    "months_judged": names.MONTHS_JUDGED,
    "complete_within_days": names.DAYS,
    "in_practice_figures": names.IN_FIGURES,
    "needs_earlier_audit": names.EARLIER_AUDIT,
    "graded": names.OVERALL,
    "overall_rationale": names.OVERALL_RATIONALE,
    "feedback_points": names.FEEDBACK[0],
}
_SETTINGS: Final = {"tool": "form_id", "title": "form_title", "version": "version"}


class Places:
    """The way back from places of a document to cells of the workbook it was read from."""

    def __init__(self, draft: Draft, document: Json) -> None:
        self._draft = draft
        self._document = document

    def fault(self, problem: Problem) -> Fault:
        """Return a fault of the document as one of the workbook."""
        sheet, row, column = self._find(problem.place.split("."))
        return sheet.fault(row, column if column in sheet.letters else "", problem.message, problem.way_out)

    def _find(self, parts: list[str]) -> tuple[Sheet, SheetRow | int | None, str]:
        book, first = self._draft.book, parts[0]
        if first in _SETTINGS:
            return book.settings, book.settings.rows[0] if book.settings.rows else 2, _SETTINGS[first]
        if first == "themes":
            return self._of_a_list(names.THEMES, parts[1:]) or (book.choices, None, "list_name")
        if first == "limits" and (at := self._index("limits", parts)) is not None:
            return book.survey, self._draft.limits[at], _COLUMNS.get(_field(parts[2:]), "label")
        if first == "sections" and (at := self._index("sections", parts)) is not None:
            return self._in_section(at, parts[2:])
        row = self._draft.form.get(_OF_THE_FORM.get(first, ""))
        if row is not None and first in {"kinds", "feedback_points"}:
            return self._of_a_list(type_of(row)[1], parts[1:]) or (book.survey, row, "type")
        return book.survey, row, "calculation" if row is not None and row["calculation"] else "label"

    def _in_section(self, at: int, rest: list[str]) -> tuple[Sheet, SheetRow | int | None, str]:
        rows = self._draft.sections[at]
        if rest[:1] == ["questions"]:
            questions = self._document["sections"][at]["questions"]
            found = _index(questions, rest[1:])
            if found is not None:
                return self._in_question(at, found, rest[2:])
        return self._in_rows(rows.row, rows.beside, rest)

    def _in_question(self, at: int, number: int, rest: list[str]) -> tuple[Sheet, SheetRow | int | None, str]:
        rows = self._draft.sections[at].questions[number]
        if rest[:1] and rest[0] in {"choices", "points", "grade_descriptors"}:
            place = self._of_a_list(type_of(rows.row)[1], rest[1:])
            return place or (self._draft.survey, rows.row, "type")
        if rest[:1] == ["not_applicable_reasons"] and names.REASON in rows.beside:
            place = self._of_a_list(type_of(rows.beside[names.REASON])[1], rest[1:])
            return place or (self._draft.survey, rows.beside[names.REASON], "type")
        return self._in_rows(rows.row, rows.beside, rest)

    def _in_rows(
        self, row: SheetRow, beside: dict[str, SheetRow], rest: list[str]
    ) -> tuple[Sheet, SheetRow | int | None, str]:
        field = _field(rest)
        part = _BESIDE.get(field, "")
        if part in beside:
            column = "calculation" if part in _CALCULATED else _COLUMNS.get(field, "type")
            return self._draft.survey, beside[part], column
        return self._draft.survey, row, _COLUMNS.get(field, "name" if not field else "type")

    def _of_a_list(self, name: str, rest: list[str]) -> tuple[Sheet, SheetRow | int | None, str] | None:
        entries = [
            entry for entry in self._draft.lists.get(name, ()) if entry.name not in {"not-applicable", "not-seen"}
        ]
        if not entries:
            return None
        if not rest or not rest[0].isdecimal() or int(rest[0]) >= len(entries):
            return self._draft.book.choices, entries[0].row, "list_name"
        columns = {"label": "label", "name": "label", "grade": "grade", "component": "component"}
        return self._draft.book.choices, entries[int(rest[0])].row, columns.get(_field(rest[1:]), "name")

    def _index(self, key: str, parts: list[str]) -> int | None:
        return _index(self._document.get(key) or [], parts[1:])


def _field(parts: list[str]) -> str:
    return parts[0] if parts else ""


def _index(items: list[Any], parts: list[str]) -> int | None:
    """Return which item a place names, by its number or by its id."""
    if not parts:
        return None
    if parts[0].isdecimal() and int(parts[0]) < len(items):
        return int(parts[0])
    return next((number for number, item in enumerate(items) if item.get("id") == parts[0]), None)
