"""The routes of reporting's pages: `/`, reports and boards, each also as `.json` and `.csv`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.reporting.boards.reading import read_record
from services.reporting.facts.live import freshness, read_facts
from services.reporting.pages import consistency, published, view
from services.reporting.pages.access import HOME_READERS, QA_UNIT, READERS, is_of_qa_unit, may_open, role_in_words
from services.reporting.pages.changes import changes_since
from services.reporting.pages.consistency import consistency_router
from services.reporting.pages.cuts import AreaParameter, Cut, MonthsParameter, ServiceParameter
from services.reporting.pages.desk import Desk, latest_of, settings_for, window_of
from services.reporting.pages.evidence import evidence_router
from services.reporting.pages.forms import Form, TableParameter, Wanted, answer
from services.reporting.pages.known import KnownAtParameter, for_qa_unit_only, known_at_of, no_moment
from services.reporting.pages.shape import document_schema
from services.reporting.publications import printed, storing
from services.reporting.reports.build import KINDS, Asked, Kind, build_report, windows_with_facts
from services.reporting.reports.figures import Definition
from services.reporting.reports.own_words import measures_in
from services.reporting.reports.windows import Window
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Connection, borrow
from shared.pages.rendering import HEADERS, Link
from shared.web.access import allow
from shared.web.principal import Principal

_ABOUT: Final = {
    "triannual": "All of the QA unit's activity of a window: grades before and after moderation, audit escalations "
    "and their clocks, themes, recommendations followed up, families' feedback, coverage.",
    "quality-board": "What lies behind the patterns: signals and noise month by month, {districts} that stand out, "
    "clocks met and breached, the gap between {auditors} and {moderators}.",
    "corporate-parenting": "For elected members, in plain words: how good the work with children in care and care "
    "leavers was, whether they were heard, concerns put right, and what happened since.",
}

AuthorityParameter = Annotated[str | None, Query(description="Key of the authority; the reader's own if not given")]
VersionParameter = Annotated[
    int | None, Query(ge=1, le=10_000, description="A published version; the newest if not given")
]
WindowParameter = Annotated[
    str | None, Query(description="First month of the window, such as 2026-06; the latest if not given")
]

HomeReader = Annotated[Principal, Depends(allow(*HOME_READERS))]
QaReader = Annotated[Principal, Depends(allow(*QA_UNIT))]


def router(desk: Desk) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter(tags=["reports"])

    @routes.get("/", response_class=HTMLResponse)
    async def home(principal: HomeReader) -> Response:
        """Show what there is for the reader's role."""
        return await _home(desk, principal)

    for kind in KINDS:
        for form in Form:
            _add(routes, desk, kind, form)
            _add_changes(routes, desk, kind, form)
    _add_meanings(routes, desk)
    routes.include_router(evidence_router(desk))
    routes.include_router(consistency_router(desk))
    return routes


def _add_meanings(routes: APIRouter, desk: Desk) -> None:
    """Add what measures mean, and the shape of a report's JSON."""

    @routes.get("/measures", response_class=HTMLResponse)
    async def measures(principal: HomeReader) -> Response:
        """Show the one definition of each measure."""
        settings = settings_for(desk, principal, None)
        page = view.render("measures.html", {"authority_name": settings.name, "measures": measures_in(settings.names)})
        return HTMLResponse(page, headers=HEADERS)

    @routes.get("/measures.json")
    async def measures_json(principal: HomeReader) -> list[Definition]:
        """Give the one definition of each measure."""
        return list(measures_in(settings_for(desk, principal, None).names))

    @routes.get("/reports/report.schema.json")
    async def schema(_: HomeReader) -> dict[str, Any]:
        """Give the JSON Schema of what a report's `.json` answers."""
        return document_schema()


def _add_changes(routes: APIRouter, desk: Desk, kind: Kind, form: Form) -> None:
    """Add what a kind of report prints otherwise now than at a past moment: `/reports/triannual/changes`."""
    name = f"{kind.replace('-', '_')}_changes_{form}"

    @routes.get(
        f"{view.PATHS[kind]}/changes{form.suffix}",
        name=name,
        operation_id=name,
        summary=f"{view.TITLES[kind]}: what is known otherwise now",
    )
    async def changes(
        principal: QaReader,
        window: Annotated[str, Query(description="First month of the window, such as 2026-06")],
        known_at: KnownAtParameter = None,
        authority: AuthorityParameter = None,
    ) -> Response:
        """Give every figure that was known otherwise at a past moment."""
        settings = settings_for(desk, principal, authority)
        moment = known_at_of(known_at, desk.now())
        if moment is None:
            raise no_moment()
        return await changes_since(desk, settings, Wanted(kind, window, form), moment)


def _add(routes: APIRouter, desk: Desk, kind: Kind, form: Form) -> None:
    """Add a kind of report in a form: `/reports/triannual`, `/reports/triannual.json`, `/reports/triannual.csv`."""
    name = f"{kind.replace('-', '_')}_{form}"
    summary = {Form.HTML: "as a page", Form.JSON: "as JSON", Form.CSV: "as CSV"}[form]
    reader: Principal = Depends(allow(*READERS[kind]))

    @routes.get(
        f"{view.PATHS[kind]}{form.suffix}", name=name, operation_id=name, summary=f"{view.TITLES[kind]}, {summary}"
    )
    async def report(
        *,
        principal: Principal = reader,
        authority: AuthorityParameter = None,
        window: WindowParameter = None,
        known_at: KnownAtParameter = None,
        table: TableParameter = None,
        version: VersionParameter = None,
        area: AreaParameter = None,
        service: ServiceParameter = None,
        months: MonthsParameter = None,
    ) -> Response:
        """Give a window's figures: live ones to the QA unit, published ones to others and where a version is named."""
        settings = settings_for(desk, principal, authority)
        cut = Cut(area, service, months)
        if is_of_qa_unit(principal) and version is None:
            return await _live(desk, principal, settings, Wanted(kind, window, form, table, known_at, cut=cut))
        if cut:
            raise for_qa_unit_only("Figures of one area or service, or of windows of another length, are live ones")
        if known_at:
            raise for_qa_unit_only("What was known at another moment is")
        wanted = Wanted(kind, window, form, table, version=version)
        return await published.published_report(desk, principal, settings, wanted)


async def _live(desk: Desk, principal: Principal, settings: AuthoritySettings, wanted: Wanted) -> Response:
    now, kind, cut = desk.now(), wanted.kind, wanted.cut
    known_at = known_at_of(wanted.known_at, now)
    scope, rhythm = cut.scope(settings), cut.rhythm(settings)
    async with read_facts(desk.pool) as connection:
        windows = await windows_with_facts(connection, settings, rhythm, scope)
        if wanted.window is None:
            latest = latest_of(windows, settings, now, rhythm)
            suffix = wanted.form.suffix
            target = view.address(kind, settings.key, latest, suffix, known_at=wanted.known_at, cut=cut.query)
            return RedirectResponse(target, 303, headers=HEADERS)
        asked = Asked(
            kind,
            window_of(settings, wanted.window, rhythm=rhythm),
            for_qa_unit=True,
            as_known_at=known_at,
            scope=scope,
            cut=cut.in_words(scope),
        )
        record = earlier = None
        if not cut:  # a board decides on the whole authority's windows
            record = (await read_record(connection, desk.store, settings.key, asked.window, known_at or now)).record
            if not known_at:
                earlier = await printed.published_of(connection, settings.key, asked.window.back().key)
        report = await build_report(connection, settings, asked, record, earlier=earlier)
        fresh = await freshness(connection, now, desk.ends(now))
        publications = await storing.published(connection, settings.key)
    standing, siblings = "", []
    if not cut:
        standing = published.standing(publications, kind, asked.window.key, ended=asked.window.ends_at <= now)
        siblings = [
            *_siblings(principal, kind, settings, asked),
            Link(view.address(consistency.KIND, settings.key, asked.window), "Consistency of this window"),
        ]
    return answer(
        wanted,
        report,
        fresh,
        lambda: view.report_page(
            report,
            fresh,
            windows,
            siblings,
            standing=standing,
            known_at=known_at,
            may_look_back=not cut,
            cut=cut.query,
        ),
        known_at=known_at,
    )


def _siblings(principal: Principal, kind: Kind, settings: AuthoritySettings, asked: Asked) -> list[Link]:
    return [
        Link(view.address(other, settings.key, asked.window), f"{view.TITLES[other]} of this window")
        for other in KINDS
        if other != kind and may_open(principal, other)
    ]


async def _home(desk: Desk, principal: Principal) -> Response:
    settings = settings_for(desk, principal, None)
    now = desk.now()
    fresh = None
    links: dict[Kind, Sequence[Link]]
    windows: Sequence[Window] = ()
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
            "role": role_in_words(principal, settings.names),
            "freshness": fresh,
            "may_read": bool(readable),
            "offers": [
                *(
                    {"title": view.TITLES[kind], "about": settings.names.say(_ABOUT[kind]), "links": links[kind]}
                    for kind in readable
                    if links[kind]
                ),
                *_consistency(principal, settings, windows),
            ],
            "nothing": nothing,
        },
    )
    return HTMLResponse(page, headers=HEADERS)


def _consistency(
    principal: Principal, settings: AuthoritySettings, windows: Sequence[Window]
) -> list[Mapping[str, Any]]:
    """Offer the consistency of auditors and moderators to the QA unit."""
    links = [Link(view.address(consistency.KIND, settings.key, window), window.label) for window in windows]
    if not links or not is_of_qa_unit(principal):
        return []
    return [{"title": view.TITLES[consistency.KIND], "about": settings.names.say(consistency.ABOUT), "links": links}]


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
    return view.report_page(report, fresh, windows, ()), view.report_json(report, fresh)
