"""What boards decided, and where charts start anew, as a report takes it in: coded, as it stood at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from uuid import UUID

from services.reporting.reports.figures import Cell, Report, Table


@dataclass(frozen=True, slots=True)
class About:
    """What a decision is about: a section of a report, and a figure of it where table, row and column are given."""

    section: str
    table: str | None = None
    row: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A board's decision as it stands, and the figure it is about as the report before the board prints it (`then`).

    `window` is the one that report looks back on; `called` is the figure's name in that report's words; `since` is
    the day from which the state holds.
    """

    id: UUID
    window: str
    about: About
    called: str
    then: Cell | None
    decision: str
    unit: str | None
    owner_role: str
    decided_on: date
    due_on: date
    state: Literal["open", "under-way", "done", "withdrawn"]
    since: date
    difference: Literal["yes", "partly", "not-yet", "cannot-be-known"] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BoardRecord:
    """Decisions by the board they are of (its kind of report), and the months at which a measure's chart is rebased.

    `on` is the day it is known as of: what was due before is past its due date. A month comes with its coded reason.
    """

    on: date
    decisions: Mapping[str, tuple[Decided, ...]] = field(default_factory=dict)
    rebases: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


def figure_in(report: Report, about: About) -> tuple[Cell, str] | None:
    """Return the figure that is meant, as the report prints it, with its name; None where the report lacks it."""
    for section in report.sections:
        for block in section.blocks if section.id == about.section else ():
            if isinstance(block, Table) and block.id == about.table:
                return _cell(block, about)
    return None


def _cell(table: Table, about: About) -> tuple[Cell, str] | None:
    labels = {column.key: column.label for column in table.columns}
    row = next((one for one in table.rows if one.key == about.row), None)
    if row is None or about.column not in row.cells or about.column not in labels:
        return None
    return row.cells[about.column], f"{labels[about.column]}: {row.label}"
