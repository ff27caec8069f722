"""Open audit escalations in bulk, and the parts of the escalation service that act on their clocks.

A part of them was raised on Wednesday 14 January 2026, the rest on Monday 19: so that of the first a reminder falls due
on 20 and on 21 January at 09:00, overdue as 22 January begins and the second line at 09:00 that day, and of the others
nothing before the 23rd. A later settings document, valid from 20 January, gives practice a day more.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from services.escalation.adapters.notifying.storage import MIGRATIONS, NoticeWriter
from services.escalation.app.aggregate import EscalationAggregate, escalations
from services.escalation.app.policy import Policies
from services.escalation.app.telling import Teller
from services.escalation.domain.commands import Command
from services.escalation.domain.states import State
from shared.authority.settings import Authorities, parse_settings
from shared.eventstore.batches import Asked, handle_many
from shared.eventstore.database import Connection, open_pool
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate
from shared.eventstore.model import Append, Appended, Meta, Stream
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.storage import SCHEMA as MESSAGING
from tests.unit.escalation import scenes
from tests.unit.escalation.rig import AUTHORITY, DOCUMENT

FIRST: Final = datetime(2026, 1, 14, 10, tzinfo=UTC)
REST: Final = datetime(2026, 1, 19, 10, tzinfo=UTC)
NOTHING_DUE: Final = datetime(2026, 1, 19, 12, tzinfo=UTC)
CHANGED: Final = datetime(2026, 1, 20, 8, tzinfo=UTC)
_CONSIDERED_BEFORE: Final = timedelta(hours=1)
_TOGETHER: Final = 500
_BEFORE: Final = DOCUMENT.format(key=AUTHORITY)
_AFTER: Final = (
    _BEFORE.replace("version: 1", "version: 2").replace("2024-01-01", f"{CHANGED:%Y-%m-%d}")
    + "escalation: {clock_days: {safeguarding: 1, practice: 6}}\n"
)


class Recording(PostgresEventStore):
    """A store that also remembers which batches were appended."""

    batches: list[Sequence[Append]]

    async def append_many(
        self, requests: Sequence[Append], *, connection: Connection | None = None
    ) -> Sequence[Appended]:
        """Append as any store does, and remember the batch."""
        appended = await super().append_many(requests, connection=connection)
        if requests:
            self.batches.append(requests)
        return appended

    def taken(self) -> list[Sequence[Append]]:
        """Return the batches since it was last asked."""
        found, self.batches = self.batches, []
        return found


def policies(*, changed: bool = False) -> Policies:
    """Return the settings as they were when all was raised, or with the later document as well."""
    texts = [_BEFORE, _AFTER] if changed else [_BEFORE]
    return Policies(Authorities([parse_settings(text, AUTHORITY) for text in texts]))


def aggregate(held: Policies) -> EscalationAggregate:
    """Return the aggregate as the service runs it: people are told."""
    return escalations(tell=Teller(held))


@asynccontextmanager
async def store(dsn: str) -> AsyncIterator[Recording]:
    """Give the service's store on a database, with its messages to people kept beside the events."""
    pool = await open_pool(dsn, size=4)
    try:
        opened = Recording(pool, beside=NoticeWriter(timedelta(days=3)))
        opened.batches = []
        yield opened
    finally:
        await pool.close()


async def fill(dsn: str, first: int, rest: int) -> None:
    """Raise so many audit escalations in an empty database: `first` on 14 January 2026, `rest` on the 19th."""
    await migrate(dsn, [EVENTSTORE, OUTBOX, MESSAGING, MIGRATIONS])
    held = policies()
    async with store(dsn) as opened:
        ids = [UUID(int=1_000_000 + number) for number in range(first + rest)]
        for raised_at, share in ((FIRST, ids[:first]), (REST, ids[first:])):
            for commands in (_considered(held, raised_at), _raised(held, raised_at)):
                for start in range(0, len(share), _TOGETHER):
                    await _command(opened, aggregate(held), share[start : start + _TOGETHER], commands)
        await opened.pool.execute("VACUUM ANALYZE")


async def _command(
    opened: Recording, how: EscalationAggregate, ids: Collection[UUID], command: Callable[[UUID], Command]
) -> None:
    def ask(stream_id: UUID, _stream: Stream, _state: State) -> Asked[Command]:
        asked = command(stream_id)
        return Asked(asked, Meta(AUTHORITY, asked.recorded_at, stream_id, None, None))

    for outcome in await handle_many(opened, how, ids, ask):
        if outcome.error is not None:
            raise outcome.error
    opened.taken()


def _considered(held: Policies, raised_at: datetime) -> Callable[[UUID], Command]:
    at = raised_at - _CONSIDERED_BEFORE
    clocks = held.policy(AUTHORITY, at).consideration_clocks(at)
    usual = replace(scenes.consider(scenes.cause(1), at=at), clocks=clocks)

    def command(stream_id: UUID) -> Command:
        own = {"escalation_id": stream_id, "audit_id": stream_id, "case_reference": stream_id}
        return replace(usual, place=scenes.PLACE.model_copy(update=own))

    return command


def _raised(held: Policies, raised_at: datetime) -> Callable[[UUID], Command]:
    clocks = held.policy(AUTHORITY, raised_at).clocks(raised_at)
    usual = replace(scenes.raise_(raised_at, recorded_at=raised_at), clocks=clocks, steps_required=())
    return lambda _stream_id: usual
