"""What every handler of an audit's commands works with and does: settings, tool, sealing, storing, waking the relay."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.audit.app import sealing
from services.audit.app.aggregates import AUDIT
from services.audit.app.asking import Asked
from services.audit.app.audits.changes import SeenIsOld, changes_since
from services.audit.app.making import settings_on
from services.audit.app.re_audits import note_at_earlier
from services.audit.app.sealing import Texts
from services.audit.app.tools.service import Tools
from services.audit.domain import refusals
from services.audit.domain.audits.commands import AllocateAudit, Command, ImportCompletedAudit
from services.audit.domain.audits.events import AuditAllocated, Event
from services.audit.domain.audits.states import Allocated, Completed, State, Withdrawn
from services.audit.domain.moderation.commands import RecordModeration
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import business_date
from shared.authority.settings import Authorities, AuthoritySettings
from shared.eventstore.database import Connection, Pool
from shared.eventstore.errors import VersionSeenIsOld
from shared.eventstore.handling import Handled, handle
from shared.eventstore.store import EventStore
from shared.privacy.keystore import KeyStore
from shared.privacy.references import References
from shared.privacy.sealing import Sealer
from shared.web.seen import Change


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers work with; `caught_up` says when this process last brought an authority's queue up to date."""

    store: EventStore
    pool: Pool
    keys: KeyStore
    sealer: Sealer
    references: References
    authorities: Authorities
    tools: Tools
    wake: Callable[[], None]
    clock: Callable[[], datetime]
    caught_up: dict[str, datetime] = field(default_factory=dict)


Begun = Allocated | Completed | Withdrawn
"""An audit as it stood when the request came; the decider sees it as it stands by then."""


class Handling:
    """The base of what handles commands."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def settings(self, asked: Asked) -> AuthoritySettings:
        """Return the settings on the day it happened; the newest where that was before the first ones."""
        return settings_on(self.parts.authorities, asked.authority, business_date(asked.at))

    async def handle(
        self,
        audit_id: UUID,
        command: Command,
        asked: Asked,
        *,
        expects_new: bool = False,
        connection: Connection | None = None,
    ) -> Handled[State, Event]:
        """Load, decide by the settings of the day, store (in a connection's transaction, if given); wake the relay."""
        if connection is None and isinstance(command, AllocateAudit) and command.re_audit_of is not None:
            async with self.parts.pool.acquire() as own, own.transaction():
                handled = await self.handle(audit_id, command, asked, expects_new=expects_new, connection=own)
            self.parts.wake()  # what was woken within the transaction saw nothing yet
            return handled
        if not isinstance(command, ImportCompletedAudit):
            command = replace(command, settings_version=self.settings(asked).version)
        if isinstance(command, RecordModeration):  # late by the day it was recorded, where its own moderator does it
            command = replace(command, recorded_on=asked.recorded_on(command.moderator))
        try:
            handled = await handle(
                self.parts.store,
                AUDIT,
                audit_id,
                command,
                asked.meta(),
                expects_new=expects_new,
                expected=asked.expected,
                connection=connection,
            )
        except VersionSeenIsOld as old:
            changes = await self._changes(audit_id, old.seen, asked)
            raise SeenIsOld(old.actual, changes, seen=old.seen) from None
        if connection is not None:
            await note_at_earlier(self.parts.store, handled, asked.meta(), connection)
        self.parts.wake()
        return handled

    async def _changes(self, audit_id: UUID, seen: int, asked: Asked) -> list[Change]:
        return await changes_since(self.parts.store, audit_id, seen, asked.asker)

    async def tool(self, allocation: AuditAllocated) -> ToolDocument:
        """Return the tool an audit began with."""
        return await self.parts.tools.get(allocation.authority, allocation.tool, allocation.tool_version)

    async def seal(self, allocation: AuditAllocated, boxes: Iterable[tuple[str, str | None]]) -> Texts:
        """Seal the texts of an audit's boxes with the child's key."""
        return await sealing.seal(self.parts.sealer, allocation.place.case_reference, allocation.audit_id, boxes)


def completed_of(state: Begun) -> Completed:
    """Return the completed audit that a form speaks of; what became of it since is the decider's to judge."""
    before = state.before if isinstance(state, Withdrawn) else state
    if isinstance(before, Completed):
        return before
    raise refusals.AuditIsWithdrawn if isinstance(state, Withdrawn) else refusals.AuditNotCompleted
