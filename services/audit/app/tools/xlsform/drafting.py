"""What a workbook is read into: the rows of the survey as a tree of sections, and the lists of the choices sheet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from services.audit.app.tools.xlsform.cells import Book, Sheet, SheetRow
from services.audit.app.tools.xlsform.faults import Fault

NO_PLACE_COLUMNS: Final = frozenset(
    {"default", "readonly", "read_only", "repeat_count", "choice_filter", "parameters", "trigger", "save_to"}
)
NO_PLACE_BEGINNINGS: Final = ("media::", "image", "audio", "video", "big-image", "bind::", "body::", "instance::")
READ_COLUMNS: Final = frozenset(
    {
        "type",
        "name",
        "label",
        "hint",
        "guidance_hint",
        "required",
        "relevant",
        "constraint",
        "constraint_message",
        "appearance",
        "calculation",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A choice of a list, and its row."""

    row: SheetRow
    name: str
    label: str
    grade: str
    component: str


@dataclass(slots=True)
class QuestionRows:
    """A question's row, and the rows beside it by what they are: evidence, impact, reason, weight."""

    row: SheetRow
    compliance: bool
    beside: dict[str, SheetRow] = field(default_factory=dict)


@dataclass(slots=True)
class SectionRows:
    """A section's first row, its questions, and the rows beside it: judgement, rationale, grade, guidance."""

    row: SheetRow
    questions: list[QuestionRows] = field(default_factory=list)
    guidance: list[str] = field(default_factory=list)
    beside: dict[str, SheetRow] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """A workbook while it is read: its sheets, what was found in them, and every fault so far."""

    book: Book
    lists: dict[str, list[Entry]] = field(default_factory=dict)
    sections: list[SectionRows] = field(default_factory=list)
    form: dict[str, SheetRow] = field(default_factory=dict)
    limits: list[SheetRow] = field(default_factory=list)
    description: list[str] = field(default_factory=list)
    _named: frozenset[str] = frozenset()

    def has_row(self, name: str) -> bool:
        """Say whether a row of the survey has a name; the names are gathered once."""
        self._named = self._named or frozenset(row["name"] for row in self.survey.rows)
        return name in self._named

    @property
    def survey(self) -> Sheet:
        """Return the survey sheet."""
        return self.book.survey

    def fault(self, row: SheetRow, column: str, message: str, way_out: str, *, sheet: Sheet | None = None) -> None:
        """Keep a fault of a row, in the survey unless another sheet is named; the first one of a cell is enough."""
        if self.no_fault_in(row, column, sheet=sheet):
            self.book.faults.append((sheet or self.survey).fault(row, column, message, way_out))

    def note(self, row: SheetRow, column: str, message: str, way_out: str, *, sheet: Sheet | None = None) -> None:
        """Keep what a tool has no place for, though nothing is wrong with it."""
        self.book.notes.append((sheet or self.survey).fault(row, column, message, way_out))

    def no_fault_in(self, row: SheetRow, column: str, *, sheet: Sheet | None = None) -> bool:
        """Say whether nothing was found wrong with a cell yet."""
        here = ((sheet or self.survey).name, row.number, column)
        return not any((each.sheet, each.row, each.column) == here for each in self.book.faults)


def one_language(sheet: Sheet, faults: list[Fault], columns: tuple[str, ...]) -> None:
    """Let `label::English (en)` stand for `label` where a sheet has one language; several are a fault."""
    for column in columns:
        spoken = [name for name in sheet.letters if name.startswith((f"{column}::", f"{column}:")) or name == column]
        if len(spoken) > 1:
            way_out = "A tool is in one language: keep one of the columns, or make a tool for each language."
            faults.append(sheet.fault(1, spoken[1], f"there are several columns of {column}", way_out))
        elif spoken and spoken[0] != column:
            sheet.letters[column] = sheet.letters[spoken[0]]
            sheet.rows = [
                SheetRow(row.number, {column if key == spoken[0] else key: text for key, text in row.cells.items()})
                for row in sheet.rows
            ]


Json = dict[str, Any]
