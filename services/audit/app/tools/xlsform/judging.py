"""pyxform as the independent judge of a workbook. It stops at its first error and names a row at best."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Final

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from services.audit.app.tools.xlsform.cells import Book
from services.audit.app.tools.xlsform.faults import CHOICES, SETTINGS, SURVEY, Fault

_ROW: Final = re.compile(r"\[row : (\d+)\]\s*")
_SHEET: Final = re.compile(rf"'({SURVEY}|{CHOICES}|{SETTINGS})' sheet")
_COLUMN: Final = re.compile(r"the '([\w: ]+)' value")
_NAMED: Final = re.compile(r"named '([^']+)'")
_CHOICE: Final = re.compile(r"See \[(.+)\] in \[(.+)\]")
_MOST_LETTERS: Final = 400
_WAY_OUT: Final = "xlsform.org describes what may stand there."


def fault_of_pyxform(content: bytes, book: Book, there: Sequence[Fault] = ()) -> list[Fault]:
    """Return pyxform's objection to a workbook, if it has one at a row that has no fault yet."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # openpyxl's own, of styles and validations
            convert(content, validate=False, file_type=".xlsx")
    except PyXFormError as error:
        return [fault for fault in [_fault(str(error), book)] if (fault.sheet, fault.row) not in _rows(there)]
    except Exception:  # noqa: BLE001 - pyxform stumbles over what it does not expect, with any exception
        if there:
            return []
        message = "pyxform, which checks XLSForms, cannot read the workbook"
        return [Fault(sheet="", message=message, way_out="Copy the three sheets into a new workbook.")]
    return []


def _rows(faults: Sequence[Fault]) -> set[tuple[str, int | None]]:
    return {(fault.sheet, fault.row) for fault in faults}


def _fault(words: str, book: Book) -> Fault:
    row, sheet, column = _ROW.search(words), _SHEET.search(words), _COLUMN.search(words)
    named, choice = _NAMED.search(words), _CHOICE.search(words)
    sentence = " ".join(_ROW.sub("", words).split())[:_MOST_LETTERS]
    if choice:
        found = next(
            (each for each in book.choices.rows if [each["name"], each["list_name"]] == [*choice.groups()]), None
        )
        return book.choices.fault(found, "name", f"pyxform says: {sentence}", _WAY_OUT)
    number = int(row[1]) if row else None
    if number is None and named:
        number = next((each.number for each in book.survey.rows if each["name"] == named[1]), None)
    return Fault(
        sheet=sheet[1] if sheet else SURVEY,
        row=number,
        column=column[1] if column else "",
        message=f"pyxform says: {sentence}",
        way_out=_WAY_OUT,
    )
