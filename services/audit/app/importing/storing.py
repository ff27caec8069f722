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
        self._events = store
        self._pool = pool
        self.taken_in = 0
        self.already_there = 0
        self.problems: list[RowProblem] = []
        self.audits: list[ImportedAudit] = []

    async def store(self, batch: Sequence[Prepared], connection: Connection | None = None) -> None:
        """Store a batch in one round trip; where something stands against one of them, each on its own.

        A re-audit is stored on its own, after the rest: its earlier audit may have something against it.
        """
        again = [each for each in batch if each.command.allocate.re_audit_of is not None]
        await self._store([each for each in batch if each.command.allocate.re_audit_of is None], connection)
        for each in again:
            await self._store_one(each, connection)

    async def _store(self, batch: Sequence[Prepared], connection: Connection | None) -> None:
        if not batch:
            return
        try:
            if connection is None:
                appended = await self._events.append_many([each.append for each in batch])
            else:
                async with connection.transaction():
                    appended = await self._events.append_many([each.append for each in batch], connection=connection)
        except (VersionConflict, IdempotencyKeyReused):
            for each in batch:
                await self._store_one(each, connection)
        else:
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

    def _count(self, one: Prepared, *, new: bool) -> None:
        self.taken_in += new
        self.already_there += not new
        self.audits.append(one.imported)

    async def _handle(self, one: Prepared, connection: Connection | None) -> bool:
        """Store an audit, and note it at the one it looks at again, together; say whether it is new."""
        if connection is None and one.command.allocate.re_audit_of is not None:
            async with self._pool.acquire() as own:
                return await self._handle(one, own)
        if connection is None:
            handled = await handle(self._events, AUDIT, one.audit_id, one.command, one.meta)
            return bool(handled.events)
        async with connection.transaction():
            handled = await handle(self._events, AUDIT, one.audit_id, one.command, one.meta, connection=connection)
            # Of one that was there, too: what an earlier version left out when it failed is made good.
            events = AUDIT.decide(one.command, INITIAL)
            allocation = events[0]
            assert isinstance(allocation, AuditAllocated)  # a new stream's first
            begins = bool(handled.events)
            await note(self._events, allocation, events, one.meta, connection=connection, begins=begins)
        return begins

    async def _store_one(self, one: Prepared, connection: Connection | None) -> None:
        try:
            new = await self._handle(one, connection)
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
            self._count(one, new=new)
