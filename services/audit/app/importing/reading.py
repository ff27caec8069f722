"""From the bytes of a CSV or XLSX file to rows of cells by column; what is no such file is refused in a sentence."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from services.audit.app.importing.problems import HEADER_ROW, RowProblem, refuse

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 1_000
MOST_UNPACKED_BYTES: Final = 300_000_000
_LONGEST_CELL: Final = 100_000
_ZIP: Final = b"PK\x03\x04"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
_SPREADSHEET_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})

Cell = str | int | float | bool | date
"""A cell that holds something; dates without a time of day."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row by its number in the file (the header is 1): the cells that hold something, by column."""

    number: int
    cells: dict[str, Cell]
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as a table: its columns in order, and its rows that hold anything."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_sheet(content: bytes) -> Sheet:
    """Read a file; what it is shows in its first bytes.

    Raises:
        FileRefused: it is no CSV or XLSX file, is too large, or has no usable header.

    """
    if not content.strip():
        raise refuse("the file is empty", "Send a CSV or XLSX file with a header and a row for each audit.")
    if content.startswith(_OLD_OFFICE):
        raise refuse("the file is an old .xls or locked with a password", "Save it as .xlsx without a password.")
    lines = _xlsx(content) if content.startswith(_ZIP) else _csv(content)
    header = next(lines, None)
    if header is None:
        raise refuse("the file has no header", "Name the columns in the first row.")
    columns = _columns(header)
    return Sheet(columns, tuple(_rows(columns, lines)))


def column_name(text: str) -> str:
    """Return a column's name as it is meant: `Case number` is `case_number`, `Answer: smart` is `answer:smart`."""
    first, *others = (part.strip().casefold() for part in text.split(":"))
    return ":".join([first.replace(" ", "_").replace("-", "_"), *(part.replace(" ", "-") for part in others)])


def _columns(header: Sequence[Any]) -> tuple[str, ...]:
    names = [column_name(str(cell)) if cell is not None else "" for cell in header]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise refuse("the file has too many columns", f"Keep to {MOST_COLUMNS:,} columns.")
    if not names:
        raise refuse("the first row names no columns", "Name the columns in the first row.")
    return tuple(names)


def _rows(columns: tuple[str, ...], lines: Iterable[Sequence[Any]]) -> Iterator[Row]:
    found = 0
    for number, line in enumerate(lines, HEADER_ROW + 1):
        cells: dict[str, Cell] = {}
        problems: list[RowProblem] = []
        for place, raw in enumerate(line):
            cell = _cell(raw)
            if cell is None:
                continue
            if place >= len(columns) or not columns[place]:
                way_out = "Name the column in the first row, or empty the cell; check for a stray comma."
                problems.append(
                    RowProblem(
                        row=number, column="", problem="a cell stands in a column without a name", way_out=way_out
                    )
                )
            elif isinstance(cell, str) and cell in _SPREADSHEET_ERRORS:
                way_out = "Mend the formula, or put the value in its place."
                problems.append(
                    RowProblem(
                        row=number, column=columns[place], problem="the cell is a spreadsheet error", way_out=way_out
                    )
                )
            else:
                cells[columns[place]] = cell
        if not cells and not problems:
            continue
        found += 1
        if found > MOST_ROWS:
            raise refuse("the file has too many rows", f"Send at most {MOST_ROWS:,} audits in one file.")
        yield Row(number, cells, tuple(problems))


def _cell(raw: Any) -> Cell | None:
    """Return a cell's value, None for an empty one."""
    if isinstance(raw, str):
        return raw.strip() or None
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    if isinstance(raw, bool | int | float | date | None):
        return raw
    return raw.isoformat() if isinstance(raw, time) else str(raw)


def _csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse("the file is neither XLSX nor CSV in UTF-8", "Save it as .xlsx or as `CSV UTF-8`.") from None
    if "\x00" in text:
        raise refuse("the file is neither XLSX nor CSV in UTF-8", "Save it as .xlsx or as `CSV UTF-8`.")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            line = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise refuse(
                f"the CSV cannot be read near line {reader.line_num}",
                "Check the quotation marks there: a text with a quotation mark in it has it doubled.",
            ) from None
        yield line


def _xlsx(content: bytes) -> Iterator[tuple[Any, ...]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MOST_UNPACKED_BYTES:
            raise refuse("the workbook is too large when unpacked", "Send it in smaller parts.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        raise refuse(
            "the file is no readable XLSX workbook", "Open it in a spreadsheet and save it as .xlsx."
        ) from None
    try:
        if not book.worksheets:
            raise refuse("the workbook has no sheet", "Put the audits on the first sheet.")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        yield from sheet.iter_rows(values_only=True)
    finally:
        book.close()
