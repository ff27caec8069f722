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
from shared.web.principal import Principal

_RECORD: Final = """
    insert into audit.text_readings (audit_id, authority, case_reference, reader, reader_role, what, boxes, read_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_LIST: Final = """
    select reading, audit_id, case_reference, reader, reader_role, what, boxes, read_at
    from audit.text_readings
    where authority = $1 and ($2::uuid is null or audit_id = $2) and ($3::uuid is null or reader = $3)
      and ($4::uuid is null or case_reference = $4) and ($5::bigint is null or reading > $5)
    order by reading limit $6
"""


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


@dataclass(frozen=True, slots=True)
class Shown:
    """What holds the text that is shown: its stream (an audit, a calibration exercise), authority, child, and what."""

    stream: UUID
    authority: str
    case_reference: UUID
    what: str


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
    if not boxes:
        return
    await connection.execute(
        _RECORD,
        shown.stream,
        shown.authority,
        shown.case_reference,
        principal.person,
        min(principal.roles).value,
        shown.what,
        sorted(boxes),
        at,
    )


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
    rows = await connection.fetch(_LIST, authority, audit_id, reader, case_reference, after, limit)
    return [Reading(**{**dict(row), "boxes": tuple(row["boxes"])}) for row in rows]
