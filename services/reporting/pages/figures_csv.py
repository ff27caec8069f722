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

    Of columns with the same words each has its key beside them. A column of figures of several kinds, as a comparison
    of windows has them, holds numbers all the same, and the column `figure` beside it says what each is.
    """
    often = Counter(column.label for column in table.columns)
    beside = {column.key: _beside(table, column) for column in table.columns}
    headings = ["key", table.row_heading]
    for column in table.columns:
        label = column.label if often[column.label] == 1 else f"{column.label} ({column.key})"
        headings += [label, *(f"{label}: {more}" for more in beside[column.key])]
    rows: list[Sequence[Any]] = [headings]
    for row in table.rows:
        line: list[Any] = [row.key, row.label]
        for column in table.columns:
            line += _cells(row.cells.get(column.key), beside[column.key])
        rows.append(line)
    return MARK + csv_lines(rows)


def figures_csv(report: Report) -> bytes:
    """Return every figure of a report's tables and control charts, a line each."""
    return MARK + csv_lines([HEADINGS]) + csv_lines(_lines(report))


def tables(report: Report) -> dict[str, Table]:
    """Return the tables of a report by their ids."""
    return {block.id: block for section in report.sections for block in section.blocks if isinstance(block, Table)}


_MORE: Final = {"share": ("part", "of"), "decimal": ("low", "high", "of")}
_FIGURE: Final = {"share": "percent"}
"""What a figure is called where its name in the file of every figure is another than its type."""


def _beside(table: Table, column: Column) -> tuple[str, ...]:
    """Return what has columns beside a column's figures, `figure` (what each is) where they are of several kinds."""
    kinds = dict.fromkeys(cell.type for row in table.rows if (cell := row.cells.get(column.key)) is not None)
    more = dict.fromkeys(one for kind in kinds for one in _MORE.get(kind, ()))
    return (*(("figure",) if len(kinds) > 1 else ()), *more)


def _cells(cell: Cell | None, beside: Sequence[str]) -> list[Any]:
    """Return a figure as a number and what stands beside it; what is not given says why in words."""
    if cell is None:
        return [None, *[None] * len(beside)]
    value: Any
    more: dict[str, Any] = {}
    match cell:
        case Share():
            value = wording.share(cell) if cell.percent is None else cell.percent
            more = {"part": _number(cell.part), "of": _number(cell.of)}
        case Decimal():
            value = wording.decimal(cell) if cell.value is None else cell.value
            more = {"low": cell.low, "high": cell.high, "of": _number(cell.of)}
        case Count():
            value = _number(cell)
        case _:
            value = cell.text
    told = {"figure": _FIGURE.get(cell.type, cell.type), **more}
    return [value, *(told.get(name) for name in beside)]


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
