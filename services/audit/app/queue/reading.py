"""What the moderation queue reads: the audits that wait, what became of the others, and who moderates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.audit.app.aggregates import AUDIT, QUEUE
from services.audit.app.moderation import policy
from services.audit.domain.audits.states import Completed, Moderation, State, Withdrawn
from services.audit.domain.moderation import independence as moderation_independence
from services.audit.domain.queue.decider import Queue
from services.audit.domain.queue.events import Entry, queue_stream
from services.audit.domain.queue.spread import Moderator
from shared.authority.settings import AuthoritySettings
from shared.eventstore.handling import fold
from shared.eventstore.model import SummaryRow
from shared.eventstore.store import EventStore
from shared.web.principal import Role

_PAGE = 1000
Done = tuple[UUID, datetime]
"""Who did a moderation, and when."""


def roster_of(settings: AuthoritySettings) -> list[Moderator]:
    """Return the moderators of the settings, with their parts of the authority and the teams that are not for them."""
    units: dict[UUID, tuple[str, ...]] = {}
    for one in settings.people:
        if one.role is Role.MODERATOR:
            units[one.person] = (*units.get(one.person, ()), *one.units)
    return [
        Moderator(
            person=person,
            capacity=capacity,
            units=units[person],
            not_of=policy.teams_not_to_moderate(settings, person),
        )
        for person, capacity in settings.moderator_capacity.items()
    ]


@dataclass(slots=True)
class Rows:
    """An authority's audits with an open moderation, and its queues in which something is unsettled."""

    waiting: list[SummaryRow] = field(default_factory=list)
    open_queues: list[SummaryRow] = field(default_factory=list)

    @property
    def mark(self) -> frozenset[tuple[UUID, int]]:
        """Return what is another as soon as a round would find anything else: every row with its version."""
        return frozenset((row.stream_id, row.version) for row in (*self.waiting, *self.open_queues))


class QueueReading:
    """Reads audits and queues from their store."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def standing(self, authority: str | None = None) -> Mapping[str, Rows]:
        """Return how audits and queues stand, by authority: of one, or of every one at once."""
        found: dict[str, Rows] = defaultdict(Rows)
        async for row in self._rows(AUDIT.category, authority, "completed", {"moderation": "requested"}):
            found[row.authority].waiting.append(row)
        async for row in self._rows(QUEUE.category, authority, "open", None):
            found[row.authority].open_queues.append(row)
        return found

    async def open_cycles(self, authority: str) -> list[str]:
        """Return the cycles in whose queue something is unsettled."""
        return sorted([row.data["cycle"] async for row in self._rows(QUEUE.category, authority, "open", None)])

    async def cycles(self, authority: str) -> list[str]:
        """Return every cycle that has a queue."""
        return sorted([row.data["cycle"] async for row in self._rows(QUEUE.category, authority, None, None)])

    async def queue(self, authority: str, cycle: str) -> Queue:
        """Return a cycle's queue; an empty one where nothing was ever asked for."""
        return fold(QUEUE, (await self._store.load(queue_stream(authority, cycle))).events)

    async def version(self, authority: str, cycle: str) -> int:
        """Return at which version a cycle's queue stands; 0 where nothing was ever asked for."""
        return (await self._store.load(queue_stream(authority, cycle))).version

    async def entry(self, audit_id: UUID) -> tuple[Entry, UUID | None] | None:
        """Return an audit's open moderation as the queue takes it, with the moderator its request named."""
        state = await self._audit(audit_id)
        if not isinstance(state, Completed) or (waiting := state.open_moderation) is None:
            return None
        return entry_of(audit_id, state, waiting), waiting.requested.moderator

    async def moderated(self, authority: str, cycle: str, known: AbstractSet[UUID]) -> list[tuple[Entry, Done]]:
        """Return a cycle's moderations that were done, but for the known ones: done before the queue saw them."""
        found: list[tuple[Entry, Done]] = []
        for standing in ("done", "requested"):  # asked for again after it was done
            async for row in self._rows(
                AUDIT.category, authority, "completed", {"cycle": cycle, "moderation": standing}
            ):
                if any(UUID(id_) not in known for id_ in row.data["moderations_done"]):
                    state = await self._audit(row.stream_id)
                    if isinstance(state, Completed):
                        found += [
                            (entry_of(row.stream_id, state, each), (each.done.moderator, each.done.at))
                            for id_, each in state.moderations.items()
                            if each.done is not None and id_ not in known
                        ]
        return found

    async def became(self, audit_id: UUID, moderation_id: UUID) -> Done | bool | None:
        """Return what became of a moderation: who did it and when, False where it is held no more, None while open."""
        state = await self._audit(audit_id)
        before = state.before if isinstance(state, Withdrawn) else state
        if not isinstance(before, Completed) or moderation_id not in before.moderations:
            return False
        moderation = before.moderations[moderation_id]
        if moderation.done is not None:
            return moderation.done.moderator, moderation.done.at
        return False if isinstance(state, Withdrawn) or before.lapsed(moderation) else None

    async def _audit(self, audit_id: UUID) -> State:
        return fold(AUDIT, (await self._store.load(audit_id)).events)

    async def _rows(
        self, category: str, authority: str | None, status: str | None, where: dict[str, str] | None
    ) -> AsyncIterator[SummaryRow]:
        after: UUID | None = None
        while rows := await self._store.find(
            category, authority=authority, where=where, status=status, limit=_PAGE, after=after
        ):
            for row in rows:
                yield row
            if len(rows) < _PAGE:
                return
            after = rows[-1].stream_id


def entry_of(audit_id: UUID, state: Completed, moderation: Moderation) -> Entry:
    """Return a moderation of an audit as the queue takes it."""
    asked = moderation.requested
    parties = {each.opened.by.reference for each in state.disputes.values()} - {None}
    not_by = moderation_independence.moderated_by(state, but=asked.moderation_id) | parties
    not_by |= {state.allocation.practitioner}
    return Entry(
        moderation_id=asked.moderation_id,
        audit_id=audit_id,
        team=str(state.allocation.place.organisation),
        auditor=state.allocation.auditor,
        queued_at=asked.at,
        due_on=asked.due_on,
        selected_because=asked.selected_because,
        number=list(state.moderations).index(asked.moderation_id) + 1,
        not_by=tuple(sorted(one for one in not_by if one is not None)),
    )
