"""Tables that are charts themselves: cells shaded by what is printed in them.

The shade is a step of four, of the largest number printed in the table's own cells, totals apart. A hidden cell is
hatched, the same whatever is behind it; a 0 of a grid of coverage says `none`, so that a gap is seen at once.
"""

from __future__ import annotations

from typing import Final

from services.reporting.pages import wording
from services.reporting.reports.figures import Cell, Column, Count, Row, Table

_STEPS: Final = 4
_GRID: Final = "coverage-grid"
_MATRIX: Final = "moderation-matrix"


def is_shaded(table: Table) -> bool:
    """Tell whether a table's cells are shaded."""
    return table.id in {_GRID, _MATRIX}


def how_to_read(table: Table) -> str:
    """Return the sentence under a shaded table, with the marks that are in it."""
    cells = [cell for row in table.rows for cell in row.cells.values() if isinstance(cell, Count)]
    said = ["The darker a cell, the more audits"]
    if table.id == _MATRIX:
        said.append("outlined: both gave the same grade")
    elif any(cell.value == 0 for cell in cells):
        said.append(f"“{wording.NO_CASES}”, outlined: not one was completed")
    if any(cell.suppressed for cell in cells):
        said.append("hatched: hidden, drawn alike whatever the number")
    return "; ".join(said) + "."


def shade(table: Table, row: Row, column: Column) -> str:
    """Return the classes of a cell of a shaded table; none for a total."""
    cell = row.cells.get(column.key)
    if not is_shaded(table) or not isinstance(cell, Count) or _is_total(row, column):
        return ""
    same = " same-grade" if table.id == _MATRIX and row.key == column.key else ""
    if cell.value is None:
        return f"shade hidden-mark{same}"
    if cell.value == 0:
        return f"shade gap{same}" if table.id == _GRID else f"shade shade-0{same}"
    return f"shade shade-{-(-_STEPS * cell.value // _largest(table))}{same}"


def said(table: Table, row: Row, column: Column, cell: Cell) -> str:
    """Return a cell as it is printed; within a grid of coverage a 0 in words."""
    if table.id == _GRID and isinstance(cell, Count) and cell.value == 0 and not _is_total(row, column):
        return wording.NO_CASES
    return wording.cell(cell)


def _largest(table: Table) -> int:
    return max(
        cell.value or 0
        for row in table.rows
        for column in table.columns
        if isinstance(cell := row.cells.get(column.key), Count) and not _is_total(row, column)
    )


def _is_total(row: Row, column: Column) -> bool:
    return row.whole or column.key == "all"
