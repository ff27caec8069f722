"""Who read which free text of which audit, when: every route that returns text records it (design.md section 4).

A record has the names of boxes, never what they hold; it stays when the child is erased.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.audit.domain.audits.events import AuditAllocated
from shared.eventstore.database import Connection
from shared.privacy import readings as readings_of
from shared.privacy.readings import Reader, ReadingTable, Shown
from shared.web.principal import Principal

_TABLE: Final = ReadingTable("audit.text_readings", "audit_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of text: `what` was read (an audit, a version of it, a draft, an export) and which boxes of it."""

    reading: int
    audit_id: UUID
    case_reference: UUID
    reader: UUID
    reader_role: str
    what: str
    boxes: tuple[str, ...]
    read_at: datetime


async def record(
    connection: Connection,
    principal: Principal,
    allocation: AuditAllocated,
    *,
    what: str,
    boxes: Collection[str],
    at: datetime,
) -> None:
    """Record that the caller is shown these boxes of an audit; nothing where there are none."""
    shown = Shown(allocation.audit_id, allocation.authority, allocation.place.case_reference, what)
    await record_of(connection, principal, shown, boxes=boxes, at=at)


async def record_of(
    connection: Connection, principal: Principal, shown: Shown, *, boxes: Collection[str], at: datetime
) -> None:
    """Record that the caller is shown these boxes; nothing where there are none."""
    reader = Reader(principal.person, min(principal.roles).value)
    await _TABLE.record(connection, reader, shown, boxes=boxes, at=at)


async def readings(
    connection: Connection,
    authority: str,
    *,
    audit_id: UUID | None = None,
    reader: UUID | None = None,
    case_reference: UUID | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[Reading]:
    """Return readings in the order they were recorded, narrowed by audit, reader or child."""
    found = await _TABLE.readings(
        connection,
        authority,
        streams=None if audit_id is None else [audit_id],
        reader=reader,
        case_reference=case_reference,
        after=after,
        limit=limit,
    )
    return [_of_audit(one) for one in found]


def _of_audit(one: readings_of.Reading) -> Reading:
    assert one.case_reference is not None  # every audit names its child
    return Reading(
        reading=one.reading,
        audit_id=one.stream,
        case_reference=one.case_reference,
        reader=one.reader,
        reader_role=one.reader_role,
        what=one.what,
        boxes=one.boxes,
        read_at=one.read_at,
    )
