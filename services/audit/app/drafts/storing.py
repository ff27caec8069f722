"""Where a draft is kept: box by box, every value it had, until the audit is completed or the child erased.

Writers of one draft take turns on its row for as long as their transaction; nobody holds it while they think.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.audit.domain.audits.drafting import Written
from services.audit.domain.words import SealedText
from shared.eventstore.database import Connection

PREFIX: Final = "draft/"
"""How the boxes of a draft's texts begin: what is sealed for a draft does not open elsewhere."""

_TURN: Final = """
    insert into audit.drafts as d (audit_id, case_reference, version) values ($1, $2, 0)
    on conflict (audit_id) do update set version = d.version returning version
"""
_TAKE: Final = "select version from audit.drafts where audit_id = $1 for update"
_READ: Final = "select version from audit.drafts where audit_id = $1"
_STANDS: Final = """
    select distinct on (box) box, version, editor, editor_role, written_at, coded, sealed
    from audit.draft_boxes where audit_id = $1 order by box, version desc
"""
_WRITE: Final = """
    insert into audit.draft_boxes (audit_id, box, version, editor, editor_role, written_at, coded, sealed)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_MOVE: Final = "update audit.drafts set version = $2 where audit_id = $1"
_DROP: Final = "delete from audit.drafts where audit_id = $1"
_DROP_OF_CHILDREN: Final = "delete from audit.drafts where case_reference = any($1::uuid[])"


@dataclass(frozen=True, slots=True)
class StandingBox:
    """A box of a draft as it stands, a coded value or a text, and who wrote it last; nothing sealed: it was emptied."""

    box: str
    version: int
    editor: UUID
    editor_role: str
    written_at: datetime
    coded: bool
    sealed: SealedText | None


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft: its version, and each box as it stands."""

    version: int
    boxes: Mapping[str, StandingBox]

    def written(self) -> dict[str, Written]:
        """Return who wrote each box last."""
        return {name: Written(box.version, box.editor) for name, box in self.boxes.items()}

    def filled(self, *, coded: bool) -> frozenset[str]:
        """Return the names of the coded boxes, or of the texts, that hold something."""
        return frozenset(name for name, box in self.boxes.items() if box.coded is coded and box.sealed is not None)


@dataclass(frozen=True, slots=True)
class Editor:
    """Who writes a draft."""

    person: UUID
    role: str


async def begin(connection: Connection, audit_id: UUID, case_reference: UUID) -> StoredDraft:
    """Return a draft to write into, begun if there was none; others wait until the transaction ends."""
    version = await connection.fetchval(_TURN, audit_id, case_reference)
    return StoredDraft(version, await _boxes(connection, audit_id))


async def hold(connection: Connection, audit_id: UUID, case_reference: UUID) -> None:
    """Let nobody write in an audit's draft, or begin one, until the transaction ends."""
    await connection.execute(_TURN, audit_id, case_reference)


async def take(connection: Connection, audit_id: UUID) -> StoredDraft | None:
    """Return a draft to complete from, if there is one; others wait until the transaction ends."""
    version = await connection.fetchval(_TAKE, audit_id)
    return None if not version else StoredDraft(version, await _boxes(connection, audit_id))


async def read(connection: Connection, audit_id: UUID) -> StoredDraft:
    """Return a draft as it stands; one nobody wrote is at version 0."""
    version = await connection.fetchval(_READ, audit_id)
    return StoredDraft(version or 0, await _boxes(connection, audit_id))


async def write(  # noqa: PLR0917 - what is written, into which draft, by whom
    connection: Connection,
    audit_id: UUID,
    version: int,
    editor: Editor,
    at: datetime,
    boxes: Iterable[tuple[str, bool, SealedText | None]],
) -> None:
    """Write boxes (name, whether it is coded, what is sealed in it) as a new version of the draft."""
    rows = [(audit_id, box, version, editor.person, editor.role, at, coded, sealed) for box, coded, sealed in boxes]
    await connection.executemany(_WRITE, rows)
    await connection.execute(_MOVE, audit_id, version)


async def drop(connection: Connection, audit_id: UUID) -> None:
    """Remove a draft with all its versions: its audit is completed or withdrawn."""
    await connection.execute(_DROP, audit_id)


async def drop_of_children(connection: Connection, references: Iterable[UUID]) -> None:
    """Remove every draft of erased children."""
    await connection.execute(_DROP_OF_CHILDREN, list(references))


async def _boxes(connection: Connection, audit_id: UUID) -> dict[str, StandingBox]:
    return {row["box"]: StandingBox(**dict(row)) for row in await connection.fetch(_STANDS, audit_id)}
