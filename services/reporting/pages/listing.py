"""Every published version of the reports that a reader may open: `/publications`, and `/v1/publications` as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from services.reporting.pages import view, wording
from services.reporting.pages.access import REPORT_READERS, may_open
from services.reporting.pages.desk import Desk, settings_for, window_of
from services.reporting.pages.publishing import PublicationAnswer, publication_answer
from services.reporting.publications import storing
from services.reporting.publications.storing import Place, Publication
from services.reporting.reports.build import KINDS
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import borrow
from shared.pages.rendering import HEADERS, Link
from shared.web.access import allowed
from shared.web.principal import Principal
from shared.web.problems import invalid

AuthorityOf = Annotated[str | None, Query(description="Key of the authority; the reader's own if not given")]
WindowOf = Annotated[
    str | None, Query(max_length=20, description="First month of a window, such as 2026-06; every window if not given")
]
AfterOf = Annotated[str | None, Query(max_length=80, description="Where the page before ended, as its `after` says")]
LimitOf = Annotated[int, Query(ge=1, le=200)]

_ROWS: Final = 50


class PublicationPage(BaseModel):
    """A page of published versions, newest window first, and where the next page begins; null at the end."""

    items: list[ListedPublication]
    after: str | None


class ListedPublication(PublicationAnswer):
    """A published version, where it is to be read, and which version stands in its place now, if another one does."""

    address: str = Field(description="Its page; with .json or .csv before the question mark its figures")
    superseded_by: int | None


PublicationPage.model_rebuild()


@dataclass(frozen=True, slots=True)
class _Page:
    items: Sequence[Publication]
    newest: dict[tuple[str, str], int]
    after: str | None


def listing_router(desk: Desk) -> APIRouter:
    """Return the routes of the list of published versions."""
    routes = APIRouter(tags=["publications"])

    @routes.get("/v1/publications", summary="List the published versions of reports")
    async def page(
        *,
        authority: AuthorityOf = None,
        window: WindowOf = None,
        limit: LimitOf = _ROWS,
        after: AfterOf = None,
        principal: Principal = allowed(*REPORT_READERS),
    ) -> PublicationPage:
        """Return what is published of the reports that you may open, every version, newest window first."""
        settings = settings_for(desk, principal, authority)
        found = await _listed(desk, principal, settings, window, limit, after)
        return PublicationPage(
            items=[
                ListedPublication(
                    **publication_answer(settings, one).model_dump(),
                    address=_address(settings, one),
                    superseded_by=_superseded_by(found, one),
                )
                for one in found.items
            ],
            after=found.after,
        )

    @routes.get("/publications", response_class=HTMLResponse, summary="The list of published versions, as a page")
    async def shown(
        authority: AuthorityOf = None,
        window: WindowOf = None,
        after: AfterOf = None,
        principal: Principal = allowed(*REPORT_READERS),
    ) -> Response:
        """Show what is published of the reports that you may open, every version, newest window first."""
        settings = settings_for(desk, principal, authority)
        found = await _listed(desk, principal, settings, window, _ROWS, after)
        page = view.render(
            "publications.html",
            {
                "authority_name": settings.name,
                "rows": [(one, _link(settings, one), _superseded_by(found, one)) for one in found.items],
                "reasons": wording.REASONS,
                "whole": window is None,
                "further": _further(settings, window, found.after),
            },
        )
        return HTMLResponse(page, headers=HEADERS)

    return routes


async def _listed(  # noqa: PLR0917 - what a list is asked for
    desk: Desk, principal: Principal, settings: AuthoritySettings, window: str | None, limit: int, after: str | None
) -> _Page:
    kinds = [kind for kind in KINDS if may_open(principal, kind)]
    key = None if window is None else window_of(settings, window).key
    try:
        place = None if after is None else Place.parse(after)
    except ValueError as unreadable:
        raise invalid(
            [
                {
                    "field": "after",
                    "place": "query/after",
                    "message": "It is no place in this list.",
                    "way_out": "Leave it out, or send what `after` of the page before says.",
                }
            ]
        ) from unreadable
    async with borrow(desk.pool) as connection:
        rows = await storing.listed(connection, settings.key, kinds, window_key=key, limit=limit + 1, after=place)
        newest: dict[tuple[str, str], int] = {
            (one.kind, one.key): one.version for one in await storing.published(connection, settings.key)
        }
    items = rows[:limit]
    last = items[-1] if len(rows) > limit else None
    return _Page(items, newest, None if last is None else str(Place(last.key, last.version, last.kind)))


def _superseded_by(page: _Page, one: Publication) -> int | None:
    newest = page.newest[one.kind, one.key]
    return newest if newest > one.version else None


def _address(settings: AuthoritySettings, one: Publication) -> str:
    return view.address(one.kind, settings.key, one, version=one.version)


def _link(settings: AuthoritySettings, one: Publication) -> Link:
    return Link(_address(settings, one), view.TITLES[one.kind])


def _further(settings: AuthoritySettings, window: str | None, after: str | None) -> str | None:
    if after is None:
        return None
    query = {"authority": settings.key, "after": after} | ({} if window is None else {"window": window})
    return f"/publications?{urlencode(query)}"
