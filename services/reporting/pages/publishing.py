"""The routes of publishing: `POST /v1/publications` for the QA manager, and what is and can be published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.reporting.facts.live import read_facts
from services.reporting.pages.access import QA_UNIT
from services.reporting.pages.desk import Desk, settings_for, window_of
from services.reporting.pages.refused import refused
from services.reporting.publications import publishing, storing
from services.reporting.publications.events import Reason
from services.reporting.publications.publishing import Order, Press
from services.reporting.publications.refusals import NotPublishable
from services.reporting.publications.storing import Command, Publication
from services.reporting.reports.build import KINDS, Kind, windows_with_facts
from shared.authority.settings import AuthoritySettings
from shared.web.access import allowed, check_scope
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role

AuthorityOf = Annotated[str | None, Query(description="Key of the authority; the token's own if not given")]


class PublishForm(BaseModel):
    """Which report is published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    window: str = Field(max_length=20, description="First month of the window, such as 2026-06")
    successor: bool = Field(
        default=False, description="Publish another version beside the published one: every published kind together"
    )
    reason: Reason | None = Field(default=None, description="Why there is a successor; only with `successor`")
    although_hidden: bool = Field(
        default=False, description="Publish a successor also where most of its numbers would be hidden"
    )

    @model_validator(mode="after")
    def _reason_with_successor(self) -> Self:
        if self.successor != (self.reason is not None):
            raise ValueError("a successor, and only a successor, has a reason")
        return self


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
    version: int
    reason: Reason | None = Field(description="Why it succeeds the version before; null for the first")
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


def publishing_router(desk: Desk, press: Press) -> APIRouter:
    """Return the routes of publishing."""
    routes = APIRouter(prefix="/v1/publications", tags=["publications"])

    @routes.post("", status_code=201, summary="Publish a window's report")
    async def publish(
        form: PublishForm,
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.QA_MANAGER),
    ) -> PublicationAnswer:
        """Freeze a report of a window that has ended, for readers outside the QA unit.

        What is published is never changed: what came later reaches those readers with a successor, which lists its
        changes. Every published kind of the window gets it at once.
        """
        settings = settings_for(desk, principal, authority)
        check_scope(principal, settings.key)
        command = Command(
            person=principal.person,
            role=Role.QA_MANAGER.value,
            at=desk.now(),
            idempotency_key=idempotency.key(principal),
            fingerprint=idempotency.fingerprint,
        )
        window = window_of(settings, form.window, "body/window")
        order = Order(form.kind, window, form.reason, form.although_hidden)
        try:
            found = await publishing.publish(press, settings, order, command)
        except NotPublishable as why:
            raise refused(settings, form.kind, window, why) from why
        return publication_answer(settings, found)

    @routes.get("/windows", summary="List the windows with figures, and what of them is published")
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


def publication_answer(settings: AuthoritySettings, one: Publication) -> PublicationAnswer:
    """Return a published version."""
    return PublicationAnswer(
        authority=settings.key,
        kind=one.kind,
        window=one.key,
        label=one.label,
        version=one.version,
        reason=one.reason,
        published_at=one.published_at,
        published_by_role=one.published_by_role,
        moment=one.fresh.moment,
        positions=[
            Position(topic=topic, partition=partition, next_offset=offset)
            for (topic, partition), offset in sorted(one.fresh.positions.items())
        ],
        sha256=one.sha256,
    )
