"""Imported audits into the store: many at once, and one by one only where something was there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.audit.app.aggregates import AUDIT
from services.audit.app.importing.problems import ImportedAudit, RowProblem, row_problems
from services.audit.app.re_audits import note
from services.audit.domain.audits.commands import ImportCompletedAudit
from services.audit.domain.audits.events import AuditAllocated
from services.audit.domain.audits.states import INITIAL
from services.audit.domain.refusals import Refused
from shared.eventstore.database import Connection, Pool
from shared.eventstore.errors import IdempotencyKeyReused, VersionConflict
from shared.eventstore.handling import handle, prepare
from shared.eventstore.model import Append, Meta, Stream
from shared.eventstore.store import EventStore


@dataclass(frozen=True, slots=True)
class Prepared:
    """An audit ready to be stored as a new stream."""

    row: int
    audit_id: UUID
    command: ImportCompletedAudit
    meta: Meta
    append: Append

    @property
    def imported(self) -> ImportedAudit:
        """Return the audit that the row stands for."""
        made = tuple(one.id for one in self.command.complete.recommendations)
        return ImportedAudit(row=self.row, audit_id=self.audit_id, recommendations=made)

    @classmethod
    def of(cls, row: int, audit_id: UUID, command: ImportCompletedAudit, meta: Meta) -> Prepared:
        """Decide a row's audit and prepare its append.

        Raises:
            Refused: the business does not allow it.

        """
        events = AUDIT.decide(command, INITIAL)
        append, _ = prepare(AUDIT, audit_id, events, stream=Stream(), state=INITIAL, meta=meta)
        return cls(row, audit_id, command, meta, append)


class Storing:
    """Stores batches and counts what came in."""

    def __init__(self, store: EventStore, pool: Pool) -> None:
        self._store = store
        self._pool = pool
        self.taken_in = 0
        self.already_there = 0
        self.problems: list[RowProblem] = []
        self.audits: list[ImportedAudit] = []

    async def store(self, batch: Sequence[Prepared], connection: Connection | None = None) -> None:
        """Store a batch in one round trip; where something stands against one of them, each on its own."""
        if not batch:
            return
        try:
            if connection is None:
                appended = await self._store.append_many([each.append for each in batch])
            else:
                async with connection.transaction():
                    appended = await self._store.append_many([each.append for each in batch], connection=connection)
        except (VersionConflict, IdempotencyKeyReused):
            for each in batch:
                await self._store_one(each, connection)
        else:
            for one in batch:
                await self._note_at_earlier(one, connection)
            for one, stored in zip(batch, appended, strict=True):
                self._count(one, new=not stored.replayed)

    async def store_all(self, prepared: Sequence[Prepared], size: int) -> None:
        """Store everything in one transaction; one problem, and nothing is stored."""
        async with self._pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                for start in range(0, len(prepared), size):
                    await self.store(prepared[start : start + size], connection)
            except BaseException:
                await transaction.rollback()
                raise
            if self.problems:
                await transaction.rollback()
                self.taken_in = self.already_there = 0
                self.audits.clear()
            else:
                await transaction.commit()

    async def _note_at_earlier(self, one: Prepared, connection: Connection | None) -> None:
        """Note it at the audit that it looks at again; what a failure left out is made good by the next import."""
        if one.command.allocate.re_audit_of is None:
            return
        events = AUDIT.decide(one.command, INITIAL)
        allocation = events[0]
        assert isinstance(allocation, AuditAllocated)  # a new stream's first
        await note(self._store, allocation, events, one.meta, connection=connection)

    def _count(self, one: Prepared, *, new: bool) -> None:
        self.taken_in += new
        self.already_there += not new
        self.audits.append(one.imported)

    async def _store_one(self, one: Prepared, connection: Connection | None) -> None:
        try:
            handled = await handle(self._store, AUDIT, one.audit_id, one.command, one.meta, connection=connection)
        except IdempotencyKeyReused:
            self.problems.append(
                RowProblem(
                    row=one.row,
                    column="",
                    problem="the audit is there already, with other content",
                    way_out="Amend it; an import never changes an audit.",
                )
            )
        except Refused as refused:
            self.problems += row_problems(one.row, refused)
        else:
            await self._note_at_earlier(one, connection)
            self._count(one, new=bool(handled.events))
