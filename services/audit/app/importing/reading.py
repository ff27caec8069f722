"""From the bytes of a CSV or XLSX file to rows of cells by column; what is no such file is refused in a sentence."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from services.audit.app.importing import workbook
from services.audit.app.importing.problems import HEADER_ROW, RowProblem, refuse

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 1_000
LAST_ROW: Final = 200_000
"""The last row number a file may have: empty rows cost time too, and a workbook's row may claim any number."""
MOST_EMPTY_ROWS: Final = 10_000
"""How many empty rows may lie between two that hold something."""
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
    lines: Iterator[Sequence[Any]] = (
        workbook.lines_of(content, up_to=LAST_ROW + 1) if content.startswith(_ZIP) else _csv(content)
    )
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
    found, last = 0, HEADER_ROW
    for number, line in enumerate(lines, HEADER_ROW + 1):
        if number > LAST_ROW:
            way_out = f"Delete the rows below the last audit, or send smaller parts: row {LAST_ROW:,} is the last."
            raise refuse("the file has rows far below what an import may have", way_out)
        if len(line) > MOST_COLUMNS:
            way_out = f"Keep to {MOST_COLUMNS:,} columns, and delete what stands right of the table."
            raise refuse(f"row {number:,} has too many columns", way_out)
        row = _row(columns, number, line)
        if row is None:
            continue
        if number - last - 1 > MOST_EMPTY_ROWS:
            way_out = f"Delete the empty rows before row {number:,}, or what stands in it by mistake."
            raise refuse("the file has too many empty rows between two that hold something", way_out)
        found, last = found + 1, number
        if found > MOST_ROWS:
            raise refuse("the file has too many rows", f"Send at most {MOST_ROWS:,} audits in one file.")
        yield row


def _row(columns: tuple[str, ...], number: int, line: Sequence[Any]) -> Row | None:
    """Return what a line holds, None where every cell is empty."""
    cells: dict[str, Cell] = {}
    problems: list[RowProblem] = []
    for place, raw in enumerate(line):
        cell = _cell(raw)
        if cell is None:
            continue
        if place >= len(columns) or not columns[place]:
            way_out = "Name the column in the first row, or empty the cell; check for a stray comma."
            problem = "a cell stands in a column without a name"
            problems.append(RowProblem(row=number, column="", problem=problem, way_out=way_out))
        elif isinstance(cell, str) and cell in _SPREADSHEET_ERRORS:
            way_out = "Mend the formula, or put the value in its place."
            problem = "the cell is a spreadsheet error"
            problems.append(RowProblem(row=number, column=columns[place], problem=problem, way_out=way_out))
        else:
            cells[columns[place]] = cell
    return Row(number, cells, tuple(problems)) if cells or problems else None


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
