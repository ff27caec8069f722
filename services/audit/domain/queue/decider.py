"""The moderation queue of one authority and cycle: who is to moderate what, within capacity and independence.

All of a cycle's moderators are counted in this one stream, so that two processes that assign at once cannot give
anybody more than they do in a cycle: the second decides again on what the first stored (domain.md section 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from rpds import HashTrieMap

from services.audit.domain.queue.eligible import check_may
from services.audit.domain.queue.events import (
    Entry,
    ModerationLeft,
    ModerationQueued,
    ModerationReturned,
    ModerationSettled,
    ModeratorGiven,
    QueueEvent,
)
from services.audit.domain.queue.refusals import (
    ModerationIsOver,
    ModerationNotInQueue,
    ModerationNotTheirs,
)
from services.audit.domain.queue.spread import Moderator, Spread, Waiting, Why, why_nobody
from services.audit.domain.seeing import check_seen
from services.audit.domain.words import Actor, Code


class Standing(StrEnum):
    """Where a moderation stands in the queue."""

    WAITING = "waiting"
    ASSIGNED = "assigned"
    DONE = "done"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Place:
    """A moderation in the queue: with whom, since when, and who passed it on.

    `version` counts what happened to it, also in the queues of the cycles that it came from: never less than before.
    """

    entry: Entry
    standing: Standing = Standing.WAITING
    moderator: UUID | None = None
    given_at: datetime | None = None
    done_at: datetime | None = None
    passed_on_by: frozenset[UUID] = frozenset()
    to_cycle: Code | None = None
    version: int = 1

    @property
    def carried(self) -> Entry:
        """Return the entry as another cycle's queue takes it over: who passed it on does not get it there either."""
        not_by = sorted({*self.entry.not_by, *self.passed_on_by})
        return self.entry.model_copy(update={"not_by": tuple(not_by), "changes": self.version})


@dataclass(frozen=True, slots=True)
class Queue:
    """Everything of a cycle's queue, by moderation: in a map that shares what did not change with the one before."""

    places: HashTrieMap[UUID, Place] = field(default_factory=HashTrieMap)
    cycle: Code = ""

    @property
    def load(self) -> Mapping[UUID, int]:
        """Return how many moderations of the cycle are with each moderator, done ones counted."""
        taken = (Standing.ASSIGNED, Standing.DONE)
        return Counter(one.moderator for one in self.places.values() if one.moderator and one.standing in taken)

    @property
    def waiting(self) -> Sequence[Place]:
        """Return what waits, the oldest first."""
        return [one for one in self.unsettled if one.standing is Standing.WAITING]

    @property
    def unsettled(self) -> Sequence[Place]:
        """Return what is neither done nor gone, the oldest first."""
        found = [one for one in self.places.values() if one.standing in (Standing.WAITING, Standing.ASSIGNED)]
        return sorted(found, key=lambda one: (one.entry.queued_at, one.entry.moderation_id))

    def why_waiting(self, place: Place, roster: Sequence[Moderator]) -> Why:
        """Return why a moderation waits, by the moderators there are now."""
        return why_nobody(place.entry, place.passed_on_by, roster, self.load)


EMPTY = Queue()
"""A cycle's queue before its first moderation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What every command of a queue has; the version of the settings is on each event that follows."""

    at: datetime
    by: Actor
    settings_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp(_Asked):
    """Take in what happened to the cycle's audits: asked for, done, withdrawn. What is known already changes nothing.

    `asked` holds each moderation the queue may not know with the moderator its request named, if any; `done` who did
    what, which counts against their capacity also where the queue never had it. With
    `carried_over` what is asked comes from another cycle's queue, and may have left this one before.
    """

    cycle: Code
    asked: Sequence[tuple[Entry, UUID | None]] = ()
    done: Mapping[UUID, tuple[UUID, datetime]] = field(default_factory=dict)
    withdrawn: frozenset[UUID] = frozenset()
    carried_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(_Asked):
    """Give what waits to the moderators there are, the oldest first; at most `most`, and none of `but`."""

    roster: Sequence[Moderator]
    seed: int = 0
    most: int = 100
    but: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Give(_Asked):
    """Give one moderation to one moderator, by hand: within capacity and independence like any other.

    `seen` is the version of the moderation's place that the writer has seen, if they say so.
    """

    moderation_id: UUID
    moderator: UUID
    roster: Sequence[Moderator]
    seen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(_Asked):
    """Take in a moderation that is being asked for of one moderator: as bound as one that is given by hand."""

    cycle: Code
    entry: Entry
    moderator: UUID
    roster: Sequence[Moderator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(_Asked):
    """Put a moderation back: released by the QA unit, or passed on by its moderator, who does not get it again.

    `seen` is the version of the moderation's place that the writer has seen, if they say so.
    """

    moderation_id: UUID
    moderator: UUID
    reason: Code
    passed_on: bool
    seen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOver(_Asked):
    """Let what waits go on to another cycle's queue, where there is capacity again."""

    to_cycle: Code


QueueCommand = CatchUp | Assign | Give | Join | Return | CarryOver
"""Everything that may be asked of a queue."""


def decide(command: QueueCommand, state: Queue) -> Sequence[QueueEvent]:
    """Return the events that follow, none where it was done before.

    Raises:
        Refused: capacity or independence would be broken, or there is no such moderation; the type says why.
        SeenOtherwise: more happened to the moderation than the writer has seen.

    """
    version = {"settings_version": command.settings_version}
    return [event.model_copy(update=version) for event in _decide(command, state)]


def _decide(command: QueueCommand, state: Queue) -> Sequence[QueueEvent]:
    match command:
        case CatchUp():
            return list(_catch_up(command, state))
        case Assign():
            return _assign(command, state)
        case Give():
            return _give(command, state)
        case Join():
            return _join(command, state)
        case Return():
            return _return(command, state)
        case CarryOver():
            return [
                ModerationLeft(
                    at=command.at,
                    by=command.by,
                    moderation_id=one.entry.moderation_id,
                    reason="carried-over",
                    to_cycle=command.to_cycle,
                )
                for one in state.waiting
            ]
    assert_never(command)


def _catch_up(command: CatchUp, state: Queue) -> Iterator[QueueEvent]:
    at, by = command.at, command.by
    new = list[Entry]()
    for entry, named in command.asked:
        known = state.places.get(entry.moderation_id)
        if known is not None and not (command.carried_over and known.standing is Standing.LEFT):
            continue
        yield ModerationQueued(at=at, by=by, cycle=command.cycle, entry=entry)
        new.append(entry)
        if named is not None:
            yield _given(command, entry, named, "named")
    for entry in (*new, *(place.entry for place in state.unsettled)):
        id_ = entry.moderation_id
        if id_ in command.done:
            moderator, moment = command.done[id_]
            yield ModerationSettled(at=moment, by=by, moderation_id=id_, moderator=moderator)
        elif id_ in command.withdrawn:
            yield ModerationLeft(at=at, by=by, moderation_id=id_, reason="withdrawn")


def _assign(command: Assign, state: Queue) -> Sequence[QueueEvent]:
    waiting = [one for one in state.waiting if one.entry.moderation_id not in command.but]
    spread = Spread(command.roster, state.load, command.seed)
    given = spread.of((Waiting(one.entry, one.passed_on_by) for one in waiting), command.most)
    return [
        _given(command, one.entry, given[one.entry.moderation_id].person, "queue")
        for one in waiting
        if one.entry.moderation_id in given
    ]


def _give(command: Give, state: Queue) -> Sequence[QueueEvent]:
    place = _open(command, state)
    if place.moderator == command.moderator:
        return []
    entry, person = place.entry, command.moderator
    check_may(person, entry, place.passed_on_by, command.roster, state.load)
    given = _given(command, entry, person, "by-hand")
    if place.moderator is None:
        return [given]
    returned = ModerationReturned(
        at=command.at,
        by=command.by,
        moderation_id=entry.moderation_id,
        audit_id=entry.audit_id,
        moderator=place.moderator,
        reason="given-to-another",
        passed_on=False,
    )
    return [returned, given]


def _join(command: Join, state: Queue) -> Sequence[QueueEvent]:
    entry = command.entry
    if entry.moderation_id in state.places:
        return []
    check_may(command.moderator, entry, frozenset(), command.roster, state.load)
    queued = ModerationQueued(at=command.at, by=command.by, cycle=command.cycle, entry=entry)
    return [queued, _given(command, entry, command.moderator, "named")]


def _return(command: Return, state: Queue) -> Sequence[QueueEvent]:
    place = _open(command, state)
    if place.moderator is None and command.moderator in place.passed_on_by:
        return []  # passed on already
    if place.moderator != command.moderator:
        raise ModerationNotTheirs
    return [
        ModerationReturned(
            at=command.at,
            by=command.by,
            moderation_id=command.moderation_id,
            audit_id=place.entry.audit_id,
            moderator=command.moderator,
            reason=command.reason,
            passed_on=command.passed_on,
        )
    ]


def _open(command: Give | Return, state: Queue) -> Place:
    place = state.places.get(command.moderation_id)
    if place is None:
        raise ModerationNotInQueue
    check_seen(place.version, command.seen)
    if place.standing in (Standing.DONE, Standing.LEFT):
        raise ModerationIsOver
    return place


def _given(command: CatchUp | Assign | Give | Join, entry: Entry, moderator: UUID, how: str) -> ModeratorGiven:
    return ModeratorGiven.model_validate(
        {
            "at": command.at,
            "by": command.by,
            "moderation_id": entry.moderation_id,
            "audit_id": entry.audit_id,
            "moderator": moderator,
            "how": how,
        }
    )


def evolve(state: Queue, event: QueueEvent) -> Queue:
    """Return the queue after an event."""
    if isinstance(event, ModerationQueued):
        return replace(_with(state, Place(event.entry, version=event.entry.changes + 1)), cycle=event.cycle)
    place = state.places[event.moderation_id]
    place = replace(place, version=place.version + 1)
    match event:
        case ModeratorGiven(moderator=moderator, at=at):
            return _with(state, replace(place, standing=Standing.ASSIGNED, moderator=moderator, given_at=at))
        case ModerationReturned(moderator=moderator, passed_on=passed_on):
            away = place.passed_on_by | {moderator} if passed_on else place.passed_on_by
            waiting = Place(place.entry, passed_on_by=away, version=place.version)
            return _with(state, waiting)
        case ModerationSettled(moderator=moderator, at=at):
            return _with(state, replace(place, standing=Standing.DONE, moderator=moderator, done_at=at))
        case ModerationLeft(to_cycle=to_cycle):
            return _with(state, replace(place, standing=Standing.LEFT, moderator=None, to_cycle=to_cycle))
    assert_never(event)


def _with(state: Queue, place: Place) -> Queue:
    return replace(state, places=state.places.insert(place.entry.moderation_id, place))
