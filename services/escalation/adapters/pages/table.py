"""A list as CSV (RFC 4180): codes, references and moments, in UTF-8 with the mark by which spreadsheets know it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from services.escalation.adapters.pages.rows import Names
from services.escalation.adapters.views import line_of
from shared.eventstore.model import SummaryRow

_COLUMNS: Final = (
    "audit_escalation", "state", "category", "area", "district", "team", "district_name", "team_name", "service",
    "audit", "decide_by", "raised_at", "due_at", "overdue", "undecided", "next_step", "waits_for", "closed_at",
    "reopening_asked", "re_audit",
)  # fmt: skip

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def header() -> bytes:
    """Return what comes first: the mark and the names of the columns."""
    return _csv([_COLUMNS]).encode("utf-8-sig")


def lines(rows: Iterable[SummaryRow], names: Names) -> bytes:
    """Return the lines of a part of a list."""
    return _csv([guarded(one) for one in _line(row, names)] for row in rows).encode()


def guarded(value: Any) -> str:
    """Return a value as text that no spreadsheet takes for a formula: with an apostrophe where it might."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def _line(row: SummaryRow, names: Names) -> tuple[Any, ...]:
    line = line_of(row)
    area, district, team = line.team.split("/")
    return (
        line.escalation_id, line.status.value, line.category.value, area, district, team,
        names.district(f"{area}/{district}"), names.team(line.team), line.service,
        line.audit_id, line.consider_by, line.raised_at, line.due_at, line.overdue, line.undecided,
        None if line.next_step is None else line.next_step.value, line.waits_for, line.closed_at,
        line.reopening_asked, line.reaudit,
    )  # fmt: skip


def _csv(table: Iterable[Sequence[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(table)
    return written.getvalue()
