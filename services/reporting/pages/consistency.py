"""The consistency of auditors and moderators, for the QA unit alone: a page, JSON or CSV, and as it was known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import RedirectResponse

from services.reporting.facts.live import freshness, read_facts
from services.reporting.pages import view
from services.reporting.pages.access import QA_UNIT
from services.reporting.pages.changes import changes_between
from services.reporting.pages.desk import Desk, latest_of, settings_for, window_of
from services.reporting.pages.forms import Form, TableParameter, answer
from services.reporting.pages.known import KnownAtParameter, known_at_of, no_moment
from services.reporting.reports.build import windows_with_facts
from services.reporting.reports.consistency import build_consistency
from shared.pages.rendering import HEADERS, Link
from shared.web.access import allow
from shared.web.principal import Principal

KIND: Final = "consistency"
ABOUT: Final = (
    "For the QA unit alone: how far {auditors} and {moderators} agree, blind and sighted apart, from inside and "
    "outside, by service and kind, each figure with its n and interval."
)

QaReader = Annotated[Principal, Depends(allow(*QA_UNIT))]
AuthorityParameter = Annotated[str | None, Query(description="Key of the authority; the reader's own if not given")]
WindowParameter = Annotated[
    str | None, Query(description="First month of the window, such as 2026-06; the latest if not given")
]


@dataclass(frozen=True, slots=True)
class _Wanted:
    form: Form
    table: str | None


def consistency_router(desk: Desk) -> APIRouter:
    """Return the routes `/reports/consistency`, `.json` and `.csv`, and those of what is known otherwise now."""
    routes = APIRouter(tags=["reports"])
    for form in Form:
        _add(routes, desk, form)
        _add_changes(routes, desk, form)
    return routes


def _add(routes: APIRouter, desk: Desk, form: Form) -> None:
    name = f"consistency_{form}"

    @routes.get(f"{view.PATHS[KIND]}{form.suffix}", name=name, operation_id=name, summary=view.TITLES[KIND])
    async def consistency(
        *,
        principal: QaReader,
        authority: AuthorityParameter = None,
        window: WindowParameter = None,
        known_at: KnownAtParameter = None,
        table: TableParameter = None,
    ) -> Response:
        """Give how far auditors and moderators agree, as live figures; nothing of it is ever published."""
        settings = settings_for(desk, principal, authority)
        now = desk.now()
        moment = known_at_of(known_at, now)
        async with read_facts(desk.pool) as connection:
            windows = await windows_with_facts(connection, settings)
            if window is None:
                latest = latest_of(windows, settings, now)
                target = view.address(KIND, settings.key, latest, form.suffix, known_at=known_at)
                return RedirectResponse(target, 303, headers=HEADERS)
            asked = window_of(settings, window)
            report = await build_consistency(connection, settings, asked, moment)
            fresh = await freshness(connection, now, desk.ends(now))
        siblings = [Link(view.address("triannual", settings.key, asked), f"{view.TITLES['triannual']} of this window")]
        return answer(
            _Wanted(form, table),
            report,
            fresh,
            lambda: view.report_page(report, fresh, windows, siblings, known_at=moment, may_look_back=True),
            known_at=moment,
        )


def _add_changes(routes: APIRouter, desk: Desk, form: Form) -> None:
    name = f"consistency_changes_{form}"

    @routes.get(
        f"{view.PATHS[KIND]}/changes{form.suffix}",
        name=name,
        operation_id=name,
        summary=f"{view.TITLES[KIND]}: what is known otherwise now",
    )
    async def changes(
        principal: QaReader,
        window: Annotated[str, Query(description="First month of the window, such as 2026-06")],
        known_at: KnownAtParameter = None,
        authority: AuthorityParameter = None,
    ) -> Response:
        """Give every figure that was known otherwise at a past moment."""
        settings = settings_for(desk, principal, authority)
        now = desk.now()
        moment = known_at_of(known_at, now)
        if moment is None:
            raise no_moment()
        asked = window_of(settings, window)
        async with read_facts(desk.pool) as connection:
            then = await build_consistency(connection, settings, asked, moment)
            today = await build_consistency(connection, settings, asked)
            fresh = await freshness(connection, now, desk.ends(now))
        return changes_between(form, then, today, fresh, moment)
