"""Leaving out what shows nothing: a table of nothing but `c`, a chart without a bar longer than 0."""

from __future__ import annotations

from services.reporting.reports.figures import (
    BarChart,
    Block,
    ClockChart,
    Count,
    Decimal,
    Paragraph,
    Row,
    Section,
    Share,
    Table,
)

_NOTHING_SHOWN = "Not shown: all of its numbers are small, or would let a small one be worked out."
_FEWEST_ROWS = 2


def sparing(section: Section) -> Section:
    """Return a section without the charts and the rows of tables in which every number is hidden."""
    blocks = tuple(kept for block in section.blocks if (kept := _kept(block)) is not None)
    return section.model_copy(update={"blocks": blocks})


def _kept(block: Block) -> Block | None:
    if isinstance(block, BarChart):
        return block if any(part.share.percent for bar in block.bars for part in bar.segments) else None
    if isinstance(block, ClockChart):
        return block if any(step.median.value is not None for step in block.steps) else None
    if isinstance(block, Table):
        parts = [row for row in block.rows if not row.whole]
        if len(parts) >= _FEWEST_ROWS and any(map(_hides, parts)) and not any(map(_says_something, parts)):
            return Paragraph(text=f"{block.caption}. {_NOTHING_SHOWN}")
    return block


def _says_something(row: Row) -> bool:
    """Tell whether a row has any number but a 0."""
    return any(
        bool(cell.value) if isinstance(cell, Count | Decimal) else isinstance(cell, Share) and cell.percent is not None
        for cell in row.cells.values()
    )


def _hides(row: Row) -> bool:
    return any(isinstance(cell, Count) and cell.suppressed for cell in row.cells.values())
