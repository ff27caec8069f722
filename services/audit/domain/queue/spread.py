"""Who may be given a moderation, and who is: independent, with capacity, the least loaded first (domain.md 3)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.audit.domain.queue.events import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderator:
    """A moderator of the authority's settings.

    `capacity` is a number a cycle; `units` are the parts of the authority they moderate (`*` for all); `not_of` the
    teams they may not moderate, as `area/district/team`.
    """

    person: UUID
    capacity: int
    units: tuple[str, ...] = ("*",)
    not_of: frozenset[str] = frozenset()

    def moderates_there(self, team: str) -> bool:
        """Say whether a team is in their part of the authority."""
        return any(unit in ("*", team) or team.startswith(f"{unit}/") for unit in self.units)

    def is_independent(self, entry: Entry) -> bool:
        """Say whether they neither audited nor moderated it before, nor belong where it was audited."""
        return self.person != entry.auditor and self.person not in entry.not_by and entry.team not in self.not_of


class Why(StrEnum):
    """Why a moderation waits."""

    NOT_LOOKED_AT = "not-looked-at-yet"
    NOBODY_THERE = "no-moderator-of-that-part"
    NOBODY_INDEPENDENT = "no-independent-moderator"
    PASSED_ON = "passed-on-by-all-others"
    NO_CAPACITY = "no-capacity"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A moderation that waits, and who passed it on."""

    entry: Entry
    passed_on_by: frozenset[UUID] = frozenset()


class Spread:
    """Spreads what waits over the moderators there are.

    Each moderation goes to the least loaded of those who may have it, by a seeded draw among equals. Where all of them
    are full, what this round gave to one of them moves on to somebody else who may have it, if that makes room: so
    capacity is not wasted on who could also have had another's, and of what cannot be given the youngest waits.
    """

    def __init__(self, roster: Iterable[Moderator], load: Mapping[UUID, int], seed: int) -> None:
        self._roster = list(roster)
        self._load = Counter(load)
        self._seed = seed
        self._given: dict[UUID, tuple[Waiting, Moderator]] = {}
        self._full: set[UUID] = set()

    def of(self, waiting: Iterable[Waiting], most: int) -> Mapping[UUID, Moderator]:
        """Return who gets which moderation, at most so many of them; they come the oldest first."""
        for one in waiting:
            if len(self._given) == most:
                break
            tried = set(self._full)
            if not self._place(one, tried):
                self._full = tried  # nothing that these hold can move, now or later in the round
        return {id_: moderator for id_, (_, moderator) in self._given.items()}

    def _place(self, one: Waiting, tried: set[UUID]) -> bool:
        untried = [each for each in self._roster if each.person not in tried]
        may = sorted(_may(one.entry, one.passed_on_by, untried), key=lambda each: self._order(one.entry, each))
        for each in may:
            if self._load[each.person] < each.capacity:
                self._give(one, each)
                return True
        for each in may:
            if each.person in tried:
                continue
            tried.add(each.person)
            for id_, (other, holder) in list(self._given.items()):
                if holder.person != each.person:
                    continue
                self._load[each.person] -= 1
                del self._given[id_]
                if self._place(other, tried):
                    self._give(one, each)
                    return True
                self._give(other, each)
        return False

    def _give(self, one: Waiting, moderator: Moderator) -> None:
        self._given[one.entry.moderation_id] = (one, moderator)
        self._load[moderator.person] += 1

    def _order(self, entry: Entry, moderator: Moderator) -> tuple[int, bytes]:
        return self._load[moderator.person], _draw(self._seed, entry, moderator)


def why_nobody(
    entry: Entry, passed_on_by: frozenset[UUID], roster: Iterable[Moderator], load: Mapping[UUID, int]
) -> Why:
    """Return why a moderation waits, the most lasting reason first."""
    there = [one for one in roster if one.moderates_there(entry.team)]
    if not there:
        return Why.NOBODY_THERE
    independent = [one for one in there if one.is_independent(entry)]
    if not independent:
        return Why.NOBODY_INDEPENDENT
    asked = [one for one in independent if one.person not in passed_on_by]
    if not asked:
        return Why.PASSED_ON
    if all(load.get(one.person, 0) >= one.capacity for one in asked):
        return Why.NO_CAPACITY
    return Why.NOT_LOOKED_AT


def _may(entry: Entry, passed_on_by: frozenset[UUID], roster: Iterable[Moderator]) -> list[Moderator]:
    return [
        one
        for one in roster
        if one.moderates_there(entry.team) and one.is_independent(entry) and one.person not in passed_on_by
    ]


def _draw(seed: int, entry: Entry, moderator: Moderator) -> bytes:
    return hashlib.sha256(f"{seed}|{entry.moderation_id}|{moderator.person}".encode()).digest()
