"""The routes of reporting's pages: `/`, `/reports/triannual` and `/boards/quality`, each page also as `.json`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from services.reporting.facts.live import freshness, read_facts
from services.reporting.pages import view
from services.reporting.pages.access import (
    BOARD_READERS,
    HOME_READERS,
    REPORT_READERS,
    is_of_qa_unit,
    may_open,
    role_in_words,
)
from services.reporting.reports.build import Asked, Kind, build_report, rhythm_of, windows_with_facts
from services.reporting.reports.windows import Window, WindowUnknown, london_date
from shared.authority.settings import Authorities, AuthoritySettings
from shared.eventstore.database import Connection, Pool
from shared.web.access import allow
from shared.web.principal import Principal
from shared.web.problems import Problem, invalid, not_found

STATIC: Final = Path(__file__).parent / "static"
"""The styles and the font of the pages, to be served under /static."""

HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""No page asks another host for anything, runs a script, or is kept by a cache."""

_ABOUT: Final = {
    "triannual": "All of the QA unit's activity of four months: grades before and after moderation, audit escalations "
    "and their clocks, themes, recommendations followed up, families' feedback, coverage.",
    "quality-board": "What lies behind the patterns: signals and noise month by month, districts that stand out, "
    "clocks met and breached, the gap between auditors and moderators.",
}

Ends = Callable[[datetime], Mapping[tuple[str, int], int] | None]


@dataclass(frozen=True, slots=True)
class Desk:
    """What pages are made with: the facts' pool, the authorities' settings, the log's ends, and a clock."""

    pool: Pool
    authorities: Authorities
    ends: Ends
    now: Callable[[], datetime]


class PageRoute(APIRoute):
    """A route whose errors are pages for whoever reads pages, and problem+json for everyone else."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, with refusals rendered for the one who asks."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except Problem as problem:
                if "text/html" not in request.headers.get("accept", ""):
                    raise
                return message(problem)

        return handle


def message(problem: Problem) -> HTMLResponse:
    """Return a problem as a page with its sentence."""
    title = {401: "Please sign in", 403: "This page is not for your role", 404: "Not found"}.get(
        problem.status, problem.title
    )
    sentence = " ".join([problem.detail, *(f"{one.message} {one.way_out}".strip() for one in problem.problems)])
    page = view.render(
        "message.html",
        {
            "title": title,
            "sentence": sentence,
            "authority_name": "",
            "links": [view.Link("/", "Start page")],
            "links_heading": "Where to go",
        },
    )
    return HTMLResponse(page, problem.status, headers={**HEADERS, **problem.headers})


AuthorityParameter = Annotated[str | None, Query(description="Key of the authority; the reader's own if not given")]
WindowParameter = Annotated[
    str | None, Query(description="First month of the window, such as 2026-06; the latest if not given")
]

HomeReader = Annotated[Principal, Depends(allow(*HOME_READERS))]
ReportReader = Annotated[Principal, Depends(allow(*REPORT_READERS))]
BoardReader = Annotated[Principal, Depends(allow(*BOARD_READERS))]


def router(desk: Desk) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter(route_class=PageRoute, tags=["reports"])

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


def _settings(desk: Desk, principal: Principal, authority: str | None) -> AuthoritySettings:
    """Return the settings of the reader's own authority; another's is not found, known or not."""
    key = authority or principal.authority
    if not principal.belongs_to(key) or key not in desk.authorities:
        raise not_found("a report of that authority")
    return desk.authorities.get(key)


def _window(settings: AuthoritySettings, key: str) -> Window:
    try:
        return rhythm_of(settings).parse(key)
    except WindowUnknown as unknown:
        raise invalid(
            [{"field": "window", "place": "query/window", "message": str(unknown), "way_out": "For example 2026-06."}],
            detail="That window does not exist.",
        ) from unknown


async def _report(
    desk: Desk, principal: Principal, kind: Kind, authority: str | None, key: str | None, *, as_json: bool = False
) -> Response:
    settings = _settings(desk, principal, authority)
    now = desk.now()
    async with read_facts(desk.pool) as connection:
        windows = await windows_with_facts(connection, settings)
        suffix = ".json" if as_json else ""
        if key is None:
            latest = _latest(windows, settings, now)
            return RedirectResponse(view.address(kind, settings.key, latest, suffix), 303, headers=HEADERS)
        asked = Asked(kind, _window(settings, key), is_of_qa_unit(principal))
        report = await build_report(connection, settings, asked)
        fresh = await freshness(connection, now, desk.ends(now))
    if as_json:
        return Response(view.report_json(report, fresh), headers=HEADERS, media_type="application/json")
    return HTMLResponse(
        view.report_page(report, fresh, windows, _sibling(principal, kind, settings, asked)), headers=HEADERS
    )


def _latest(windows: list[Window], settings: AuthoritySettings, now: datetime) -> Window:
    """Return the newest window with facts that has ended, else the newest with facts, else the current one."""
    ended = [window for window in windows if window.ends_at <= now]
    if ended or windows:
        return (ended or windows)[0]
    return rhythm_of(settings).containing(london_date(now))


def _sibling(principal: Principal, kind: Kind, settings: AuthoritySettings, asked: Asked) -> view.Link | None:
    other = "quality-board" if kind == "triannual" else "triannual"
    if not may_open(principal, other):
        return None
    return view.Link(view.address(other, settings.key, asked.window), f"{view.TITLES[other]} of this window")


async def _home(desk: Desk, principal: Principal) -> Response:
    settings = _settings(desk, principal, None)
    now = desk.now()
    async with read_facts(desk.pool) as connection:
        windows = await windows_with_facts(connection, settings)
        fresh = await freshness(connection, now, desk.ends(now))
    reports = [
        {
            "title": view.TITLES[kind],
            "path": path,
            "href": view.address(kind, settings.key, windows[0]) if windows else path,
            "about": _ABOUT[kind],
        }
        for kind, path in view.PATHS.items()
        if may_open(principal, kind)
    ]
    page = view.render(
        "home.html",
        {
            "authority": settings.key,
            "authority_name": settings.name,
            "role": role_in_words(principal),
            "freshness": fresh,
            "reports": reports,
            "windows": windows,
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
