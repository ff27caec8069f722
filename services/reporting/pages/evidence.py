"""The audits behind a figure, for the QA unit: a page, JSON or CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse

from services.reporting.facts.live import Freshness, freshness, read_facts
from services.reporting.pages import view
from services.reporting.pages.access import QA_UNIT
from services.reporting.pages.desk import Desk, settings_for, window_of
from services.reporting.pages.forms import Form
from services.reporting.pages.known import KnownAtParameter, known_at_of
from services.reporting.reports.evidence import WORDS, Evidence, Figure, NoEvidence, evidence
from services.reporting.reports.names import Names
from services.reporting.reports.windows import Window
from shared.authority.settings import AuthoritySettings
from shared.pages.rendering import HEADERS, Link
from shared.pages.spreadsheet import MARK, MEDIA_TYPE, csv_lines
from shared.web.access import allow
from shared.web.principal import Principal
from shared.web.problems import Problem, invalid

PATH: Final = "/reports/evidence"
_HEADINGS: Final = ("audit", "event_number_in_its_stream", "recorded_at")

QaReader = Annotated[Principal, Depends(allow(*QA_UNIT))]
CountParameter = Annotated[str, Query(description=f"Which count: {', '.join(WORDS)}", max_length=40)]
Dimension = Literal["", "kind", "service", "area", "district"]


def evidence_router(desk: Desk) -> APIRouter:
    """Return the routes `/reports/evidence`, `.json` and `.csv`."""
    routes = APIRouter(tags=["reports"])
    for form in Form:
        _add(routes, desk, form)
    return routes


def _add(routes: APIRouter, desk: Desk, form: Form) -> None:
    name = f"evidence_{form}"

    @routes.get(f"{PATH}{form.suffix}", name=name, operation_id=name, summary="The audits behind a figure")
    async def behind(
        *,
        principal: QaReader,
        window: Annotated[str, Query(description="First month of the window, such as 2026-06")],
        count: CountParameter = "completed",
        dimension: Annotated[Dimension, Query(description="By what the count is divided, if it is")] = "",
        key: Annotated[str, Query(description="Of which unit, such as east/hallow-bay", max_length=120)] = "",
        known_at: KnownAtParameter = None,
        authority: Annotated[str | None, Query(description="Key of the authority")] = None,
    ) -> Response:
        """List the audits that a printed count counts, by reference, each with its event's number and recorded time."""
        settings = settings_for(desk, principal, authority)
        if count not in WORDS:
            raise _no_such_count()
        asked = window_of(settings, window)
        now = desk.now()
        moment = known_at_of(known_at, now)
        async with read_facts(desk.pool) as connection:
            try:
                found = await evidence(connection, settings, asked, Figure(count, dimension, key), moment)
            except NoEvidence as hidden:
                raise _hidden() from hidden
            fresh = await freshness(connection, now, desk.ends(now))
        return _answer(form, settings, asked, found, fresh)


def _answer(form: Form, settings: AuthoritySettings, window: Window, found: Evidence, fresh: Freshness) -> Response:
    rows = [(str(one.audit_id), one.sequence, one.recorded_at) for one in found.items]
    match form:
        case Form.JSON:
            document = {
                "authority": settings.key,
                "window": window.key,
                "count": found.figure.count,
                "dimension": found.figure.dimension or None,
                "key": found.figure.key or None,
                "audits": [dict(zip(("audit_id", "sequence", "recorded_at"), row, strict=True)) for row in rows],
            }
            content = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)
            return Response(content, headers=HEADERS, media_type="application/json")
        case Form.CSV:
            headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{settings.key}-evidence.csv"'}
            return Response(MARK + csv_lines([_HEADINGS, *rows]), headers=headers, media_type=MEDIA_TYPE)
    names = Names(settings)
    page = view.render(
        "evidence.html",
        {
            "authority_name": settings.name,
            "heading": in_words(found.figure, names),
            "window": window.label,
            "items": found.items,
            "others": _links(settings, window, found.others, names),
            "freshness": fresh,
            "csv_href": address(settings.key, window.key, found.figure, ".csv"),
            "json_href": address(settings.key, window.key, found.figure, ".json"),
            "report_href": view.address("triannual", settings.key, window),
        },
    )
    return HTMLResponse(page, headers=HEADERS)


def address(authority: str, window: str, figure: Figure, suffix: str = "") -> str:
    """Return the address of the audits behind a figure."""
    query = {"authority": authority, "window": window, "count": figure.count}
    if figure.dimension:
        query |= {"dimension": figure.dimension, "key": figure.key}
    return f"{PATH}{suffix}?{urlencode(query)}"


def in_words(figure: Figure, names: Names) -> str:
    """Return a figure in words: `Good or better, East`."""
    words = names.say(WORDS[figure.count])
    return f"{words}, {names.of(figure.dimension, figure.key)}" if figure.dimension else words


def _links(settings: AuthoritySettings, window: Window, figures: Sequence[Figure], names: Names) -> list[Link]:
    return [Link(address(settings.key, window.key, one), in_words(one, names)) for one in figures]


def _no_such_count() -> Problem:
    return invalid(
        [
            {
                "field": "count",
                "place": "query/count",
                "message": "There is no count of that name.",
                "way_out": f"Name one of {', '.join(WORDS)}.",
            }
        ],
        detail="That count does not exist.",
    )


def _hidden() -> Problem:
    return Problem(
        404,
        "no-evidence",
        title="No list for this figure",
        detail="The window's reports do not print this count, or hide it so that small numbers identify nobody; its "
        "audits are not listed either. GET /reports/evidence?window=...&count=completed leads to those that are.",
    )
