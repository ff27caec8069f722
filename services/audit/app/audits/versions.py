"""The versions of an audit's outcome: the completion and each amendment, what changed, why, by whom, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.audit.app import access, readings, sealing
from services.audit.app.aggregates import AUDIT
from services.audit.app.audits.changes import shown_fields
from services.audit.app.audits.queries import Queries
from services.audit.app.audits.views import coded_for, texts_shown
from services.audit.app.handling import Begun, Parts
from services.audit.app.moderation import access as moderation_access
from services.audit.app.moderation.access import Hidden
from services.audit.app.moderation.hiding import hidden_of
from services.audit.app.viewing import View
from services.audit.domain.audits.events import AuditAmended, AuditCompleted
from services.audit.domain.audits.states import Completed, Withdrawn
from services.audit.domain.refusals import VersionNotFound
from services.audit.domain.words import business_date
from shared.eventstore.model import StoredEvent
from shared.web.principal import Principal


class VersionRow(View):
    """A version of the outcome: `number` 1 is the completion, each amendment the next."""

    number: int
    version: int = Field(description="version of the audit that it came with")
    what: str = Field(description="audit-completed or audit-amended")
    reason: str | None = Field(
        default=None, description="why it was amended, as a code; none while grades are hidden from you"
    )
    changed: tuple[str, ...] = Field(
        default=(), description="the fields that the amendment changed, but for those hidden from you"
    )
    by_role: str
    by: UUID | None = None
    happened_at: datetime
    recorded_at: datetime


class VersionList(View):
    """Every version of an outcome, the first one first. Late stays late, however often it is amended."""

    audit_id: UUID
    due_on: date
    completed_on: date | None
    late: bool | None
    versions: tuple[VersionRow, ...]


class VersionView(View):
    """One version of the outcome, as it was; texts for those who may read them."""

    audit_id: UUID
    number: int
    row: VersionRow
    outcome: dict[str, Any]
    texts: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    stored: StoredEvent
    event: AuditCompleted | AuditAmended


class Versions:
    """Reads the versions of outcomes for a principal."""

    def __init__(self, parts: Parts, queries: Queries) -> None:
        self._parts = parts
        self._queries = queries

    async def all(self, audit_id: UUID, principal: Principal) -> VersionList:
        """Return what each version of an audit's outcome changed."""
        state, _ = await self._queries.stand(audit_id, principal)
        kept = await self._kept(audit_id)
        hidden = moderation_access.hidden(principal, state)
        completed_on = business_date(kept[0].event.at) if kept else None
        before = state.before if isinstance(state, Withdrawn) else state
        return VersionList(
            audit_id=audit_id,
            due_on=state.allocation.due_on,
            completed_on=completed_on,
            late=before.late if isinstance(before, Completed) else None,
            versions=tuple(_row(number, one, hidden) for number, one in enumerate(kept, 1)),
        )

    async def one(self, audit_id: UUID, number: int, principal: Principal) -> VersionView:
        """Return one version of an audit's outcome; that its texts were read is recorded.

        Raises:
            VersionNotFound: the audit has no such version.

        """
        state, _ = await self._queries.stand(audit_id, principal)
        kept = await self._kept(audit_id)
        if number > len(kept):
            raise VersionNotFound
        one = kept[number - 1]
        hidden = await hidden_of(self._parts, principal, state)
        texts = await self._texts(state, one, principal, number, hidden)
        return VersionView(
            audit_id=audit_id,
            number=number,
            row=_row(number, one, hidden),
            outcome=coded_for(one.event.outcome, hidden),
            texts=texts,
        )

    async def _texts(
        self, state: Begun, one: _Kept, principal: Principal, number: int, hidden: Hidden
    ) -> dict[str, str] | None:
        allocation = state.allocation
        if not access.reads_text(principal, allocation, access.moderators_of(state)):
            return None
        sealed = texts_shown(one.event.outcome.texts(), hidden)
        child = allocation.place.case_reference
        texts = await sealing.unseal(self._parts.sealer, child, allocation.audit_id, sealed)
        async with self._parts.pool.acquire() as connection:
            what, at = f"version/{number}", self._parts.clock()
            await readings.record(connection, principal, allocation, what=what, boxes=texts, at=at)
        return texts

    async def _kept(self, audit_id: UUID) -> Sequence[_Kept]:
        stream = await self._parts.store.load(audit_id)
        found = ((stored, AUDIT.from_json(stored.type, stored.data)) for stored in stream.events)
        return [_Kept(stored, event) for stored, event in found if isinstance(event, AuditCompleted | AuditAmended)]


def _row(number: int, one: _Kept, hidden: Hidden) -> VersionRow:
    event = one.event
    amended = event if isinstance(event, AuditAmended) else None
    return VersionRow(
        number=number,
        version=one.stored.version,
        what=event.type,
        reason=None if amended is None or hidden.grades else amended.reason,
        changed=() if amended is None else shown_fields(amended.changed, hidden),
        by_role=event.by.role,
        by=None if hidden.people else event.by.reference,
        happened_at=event.at,
        recorded_at=one.stored.recorded_at,
    )
