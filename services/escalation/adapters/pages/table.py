"""A list as CSV (RFC 4180): codes, references and moments, in UTF-8 with the mark by which spreadsheets know it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from services.escalation.adapters.pages.rows import Names
from services.escalation.adapters.views import line_of
from shared.eventstore.model import SummaryRow
from shared.pages.spreadsheet import MARK, csv_lines

_COLUMNS: Final = (
    "audit_escalation", "state", "category", "area", "district", "team", "district_name", "team_name", "service",
    "audit", "decide_by", "raised_at", "due_at", "overdue", "undecided", "next_step", "waits_for", "closed_at",
    "reopening_asked", "re_audit",
)  # fmt: skip


def header() -> bytes:
    """Return what comes first: the mark and the names of the columns."""
    return MARK + csv_lines([_COLUMNS])


def lines(rows: Iterable[SummaryRow], names: Names, now: datetime) -> bytes:
    """Return the lines of a part of a list, as seen at a moment."""
    return csv_lines(_line(row, names, now) for row in rows)


def _line(row: SummaryRow, names: Names, now: datetime) -> tuple[Any, ...]:
    line = line_of(row, now)
    area, district, team = line.team.split("/")
    return (
        line.escalation_id, line.status.value, line.category.value, area, district, team,
        names.district(f"{area}/{district}"), names.team(line.team), line.service,
        line.audit_id, line.consider_by, line.raised_at, line.due_at, line.overdue, line.undecided,
        None if line.next_step is None else line.next_step.value, line.waits_for, line.closed_at,
        line.reopening_asked, line.reaudit,
    )  # fmt: skip
