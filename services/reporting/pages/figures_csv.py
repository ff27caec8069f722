"""The figures of a report as CSV: one table as it stands on the page, or every figure of the report a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from services.reporting.pages import wording
from services.reporting.reports.figures import Cell, Column, ControlChart, Count, Decimal, Report, Share, Table
from shared.pages.spreadsheet import MARK, csv_lines

HEADINGS: Final = (
    "authority", "report", "window", "section", "table", "table_title", "row_key", "row", "column_key", "column",
    "figure", "value", "part", "of", "low", "high", "not_given_because",
)  # fmt: skip
"""The columns of the file with every figure.

`value` is a count, whole percent or decimal; `part` and `of` what a percentage is of what; `low` and `high` the 95%
interval; `not_given_because` says why there is no value: hidden, no-cases, too-few.
"""

_WHY: Final = {"suppressed": "hidden"}


def table_csv(table: Table) -> bytes:
    """Return one table: a percentage takes three columns, the percentage and the two counts it is of.

    Of columns with the same words each has its key beside them.
    """
    often = Counter(column.label for column in table.columns)
    kinds = {column.key: _kind(table, column) for column in table.columns}
    headings = ["key", table.row_heading]
    for column in table.columns:
        label = column.label if often[column.label] == 1 else f"{column.label} ({column.key})"
        headings += [label, *(f"{label}: {more}" for more in _MORE.get(kinds[column.key], ()))]
    rows: list[Sequence[Any]] = [headings]
    for row in table.rows:
        line: list[Any] = [row.key, row.label]
        for column in table.columns:
            line += _cells(row.cells.get(column.key), kinds[column.key])
        rows.append(line)
    return MARK + csv_lines(rows)


def figures_csv(report: Report) -> bytes:
    """Return every figure of a report's tables and control charts, a line each."""
    return MARK + csv_lines([HEADINGS]) + csv_lines(_lines(report))


def tables(report: Report) -> dict[str, Table]:
    """Return the tables of a report by their ids."""
    return {block.id: block for section in report.sections for block in section.blocks if isinstance(block, Table)}


_MORE: Final = {"share": ("part", "of"), "decimal": ("low", "high", "of")}


_MIXED: Final = "mixed"


def _kind(table: Table, column: Column) -> str:
    """Return what a column holds; figures of several kinds stand in it in words, as a list of changes has them."""
    kinds = {cell.type for row in table.rows if (cell := row.cells.get(column.key)) is not None}
    return _MIXED if len(kinds) > 1 else next(iter(kinds), "count")


def _cells(cell: Cell | None, kind: str) -> list[Any]:
    """Return a cell's columns as many as its kind takes; what is not given says why in words."""
    width = 1 + len(_MORE.get(kind, ()))
    if kind == _MIXED:
        return [None if cell is None else wording.figure(cell)]
    match cell:
        case None:
            values: list[Any] = []
        case Share():
            values = [
                wording.share(cell) if cell.percent is None else cell.percent,
                _number(cell.part),
                _number(cell.of),
            ]
        case Decimal():
            value = wording.decimal(cell) if cell.value is None else cell.value
            values = [value, cell.low, cell.high, _number(cell.of)]
        case Count():
            values = [_number(cell)]
        case _:
            values = [cell.text]
    return [*values, *[None] * (width - len(values))]


def _number(count: Count) -> int | str:
    return wording.HIDDEN if count.value is None else count.value


def _lines(report: Report) -> Iterator[Sequence[Any]]:
    for section in report.sections:
        where = (report.authority, report.kind, report.window.key, section.id)
        for block in section.blocks:
            if isinstance(block, Table):
                labels = {column.key: column.label for column in block.columns}
                for row in block.rows:
                    for key, cell in row.cells.items():
                        yield (*where, block.id, block.caption, row.key, row.label, key, labels[key], *_figure(cell))
            elif isinstance(block, ControlChart):
                for point in block.points:
                    yield (*where, block.id, block.title, point.key, point.label, "", "", *_figure(point.share))


def _figure(cell: Cell) -> tuple[Any, ...]:
    match cell:
        case Count():
            return ("count", cell.value, None, None, None, None, "hidden" if cell.suppressed else None)
        case Share():
            why = _WHY.get(cell.missing or "", cell.missing)
            return ("percent", cell.percent, cell.part.value, cell.of.value, None, None, why)
        case Decimal():
            why = _WHY.get(cell.missing or "", cell.missing)
            return ("decimal", cell.value, None, cell.of.value, cell.low, cell.high, why)
        case _:
            return ("words", cell.text, None, None, None, None, None)
