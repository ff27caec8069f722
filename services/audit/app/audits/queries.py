"""What is asked of audits without changing them: one as its reader may see it, and lists within the reader's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from services.audit.app import access, readings, sealing
from services.audit.app.aggregates import AUDIT
from services.audit.app.asking import Asked
from services.audit.app.audits import turns
from services.audit.app.audits.views import (
    AuditPage,
    AuditRow,
    AuditView,
    ReadingPage,
    ReadingView,
    texts_shown,
    view_of,
)
from services.audit.app.forms import Form
from services.audit.app.handling import Parts
from services.audit.app.moderation import access as moderation_access
from services.audit.app.moderation.access import Hidden
from services.audit.app.moderation.hiding import hidden_of
from services.audit.app.paging import page_of
from services.audit.app.sealing import ERASED_TEXT
from services.audit.app.texts import texts_of
from services.audit.domain.audits.states import Allocated, Completed, NotAllocated, Withdrawn
from services.audit.domain.refusals import AuditNotFound
from services.audit.domain.words import SealedText
from shared.eventstore.handling import fold
from shared.eventstore.model import SummaryRow
from shared.eventstore.store import EventStore
from shared.privacy.keystore import Erased
from shared.web.principal import WHOLE, Principal, Role

_LEVELS = ("area", "district", "team")


class Queries:
    """Reads audits for a principal."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def stand(
        self, audit_id: UUID, principal: Principal, *, as_practitioner: bool = False
    ) -> tuple[Allocated | Completed | Withdrawn, int]:
        """Return an audit that the caller may see, or that is of their own work if that is asked for; and its version.

        Raises:
            AuditNotFound: there is none, or not for this caller; the two are not told apart.

        """
        stream = await self._parts.store.load(audit_id)
        state = fold(AUDIT, stream.events) if stream.events and stream.events[0].category == AUDIT.category else None
        if state is None or isinstance(state, NotAllocated):
            raise AuditNotFound
        own_work = as_practitioner and access.is_the_practitioner(principal, state.allocation)
        if not own_work and not access.reads(principal, state.allocation, access.moderators_of(state)):
            raise AuditNotFound
        return state, stream.version

    async def in_its_turn(self, audit_id: UUID, form: Form, asked: Asked) -> Asked:
        """Return what is asked of an audit, told apart from the same words of an earlier turn of its story."""
        return await turns.in_its_turn(self._parts.store, audit_id, form, asked)

    async def audit(self, audit_id: UUID, principal: Principal, *, with_text: bool = True) -> AuditView:
        """Return an audit as the caller may see it.

        Raises:
            AuditNotFound: there is none, or not for this caller.

        """
        state, version = await self.stand(audit_id, principal)
        texts = case_number = None
        if with_text and access.reads_text(principal, state.allocation, access.moderators_of(state)):
            child = state.allocation.place.case_reference
            sealed = await self._texts(audit_id)
            texts = await sealing.unseal(self._parts.sealer, child, audit_id, sealed)
            case_number = await self._case_number(child)
        hidden = await hidden_of(self._parts, principal, state)
        shown = None if texts is None else texts_shown(texts, hidden)
        if shown is not None:
            async with self._parts.pool.acquire() as connection:
                at, boxes = self._parts.clock(), {*shown, "case_number"}
                await readings.record(connection, principal, state.allocation, what="audit", boxes=boxes, at=at)
        return view_of(
            state,
            version,
            case_number=case_number,
            texts=shown,
            hidden=hidden,
            viewer=principal.person,
        )

    async def audits(
        self,
        principal: Principal,
        *,
        authority: str,
        where: dict[str, Any],
        below: dict[str, str] | None = None,
        status: str | None,
        limit: int,
        after: UUID | None,
    ) -> AuditPage:
        """Return a page of the audits the caller may see, oldest first; `where` and `below` narrow it."""
        rows = partial(
            rows_of, self._parts.store, principal, authority=authority, where=where, below=below, status=status
        )
        page, further = await page_of(
            rows,
            lambda row: not (_of_own_work(row, principal) or _would_tell(row, principal, where)),
            limit=limit,
            after=after,
        )
        return AuditPage(audits=tuple(_row(row, principal) for row in page), after=further)

    async def readings(
        self,
        authority: str,
        *,
        audit_id: UUID | None,
        reader: UUID | None,
        case_reference: UUID | None,
        limit: int,
        after: int | None,
    ) -> ReadingPage:
        """Return who read which texts, in the order it was recorded."""
        async with self._parts.pool.acquire() as connection:
            found = await readings.readings(
                connection,
                authority,
                audit_id=audit_id,
                reader=reader,
                case_reference=case_reference,
                after=after,
                limit=limit + 1,
            )
        page = found[:limit]
        return ReadingPage(
            readings=tuple(ReadingView.model_validate(asdict(one)) for one in page),
            after=page[-1].reading if len(found) > limit else None,
        )

    async def _case_number(self, child: UUID) -> str:
        async with self._parts.pool.acquire() as connection:
            numbers = await self._parts.references.case_numbers(connection, [child])
        number = numbers.get(child, ERASED_TEXT)
        return ERASED_TEXT if isinstance(number, Erased) else number

    async def _texts(self, audit_id: UUID) -> dict[str, SealedText]:
        """Return the sealed texts of an audit as it stands, by the name of their box."""
        stream = await self._parts.store.load(audit_id)
        return texts_of(AUDIT.from_json(stored.type, stored.data) for stored in stream.events)


def scopes(principal: Principal) -> list[dict[str, Any]]:
    """Return a filter of summaries for each part that is the caller's; none where nothing is.

    Managers, moderators and the QA unit see the parts of the organisation in their scope; an auditor sees their own
    audits and a moderator those given to them.
    """
    found: list[dict[str, Any]] = []
    if principal.has(Role.MODERATOR, *access.MANAGERS, *access.QA, Role.SERVICE):
        for prefix in principal.scope:
            if prefix == WHOLE:
                return [{}]
            found.append(dict(zip(_LEVELS, prefix.split("/"), strict=False)))
    if principal.has(Role.AUDITOR):
        found.append({"auditor": str(principal.person)})
    if principal.has(Role.MODERATOR):
        found.append({"moderator": str(principal.person)})
    return found


async def rows_of(
    store: EventStore,
    principal: Principal,
    size: int,
    after: UUID | None,
    *,
    authority: str,
    where: Mapping[str, Any],
    below: Mapping[str, str] | None = None,
    status: str | None = None,
) -> list[SummaryRow]:
    """Return the next so many rows of audits in the caller's own parts, in their order."""
    found: dict[UUID, SummaryRow] = {}
    for own in scopes(principal):
        if any(where.get(field, value) != value for field, value in own.items()):
            continue
        rows = await store.find(
            AUDIT.category,
            authority=authority,
            where={**where, **own},
            below=below,
            status=status,
            limit=size,
            after=after,
        )
        found.update((row.stream_id, row) for row in rows)
    return sorted(found.values(), key=lambda row: row.stream_id)[:size]


def _row(row: SummaryRow, principal: Principal) -> AuditRow:
    """Return a list's row; a blind moderator sees neither who the others are nor, until their own, any grades."""
    data = dict(row.data)
    kept = moderation_access.hidden_in_list(principal, data)
    if kept.people:
        data.update(auditor=None)
        if data.get("moderator") != str(principal.person):
            data.update(moderator=None)
    if _hides_re_audit(kept, data):
        data.update(re_audit="none", re_audit_due_on=None)
    if kept.grades:
        data.update(overall_grade=None, standing_grade=None, decided_by=None, dispute=None)
    return AuditRow(audit_id=row.stream_id, status=row.status, version=row.version, **data)


def _of_own_work(row: SummaryRow, principal: Principal) -> bool:
    """Say whether a row is of a moderator's own work: it is shown to them as its practitioner alone."""
    practitioner = row.data.get("practitioner")
    return access.moderates_own_work(principal, None if practitioner is None else UUID(practitioner))


def _would_tell(row: SummaryRow, principal: Principal, where: Mapping[str, Any]) -> bool:
    """Say whether the row's being found tells a blind moderator who somebody is, or that its grade is in dispute."""
    named = [field for field in ("auditor", "moderator") if where.get(field) not in (None, str(principal.person))]
    kept = moderation_access.hidden_in_list(principal, row.data)
    tells_grade = ("dispute" in where and kept.grades) or ("re_audit" in where and _hides_re_audit(kept, row.data))
    return tells_grade or (bool(named) and kept.people)


def _hides_re_audit(kept: Hidden, row: Mapping[str, Any]) -> bool:
    """Say whether a row's re-audit is hidden: it tells a concern or a grade to who may yet moderate blind."""
    return kept.grades or (kept.people and "completed_on" not in row)
