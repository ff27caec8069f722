"""The moderation queue at work: it catches up with the audits, gives what waits to moderators, and takes it back.

A moderator's number in the cycle and the audit that is given change in one transaction, so that neither ever says what
the other does not. Nothing here has to be remembered: a process that was killed begins where the stores stand. What is
remembered, how audits and queues stood in the last round, saves reading again what has not changed since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from services.audit.app.aggregates import QUEUE
from services.audit.app.asking import Asked
from services.audit.app.handling import Parts
from services.audit.app.making import settings_on
from services.audit.app.queue.changing import NotTaken, QueueChanges
from services.audit.app.queue.reading import QueueReading, Rows, roster_of
from services.audit.app.queue.telling import Telling
from services.audit.domain.queue.decider import Assign, CatchUp, Queue
from services.audit.domain.queue.events import queue_stream
from services.audit.domain.queue.spread import Moderator
from services.audit.domain.words import Actor, Code, business_date
from shared.authority.settings import AuthoritySettings
from shared.eventstore.handling import handle
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


class ModerationQueues:
    """The queues of every authority."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._reading = QueueReading(parts.store)
        self._changes = QueueChanges(parts)
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

    async def count_done(self, cycle: Code, asked: Asked) -> None:
        """Let a cycle's queue count what was done and no round has seen: who gives by hand exceeds no capacity."""
        settings = settings_on(self._parts.authorities, asked.authority, business_date(asked.recorded_at))
        meta = self._meta(asked.authority, cycle, asked.recorded_at, asked.by)
        await self._catch_up(cycle, (), None, meta, asked.by, version=settings.version)

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
                handled = await self._changes.change(cycle, command, settings, meta, by)
            except NotTaken as not_taken:
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

    def _meta(self, authority: Code, cycle: Code, now: datetime, by: Actor) -> Meta:
        return Meta(
            authority=authority,
            recorded_at=now,
            correlation_id=uuid5(_STORIES, f"{authority}|{cycle}"),
            causation_id=None,
            idempotency_key=None,
            actor="policy:moderation-queue" if by.reference is None else str(by.reference),
        )
