"""What is wrong with a workbook, by sheet, row and column; and what of it a tool has no place for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from services.audit.domain.refusals import Problem, Refused

SURVEY: Final = "survey"
CHOICES: Final = "choices"
SETTINGS: Final = "settings"


class Fault(BaseModel):
    """One fault, or one note: where it is in the workbook, what it is, and the way out."""

    model_config = ConfigDict(frozen=True)

    sheet: str = Field(description="empty for the workbook as a whole")
    row: int | None = Field(default=None, description="as the spreadsheet counts: the header is row 1")
    column: str = Field(default="", description="the column's name; empty for the row or the sheet as a whole")
    cell: str = Field(default="", description="the cell, such as C12")
    message: str
    way_out: str

    @property
    def order(self) -> tuple[int, int, str]:
        """Return what faults are put in order by: sheet, row, column."""
        sheets = ("", SURVEY, CHOICES, SETTINGS)
        return (sheets.index(self.sheet) if self.sheet in sheets else len(sheets), self.row or 0, self.cell)


class WorkbookRefused(Refused):
    """The file is no tool in XLSForm; `faults` has every fault with its sheet, row and column."""

    code = "workbook-refused"
    sentence = "The workbook is no audit tool."
    way_out = "Every fault is listed with its sheet, row and column; docs/tools.md describes the sheets."

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.order))
        super().__init__([Problem(_place(fault), fault.message, fault.way_out) for fault in self.faults])


def _place(fault: Fault) -> str:
    parts = (fault.sheet or "workbook", str(fault.row or ""), fault.column.replace(".", "-"))
    return ".".join(part for part in parts if part)


def whole_file(message: str, way_out: str) -> WorkbookRefused:
    """Return the refusal of a file that cannot be read at all."""
    return WorkbookRefused([Fault(sheet="", message=message, way_out=way_out)])
