"""Who may be given a moderation, and who is: independent, with capacity, the least loaded first (domain.md 3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.audit.domain.queue_events import Entry


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


def chosen(
    entry: Entry, passed_on_by: frozenset[UUID], roster: Iterable[Moderator], load: Mapping[UUID, int], seed: int
) -> Moderator | None:
    """Return who gets a moderation: the least loaded of those who may, by a seeded draw among equals."""
    may = [one for one in _may(entry, passed_on_by, roster) if load.get(one.person, 0) < one.capacity]
    return min(may, key=lambda one: (load.get(one.person, 0), _draw(seed, entry, one)), default=None)


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
