"""What is wrong with a file, row by row, and what became of it. No sentence repeats what stands in a cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.audit.domain.refusals import Problem, Refused

HEADER_ROW = 1
_WHOLE_ROW = ""


class FileRefused(Refused):
    """The file cannot be read as a table of audits; `problems` has every fault of its header."""

    code = "file-refused"
    sentence = "The file cannot be imported."
    way_out = "docs/importing.md describes the file."


class RowProblem(BaseModel):
    """One fault: in which row and column of the file, what is wrong, and the way out."""

    model_config = ConfigDict(frozen=True)

    row: int = Field(description="as a spreadsheet counts: the header is row 1")
    column: str = Field(description="the column's name; empty for the row as a whole")
    problem: str
    way_out: str


class ImportedAudit(BaseModel):
    """An audit that is there after the import: which row, its id, and its recommendations' ids in the row's order."""

    model_config = ConfigDict(frozen=True)

    row: int
    audit_id: UUID
    recommendations: tuple[UUID, ...] = ()


class ImportReport(BaseModel):
    """What an import did, or in a dry run would do."""

    model_config = ConfigDict(frozen=True)

    dry_run: bool
    all_or_nothing: bool
    rows: int = Field(description="rows with anything in them")
    good: int = Field(description="rows without a fault")
    taken_in: int = Field(description="audits that came in by this import")
    already_there: int = Field(description="audits that an earlier import had taken in; nothing changed")
    problems: tuple[RowProblem, ...]
    audits: tuple[ImportedAudit, ...] = Field(default=(), description="audits taken in, and those already there")


def refuse(sentence: str, way_out: str, *, column: str = "file") -> FileRefused:
    """Return the refusal of a file for one reason."""
    return FileRefused([Problem(column, sentence, way_out)])


def row_problems(row: int, refusal: Refused) -> Iterator[RowProblem]:
    """Yield what a refusal of the domain means for a row: each fault at its column."""
    if not refusal.problems:
        yield RowProblem(row=row, column=_WHOLE_ROW, problem=refusal.sentence, way_out=refusal.way_out)
    for problem in refusal.problems:
        yield RowProblem(row=row, column=column_of(problem.place), problem=problem.message, way_out=problem.way_out)


_PLACES: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(pattern), column)
    for pattern, column in (
        (r"answers\.([^.]+)(?:\.value)?", r"answer:\1"),
        (r"answers\.([^.]+)\.(text|evidence|impact)", r"answer:\1:\2"),
        (r"sections\.([^.]+)\.rationale", r"section:\1:rationale"),
        (r"sections\.([^.]+)(?:\.(?:grade|score))?", r"section:\1"),
        (r"(child|parent|practitioner)_feedback\.obtained", r"\1_feedback"),
        (r"(child|parent|practitioner)_feedback\.(why_not|score)", r"\1_feedback_\2"),
        (r"organisation(?:\.(area|district|team))?", r"\1"),
        (r"auditor_staff_number", "auditor"),
        (r"happened_at", "completed_on"),
    )
)
_RECOMMENDATION = re.compile(r"recommendations\.(\d+)\.(\w+)")


def column_of(place: str) -> str:
    """Return the file's column for a place in a form or an outcome."""
    numbered = _RECOMMENDATION.fullmatch(place)
    if numbered:
        return f"recommendation:{int(numbered[1]) + 1}:{numbered[2]}"
    for pattern, column in _PLACES:
        found = pattern.fullmatch(place)
        if found:
            return found.expand(column) or "team"
    return place
