"""A moderation that is asked for of one moderator joins the queue at once: the request and the queue change together.

So whoever is named is a moderator of that part of the authority with capacity, as one to whom it is given by hand.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.audit.app.aggregates import QUEUE
from services.audit.app.asking import Asked
from services.audit.app.handling import Parts
from services.audit.app.making import settings_on
from services.audit.app.queue.reading import entry_of, roster_of
from services.audit.domain.audits.events import Event
from services.audit.domain.audits.states import Completed, State
from services.audit.domain.queue.decider import Join
from services.audit.domain.queue.events import queue_stream
from services.audit.domain.words import business_date
from shared.eventstore.database import Connection
from shared.eventstore.handling import Handled, handle


async def join(
    parts: Parts, handled: Handled[State, Event], moderator: UUID, asked: Asked, connection: Connection
) -> None:
    """Let what was asked for join its cycle's queue, in the request's transaction.

    Raises:
        Refused: the moderator is none of that part of the authority, has no capacity, or is not independent.

    """
    state = handled.state
    if handled.replayed or not handled.events or not isinstance(state, Completed):
        return
    waiting = state.open_moderation
    if waiting is None:
        return
    settings = settings_on(parts.authorities, asked.authority, business_date(asked.recorded_at))
    cycle = state.allocation.place.cycle
    command = Join(
        at=asked.at,
        by=asked.by,
        settings_version=settings.version,
        cycle=cycle,
        entry=entry_of(state.allocation.audit_id, state, waiting),
        moderator=moderator,
        roster=roster_of(settings),
    )
    meta = replace(asked.meta(), idempotency_key=None, fingerprint=b"")
    await handle(parts.store, QUEUE, queue_stream(asked.authority, cycle), command, meta, connection=connection)
