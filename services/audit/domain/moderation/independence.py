"""Who may moderate an audit, or decide on its dispute: nobody of their own, nobody twice (domain.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.audit.domain import refusals
from services.audit.domain.audits.states import Completed
from services.audit.domain.moderation import refusals as moderation_refusals


def check(
    state: Completed,
    person: UUID,
    teams: frozenset[str],
    *,
    own_team_allowed: bool = False,
    moderation_id: UUID | None = None,
) -> None:
    """Refuse whoever is not independent.

    `teams` are those whose audits the person may not moderate; `moderation_id` is the moderation it is about, the
    person's part in the others counts.

    Raises:
        Refused: they audited it, are of its team, moderated it before, or disputed its grade.

    """
    if person == state.allocation.auditor:
        raise refusals.ModeratorIsTheAuditor
    if str(state.allocation.place.organisation) in teams and not own_team_allowed:
        raise refusals.ModeratorIsOfTheTeam
    if person in moderated_by(state, but=moderation_id):
        raise moderation_refusals.ModeratedItBefore
    if any(person == each.opened.by.reference for each in state.disputes.values()):
        raise moderation_refusals.PartyToTheDispute


def check_all(
    state: Completed,
    people: Mapping[UUID, frozenset[str]],
    *,
    own_team_allowed: bool,
    moderation_id: UUID | None = None,
) -> None:
    """Refuse a panel of which one is not independent; raises as `check` does."""
    for person, teams in people.items():
        check(state, person, teams, own_team_allowed=own_team_allowed, moderation_id=moderation_id)


def check_unjudged(state: Completed, person: UUID | None) -> None:
    """Refuse whoever's own grade is in dispute: they do not say that there is nothing to decide about it.

    Raises:
        Refused: they audited it, or moderated it.

    """
    if person == state.allocation.auditor:
        raise refusals.ModeratorIsTheAuditor
    if person in moderated_by(state):
        raise moderation_refusals.ModeratedItBefore


def moderated_by(state: Completed, *, but: UUID | None = None) -> frozenset[UUID]:
    """Return who took part in the audit's moderations, one of them left out."""
    people: set[UUID] = set()
    for id_, each in state.moderations.items():
        if id_ == but:
            continue
        if each.graded is not None:
            people.add(each.graded.moderator)
        if each.done is not None:
            people |= {each.done.moderator, *each.done.panel}
    return frozenset(people)
