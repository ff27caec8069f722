"""Coverage: are we auditing what we know about, or what we don't? Teams and services without an audit."""

from __future__ import annotations

from collections.abc import Mapping

from services.reporting.reports.figures import Bullets, Cell, Count, Finding, Paragraph, Row, Section, Table
from services.reporting.reports.sections.context import Context, columns
from services.reporting.reports.sentences import plural
from services.reporting.reports.window_ledger import at


def section(context: Context) -> Section:
    """Return the section on coverage."""
    return Section(
        id="coverage",
        topic="Coverage",
        heading=_heading(context),
        blocks=(
            Paragraph(
                text="{A team} is covered when at least one of its audits was completed in the window. {Teams} are "
                "those of the authority's settings; how many audits {a team} had is not shown, since the numbers are "
                "small."
            ),
            _teams(context),
            Bullets(
                heading="{Teams} without a completed audit",
                items=tuple(_missing(context)),
                empty="None: every {team} had at least one.",
            ),
            _grid(context),
        ),
    )


def findings(context: Context) -> list[Finding]:
    """Return what may be said of coverage in a headline."""
    missing, teams = len(_missing(context)), len(context.settings.units)
    if context.figures.count("completed").value == 0:
        return []
    if not missing:
        return [Finding(text=f"Every one of {_of_them(teams)} had at least one audit completed.", section="coverage")]
    return [Finding(text=f"{missing} of {_of_them(teams)} had no audit completed in the window.", section="coverage")]


def _audited(context: Context) -> set[tuple[str, str, str]]:
    return {(line["area"], line["district"], line["team"]) for line in context.figures.counted.teams}


def _missing(context: Context) -> list[str]:
    audited = _audited(context)
    return [
        f"{unit.name} ({unit.area_name}, {unit.district_name})"
        for path, unit in context.settings.units.items()
        if path not in audited
    ]


def _heading(context: Context) -> str:
    missing, teams = len(_missing(context)), len(context.settings.units)
    if missing == teams:
        return "No {team} had an audit completed"
    if missing:
        return f"{missing} of {_of_them(teams)} had no audit completed"
    return f"Every one of {_of_them(teams)} had an audit completed"


def _teams(context: Context) -> Table:
    audited = _audited(context)
    rows = []
    for area in context.settings.areas:
        paths = [path for path in context.settings.units if path[0] == area.key]
        rows.append(Row(key=area.key, label=area.name, cells=_team_cells(len(paths), len(audited.intersection(paths)))))
    units = context.settings.units
    rows.append(
        Row(key="all", label="All", cells=_team_cells(len(units), len(audited.intersection(units))), whole=True)
    )
    return Table(
        id="teams-covered",
        caption="{Teams} with and without a completed audit",
        row_heading="{Area}",
        columns=columns(("teams", "{Teams}"), ("with", "With an audit"), ("without", "Without an audit")),
        rows=tuple(rows),
        note="These are numbers of {teams}, not of children, and are never hidden.",
    )


def _of_them(teams: int) -> str:
    """Return a number of teams with their word."""
    return plural(teams, "{team}", "{teams}")


def _team_cells(teams: int, audited: int) -> dict[str, Cell]:
    return {"teams": Count(value=teams), "with": Count(value=audited), "without": Count(value=teams - audited)}


def _grid(context: Context) -> Table:
    figures, names = context.figures, context.names
    services, areas = figures.breakdowns.keys["service"], figures.breakdowns.keys["area"]
    rows = []
    for service in services:
        cells: dict[str, Cell] = {area: figures.count(at("completed", "grid", f"{area}/{service}")) for area in areas}
        cells["all"] = figures.count(at("completed", "service", service))
        rows.append(Row(key=service, label=names.of("service", service), cells=cells))
    total: Mapping[str, Cell] = {area: figures.count(at("completed", "area", area)) for area in areas}
    rows.append(Row(key="all", label="All", cells={**total, "all": figures.count("completed")}, whole=True))
    return Table(
        id="coverage-grid",
        caption="Completed audits by {service} and {area}",
        row_heading="{Service}",
        columns=columns(*((area, names.of("area", area)) for area in areas), ("all", "All")),
        rows=tuple(rows),
    )
