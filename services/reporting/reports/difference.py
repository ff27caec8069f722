"""What is different between two reports of one window, item by item: known then and now, or published before and after.

Figures are compared as they are printed: a hidden one that stays hidden is no difference, whatever is behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.reporting.reports.figures import Cell, ControlChart, Report, Table


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that two reports print differently; None where one of them does not have it.

    `section` is the id of the section it is in, `item` what the table or chart is called, `row` and `column` where it
    stands in it.
    """

    section: str
    topic: str
    item: str
    row: str
    column: str
    before: Cell | None
    after: Cell | None


@dataclass(frozen=True, slots=True)
class Difference:
    """All that two reports print differently: figures, and findings in words that went or came."""

    changes: tuple[Change, ...]
    findings_gone: tuple[str, ...]
    findings_new: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.changes or self.findings_gone or self.findings_new)


_Place = tuple[str, str, str]
"""Where a figure stands: the id of its table or chart, the key of its row, the key of its column."""


@dataclass(frozen=True, slots=True)
class _Figure:
    section: str
    topic: str
    item: str
    row: str
    column: str
    cell: Cell


def difference(before: Report, after: Report) -> Difference:
    """Return what `after` prints otherwise than `before`, in the order of `after`; what is gone stands at the end."""
    then, now = dict(_figures(before)), dict(_figures(after))
    said_then, said_now = (tuple(one.text for one in report.findings) for report in (before, after))
    return Difference(
        changes=tuple(_changes(then, now)),
        findings_gone=tuple(text for text in said_then if text not in said_now),
        findings_new=tuple(text for text in said_now if text not in said_then),
    )


def _changes(then: Mapping[_Place, _Figure], now: Mapping[_Place, _Figure]) -> Iterator[Change]:
    for place, figure in now.items():
        old = then.get(place)
        if old is None or old.cell != figure.cell:
            yield _change(figure, None if old is None else old.cell, figure.cell)
    for place, figure in then.items():
        if place not in now:
            yield _change(figure, figure.cell, None)


def _change(figure: _Figure, before: Cell | None, after: Cell | None) -> Change:
    return Change(figure.section, figure.topic, figure.item, figure.row, figure.column, before, after)


def _figures(report: Report) -> Iterator[tuple[_Place, _Figure]]:
    """Yield every figure of tables and control charts; bars are drawn from what stands in tables."""
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                labels = {column.key: column.label for column in block.columns}
                for row in block.rows:
                    for key, cell in row.cells.items():
                        yield (
                            (block.id, row.key, key),
                            _Figure(section.id, section.topic, block.caption, row.label, labels[key], cell),
                        )
            elif isinstance(block, ControlChart):
                for point in block.points:
                    yield (
                        (block.id, point.key, ""),
                        _Figure(section.id, section.topic, block.title, point.label, "", point.share),
                    )
