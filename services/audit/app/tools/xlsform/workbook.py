"""A tool as the bytes of an XLSX workbook, laid out to be worked in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from services.audit.app.tools.xlsform.conditions import ToolDoesNotTravel, untravelled
from services.audit.app.tools.xlsform.faults import CHOICES, SETTINGS, SURVEY
from services.audit.app.tools.xlsform.writing import CHOICES_COLUMNS, SETTINGS_COLUMNS, SURVEY_COLUMNS, Row, sheets_of
from services.audit.domain.tools.document import ToolDocument

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS: Final = {"label": 60, "hint": 50, "relevant": 40, "name": 30, "type": 30, "calculation": 30, "form_title": 40}
_HEADER: Final = PatternFill("solid", fgColor="FFE8EEF4")
_GROUP: Final = PatternFill("solid", fgColor="FFF3F3F3")


def write_workbook(tool: ToolDocument) -> bytes:
    """Return a tool as an XLSForm workbook.

    Raises:
        ToolDoesNotTravel: with everything that has no place in one.

    """
    problems = list(untravelled(tool))
    if problems:
        raise ToolDoesNotTravel(problems)
    sheets = sheets_of(tool)
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = SURVEY
    _fill(first, SURVEY_COLUMNS, sheets.survey)
    _fill(book.create_sheet(CHOICES), CHOICES_COLUMNS, sheets.choices)
    _fill(book.create_sheet(SETTINGS), SETTINGS_COLUMNS, sheets.settings)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _fill(sheet: Worksheet, columns: Sequence[str], rows: Sequence[Row]) -> None:
    for number, row in enumerate(({column: column for column in columns}, *rows), start=1):
        for place, column in enumerate(columns, start=1):
            if column not in row:
                continue
            cell = sheet.cell(number, place)
            cell.value = row[column]
            cell.data_type = "s"  # also where it begins with =, which openpyxl would make a formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                cell.font, cell.fill = Font(bold=True), _HEADER
            elif row.get("type") == "begin_group":
                cell.font, cell.fill = Font(bold=True), _GROUP
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(column, 16)
    sheet.freeze_panes = "A2"
