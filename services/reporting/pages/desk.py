"""What every route of reporting stands on: the desk, an authority's settings, a window, and refusals as pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from fastapi.responses import HTMLResponse

from services.reporting.pages import view
from services.reporting.reports.build import rhythm_of
from services.reporting.reports.windows import Window, WindowUnknown
from shared.authority.settings import Authorities, AuthoritySettings
from shared.eventstore.database import Pool
from shared.web.principal import Principal
from shared.web.problems import Problem, invalid, not_found

HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""No page asks another host for anything, runs a script, or is kept by a cache."""

Ends = Callable[[datetime], Mapping[tuple[str, int], int] | None]


@dataclass(frozen=True, slots=True)
class Desk:
    """What pages are made with: the facts' pool, the authorities' settings, the log's ends, and a clock."""

    pool: Pool
    authorities: Authorities
    ends: Ends
    now: Callable[[], datetime]


class NotPublished(Problem):
    """404: a report that readers outside the QA unit do not get before the QA unit publishes it."""

    def __init__(self, title: str, detail: str, authority_name: str, links: Sequence[view.Link]) -> None:
        """`links` lead to what is published."""
        words = ", ".join(f"{link.text}: {link.href}" for link in links)
        way_out = f"Published: {words}." if links else "Ask your QA unit when it will be published."
        super().__init__(
            404,
            "not-published",
            title=title,
            detail=detail,
            problems=[
                {"field": "window", "place": "query/window", "message": "It is not published.", "way_out": way_out}
            ],
        )
        self.authority_name = authority_name
        self.links = links


def message(problem: Problem, instance: str | None = None) -> HTMLResponse:
    """Return a problem as a page with its sentence; `instance` is the number to give whoever looks after a fault."""
    title = {401: "Please sign in", 403: "This page is not for your role", 404: "Not found"}.get(
        problem.status, problem.title
    )
    sentence = " ".join([problem.detail, *(f"{one.message} {one.way_out}".strip() for one in problem.problems)])
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        sentence = "Open the page again. If it fails again, tell whoever runs Sightline"
        sentence += f" this number: {instance}." if instance else "."
    name, heading, links = "", "Where to go", [view.Link("/", "Start page")]
    if problem.status == HTTPStatus.UNAUTHORIZED:
        links = []  # every page would ask the same
        if problem.type == "no-token":
            sentence = (
                "Open the link to Sightline that you were given: it signs you in. If it has run out, ask whoever runs "
                "Sightline for a new one; for the demonstration, sightline demo prints them anew."
            )
    if isinstance(problem, NotPublished):
        title, sentence, name = problem.title, problem.detail, problem.authority_name
        if problem.links:
            heading, links = "What is published", list(problem.links)
    page = view.render(
        "message.html",
        {
            "title": title,
            "sentence": sentence,
            "authority_name": name,
            "links": links,
            "links_heading": heading,
        },
    )
    return HTMLResponse(page, problem.status, headers={**HEADERS, **problem.headers})


def settings_for(desk: Desk, principal: Principal, authority: str | None) -> AuthoritySettings:
    """Return the settings of the reader's own authority; another's is not found, known or not."""
    key = authority or principal.authority
    if not principal.belongs_to(key) or key not in desk.authorities:
        raise not_found("a report of that authority")
    return desk.authorities.get(key)


def window_of(settings: AuthoritySettings, key: str, place: str = "query/window") -> Window:
    """Return the window that a request names; 422 with the way out where no window starts there."""
    try:
        return rhythm_of(settings).parse(key)
    except WindowUnknown as unknown:
        raise invalid(
            [{"field": "window", "place": place, "message": str(unknown), "way_out": "For example 2026-06."}],
            detail="That window does not exist.",
        ) from unknown
