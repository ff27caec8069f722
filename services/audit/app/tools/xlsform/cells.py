"""The cells of a workbook as text, row by row; a broken, oversized or malicious file is refused in a sentence.

openpyxl looks first, since pyxform stops at its first error, names no column and takes any file.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from services.audit.app.importing.workbook import declares_a_document_type
from services.audit.app.tools.xlsform.faults import CHOICES, SETTINGS, SURVEY, Fault, WorkbookRefused, whole_file
from services.audit.domain.words import unseen_in

MOST_BYTES: Final = 5_000_000
MOST_UNPACKED_BYTES: Final = 50_000_000
MOST_PARTS: Final = 1_000
MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 100
MOST_LETTERS: Final = 8_000
_LAST_ROW_OF_EXCEL: Final = 1_048_576
_MOST_FAULTS: Final = 500
_SAVE: Final = "Open it in a spreadsheet and save it as .xlsx."
_READ: Final = (SURVEY, CHOICES, SETTINGS)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with something in it: its number, and its cells as text by the names of their columns."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a cell's text without the space around it; an empty one is ''."""
        return self.cells.get(column, "").strip()

    def exact(self, column: str) -> str:
        """Return a cell's text as it stands."""
        return self.cells.get(column, "")


@dataclass(slots=True)
class Sheet:
    """A sheet: the letter of each named column, and the rows below the header."""

    name: str
    letters: dict[str, str] = field(default_factory=dict)
    rows: list[SheetRow] = field(default_factory=list)

    def fault(self, row: SheetRow | int | None, column: str, message: str, way_out: str) -> Fault:
        """Return a fault of this sheet at a row and a column."""
        number = row.number if isinstance(row, SheetRow) else row
        letter = self.letters.get(column, "")
        cell = f"{letter}{number}" if letter and number else ""
        return Fault(sheet=self.name, row=number, column=column, cell=cell, message=message, way_out=way_out)


@dataclass(slots=True)
class Book:
    """The three sheets that are read, and what was wrong or strange in their cells."""

    survey: Sheet
    choices: Sheet
    settings: Sheet
    whole: bool = True
    """Whether all of every sheet was read, so that what is not there is truly missing."""
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def read_book(content: bytes) -> Book:
    """Return a workbook's sheets.

    Raises:
        WorkbookRefused: it is no workbook that can be read, or larger than a tool's may be.

    """
    if len(content) > MOST_BYTES:
        raise whole_file(f"the file is larger than {MOST_BYTES:,} bytes", "A tool needs far less: take pictures out.")
    try:
        _check_parts(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of styles and validations, which no tool needs
            return _read(content)
    except WorkbookRefused:
        raise
    except Exception:  # noqa: BLE001 - openpyxl lets through whatever a broken part makes it stumble over
        raise whole_file("the file is no readable XLSX workbook", _SAVE) from None


def _check_parts(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
            raise whole_file("the workbook is too large when unpacked", "Save the three sheets as a new workbook.")
        if any(declares_a_document_type(archive, part) for part in parts):
            raise whole_file("the workbook declares entities, which no spreadsheet does", _SAVE)


def _read(content: bytes) -> Book:
    workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    try:
        book = Book(Sheet(SURVEY), Sheet(CHOICES), Sheet(SETTINGS))
        there: dict[str, str] = {}
        for sheet in workbook.worksheets:
            name = sheet.title.strip().lower()
            if name not in _READ:
                book.notes.append(_strange_sheet(sheet.title))
            elif name in there:
                message = f"the workbook has the sheet {name} twice, as {there[name]} and {sheet.title}"
                book.faults.append(Fault(sheet=name, message=message, way_out="Take one of them out."))
            else:
                there[name] = sheet.title
                sheet.reset_dimensions()
                _fill(book, getattr(book, name), sheet)
        for name, holds in (
            (SURVEY, "the questions"),
            (CHOICES, "the lists of answers"),
            (SETTINGS, "the tool's name"),
        ):
            if name not in there:
                names = ", ".join(sheet.title for sheet in workbook.worksheets) or "none"
                way_out = f"Add it, or rename the one that holds {holds}; the workbook's sheets are: {names[:200]}."
                book.faults.append(Fault(sheet=name, message=f"the sheet {name} is missing", way_out=way_out))
    finally:
        workbook.close()
    return book


def _strange_sheet(title: str) -> Fault:
    return Fault(
        sheet=title[:100],
        message="the sheet is no part of a tool and was not read",
        way_out="Only survey, choices and settings are.",
    )


def _fill(book: Book, sheet: Sheet, source: Any) -> None:
    header: dict[int, str] = {}
    for number, cells in enumerate(source.iter_rows(max_row=_LAST_ROW_OF_EXCEL), start=1):
        filled = [(index, cell) for index, cell in enumerate(cells) if cell.value not in {None, ""}]
        if not filled:
            continue
        if number > MOST_ROWS or filled[-1][0] >= MOST_COLUMNS:
            message = f"the sheet goes on past row {MOST_ROWS:,} or column {get_column_letter(MOST_COLUMNS)}"
            book.faults.append(sheet.fault(number, "", message, "Take out what is there; no tool is that large."))
            book.whole = False
            return
        if len(book.faults) > _MOST_FAULTS:
            message = f"the sheet has more faults; it was read up to here, after {_MOST_FAULTS}"
            book.faults.append(sheet.fault(number, "", message, "Mend the others first."))
            book.whole = False
            return
        if not header:
            header = _header(book, sheet, number, filled)
        elif texts := _texts(book, sheet, number, header, filled):
            sheet.rows.append(SheetRow(number, texts))
    if not header:
        book.faults.append(sheet.fault(1, "", "the sheet is empty", "Its first row names the columns."))


def _texts(
    book: Book, sheet: Sheet, number: int, header: Mapping[int, str], filled: Sequence[tuple[int, Any]]
) -> dict[str, str]:
    """Return the texts of a row by their columns; a cell that holds none that can be read is a fault."""
    texts: dict[str, str] = {}
    for index, cell in filled:
        text, fault = _text(cell)
        column = header.get(index, "")
        if fault is None and text.strip() and not column:
            fault = ("the column has no name, so it is not read", "Name the column in row 1, or empty the cell.")
        if fault:
            book.faults.append(_at(sheet, (number, index), column, *fault))
        elif text.strip():
            texts[column] = text
    return texts


def _header(book: Book, sheet: Sheet, number: int, filled: list[tuple[int, Any]]) -> dict[int, str]:
    header: dict[int, str] = {}
    if number != 1:
        book.faults.append(
            sheet.fault(
                1, "", "the first row is empty", "The names of the columns stand in row 1: take out what is above."
            )
        )
    for index, cell in filled:
        text, fault = _text(cell)
        name = " ".join(text.split()).lower()
        name = {"list name": "list_name", "relevance": "relevant", "calculate": "calculation"}.get(name, name)
        if fault:
            book.faults.append(_at(sheet, (number, index), "", *fault))
        elif name in sheet.letters:
            message = f"the column {name} is there twice"
            book.faults.append(_at(sheet, (number, index), name, message, "Take one of them out."))
        else:
            header[index] = name
            sheet.letters[name] = get_column_letter(index + 1)
    return header


def _at(sheet: Sheet, at: tuple[int, int], column: str, message: str, way_out: str) -> Fault:
    number, index = at
    cell = f"{get_column_letter(index + 1)}{number}"
    return Fault(sheet=sheet.name, row=number, column=column, cell=cell, message=message, way_out=way_out)


def _text(cell: Any) -> tuple[str, tuple[str, str] | None]:
    """Return a cell as text, or why it is none with the way out."""
    value = cell.value
    if cell.data_type == "f" or not isinstance(value, str | int | float | bool | date | time | timedelta):
        return "", ("the cell holds a formula", "Copy it and paste its value in its place.")
    if cell.data_type == "e":
        return "", ("the cell holds a spreadsheet error", "Type the text that belongs there.")
    if isinstance(value, datetime | date | time | timedelta):
        return "", ("the cell holds a date or a time", "Format the cell as text and type it again.")
    text = str(value)
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, float) and value.is_integer():
        text = str(int(value))
    if len(text) > MOST_LETTERS:
        return "", (f"the cell holds more than {MOST_LETTERS:,} letters", "Shorten it.")
    if (unseen := unseen_in(text)) is not None:
        return "", (unseen, "Take it out, or type the words again.")
    return text, None
