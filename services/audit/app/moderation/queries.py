"""What is asked of disputes without changing them: the open ones within the reader's own, with their age."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import Field

from services.audit.app.audits.queries import rows_of
from services.audit.app.handling import Parts
from services.audit.app.moderation.access import hidden_in_list
from services.audit.app.moderation.summaries import OPEN
from services.audit.app.paging import page_of
from services.audit.app.viewing import View
from services.audit.domain.moderation.words import Decider
from services.audit.domain.words import Grade, business_date
from shared.eventstore.model import SummaryRow
from shared.web.principal import Principal


class DisputeRow(View):
    """An open dispute in a list."""

    audit_id: UUID
    dispute_id: UUID
    moderation_id: UUID = Field(description="the moderation whose grade is disputed")
    version: int
    organisation: str
    service: str
    kind: str
    cycle: str
    reason: str
    disputed_on: date
    age_days: int = Field(description="days since it was opened")
    disputed_grade: Grade | None
    to_be_decided_by: Decider
    moderator: UUID | None = Field(description="whom its second moderation was given to, if anybody")


class DisputePage(View):
    """A page of open disputes, oldest audit first; `after` leads to the next page, none on the last."""

    disputes: tuple[DisputeRow, ...]
    after: UUID | None = None


class Disputes:
    """Reads the open disputes for a principal."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def page(
        self, principal: Principal, *, authority: str, where: dict[str, Any], limit: int, after: UUID | None
    ) -> DisputePage:
        """Return a page of the open disputes in the caller's part; those of withdrawn audits have lapsed."""
        rows = partial(
            rows_of,
            self._parts.store,
            principal,
            authority=authority,
            where={**where, "dispute": OPEN},
            status="completed",
        )
        # Whoever is to moderate one of them blind is not told here what they are to judge.
        page, further = await page_of(
            rows, lambda row: not hidden_in_list(principal, row.data).grades, limit=limit, after=after
        )
        now = self._parts.clock()
        return DisputePage(disputes=tuple(_row(row, now) for row in page), after=further)


def _row(row: SummaryRow, now: datetime) -> DisputeRow:
    data = row.data
    disputed_on = date.fromisoformat(data["disputed_on"])
    return DisputeRow(
        audit_id=row.stream_id,
        dispute_id=data["dispute_id"],
        moderation_id=data["disputed_moderation"],
        version=row.version,
        organisation=f"{data['area']}/{data['district']}/{data['team']}",
        service=data["service"],
        kind=data["kind"],
        cycle=data["cycle"],
        reason=data["dispute_reason"],
        disputed_on=disputed_on,
        age_days=(business_date(now) - disputed_on).days,
        disputed_grade=data["disputed_grade"],
        to_be_decided_by=data["dispute_decided_by"],
        moderator=data["moderator"],
    )
