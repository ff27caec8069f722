"""Whether a decision can be recorded as it was sent: every fault at once, each with its place and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.reporting.reports.figures import Report, Section, Table
from services.reporting.reports.windows import Window
from shared.authority.boards import Choices
from shared.authority.settings import AuthoritySettings
from shared.contracts.reporting import ReportFigure
from shared.web.problems import FieldProblem

_LONGEST: Final = timedelta(days=3 * 366)
_MOST_NAMED: Final = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be recorded, as far as it is to be checked."""

    section: str
    figure: ReportFigure | None
    decision: str
    unit: str | None
    decided_on: date
    due_on: date


def faults_of(
    settings: AuthoritySettings, window: Window, report: Report, asked: Asked, today: date
) -> list[FieldProblem]:
    """Return what is wrong with a decision about a published report; nothing where it can be recorded."""
    return [
        *_of_code("decision", asked.decision, settings.boards.decisions),
        *_of_unit(settings, asked.unit),
        *_of_subject(report, asked),
        *_of_dates(window, asked, today),
    ]


def of_reason(code: str, choices: Choices) -> list[FieldProblem]:
    """Return what is wrong with a coded reason."""
    return list(_of_code("reason", code, choices))


def _of_code(name: str, code: str, choices: Choices) -> Iterator[FieldProblem]:
    known = [one.key for one in choices]
    if code not in known:
        yield _fault(name, "It is not on the authority's list.", f"Choose one of {', '.join(known)}.")


def _of_unit(settings: AuthoritySettings, unit: str | None) -> Iterator[FieldProblem]:
    if unit is None:
        return
    known = {"/".join(path[:depth]) for path in settings.units for depth in (1, 2, 3)}
    if unit not in known:
        yield _fault(
            "unit",
            "The authority has no such area, district or team.",
            "Give its path as in the settings: area, area/district or area/district/team; or leave it out.",
        )


def _of_subject(report: Report, asked: Asked) -> Iterator[FieldProblem]:
    section = next((one for one in report.sections if one.id == asked.section), None)
    if section is None:
        sections = _some(one.id for one in report.sections)
        yield _fault("section", "The report that was before the board has no such section.", f"It has {sections}.")
    elif asked.figure is not None:
        yield from _of_figure(section, asked.figure)


def _of_figure(section: Section, figure: ReportFigure) -> Iterator[FieldProblem]:
    tables = {block.id: block for block in section.blocks if isinstance(block, Table)}
    table = tables.get(figure.table)
    if table is None:
        way_out = f"It has {_some(tables)}." if tables else "It has none: leave figure out."
        yield _fault("figure/table", "That section has no such table.", way_out)
        return
    rows = {row.key: row for row in table.rows}
    if figure.row not in rows:
        yield _fault("figure/row", "The table has no such row.", f"It has {_some(rows)}.")
    columns = [column.key for column in table.columns]
    if figure.column not in columns:
        yield _fault("figure/column", "The table has no such column.", f"It has {_some(columns)}.")
    elif figure.row in rows and figure.column not in rows[figure.row].cells:
        yield _fault(
            "figure/column", "That row has no figure in this column.", f"It has {_some(rows[figure.row].cells)}."
        )


def _of_dates(window: Window, asked: Asked, today: date) -> Iterator[FieldProblem]:
    if not window.end <= asked.decided_on <= today:
        yield _fault(
            "decided_on",
            "A board decides on a report after its window has ended, and not after today.",
            f"Give the day of the meeting, {window.end.isoformat()} or later, in full: 2026-10-21.",
        )
    if not asked.decided_on <= asked.due_on <= asked.decided_on + _LONGEST:
        yield _fault(
            "due_on",
            "It is due before it was decided, or more than three years later.",
            "Give the day by which it is to be done.",
        )


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _MOST_NAMED
    return ", ".join(listed[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _fault(place: str, message: str, way_out: str) -> FieldProblem:
    return FieldProblem(field=place.rsplit("/", 1)[-1], place=f"body/{place}", message=message, way_out=way_out)
