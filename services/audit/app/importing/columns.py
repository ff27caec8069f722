"""The columns of an import file, and a row turned into the forms that the HTTP API takes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from services.audit.app.forms import EARLIEST, AllocationForm, CompletionForm
from services.audit.app.importing import cells
from services.audit.app.importing.problems import HEADER_ROW, RowProblem, column_of
from services.audit.app.importing.reading import Cell, Row
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import TookPart

REQUIRED: Final = (
    "case_number", "kind", "cycle", "area", "district", "team", "child_status", "tool", "auditor", "completed_on",
    "took_part", "reflective_discussion", "child_feedback", "parent_feedback", "practitioner_feedback",
)  # fmt: skip
"""Columns that every file has, with something in every row."""

OPTIONAL: Final = (
    "audit_number", "service", "tool_version", "selected_because", "allocated_on", "due_on", "overall_grade",
    "overall_rationale", "inadequate_likely", "concern", "concern_text", "child_feedback_why_not",
    "child_feedback_score", "parent_feedback_why_not", "parent_feedback_score", "practitioner_feedback_why_not",
    "practitioner_feedback_score", "not_took_part_because", "reflective_discussion_on",
    "re_audit_of",
)  # fmt: skip
"""Columns that a file may have."""

_ID = "[a-z0-9][a-z0-9._/-]{0,79}"
_BY_TOOL: Final = re.compile(
    rf"section:{_ID}(:rationale)?|answer:{_ID}(:(text|evidence|impact))?"
    r"|recommendation:[1-9]\d?:(category|owner_role|due_on|text)"
)
"""Columns named by the tool's sections and questions, and numbered recommendations."""

_DATES: Final = ("completed_on", "allocated_on", "due_on", "reflective_discussion_on")
_HAPPENED: Final = ("completed_on", "allocated_on")
_NOT_RECORDED: Final = "not-recorded"
"""Why neither took part, where an old record does not say."""
_FEEDBACK: Final = ("child_feedback", "parent_feedback", "practitioner_feedback")


@dataclass(frozen=True, slots=True)
class RowForms:
    """A row as the forms it stands for, with its days.

    `earlier_audit` is what the row says of the audit it looks at again: an id, or the number of an imported one.
    """

    row: int
    audit_number: str | None
    case_number: str
    allocation: AllocationForm
    completion: CompletionForm
    allocated_on: date
    completed_on: date
    earlier_audit: str | None = None


def header_problems(columns: Sequence[str]) -> Iterator[RowProblem]:
    """Yield what is wrong with the header: columns missing, unknown, or there twice."""
    for column, times in Counter(column for column in columns if column).items():
        if times > 1:
            yield _header(column, "the column is there twice", "Keep one of them.")
        elif column not in REQUIRED and column not in OPTIONAL and not _BY_TOOL.fullmatch(column):
            yield _header(column, "the column is not known", "Check its name, or take it out (docs/importing.md).")
    for column in REQUIRED:
        if column not in columns:
            yield _header(column, "the column is missing", "Add it; every row needs something in it.")


def tool_of(row: Row) -> tuple[str, int | None]:
    """Return which tool a row names, and which version; the newest without one."""
    version = row.cells.get("tool_version")
    return cells.code(row.cells.get("tool", "")), int(str(version)) if str(version).isdigit() else None


def forms_of(row: Row, tool: ToolDocument) -> tuple[RowForms | None, list[RowProblem]]:
    """Return a row's forms, or everything that keeps it from being some."""
    problems = list(row.problems)
    given = row.cells
    problems += [
        _fault(row, column, "the cell is empty", "Every row needs something here.")
        for column in REQUIRED
        if column not in given
    ]
    dates: dict[str, date | None] = {column: cells.day(given[column]) for column in _DATES if column in given}
    problems += [
        _fault(row, column, "the cell is no date", "Write it as YYYY-MM-DD or DD/MM/YYYY.")
        for column, found in dates.items()
        if found is None
    ]
    problems += [
        _fault(row, column, f"the day lies before {EARLIEST.year}", "Check the year.")
        for column in _HAPPENED
        if (day := dates.get(column)) is not None and day < EARLIEST.date()
    ]
    completed = dates.get("completed_on")
    allocation = _validated(row, AllocationForm, _allocation(given, dates), problems)
    completion = _validated(row, CompletionForm, _completion(given, dates, tool, row, problems), problems)
    allocated = dates.get("allocated_on") or completed
    if completed is not None and allocated is not None and allocated > completed:
        problems.append(_fault(row, "allocated_on", "it was allocated after it was completed", "Check both dates."))
    if problems or allocation is None or completion is None or completed is None or allocated is None:
        return None, problems
    number = given.get("audit_number")
    forms = RowForms(
        row.number,
        None if number is None else str(number),
        str(given["case_number"]),
        allocation,
        completion,
        allocated,
        completed,
        str(given["re_audit_of"]).strip() if "re_audit_of" in given else None,
    )
    return forms, []


def _allocation(given: dict[str, Cell], dates: dict[str, date | None]) -> dict[str, Any]:
    auditor = str(given.get("auditor", ""))
    form: dict[str, Any] = {
        "kind": cells.code(given.get("kind", "")),
        "cycle": cells.code(given.get("cycle", "")),
        "organisation": {level: cells.code(given.get(level, "")) for level in ("area", "district", "team")},
        "case_number": str(given.get("case_number", "")),
        "child_status": cells.code(given.get("child_status", "")),
        "tool": cells.code(given.get("tool", "")),
        "selected_because": cells.code(given.get("selected_because", "imported")),
    }
    form["auditor" if _is_uuid(auditor) else "auditor_staff_number"] = auditor
    if "service" in given:
        form["service"] = cells.code(given["service"])
    if "tool_version" in given:
        form["tool_version"] = given["tool_version"]
    if dates.get("due_on") is not None:
        form["due_on"] = dates["due_on"]
    return form


def _completion(
    given: dict[str, Cell], dates: dict[str, date | None], tool: ToolDocument, row: Row, problems: list[RowProblem]
) -> dict[str, Any]:
    form: dict[str, Any] = {
        "took_part": cells.code(given.get("took_part", "")),
        "sections": {},
        "answers": {},
    }
    form |= _particulars(form["took_part"], given, dates)
    for column in ("reflective_discussion", "inadequate_likely"):
        if column in given:
            form[column] = cells.yes_no(given[column])
    for column in ("overall_rationale", "concern_text"):
        if column in given:
            form[column] = str(given[column])
    if "overall_grade" in given:
        form["overall_grade"] = cells.grade(given["overall_grade"])
    if "concern" in given:
        form["concern"] = cells.code(given["concern"])
    for column in _FEEDBACK:
        form[column] = _feedback(given, column)
    _by_tool(form, given, tool)
    numbers = sorted(form["recommendations"])
    for place, number in enumerate(numbers, 1):
        if number != place:
            column = f"recommendation:{number}:category"
            problems.append(_fault(row, column, "a number is left out before it", "Fill recommendation 1 first."))
    form["recommendations"] = [form["recommendations"][number] for number in numbers]
    return form


def _particulars(took_part: str, given: dict[str, Cell], dates: dict[str, date | None]) -> dict[str, Any]:
    """Return why neither took part, and when the outcome was talked over."""
    found: dict[str, Any] = {}
    if took_part == TookPart.NEITHER or "not_took_part_because" in given:
        found["not_took_part_because"] = cells.code(given.get("not_took_part_because", _NOT_RECORDED))
    if dates.get("reflective_discussion_on") is not None:
        found["reflective_discussion_on"] = dates["reflective_discussion_on"]
    return found


def _by_tool(form: dict[str, Any], given: dict[str, Cell], tool: ToolDocument) -> None:
    """Fill in what the columns named by sections, questions and recommendations hold."""
    form["recommendations"] = {}
    for column, cell in given.items():
        match column.split(":"):
            case ["section", id_]:
                scored = isinstance(cell, int)
                judged = form["sections"].setdefault(id_, {})
                judged["score" if scored else "grade"] = cell if scored else cells.grade(cell)
            case ["section", id_, "rationale"]:
                form["sections"].setdefault(id_, {})["rationale"] = str(cell)
            case ["answer", id_]:
                form["answers"].setdefault(id_, {})["value"] = cells.answer(
                    tool, tool.asked.get(id_, (None, None))[1], cell
                )
            case ["answer", id_, box]:
                form["answers"].setdefault(id_, {})[box] = str(cell)
            case ["recommendation", count, field]:
                recommendation = form["recommendations"].setdefault(int(count), {})
                recommendation[field] = _of_recommendation(field, cell)


def _feedback(given: dict[str, Cell], column: str) -> dict[str, Any]:
    feedback: dict[str, Any] = {"obtained": cells.yes_no(given.get(column, ""))}
    if f"{column}_why_not" in given:
        feedback["why_not"] = cells.code(given[f"{column}_why_not"])
    if f"{column}_score" in given:
        feedback["score"] = given[f"{column}_score"]
    return feedback


def _of_recommendation(field: str, cell: Cell) -> Any:
    if field == "text":
        return str(cell)
    return cells.day(cell) or "?" if field == "due_on" else cells.code(cell)


def _validated(row: Row, form: type[Any], data: dict[str, Any], problems: list[RowProblem]) -> Any:
    """Return the form, or None having listed what keeps the row from being one."""
    try:
        return form.model_validate(data)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False, include_input=False):
            place = ".".join(str(part) for part in error["loc"])
            column = column_of(place) if place else ""
            if column in row.cells or column not in REQUIRED:  # an empty one is listed already
                problems.append(_fault(row, column, *_sentence(error)))
        return None


_SENTENCES: Final = {
    "bool_parsing": ("the cell is neither yes nor no", "Write yes or no."),
    "bool_type": ("the cell is neither yes nor no", "Write yes or no."),
    "int_parsing": ("the cell is no whole number", "Write a whole number."),
    "int_type": ("the cell is no whole number", "Write a whole number."),
    "date_from_datetime_parsing": ("the cell is no date", "Write it as YYYY-MM-DD or DD/MM/YYYY."),
    "date_parsing": ("the cell is no date", "Write it as YYYY-MM-DD or DD/MM/YYYY."),
    "string_too_long": ("the text is too long", "Shorten it; docs/importing.md has the limits."),
    "string_pattern_mismatch": ("the cell is no code", "Use letters a to z, digits and hyphens, at most 80."),
}


def _sentence(error: Any) -> tuple[str, str]:
    """Return what is wrong and the way out, from the rule alone."""
    if error["type"] == "enum":
        return "the cell holds none of the known words", f"Write one of {error['ctx']['expected']}."
    if error["type"] == "value_error":
        return str(error["msg"]).removeprefix("Value error, "), "Mend the cell."
    return _SENTENCES.get(error["type"], ("the cell does not fit", "docs/importing.md says what may stand here."))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _header(column: str, problem: str, way_out: str) -> RowProblem:
    return RowProblem(row=HEADER_ROW, column=column, problem=problem, way_out=way_out)


def _fault(row: Row, column: str, problem: str, way_out: str) -> RowProblem:
    return RowProblem(row=row.number, column=column, problem=problem, way_out=way_out)
