"""Workbooks for tests: made cell by cell with openpyxl, so that nothing of our own writing is in them."""

from __future__ import annotations

import io
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

Rows = list[list[Any]]

SURVEY: Rows = [
    ["type", "name", "label", "hint", "required", "relevant", "constraint", "appearance", "calculation"],
    ["select_one kinds", "kind_of_audit", "Kind", None, "yes"],
    ["begin_group", "seeing", "Seeing the child"],
    ["select_one yes_no", "seen", "Was the child seen?", "In the last visit.", "yes"],
    ["select_one how", "how-well", "How well?", None, "yes", "${seen} = 'yes'", None, "likert"],
    ["decimal", "visits", "How many visits?", None, "no", None, ". >= 0 and . <= 50"],
    ["end_group"],
]
CHOICES: Rows = [
    ["list_name", "name", "label"],
    ["kinds", "case-file", "Case file"],
    ["yes_no", "yes", "Yes"],
    ["yes_no", "no", "No"],
    ["how", 0, "Badly"],
    ["how", 1, "Well"],
]
SETTINGS: Rows = [["form_title", "form_id", "version"], ["Seeing children", "seeing-children", 1]]


def book(survey: Rows = SURVEY, choices: Rows = CHOICES, settings: Rows = SETTINGS, **more: Rows) -> bytes:
    """Return a workbook of these sheets."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, rows in {"survey": survey, "choices": choices, "settings": settings, **more}.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return saved(workbook)


def saved(workbook: Workbook) -> bytes:
    """Return a workbook's bytes."""
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def with_cell(content: bytes, sheet: str, cell: str, value: Any) -> bytes:
    """Return a workbook with one cell set to something else."""
    workbook = load_workbook(io.BytesIO(content))
    found = workbook[sheet]
    assert isinstance(found, Worksheet)
    found[cell] = value
    return saved(workbook)


def cells_of(content: bytes, sheet: str) -> list[dict[str, str]]:
    """Return a sheet's rows by the names of its columns, read by openpyxl alone."""
    header, *rows = load_workbook(io.BytesIO(content))[sheet].iter_rows(values_only=True)
    return [
        {str(name): str(value) for name, value in zip(header, row, strict=True) if value is not None} for row in rows
    ]
