"""What every route of reporting stands on: the desk, an authority's settings, a window, and refusals as pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi.responses import HTMLResponse

from services.reporting.pages import view
from services.reporting.reports.build import rhythm_of
from services.reporting.reports.windows import Rhythm, Window, WindowUnknown, london_date
from shared.authority.settings import Authorities, AuthoritySettings
from shared.eventstore.database import Pool
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import EventStore
from shared.pages.rendering import Link, message_page
from shared.web.principal import Principal
from shared.web.problems import Problem, invalid, not_found

Ends = Callable[[datetime], Mapping[tuple[str, int], int] | None]


@dataclass(frozen=True, slots=True)
class Desk:
    """What pages are made with: the facts' pool, the authorities' settings, the log's ends, and a clock."""

    pool: Pool
    authorities: Authorities
    ends: Ends
    now: Callable[[], datetime]

    @property
    def store(self) -> EventStore:
        """Return the store of what people decided, in the same database."""
        return PostgresEventStore(self.pool)


class NotPublished(Problem):
    """404: a report that readers outside the QA unit do not get before the QA unit publishes it."""

    def __init__(self, title: str, detail: str, authority_name: str, links: Sequence[Link]) -> None:
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


def no_facts(how_far: str) -> Problem:
    """503: there are no facts of this version now; `how_far` says how far their rebuild is."""
    return Problem(
        503,
        "facts-not-ready",
        title="Reports are not ready yet",
        detail=f"Live figures are not shown after an update until they are worked out anew. Now: {how_far}. "
        "Open the page again later; published reports can be read meanwhile.",
        headers={"Retry-After": "10"},
    )


def message(problem: Problem, instance: str | None = None) -> HTMLResponse:
    """Return a problem as a page; one that is not published leads to what is."""
    if not isinstance(problem, NotPublished):
        return message_page(view.pages(), problem, instance)
    return message_page(
        view.pages(),
        problem,
        title=problem.title,
        sentence=problem.detail,
        authority_name=problem.authority_name,
        heading="What is published" if problem.links else "Where to go",
        links=problem.links or [Link("/", "Start page")],
    )


def settings_for(desk: Desk, principal: Principal, authority: str | None) -> AuthoritySettings:
    """Return the settings of the reader's own authority; another's is not found, known or not."""
    key = authority or principal.authority
    if not principal.belongs_to(key) or key not in desk.authorities:
        raise not_found("a report of that authority")
    return desk.authorities.valid_or_newest(key, london_date(desk.now()))


def latest_of(
    windows: Sequence[Window], settings: AuthoritySettings, now: datetime, rhythm: Rhythm | None = None
) -> Window:
    """Return the newest window with facts that has ended, else the newest with facts, else the current one."""
    ended = [window for window in windows if window.ends_at <= now]
    if ended or windows:
        return (ended or windows)[0]
    return (rhythm or rhythm_of(settings)).containing(london_date(now))


def window_of(
    settings: AuthoritySettings, key: str, place: str = "query/window", rhythm: Rhythm | None = None
) -> Window:
    """Return the window that a request names; 422 with the way out where no window starts there."""
    try:
        return (rhythm or rhythm_of(settings)).parse(key)
    except WindowUnknown as unknown:
        raise invalid(
            [{"field": "window", "place": place, "message": str(unknown), "way_out": "For example 2026-06."}],
            detail="That window does not exist.",
        ) from unknown
