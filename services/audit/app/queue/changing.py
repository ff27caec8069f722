"""A change of a queue and of the audits it speaks of: together, so that neither says what the other does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from services.audit.app.aggregates import AUDIT, QUEUE
from services.audit.app.handling import Parts
from services.audit.domain.moderation.commands import AssignModeration
from services.audit.domain.queue.decider import Queue, QueueCommand
from services.audit.domain.queue.events import ModerationReturned, ModeratorGiven, QueueEvent, queue_stream
from services.audit.domain.refusals import Refused
from services.audit.domain.words import Actor, Code
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Connection
from shared.eventstore.handling import Handled, handle
from shared.eventstore.model import Meta


class NotTaken(Exception):
    """An audit refused its moderator; the whole transaction is taken back."""

    def __init__(self, given: ModeratorGiven | ModerationReturned, refused: Refused) -> None:
        super().__init__(refused.code)
        self.given = given
        self.refused = refused


class QueueChanges:
    """Changes queues, each change with its audits."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def change(
        self, cycle: Code, command: QueueCommand, settings: AuthoritySettings, meta: Meta, by: Actor
    ) -> Handled[Queue, QueueEvent]:
        """Change the queue and the audits it speaks of, together or not at all.

        Raises:
            NotTaken: an audit refused its moderator.
            Refused: the queue does not allow it.

        """
        async with self._parts.pool.acquire() as connection, connection.transaction():
            stream = queue_stream(meta.authority, cycle)
            handled = await handle(self._parts.store, QUEUE, stream, command, meta, connection=connection)
            with_whom: Mapping[UUID, ModeratorGiven | ModerationReturned] = {
                event.moderation_id: event
                for event in handled.events
                if isinstance(event, ModeratorGiven | ModerationReturned)
            }  # the last word on each
            for event in with_whom.values():
                await self._write(event, settings, meta, by, connection)
        if handled.events:
            self._parts.wake()
        return handled

    async def _write(
        self,
        event: ModeratorGiven | ModerationReturned,
        settings: AuthoritySettings,
        meta: Meta,
        by: Actor,
        connection: Connection,
    ) -> None:
        """Say in the audit's own stream who is to moderate it."""
        stream = await self._parts.store.load(event.audit_id, connection=connection)
        command = AssignModeration(
            at=event.at,
            by=by,
            moderation_id=event.moderation_id,
            moderator=event.moderator if isinstance(event, ModeratorGiven) else None,
            settings_version=settings.version,
        )
        story = replace(meta, correlation_id=stream.events[-1].correlation_id, idempotency_key=None, fingerprint=b"")
        try:
            await handle(self._parts.store, AUDIT, event.audit_id, command, story, connection=connection)
        except Refused as refused:
            raise NotTaken(event, refused) from refused
