"""What the QA unit sees of the moderation queue: what waits, since when and why, and each moderator's load.

Figures of moderators are there to spread the work, go to the QA unit alone, and rank nobody (domain.md section 8): they
are ordered by reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from statistics import median
from typing import TypeVar
from uuid import UUID

from pydantic import Field

from services.audit.app.handling import Parts
from services.audit.app.making import settings_on
from services.audit.app.queue.reading import QueueReading, roster_of
from services.audit.app.viewing import View
from services.audit.domain.queue.decider import Place, Queue, Standing
from services.audit.domain.queue.spread import Moderator, Why
from services.audit.domain.words import business_date
from shared.authority.settings import AuthoritySettings
from shared.web.principal import Principal

_DAY = 86_400
Row = TypeVar("Row")
Key = TypeVar("Key")


class QueuedModeration(View):
    """A moderation in the queue; `why` says what it waits for, and is none once somebody has it."""

    moderation_id: UUID
    audit_id: UUID
    cycle: str
    organisation: str = Field(description="the audited team: area/district/team")
    number: int = Field(description="first, second, ... moderation of the audit")
    selected_because: str
    standing: Standing
    moderator: UUID | None
    queued_at: datetime
    age_days: int = Field(description="whole days since the moderation was asked for, until it was done")
    due_on: date
    overdue: bool
    why: Why | None
    version: int = Field(description="counts what happened to it in the queue; giving or releasing it takes it back")


class QueuePage(View):
    """A page of the queue, the oldest first; `after` leads to the next one, none on the last."""

    moderations: tuple[QueuedModeration, ...]
    after: UUID | None = None
    waiting: int = Field(description="moderations that wait, on all pages")
    oldest_days: int | None = Field(description="age of the one that waits longest, on all pages")
    caught_up_at: datetime | None = Field(
        description="when the queue was last known to be level with the audits; none where that is not known yet"
    )
    version: int | None = Field(
        default=None, description="of the queue of the cycle that was asked for; carrying it over takes it back"
    )


class ModeratorLoad(View):
    """A moderator in a cycle."""

    cycle: str
    moderator: UUID
    capacity: int
    assigned: int = Field(description="given and not done yet")
    done: int
    free: int = Field(description="what the capacity still allows; 0 where it was exceeded outside the queue")
    median_turnaround_days: float | None = Field(
        description="from when it was given to its moderator, or, where nobody gave it, from when it was asked for, to "
        "when it was done; none where nothing is done"
    )


class LoadPage(View):
    """A page of moderators by cycle and reference; `after` leads to the next one, none on the last."""

    moderators: tuple[ModeratorLoad, ...]
    after: str | None = None


class QueueViews:
    """Shows queues to the QA unit."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._reading = QueueReading(parts.store)

    async def page(
        self,
        principal: Principal,
        authority: str,
        *,
        standing: Standing,
        cycle: str | None,
        limit: int,
        after: UUID | None,
    ) -> QueuePage:
        """Return a page of the queues, the oldest first, of the caller's part of the authority.

        What is done or has left is in every cycle's queue, what waits or is given only in those that are open.
        """
        settings = self._settings(authority)
        roster = roster_of(settings)
        version = None if cycle is None else await self._reading.version(authority, cycle)  # before what it is of
        rows = [
            self._row(name, queue, place, roster)
            for name in await self._cycles(authority, cycle, standing)
            for queue in [await self._reading.queue(authority, name)]
            for place in queue.places.values()
            if place.standing is standing and principal.covers(authority, place.entry.team)
        ]
        rows.sort(key=lambda row: (row.queued_at, row.moderation_id))
        page, more = _page(rows, [row.moderation_id for row in rows], after, limit)
        waiting = [row for row in rows if row.standing is Standing.WAITING]
        return QueuePage(
            moderations=tuple(page),
            after=page[-1].moderation_id if more else None,
            waiting=len(waiting),
            oldest_days=max((row.age_days for row in waiting), default=None),
            caught_up_at=self._parts.caught_up.get(authority),
            version=version,
        )

    async def load(self, authority: str, *, cycle: str | None, limit: int, after: str | None) -> LoadPage:
        """Return a page of moderators with their loads: of one cycle, or of every cycle that has a queue."""
        capacity = self._settings(authority).moderator_capacity
        cycles = await self._reading.cycles(authority) if cycle is None else [cycle]
        rows = [
            row for name in cycles for row in loads(name, await self._reading.queue(authority, name), capacity.items())
        ]
        page, more = _page(rows, [f"{row.cycle}|{row.moderator}" for row in rows], after, limit)
        return LoadPage(moderators=tuple(page), after=f"{page[-1].cycle}|{page[-1].moderator}" if more else None)

    async def _cycles(self, authority: str, cycle: str | None, standing: Standing) -> list[str]:
        is_open = standing in (Standing.WAITING, Standing.ASSIGNED)
        found = await (self._reading.open_cycles(authority) if is_open else self._reading.cycles(authority))
        return [name for name in found if cycle in (None, name)]

    def _settings(self, authority: str) -> AuthoritySettings:
        return settings_on(self._parts.authorities, authority, business_date(self._parts.clock()))

    def _row(self, cycle: str, queue: Queue, place: Place, roster: Sequence[Moderator]) -> QueuedModeration:
        entry, until = place.entry, place.done_at or self._parts.clock()
        return QueuedModeration(
            moderation_id=entry.moderation_id,
            audit_id=entry.audit_id,
            cycle=cycle,
            organisation=entry.team,
            number=entry.number,
            selected_because=entry.selected_because,
            standing=place.standing,
            moderator=place.moderator,
            queued_at=entry.queued_at,
            age_days=max(0, (until - entry.queued_at).days),
            due_on=entry.due_on,
            overdue=business_date(until) > entry.due_on,
            why=queue.why_waiting(place, roster) if place.standing is Standing.WAITING else None,
            version=place.version,
        )


def loads(cycle: str, queue: Queue, capacity: Iterable[tuple[UUID, int]]) -> list[ModeratorLoad]:
    """Return every moderator of the settings, and whoever else moderated in the cycle, by their reference."""
    known = dict(capacity)
    found: list[ModeratorLoad] = []
    for person in sorted({*known, *queue.load}):
        own = [one for one in queue.places.values() if one.moderator == person]
        done = [one for one in own if one.standing is Standing.DONE]
        took = [turnaround_days(one) for one in done]
        assigned = sum(one.standing is Standing.ASSIGNED for one in own)
        found.append(
            ModeratorLoad(
                cycle=cycle,
                moderator=person,
                capacity=known.get(person, 0),
                assigned=assigned,
                done=len(done),
                free=max(0, known.get(person, 0) - assigned - len(done)),
                median_turnaround_days=round(median(took), 1) if took else None,
            )
        )
    return found


def turnaround_days(place: Place) -> float:
    """Return the days from when a moderation was given to its moderator to when it was done, never less than none.

    Where nobody gave it, or it was given only after it had been done, they run from when it was asked for.
    """
    assert place.done_at is not None
    given_in_time = place.given_at is not None and place.given_at <= place.done_at
    begun = place.given_at if given_in_time and place.given_at is not None else place.entry.queued_at
    return max(0.0, (place.done_at - begun).total_seconds() / _DAY)


def _page(rows: Sequence[Row], keys: Sequence[Key], after: Key | None, limit: int) -> tuple[Sequence[Row], bool]:
    """Return the rows after a key, so many of them, and whether there are more; a key that is gone begins anew."""
    start = keys.index(after) + 1 if after is not None and after in keys else 0
    return rows[start : start + limit], len(rows) > start + limit
