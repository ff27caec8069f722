"""The routes of reporting's pages: `/`, `/reports/triannual` and `/boards/quality`, each page also as `.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.reporting.facts.live import freshness, read_facts
from services.reporting.pages import published, view
from services.reporting.pages.access import (
    BOARD_READERS,
    HOME_READERS,
    REPORT_READERS,
    is_of_qa_unit,
    may_open,
    role_in_words,
)
from services.reporting.pages.desk import Desk, settings_for, window_of
from services.reporting.publications import storing
from services.reporting.reports.build import KINDS, Asked, Kind, build_report, rhythm_of, windows_with_facts
from services.reporting.reports.windows import Window, london_date
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Connection, borrow
from shared.pages.rendering import HEADERS, Link
from shared.web.access import allow
from shared.web.principal import Principal

_ABOUT: Final = {
    "triannual": "All of the QA unit's activity of a window: grades before and after moderation, audit escalations "
    "and their clocks, themes, recommendations followed up, families' feedback, coverage.",
    "quality-board": "What lies behind the patterns: signals and noise month by month, districts that stand out, "
    "clocks met and breached, the gap between auditors and moderators.",
}

AuthorityParameter = Annotated[str | None, Query(description="Key of the authority; the reader's own if not given")]
WindowParameter = Annotated[
    str | None, Query(description="First month of the window, such as 2026-06; the latest if not given")
]

HomeReader = Annotated[Principal, Depends(allow(*HOME_READERS))]
ReportReader = Annotated[Principal, Depends(allow(*REPORT_READERS))]
BoardReader = Annotated[Principal, Depends(allow(*BOARD_READERS))]


def router(desk: Desk) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter(tags=["reports"])

    @routes.get("/", response_class=HTMLResponse)
    async def home(principal: HomeReader) -> Response:
        """Show what there is for the reader's role."""
        return await _home(desk, principal)

    @routes.get("/reports/triannual", response_class=HTMLResponse)
    async def triannual(
        principal: ReportReader,
        authority: AuthorityParameter = None,
        window: WindowParameter = None,
    ) -> Response:
        """Show the triannual report of an authority's window."""
        return await _report(desk, principal, "triannual", authority, window)

    @routes.get("/reports/triannual.json")
    async def triannual_json(
        principal: ReportReader,
        authority: AuthorityParameter = None,
        window: WindowParameter = None,
    ) -> Response:
        """Give the figures of the triannual report."""
        return await _report(desk, principal, "triannual", authority, window, as_json=True)

    @routes.get("/boards/quality", response_class=HTMLResponse)
    async def quality_board(
        principal: BoardReader,
        authority: AuthorityParameter = None,
        window: WindowParameter = None,
    ) -> Response:
        """Show the Quality Assurance Board's page of an authority's window."""
        return await _report(desk, principal, "quality-board", authority, window)

    @routes.get("/boards/quality.json")
    async def quality_board_json(
        principal: BoardReader,
        authority: AuthorityParameter = None,
        window: WindowParameter = None,
    ) -> Response:
        """Give the figures of the Quality Assurance Board's page."""
        return await _report(desk, principal, "quality-board", authority, window, as_json=True)

    return routes


async def _report(
    desk: Desk, principal: Principal, kind: Kind, authority: str | None, key: str | None, *, as_json: bool = False
) -> Response:
    settings = settings_for(desk, principal, authority)
    if not is_of_qa_unit(principal):
        return await published.published_report(desk, principal, kind, settings, key, as_json=as_json)
    now = desk.now()
    async with read_facts(desk.pool) as connection:
        windows = await windows_with_facts(connection, settings)
        suffix = ".json" if as_json else ""
        if key is None:
            latest = _latest(windows, settings, now)
            return RedirectResponse(view.address(kind, settings.key, latest, suffix), 303, headers=HEADERS)
        asked = Asked(kind, window_of(settings, key), for_qa_unit=True)
        report = await build_report(connection, settings, asked)
        fresh = await freshness(connection, now, desk.ends(now))
        publications = await storing.published(connection, settings.key)
    if as_json:
        return Response(view.report_json(report, fresh), headers=HEADERS, media_type="application/json")
    standing = published.standing(publications, kind, asked.window.key, ended=asked.window.ends_at <= now)
    sibling = _sibling(principal, kind, settings, asked)
    return HTMLResponse(view.report_page(report, fresh, windows, sibling, standing=standing), headers=HEADERS)


def _latest(windows: list[Window], settings: AuthoritySettings, now: datetime) -> Window:
    """Return the newest window with facts that has ended, else the newest with facts, else the current one."""
    ended = [window for window in windows if window.ends_at <= now]
    if ended or windows:
        return (ended or windows)[0]
    return rhythm_of(settings).containing(london_date(now))


def _sibling(principal: Principal, kind: Kind, settings: AuthoritySettings, asked: Asked) -> Link | None:
    other = "quality-board" if kind == "triannual" else "triannual"
    if not may_open(principal, other):
        return None
    return Link(view.address(other, settings.key, asked.window), f"{view.TITLES[other]} of this window")


async def _home(desk: Desk, principal: Principal) -> Response:
    settings = settings_for(desk, principal, None)
    now = desk.now()
    fresh = None
    links: dict[Kind, Sequence[Link]]
    if is_of_qa_unit(principal):
        async with read_facts(desk.pool) as connection:
            windows = await windows_with_facts(connection, settings)
            fresh = await freshness(connection, now, desk.ends(now))
        links = {
            kind: [Link(view.address(kind, settings.key, window), window.label) for window in windows] for kind in KINDS
        }
        nothing = f"Nothing is recorded for {settings.name} yet. Reports appear here once a first audit is completed."
    else:
        async with borrow(desk.pool) as connection:
            publications = await storing.published(connection, settings.key)
        links = {kind: published.links(settings, publications, kind) for kind in KINDS}
        nothing = f"The QA unit of {settings.name} has not published a report yet. Reports appear here once it has."
    readable = [kind for kind in KINDS if may_open(principal, kind)]
    page = view.render(
        "home.html",
        {
            "authority_name": settings.name,
            "role": role_in_words(principal),
            "freshness": fresh,
            "may_read": bool(readable),
            "offers": [
                {"title": view.TITLES[kind], "about": _ABOUT[kind], "links": links[kind]}
                for kind in readable
                if links[kind]
            ],
            "nothing": nothing,
        },
    )
    return HTMLResponse(page, headers=HEADERS)


async def report_of(
    connection: Connection,
    settings: AuthoritySettings,
    asked: Asked,
    now: datetime,
    ends: Mapping[tuple[str, int], int] | None,
) -> tuple[str, bytes]:
    """Return a report as HTML and as JSON without a request: for comparing builds of the facts, and for commands."""
    report = await build_report(connection, settings, asked)
    fresh = await freshness(connection, now, ends)
    windows = await windows_with_facts(connection, settings)
    return view.report_page(report, fresh, windows, None), view.report_json(report, fresh)
