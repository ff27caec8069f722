"""The routes of publishing: `POST /v1/publications` for the QA manager, and what is and can be published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.reporting.facts.live import Freshness, freshness, read_facts
from services.reporting.pages.access import QA_UNIT
from services.reporting.pages.desk import Desk, settings_for, window_of
from services.reporting.publications import storing
from services.reporting.publications.storing import Command, Publication
from services.reporting.reports.build import KINDS, Asked, Kind, build_report, windows_with_facts
from services.reporting.reports.figures import Report
from services.reporting.reports.windows import Window
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Connection, borrow
from shared.web.access import allowed, check_scope
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role
from shared.web.problems import Problem, conflict, invalid

AuthorityOf = Annotated[str | None, Query(description="Key of the authority; the token's own if not given")]


class PublishForm(BaseModel):
    """Which report is published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    window: str = Field(max_length=20, description="First month of the window, such as 2026-06")


class Position(BaseModel):
    """How far a partition of the log was read."""

    topic: str
    partition: int
    next_offset: int


class PublicationAnswer(BaseModel):
    """A published report: since when, by whom, and what its figures were true for when they were made."""

    authority: str
    kind: Kind
    window: str
    label: str
    published_at: datetime
    published_by_role: str
    moment: datetime | None
    positions: list[Position]
    sha256: str = Field(description="SHA-256 of the stored content, in hexadecimal digits")


class WindowAnswer(BaseModel):
    """A window with figures, and since when each kind of report is published for readers outside the QA unit."""

    window: str
    label: str
    ended: bool
    published: Mapping[Kind, datetime | None]


def publishing_router(desk: Desk) -> APIRouter:
    """Return the routes of publishing."""
    routes = APIRouter(prefix="/v1/publications", tags=["publications"])

    @routes.post("", status_code=201, summary="Publish a window's report")
    async def publish(
        form: PublishForm,
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.QA_MANAGER),
    ) -> PublicationAnswer:
        """Freeze a report of a window that has ended, for readers outside the QA unit. A window is published once."""
        settings = settings_for(desk, principal, authority)
        check_scope(principal, settings.key)
        command = Command(
            person=principal.person,
            role=Role.QA_MANAGER.value,
            at=desk.now(),
            idempotency_key=idempotency.key(principal),
            fingerprint=idempotency.fingerprint,
        )
        found = await _publish(desk, settings, form, command)
        return _answer(settings, found)

    @routes.get("", summary="List the windows with figures, and what of them is published")
    async def list_windows(
        authority: AuthorityOf = None, principal: Principal = allowed(*QA_UNIT)
    ) -> tuple[WindowAnswer, ...]:
        """Return the authority's windows with figures, newest first."""
        settings = settings_for(desk, principal, authority)
        now = desk.now()
        async with read_facts(desk.pool) as connection:
            windows = await windows_with_facts(connection, settings)
            published = await storing.published(connection, settings.key)
        since = {(one.kind, one.key): one.published_at for one in published}
        return tuple(
            WindowAnswer(
                window=window.key,
                label=window.label,
                ended=window.ends_at <= now,
                published={kind: since.get((kind, window.key)) for kind in KINDS},
            )
            for window in windows
        )

    return routes


async def _publish(desk: Desk, settings: AuthoritySettings, form: PublishForm, command: Command) -> Publication:
    window = window_of(settings, form.window, "body/window")
    async with borrow(desk.pool) as connection:
        if earlier := await _earlier(connection, settings, command):
            return earlier
        prepared = await storing.is_prepared(connection, settings.key, form.kind, window.key)
    made = None if prepared else await _made(desk, settings, window, command.at)
    async with borrow(desk.pool) as connection:
        if made is not None:
            await storing.prepare(connection, *made)
        try:
            done = await storing.publish(connection, settings.key, form.kind, window.key, command)
        except asyncpg.UniqueViolationError as reused:
            raise _key_reused() from reused
        done = done or await _earlier(connection, settings, command)
    if done is None:
        raise conflict(
            "published-already",
            f"The {_words(form.kind)} of {window.label} is published already, and a published report is never "
            "changed. Publishing a successor with its list of changes is not built yet.",
        )
    return done


async def _earlier(connection: Connection, settings: AuthoritySettings, command: Command) -> Publication | None:
    found = await storing.by_command(connection, settings.key, command.idempotency_key)
    if found is not None and found.fingerprint != command.fingerprint:
        raise _key_reused()
    return found


async def _made(
    desk: Desk, settings: AuthoritySettings, window: Window, now: datetime
) -> tuple[list[Report], Freshness]:
    """Make every kind of a window's report as readers outside the QA unit may see it, all from the same facts."""
    if window.ends_at > now:
        raise conflict(
            "window-not-ended",
            f"The window {window.label} has not ended. Publish it after its last day; until then only the QA unit "
            "sees its figures.",
        )
    async with read_facts(desk.pool) as connection:
        fresh = await freshness(connection, now, desk.ends(now))
        if fresh.behind:
            raise _behind(fresh)
        with_facts = window in await windows_with_facts(connection, settings)
        reports = [await build_report(connection, settings, Asked(kind, window)) for kind in KINDS]
    if not with_facts or any(report.empty for report in reports):
        raise invalid(
            [
                {
                    "field": "window",
                    "place": "body/window",
                    "message": "Nothing is recorded in this window.",
                    "way_out": "GET /v1/publications lists the windows with figures.",
                }
            ],
            detail=f"There is nothing to publish of {window.label}.",
        )
    return reports, fresh


def _behind(fresh: Freshness) -> Problem:
    how_far = (
        "How far the figures are behind the log is not known"
        if fresh.lag is None
        else f"The figures are behind the log: {fresh.lag:,} events are not in them yet"
    )
    return Problem(
        503,
        "figures-behind-the-log",
        detail=f"{how_far}, so nothing was published. Send the same request again in a moment; if this stays, "
        "`sightline status` shows what reporting waits for.",
        headers={"Retry-After": "5"},
    )


def _key_reused() -> Problem:
    return Problem(
        422,
        "idempotency-key-reused",
        detail="This Idempotency-Key was used for another request. Send a new key with each new request.",
    )


def _words(kind: Kind) -> str:
    return "triannual report" if kind == "triannual" else "Quality Assurance Board's page"


def _answer(settings: AuthoritySettings, one: Publication) -> PublicationAnswer:
    return PublicationAnswer(
        authority=settings.key,
        kind=one.kind,
        window=one.key,
        label=one.label,
        published_at=one.published_at,
        published_by_role=one.published_by_role,
        moment=one.fresh.moment,
        positions=[
            Position(topic=topic, partition=partition, next_offset=offset)
            for (topic, partition), offset in sorted(one.fresh.positions.items())
        ],
        sha256=one.sha256,
    )
