"""Activity: what was allocated, completed, on time, late and withdrawn."""

from __future__ import annotations

from collections.abc import Mapping

from services.reporting.reports.figures import Cell, Finding, Paragraph, Section, Table
from services.reporting.reports.sections.context import Context, columns, unit_rows
from services.reporting.reports.sentences import change, of_n, plural, supported
from services.reporting.reports.window_ledger import at

_COLUMNS = (
    ("allocated", "Allocated"),
    ("completed", "Completed (n)"),
    ("on_time", "On time"),
    ("late", "Late"),
    ("on_time_share", "On time, % of n"),
    ("withdrawn", "Withdrawn"),
)
_TABLES = (
    ("district", "Audits by {area} and {district}", "{Area} and {district}"),
    ("service", "Audits by {service}", "{Service}"),
    ("kind", "Audits by kind", "Kind of audit"),
)


def section(context: Context) -> Section:
    """Return the section on activity."""
    return Section(
        id="activity",
        topic="Activity",
        heading=_heading(context),
        blocks=(
            Paragraph(text=_introduction(context)),
            *(_by(context, dimension, caption, heading) for dimension, caption, heading in _TABLES),
        ),
    )


def findings(context: Context) -> list[Finding]:
    """Return what may be said of timeliness in a headline."""
    now = context.figures.share("on_time", "completed")
    if not supported(now):
        return []
    moved = change(context.previous.share("on_time", "completed"), now)
    tail = ""
    if moved is not None:
        tail = f", against {moved.before}% in the window before: {moved.judgement}"
    return [Finding(text=f"{of_n(now)} completed audits were on time{tail}.", section="activity")]


def _heading(context: Context) -> str:
    completed = context.figures.count("completed")
    on_time = context.figures.share("on_time", "completed")
    if completed.value is None:
        return "A few audits were completed"
    if completed.value == 0:
        return "No audit was completed"
    if on_time.percent is None:
        return f"{plural(completed.value, 'audit')} completed"
    return f"{plural(completed.value, 'audit')} completed, {on_time.percent}% of them on time"


def _introduction(context: Context) -> str:
    figures = context.figures
    due, done = figures.count("due"), figures.share("due_done", "due")
    text = "Completed audits are counted in the month they were completed, allocated and withdrawn ones in theirs."
    if due.value and done.percent is not None:
        text += f" Of {plural(due.value, 'audit')} due in the window, {done.percent}% were completed before it ended."
    return text + " Late means completed after the due date; withdrawn audits count nowhere else."


def _by(context: Context, dimension: str, caption: str, heading: str) -> Table:
    figures = context.figures

    def cells(where: str, key: str) -> Mapping[str, Cell]:
        return _cells(context, {name: at(name, where, key) for name in _COUNTS})

    total = _cells(context, {name: name for name in _COUNTS})
    return Table(
        id=f"activity-by-{dimension}",
        caption=caption,
        row_heading=heading,
        columns=columns(*_COLUMNS),
        rows=unit_rows(context, dimension, cells, total),
        empty="" if figures.breakdowns.keys[dimension] else "There was no audit.",
    )


_COUNTS = ("allocated", "completed", "on_time", "late", "withdrawn")


def _cells(context: Context, keys: Mapping[str, str]) -> dict[str, Cell]:
    figures = context.figures
    found: dict[str, Cell] = {name: figures.count(key) for name, key in keys.items()}
    return found | {"on_time_share": figures.share(keys["on_time"], keys["completed"])}
