"""What is done with the queue by hand: a moderation is given, released or passed on, and what waits carried over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from services.audit.app import access
from services.audit.app.aggregates import QUEUE
from services.audit.app.asking import Asked
from services.audit.app.audits.changes import SOMEBODY, SeenIsOld
from services.audit.app.handling import Parts
from services.audit.app.making import settings_on
from services.audit.app.queue.changing import NotTaken, QueueChanges
from services.audit.app.queue.reading import QueueReading, roster_of
from services.audit.app.queue.service import ModerationQueues
from services.audit.domain.queue.decider import CarryOver, CatchUp, Give, Place, Queue, Return
from services.audit.domain.queue.events import ModerationLeft, QueueEvent, queue_stream
from services.audit.domain.queue.refusals import ModerationNotInQueue, ModerationNotTheirs
from services.audit.domain.seeing import SeenOtherwise
from services.audit.domain.words import Code, business_date
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Connection
from shared.eventstore.errors import VersionSeenIsOld
from shared.eventstore.handling import Handled, fold, handle
from shared.eventstore.model import StoredEvent
from shared.web.seen import Change


@dataclass(frozen=True, slots=True)
class Placed:
    """A moderation's place in the queue of a cycle; `replayed` where the command had been taken before."""

    cycle: Code
    place: Place
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """How many moderations went on to another cycle's queue, and at which version that leaves the queue they left."""

    moderations: int
    version: int
    replayed: bool


class ByHand:
    """Every command of people on the queues, each with the version its writer has seen."""

    def __init__(self, parts: Parts, queues: ModerationQueues) -> None:
        self._parts = parts
        self._queues = queues
        self._reading = QueueReading(parts.store)
        self._changes = QueueChanges(parts)

    async def find(self, authority: Code, moderation_id: UUID) -> Placed:
        """Return in which cycle's queue a moderation is, and its place there.

        Raises:
            ModerationNotInQueue: it is in none.

        """
        for cycle in await self._reading.open_cycles(authority):
            place = (await self._reading.queue(authority, cycle)).places.get(moderation_id)
            if place is not None and place.to_cycle is None:
                return Placed(cycle, place)
        raise ModerationNotInQueue

    async def give(self, cycle: Code, moderation_id: UUID, moderator: UUID, asked: Asked) -> Placed:
        """Give a moderation to a moderator.

        Raises:
            Refused: capacity or independence would be broken, or there is no such moderation.
            SeenIsOld: more happened to the moderation than the writer has seen.

        """
        settings = self._settings(asked)
        await self._queues.count_done(cycle, asked)
        command = Give(
            at=asked.at,
            by=asked.by,
            settings_version=settings.version,
            moderation_id=moderation_id,
            moderator=moderator,
            roster=roster_of(settings),
            seen=asked.expected,
        )
        return await self._change(cycle, command, settings, asked)

    async def put_back(
        self, cycle: Code, moderation_id: UUID, moderator: UUID, reason: Code, asked: Asked, *, passed_on: bool
    ) -> Placed:
        """Release a moderation, or pass it on: it waits again, as old as it is.

        Raises:
            Refused: the moderation is not with that moderator, was begun, or is over.
            SeenIsOld: more happened to the moderation than the writer has seen.

        """
        settings = self._settings(asked)
        command = Return(
            at=asked.at,
            by=asked.by,
            settings_version=settings.version,
            moderation_id=moderation_id,
            moderator=moderator,
            reason=reason,
            passed_on=passed_on,
            seen=asked.expected,
        )
        return await self._change(cycle, command, settings, asked)

    async def carry_over(self, from_cycle: Code, to_cycle: Code, asked: Asked) -> Carried:
        """Let what waits in one cycle's queue go on to another's.

        Raises:
            SeenIsOld: the queue that they leave changed since the version of it that the writer has seen.

        """
        stream = queue_stream(asked.authority, from_cycle)
        version = self._settings(asked).version
        over = CarryOver(at=asked.at, by=asked.by, settings_version=version, to_cycle=to_cycle)
        async with self._parts.pool.acquire() as connection, connection.transaction():
            try:
                left = await handle(
                    self._parts.store, QUEUE, stream, over, asked.meta(), connection=connection, expected=asked.expected
                )
            except VersionSeenIsOld as old:
                stored = (await self._parts.store.load(stream)).events
                changes = [_change_of(one, asked) for one in stored if one.version > old.seen]
                raise SeenIsOld(old.actual, changes, seen=old.seen) from None
            if left.replayed:
                return Carried(await self._carried_by(left, to_cycle), left.version, replayed=True)
            await self._join(left, to_cycle, over, asked, connection)
        return Carried(len(left.events), left.version, replayed=False)

    async def _join(
        self, left: Handled[Queue, QueueEvent], to_cycle: Code, over: CarryOver, asked: Asked, connection: Connection
    ) -> None:
        entries = [(left.state.places[_moderation_of(one)].carried, None) for one in left.events]
        if entries:
            join = CatchUp(
                at=over.at,
                by=over.by,
                settings_version=over.settings_version,
                cycle=to_cycle,
                asked=entries,
                carried_over=True,
            )
            stream, meta = queue_stream(asked.authority, to_cycle), replace(asked.meta(), idempotency_key=None)
            await handle(self._parts.store, QUEUE, stream, join, meta, connection=connection)

    async def _carried_by(self, first: Handled[Queue, QueueEvent], to_cycle: Code) -> int:
        """Return how many went on by a command of before: the last of the queue's events, up to where it left it."""
        stored = (await self._parts.store.load(first.stream_id)).events[: first.version]
        last = stored[-1]
        return sum(
            (one.correlation_id, one.recorded_at) == (last.correlation_id, last.recorded_at)
            and _left(QUEUE.from_json(one.type, one.data), to_cycle)
            for one in stored
        )

    def _settings(self, asked: Asked) -> AuthoritySettings:
        return settings_on(self._parts.authorities, asked.authority, business_date(asked.recorded_at))

    async def _change(self, cycle: Code, command: Give | Return, settings: AuthoritySettings, asked: Asked) -> Placed:
        try:
            handled = await self._changes.change(cycle, command, settings, asked.meta(), asked.by)
        except NotTaken as not_taken:
            raise not_taken.refused from not_taken
        except SeenOtherwise as other:
            raise await self._old(cycle, command.moderation_id, other, asked) from None
        return Placed(handled.state.cycle, handled.state.places[command.moderation_id], handled.replayed)

    async def _old(self, cycle: Code, moderation_id: UUID, other: SeenOtherwise, asked: Asked) -> Exception:
        """Return what a writer is told who has seen less: a moderator only of what they have, or had and passed on."""
        stored = (await self._parts.store.load(queue_stream(asked.authority, cycle))).events
        place = fold(QUEUE, stored).places[moderation_id]
        if not _runs(asked) and asked.by.reference not in {place.moderator, *place.passed_on_by}:
            return ModerationNotTheirs()
        own = [one for one in stored if _moderation_of(QUEUE.from_json(one.type, one.data)) == moderation_id]
        before = place.version - len(own)  # in the queues that it came from
        changes = [
            replace(_change_of(one, asked), version=version)
            for version, one in enumerate(own, start=before + 1)
            if version > other.seen
        ]
        return SeenIsOld(other.now, changes, seen=other.seen)


def _runs(asked: Asked) -> bool:
    return asked.asker is not None and asked.asker.has(*access.QA)


def _left(event: QueueEvent, to_cycle: Code) -> bool:
    return isinstance(event, ModerationLeft) and event.to_cycle == to_cycle


def _moderation_of(event: QueueEvent) -> UUID:
    return event.entry.moderation_id if event.type == "moderation-queued" else event.moderation_id


def _change_of(stored: StoredEvent, asked: Asked) -> Change:
    """Return what happened as a change: a moderator is not told in which role others did it."""
    event = QUEUE.from_json(stored.type, stored.data)
    fields = event.model_fields_set - {"type", "at", "by", "settings_version", "audit_id", "moderation_id"}
    role = event.by.role if _runs(asked) else SOMEBODY
    return Change(event=event.type, version=stored.version, role=role, fields=tuple(sorted(fields)))
