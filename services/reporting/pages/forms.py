"""The forms a report comes in: a page, JSON or CSV, each of the same figures once computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol

from fastapi import Query, Response
from fastapi.responses import HTMLResponse

from services.reporting.facts.live import Freshness
from services.reporting.pages import view
from services.reporting.pages.cuts import Cut
from services.reporting.pages.figures_csv import figures_csv, table_csv, tables
from services.reporting.reports.build import Kind
from services.reporting.reports.figures import Report
from shared.pages.rendering import HEADERS
from shared.pages.spreadsheet import MEDIA_TYPE
from shared.web.problems import invalid

TableParameter = Annotated[
    str | None,
    Query(
        description="For CSV: the id of one table, to get it as it stands on the page; every figure if not given",
        max_length=100,
    ),
]


_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")


class Form(StrEnum):
    """How a report is given."""

    HTML = "html"
    JSON = "json"
    CSV = "csv"

    @property
    def suffix(self) -> str:
        """Return what the report's address ends with."""
        return "" if self is Form.HTML else f".{self.value}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for; window and moment are text, as they were written."""

    kind: Kind
    window: str | None
    form: Form
    table: str | None = None
    known_at: str | None = None
    version: int | None = None
    cut: Cut = field(default_factory=Cut)


class InForm(Protocol):
    """What is wanted of a report, as far as its form goes."""

    @property
    def form(self) -> Form:
        """Return the form."""
        ...

    @property
    def table(self) -> str | None:
        """Return the one table wanted as CSV, if one is."""
        ...


def answer(
    wanted: InForm,
    report: Report,
    fresh: Freshness,
    page: Callable[[], str],
    *,
    publication: Mapping[str, Any] | None = None,
    known_at: datetime | None = None,
) -> Response:
    """Give a report in a form; `page` renders it, where it is to be a page.

    Raises:
        Problem: the report has no table of that name (422, with those it has).

    """
    match wanted.form:
        case Form.JSON:
            document = view.report_json(report, fresh, publication, known_at)
            return Response(document, headers=HEADERS, media_type="application/json")
        case Form.CSV:
            content = _csv(report, wanted.table)
            name = "-".join(
                (
                    report.authority,
                    report.kind,
                    report.window.key,
                    *([_NO_LETTER.sub("-", report.cut.lower())] if report.cut else ()),
                    *([wanted.table] if wanted.table else ()),
                )
            )
            headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}.csv"'}
            return Response(content, headers=headers, media_type=MEDIA_TYPE)
    return HTMLResponse(page(), headers=_OF_A_PAGE)


_OF_A_PAGE: Final = {
    **HEADERS,
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace("form-action 'none'", "form-action 'self'"),
}
"""A report's page may ask the same address again, for another moment."""


def _csv(report: Report, table: str | None) -> bytes:
    if table is None:
        return figures_csv(report)
    known = tables(report)
    if table not in known:
        raise invalid(
            [
                {
                    "field": "table",
                    "place": "query/table",
                    "message": "This report has no table of that name.",
                    "way_out": f"It has {', '.join(known) or 'none: nothing is recorded in its window'}.",
                }
            ],
            detail="That table is not in the report.",
        )
    return table_csv(known[table])
