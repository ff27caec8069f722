"""The moderation queue at work: it catches up with the audits, gives what waits to moderators, and takes it back.

A moderator's number in the cycle and the audit that is given change in one transaction, so that neither ever says what
the other does not. Nothing here has to be remembered: a process that was killed begins where the stores stand. What is
remembered, how audits and queues stood in the last round, saves reading again what has not changed since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from services.audit.app.aggregates import AUDIT, QUEUE
from services.audit.app.asking import Asked
from services.audit.app.handling import Parts
from services.audit.app.making import settings_on
from services.audit.app.queue.reading import QueueReading, Rows, roster_of
from services.audit.app.queue.telling import Telling
from services.audit.domain.moderation.commands import AssignModeration
from services.audit.domain.queue.decider import Assign, CarryOver, CatchUp, Give, Queue, QueueCommand, Return
from services.audit.domain.queue.events import Entry, ModerationReturned, ModeratorGiven, QueueEvent, queue_stream
from services.audit.domain.queue.refusals import ModerationNotInQueue
from services.audit.domain.queue.spread import Moderator
from services.audit.domain.refusals import Refused
from services.audit.domain.words import Actor, Code, business_date
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Connection
from shared.eventstore.handling import Handled, handle
from shared.eventstore.model import Meta, SummaryRow
from shared.telemetry import events, logs

events.register(
    events.LogEvent(
        "moderation_not_assigned",
        "warning",
        ("authority", "stream_id", "reason_code"),
        "An audit refused the moderator its queue chose; the moderation waits on and the others go ahead.",
        "Look at the audit; give the moderation by hand.",
    ),
)
_log = logs.get_logger()
BY_POLICY: Final = Actor(role="policy")
_STORIES: Final = UUID("c5a0a2ba-60c0-5d0e-9f0a-2a7a52f5d1ab")
_MOST: Final = 100
"""Moderations given in one transaction."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round of an authority's queue did: moderations given, and those that wait on."""

    given: int
    waiting: int


class _NotTaken(Exception):
    """An audit refused its moderator; the whole transaction is taken back."""

    def __init__(self, given: ModeratorGiven | ModerationReturned, refused: Refused) -> None:
        super().__init__(refused.code)
        self.given = given
        self.refused = refused


class ModerationQueues:
    """The queues of every authority."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._reading = QueueReading(parts.store)
        self._telling = Telling()
        self._refused: set[UUID] = set()
        self._seen: dict[str, tuple[int, frozenset[tuple[UUID, int]]]] = {}

    async def run(self) -> int:
        """Run a round for every authority; give how many moderations were given.

        Every queue catches up with its audits, so that it can be seen; moderators are given what waits where the
        authority's policy says so. An authority where nothing changed since the last round costs no reading of its own.
        """
        standing = await self._reading.standing()
        given, failed = 0, list[Exception]()
        for authority in self._parts.authorities.keys:
            try:
                given += await self._unless_seen(authority, standing.get(authority, Rows()))
            except Exception as error:  # noqa: BLE001 - what stops one authority's queue stops no other's
                failed.append(error)
        if failed:
            raise failed[0]
        return given

    async def _unless_seen(self, authority: Code, rows: Rows) -> int:
        now = self._parts.clock()
        settings = settings_on(self._parts.authorities, authority, business_date(now))
        given, as_it_stands = 0, (settings.version, rows.mark)
        if self._seen.get(authority) == as_it_stands:
            self._telling.measure(authority, now)
        else:
            given = (await self._round(settings, rows, now, BY_POLICY, assign=settings.moderation.assign)).given
            self._seen[authority] = as_it_stands
        self._parts.caught_up[authority] = now
        return given

    async def run_for(self, authority: Code, by: Actor = BY_POLICY, *, assign: bool = True) -> Round:
        """Run a round for one authority: harmless when repeated, or run by two processes at once.

        Without `assign` it only catches up with the audits, so that queue and loads can be seen.
        """
        now = self._parts.clock()
        settings = settings_on(self._parts.authorities, authority, business_date(now))
        rows = (await self._reading.standing(authority)).get(authority, Rows())
        done = await self._round(settings, rows, now, by, assign=assign)
        self._parts.caught_up[authority] = now
        return done

    async def _round(self, settings: AuthoritySettings, rows: Rows, now: datetime, by: Actor, *, assign: bool) -> Round:
        asked: dict[str, list[SummaryRow]] = defaultdict(list)
        for row in rows.waiting:
            asked[row.data["cycle"]].append(row)
        still_open = {row.data.get("moderation_id") for row in rows.waiting}
        given, roster, queued = 0, roster_of(settings), list[datetime]()
        for cycle in sorted({*asked, *(row.data["cycle"] for row in rows.open_queues)}):
            meta = self._meta(settings.key, cycle, now, by)
            queue = await self._catch_up(cycle, asked[cycle], still_open, meta, by, version=settings.version)
            if assign and queue.waiting:
                count, queue = await self._assign(cycle, roster, settings, meta, by)
                given += count
            queued += [one.entry.queued_at for one in queue.waiting]
        self._telling.tell(settings.key, now, queued, given, assigning=assign)
        return Round(given, len(queued))

    async def give(self, cycle: Code, moderation_id: UUID, moderator: UUID, asked: Asked) -> None:
        """Give a moderation to a moderator by hand.

        Raises:
            Refused: capacity or independence would be broken, or there is no such moderation.

        """
        settings = self._settings(asked)
        meta = self._meta(asked.authority, cycle, asked.recorded_at, asked.by)
        await self._catch_up(cycle, (), None, meta, asked.by, version=settings.version)
        command = Give(
            at=asked.at,
            by=asked.by,
            settings_version=settings.version,
            moderation_id=moderation_id,
            moderator=moderator,
            roster=roster_of(settings),
        )
        await self._by_hand(cycle, command, settings, asked)

    async def put_back(
        self, cycle: Code, moderation_id: UUID, moderator: UUID, reason: Code, asked: Asked, *, passed_on: bool
    ) -> None:
        """Release a moderation, or pass it on: it waits again, as old as it is.

        Raises:
            Refused: the moderation is not with that moderator, was begun, or is over.

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
        )
        await self._by_hand(cycle, command, settings, asked)

    async def carry_over(self, from_cycle: Code, to_cycle: Code, asked: Asked) -> int:
        """Let what waits in one cycle's queue go on to another's; give how many went."""
        parts, meta, version = self._parts, asked.meta(), self._settings(asked).version
        async with parts.pool.acquire() as connection, connection.transaction():
            stream = queue_stream(asked.authority, from_cycle)
            over = CarryOver(at=asked.at, by=asked.by, settings_version=version, to_cycle=to_cycle)
            left = await handle(parts.store, QUEUE, stream, over, meta, connection=connection)
            went = [left.state.places[event.moderation_id] for event in left.events]  # type: ignore[union-attr]  # a carry-over makes no other event
            entries = [(place.carried, None) for place in went]
            if not entries:
                return 0
            join = CatchUp(
                at=asked.at, by=asked.by, settings_version=version, cycle=to_cycle, asked=entries, carried_over=True
            )
            other = replace(meta, idempotency_key=None)
            await handle(
                parts.store, QUEUE, queue_stream(asked.authority, to_cycle), join, other, connection=connection
            )
        return len(entries)

    async def find(self, authority: Code, moderation_id: UUID) -> tuple[Code, Entry, UUID | None]:
        """Return the cycle in whose queue a moderation is, its entry, and who has it.

        Raises:
            ModerationNotInQueue: it is in none.

        """
        for cycle in await self._reading.open_cycles(authority):
            place = (await self._reading.queue(authority, cycle)).places.get(moderation_id)
            if place is not None and place.to_cycle is None:
                return cycle, place.entry, place.moderator
        raise ModerationNotInQueue

    def _settings(self, asked: Asked) -> AuthoritySettings:
        return settings_on(self._parts.authorities, asked.authority, business_date(asked.recorded_at))

    async def _by_hand(self, cycle: Code, command: QueueCommand, settings: AuthoritySettings, asked: Asked) -> None:
        try:
            await self._change(cycle, command, settings, asked.meta(), asked.by)
        except _NotTaken as not_taken:
            raise not_taken.refused from not_taken

    async def _catch_up(
        self,
        cycle: Code,
        rows: Sequence[SummaryRow],
        still_open: set[str | None] | None,
        meta: Meta,
        by: Actor,
        *,
        version: int,
    ) -> Queue:
        """Take in what happened to the audits; without `still_open` only what was done and not counted yet."""
        queue = await self._reading.queue(meta.authority, cycle)
        known = {str(id_) for id_ in queue.places}
        asked = [
            found
            for row in rows
            if row.data.get("moderation_id") not in known
            and (found := await self._reading.entry(row.stream_id)) is not None
        ]
        # Asked for and done before a round saw it: it counts against its moderator like any other.
        moderated = await self._reading.moderated(meta.authority, cycle, queue.places.keys())
        asked += [(entry, None) for entry, _ in moderated]
        done: dict[UUID, tuple[UUID, datetime]] = {entry.moderation_id: by_whom for entry, by_whom in moderated}
        withdrawn: set[UUID] = set()
        for place in queue.unsettled:
            entry = place.entry
            if still_open is None or str(entry.moderation_id) in still_open:
                continue
            match await self._reading.became(entry.audit_id, entry.moderation_id):
                case (moderator, at):
                    done[entry.moderation_id] = (moderator, at)
                case False:
                    withdrawn.add(entry.moderation_id)
                case _:
                    pass  # asked for after the audits were read
        if asked or done or withdrawn:
            asked.sort(key=lambda one: (one[0].queued_at, one[0].moderation_id))
            command = CatchUp(
                at=meta.recorded_at,
                by=by,
                settings_version=version,
                cycle=cycle,
                asked=asked,
                done=done,
                withdrawn=frozenset(withdrawn),
            )
            queue = (await handle(self._parts.store, QUEUE, queue_stream(meta.authority, cycle), command, meta)).state
        return queue

    async def _assign(
        self, cycle: Code, roster: Sequence[Moderator], settings: AuthoritySettings, meta: Meta, by: Actor
    ) -> tuple[int, Queue]:
        """Give what waits; return how many were given, and the queue after it."""
        given, refused = 0, set[UUID]()
        while True:
            command = Assign(
                at=meta.recorded_at,
                by=by,
                settings_version=settings.version,
                roster=roster,
                seed=settings.moderation.seed,
                most=_MOST,
                but=frozenset(refused),
            )
            try:
                handled = await self._change(cycle, command, settings, meta, by)
            except _NotTaken as not_taken:
                refused.add(not_taken.given.moderation_id)
                if not_taken.given.moderation_id not in self._refused:  # said once, tried again every round
                    self._refused.add(not_taken.given.moderation_id)
                    _log.warning(
                        "moderation_not_assigned",
                        authority=meta.authority,
                        stream_id=not_taken.given.audit_id,
                        reason_code=not_taken.refused.code,
                    )
                continue
            given += len(handled.events)
            if len(handled.events) < _MOST:
                return given, handled.state

    async def _change(
        self, cycle: Code, command: QueueCommand, settings: AuthoritySettings, meta: Meta, by: Actor
    ) -> Handled[Queue, QueueEvent]:
        """Change the queue and the audits it speaks of, together or not at all."""
        parts = self._parts
        async with parts.pool.acquire() as connection, connection.transaction():
            stream = queue_stream(meta.authority, cycle)
            handled = await handle(parts.store, QUEUE, stream, command, meta, connection=connection)
            with_whom: Mapping[UUID, ModeratorGiven | ModerationReturned] = {
                event.moderation_id: event
                for event in handled.events
                if isinstance(event, ModeratorGiven | ModerationReturned)
            }  # the last word on each
            for event in with_whom.values():
                await self._write(event, settings, meta, by, connection)
        if handled.events:
            parts.wake()
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
            raise _NotTaken(event, refused) from refused

    def _meta(self, authority: Code, cycle: Code, now: datetime, by: Actor) -> Meta:
        return Meta(
            authority=authority,
            recorded_at=now,
            correlation_id=uuid5(_STORIES, f"{authority}|{cycle}"),
            causation_id=None,
            idempotency_key=None,
            actor="policy:moderation-queue" if by.reference is None else str(by.reference),
        )
