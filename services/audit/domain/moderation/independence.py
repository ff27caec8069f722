"""Who may moderate an audit, or decide on its dispute: nobody of their own, nobody twice (domain.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from services.audit.domain import refusals
from services.audit.domain.audits.states import Completed
from services.audit.domain.moderation import refusals as moderation_refusals
from services.audit.domain.moderation.commands import PanelMember
from services.audit.domain.refusals import Problem, Refused

FEWEST_ON_A_PANEL: Final = 2
"""A panel is more than one person, its chair included where it has one."""

_NOT_INDEPENDENT: Final = "this member may not moderate this audit"
_OF_A_MEMBER: Final[dict[type[Refused], str]] = {
    refusals.ModeratorIsTheAuditor: "this member audited it",
    refusals.ModeratorIsThePractitioner: "it is an audit of this member's own work",
    refusals.ModeratorIsOfTheTeam: "this member may not moderate audits of that team",
    moderation_refusals.ModeratedItBefore: "this member moderated the audit before",
    moderation_refusals.PartyToTheDispute: "this member disputed the grade",
}


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
        Refused: they audited it, it is of their own work or their team's, they moderated it before, or disputed it.

    """
    why = next(_why_not(state, person, teams, own_team_allowed=own_team_allowed, moderation_id=moderation_id), None)
    if why is not None:
        raise why


def _why_not(
    state: Completed, person: UUID, teams: frozenset[str], *, own_team_allowed: bool, moderation_id: UUID | None
) -> Iterator[type[Refused]]:
    if person == state.allocation.auditor:
        yield refusals.ModeratorIsTheAuditor
    if person == state.allocation.practitioner:
        yield refusals.ModeratorIsThePractitioner
    if str(state.allocation.place.organisation) in teams and not own_team_allowed:
        yield refusals.ModeratorIsOfTheTeam
    if person in moderated_by(state, but=moderation_id):
        yield moderation_refusals.ModeratedItBefore
    if any(person == each.opened.by.reference for each in state.disputes.values()):
        yield moderation_refusals.PartyToTheDispute


def panel_problems(
    state: Completed,
    panel: Sequence[PanelMember],
    *,
    chair: UUID | None = None,
    own_team_allowed: bool,
    moderation_id: UUID | None = None,
    blind: bool = False,
) -> Iterator[Problem]:
    """Yield every fault of a panel: too few people, somebody twice, and whoever of it is not independent.

    `chair` is who leads it, where it has a chair of its own: independent of its own accord, and never a member too.
    To a blind one it is not said why somebody is not: who audited and moderated stays hidden from it.
    """
    named: set[UUID] = set() if chair is None else {chair}
    for number, (person, teams) in enumerate(panel):
        place = f"panel.{number}"
        if person == chair:
            yield Problem(place, "this member is the panel's chair", "Name only those who sat beside the chair.")
        elif person in named:
            yield Problem(place, "this member is named twice", "Name each once.")
        else:
            reasons = _why_not(state, person, teams, own_team_allowed=own_team_allowed, moderation_id=moderation_id)
            said = dict.fromkeys(_NOT_INDEPENDENT if blind else _OF_A_MEMBER[why] for why in reasons)
            for message in said:
                yield Problem(place, message, "Let somebody else sit on the panel in their place.")
        named.add(person)
    if len(named) < FEWEST_ON_A_PANEL:
        chaired = "" if chair is None else ", the moderator as its chair among them"
        message = f"a panel is at least two people{chaired}"
        yield Problem("panel", message, "Name everybody who sat on it, by their references.")


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
