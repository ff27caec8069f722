"""Whether somebody may be given a moderation by name, and if not, why not (domain.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.audit.domain.queue.events import Entry
from services.audit.domain.queue.refusals import ModeratorHasNoCapacity, ModeratorModeratedBefore, ModeratorUnknown
from services.audit.domain.queue.spread import Moderator
from services.audit.domain.refusals import ModeratorIsOfTheTeam, ModeratorIsTheAuditor


def check_may(
    person: UUID,
    entry: Entry,
    passed_on_by: frozenset[UUID],
    roster: Sequence[Moderator],
    load: Mapping[UUID, int],
) -> None:
    """Refuse whoever is no moderator of that part, is not independent, or has as many as they do.

    Raises:
        Refused: the type says which.

    """
    one = next((each for each in roster if each.person == person), None)
    if one is None or not one.moderates_there(entry.team):
        raise ModeratorUnknown
    if person == entry.auditor:
        raise ModeratorIsTheAuditor
    if person in entry.not_by or person in passed_on_by:
        raise ModeratorModeratedBefore
    if not one.is_independent(entry):
        raise ModeratorIsOfTheTeam
    if load.get(person, 0) >= one.capacity:
        raise ModeratorHasNoCapacity
