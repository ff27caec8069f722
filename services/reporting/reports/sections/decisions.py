"""Decisions of last time and what happened since: as the board's own record has them, with the figure then and now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.reporting.reports.board_record import Decided, figure_in
from services.reporting.reports.figures import Cell, Column, Finding, Paragraph, Report, Row, Section, Table, Words
from services.reporting.reports.names import words
from services.reporting.reports.sections.context import Context, columns
from services.reporting.reports.sentences import listed, plural
from shared.calendar.words import long_date

SECTION: Final = "decisions"
BOARDS: Final = frozenset({"quality-board", "corporate-parenting"})
"""The kinds of report that are put before a board, which decides."""

_BY_WINDOW: Final = "-by-window"
"""What the ids of tables end with that have a row a window."""

_DIFFERENCES: Final = {
    "yes": "it made a difference",
    "partly": "it made a difference in part",
    "not-yet": "no difference to be seen yet",
    "cannot-be-known": "whether it made a difference cannot be known",
}


def section(context: Context, report: Report) -> Section:
    """Return the section of a board's report; `report` is that report so far, whose figures it repeats."""
    decided = _of(context, report.kind)
    return Section(
        id=SECTION,
        topic="Decisions",
        heading=_heading(context, decided, report.kind),
        blocks=(Paragraph(text=_introduction(context, decided)), _table(context, report, decided)),
    )


def findings(context: Context, kind: str) -> list[Finding]:
    """Return how the decisions of last time stand, in a headline."""
    decided = _of(context, kind)
    return [Finding(text=_heading(context, decided, kind) + ".", section=SECTION)] if decided else []


def _of(context: Context, kind: str) -> tuple[Decided, ...]:
    return () if context.record is None else context.record.decisions.get(kind, ())


def _is_late(context: Context, one: Decided) -> bool:
    return one.state in {"open", "under-way"} and context.record is not None and one.due_on < context.record.on


def _heading(context: Context, decided: Sequence[Decided], kind: str) -> str:
    if not decided:
        return f"No decision of the {_called(kind)} is on record from last time"
    states = (("done", "done"), ("under-way", "under way"), ("open", "open"), ("withdrawn", "withdrawn"))
    counted = [(sum(one.state == state for one in decided), word) for state, word in states]
    parts = [f"{number} {word}" for number, word in counted if number]
    late = sum(_is_late(context, one) for one in decided)
    tail = f", {late} past {'its' if late == 1 else 'their'} due date" if late else ""
    return f"{plural(len(decided), 'decision')} of last time: {listed(parts)}{tail}"


def _called(kind: str) -> str:
    return {"quality-board": "Quality Assurance Board", "corporate-parenting": "Corporate Parenting Board"}[kind]


def _introduction(context: Context, decided: Sequence[Decided]) -> str:
    before = context.window.back()
    if not decided:
        return (
            f"Nothing is recorded of what the board decided on the report of {before.label}, and nothing of earlier "
            "meetings is left to be done. A decision counts here once the QA unit has recorded it."
        )
    return (
        f"What the board decided on the report of {before.label}, and what of earlier meetings was not done by then. "
        "Then: the figure it was about, as the report before the board printed it. Now: the same figure here. "
        "Whether the decision is why they differ, figures do not say."
    )


def _table(context: Context, report: Report, decided: Sequence[Decided]) -> Table:
    return Table(
        id="decisions-of-last-time",
        caption="Decisions of last time and what happened since",
        row_heading="Decision",
        columns=(
            *columns(("about", "About"), ("owner", "Whose, and by when"), ("state", "How it stands")),
            Column(key="then", label="Then", whole=True),
            Column(key="now", label="Now", whole=True),
        ),
        rows=tuple(_row(context, report, one) for one in decided),
        empty="" if decided else "No decision is on record.",
    )


def _row(context: Context, report: Report, one: Decided) -> Row:
    boards, names = context.settings.boards, context.settings.names
    label = boards.decision(one.decision) or words(one.decision)
    cells: dict[str, Cell] = {
        "about": Words(text=one.called),
        "owner": Words(text=f"{_capital(names.role(one.owner_role))}, by {long_date(one.due_on)}"),
        "state": Words(text=_state(context, one)),
    }
    if one.then is not None:
        found = figure_in(report, replace(one.about, row=_row_now(context, one)))
        cells["then"] = one.then
        cells["now"] = Words(text="not in this report") if found is None else found[0]
    return Row(key=str(one.id), label=f"{label} ({_unit(context, one.unit)})" if one.unit else label, cells=cells)


def _row_now(context: Context, one: Decided) -> str | None:
    """Return the row to look at now: where a table has a row a window, the one of this report's own window."""
    own = (one.about.table or "").endswith(_BY_WINDOW) and one.about.row == one.window
    return context.window.key if own else one.about.row


def _state(context: Context, one: Decided) -> str:
    since = long_date(one.since)
    match one.state:
        case "done":
            return f"Done on {since}: {_DIFFERENCES[one.difference or 'cannot-be-known']}"
        case "withdrawn":
            reason = context.settings.boards.withdrawal_reason(one.reason or "") or words(one.reason or "")
            return f"Withdrawn on {since}: {reason[:1].lower()}{reason[1:]}"
        case "under-way":
            text = f"Under way since {since}"
        case _:
            text = "Open"
    return f"{text}, past its due date" if _is_late(context, one) else text


def _unit(context: Context, path: str) -> str:
    """Return the name of an area, a district or a team, which is told with its district."""
    parts = path.split("/")
    if len(parts) == 1:
        return context.names.of("area", path)
    district = context.names.of("district", "/".join(parts[:2]))
    if len(parts) == 2:  # noqa: PLR2004 - area and district
        return district
    team = context.settings.unit(tuple(parts))
    return f"{team.name if team is not None else words(parts[-1])}, {district}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
