"""Who may do what with an audit's moderation, and what is hidden from a blind moderator (G11; domain.md section 3).

A route names the roles it is for; here it is decided whether this very audit is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.audit.app import access
from services.audit.domain.audits.events import AuditAllocated
from services.audit.domain.audits.states import Completed, NotAllocated, State, Withdrawn
from services.audit.domain.moderation.independence import moderated_by
from services.audit.domain.moderation.telling import Telling
from services.audit.domain.words import Code
from shared.web.principal import Principal, Role

DISPUTERS = (Role.TEAM_MANAGER, Role.SERVICE_MANAGER)
"""The auditee's managers: they dispute a grade, and record a reflective note."""

READERS = (*access.MANAGERS, *access.QA, Role.SERVICE)
"""Roles that see the open disputes of their part: never moderators, who may be asked to decide one blind."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is hidden from a reader: the auditor's and others' grades with their reasons; who the people are.

    `under_way` are the moderations whose blind grades are given and not recorded yet: theirs alone who gave them, so
    that nobody amends or decides after what another is still to say. `telling` are the answers of the audit's tool that
    tell a grade; while grades are hidden and it is not known, no answer is shown at all.
    """

    grades: bool = False
    people: bool = False
    under_way: frozenset[UUID] = frozenset()
    telling: Telling | None = None

    def hides_question(self, id_: Code) -> bool:
        """Say whether the answer to a question tells a grade that is hidden."""
        return self.grades and (self.telling is None or id_ in self.telling.questions)

    def hides_section(self, id_: Code | None) -> bool:
        """Say whether what was found in a section tells a grade that is hidden; none is a section nobody named."""
        return self.grades and (self.telling is None or id_ in self.telling.sections)


def hidden(principal: Principal, state: State) -> Hidden:
    """Say what a blind moderator does not see.

    Grades until their own are given; who the auditor and the other moderators are, for good. Before completion, whoever
    is a moderator alone is as blind: they may be asked to moderate it. The QA unit sees everything, but for one of it
    who was given the blind moderation, whatever else they are; whoever audited it sees all but a moderator's blind
    grades before the moderation is recorded.
    """
    before = state.before if isinstance(state, Withdrawn) else state
    given_it = isinstance(before, Completed) and _is_to_grade_blind(principal, before)
    if isinstance(before, NotAllocated) or (principal.has(*access.QA, Role.SERVICE) and not given_it):
        return Hidden()
    own = principal.person == before.allocation.auditor
    if not isinstance(before, Completed):
        ahead = principal.has(Role.MODERATOR) and not own and not principal.has(*access.MANAGERS)
        return Hidden(grades=ahead, people=ahead)
    under_way = frozenset(
        id_
        for id_, each in before.moderations.items()
        if each.graded is not None and each.done is None and each.graded.moderator != principal.person
    )
    if own or not (given_it or principal.has(Role.MODERATOR)):
        return Hidden(under_way=under_way)
    waiting = before.open_moderation
    blind = waiting is not None and waiting.requested.blind
    given = principal.person in moderated_by(before)
    people = blind or _moderated_blind(before, principal.person)
    return Hidden(grades=blind and not given, people=people, under_way=under_way)


def _is_to_grade_blind(principal: Principal, state: Completed) -> bool:
    waiting = state.open_moderation
    if waiting is None or not waiting.requested.blind or principal.person == access.NOBODY:
        return False
    return waiting.requested.moderator == principal.person and principal.person not in moderated_by(state)


def hidden_in_list(principal: Principal, row: Mapping[str, Any]) -> Hidden:
    """Say the same of a list's row, from what its summary says (summaries.py)."""
    person = str(principal.person)
    if row.get("auditor") == person:
        return Hidden()
    if row.get("moderator") == person and row.get("blind") and person not in row.get("graded_by", ()):
        return Hidden(grades=True, people=True)
    if not principal.has(Role.MODERATOR) or principal.has(*access.QA):
        return Hidden()
    if "completed_on" not in row:
        return Hidden(people=not principal.has(*access.MANAGERS))
    blind = bool(row.get("blind", False))
    return Hidden(
        grades=blind and person not in row.get("graded_by", ()),
        people=blind or person in row.get("moderated_blind_by", ()),
    )


def _moderated_blind(state: Completed, person: UUID) -> bool:
    return person in moderated_blind_by(state)


def moderated_blind_by(state: Completed) -> frozenset[UUID]:
    """Return who moderated an audit blind: who the others are stays hidden from them."""
    done = [each.done for each in state.moderations.values() if each.requested.blind and each.done is not None]
    return frozenset(person for each in done for person in (each.moderator, *each.panel))


def disputes(principal: Principal, allocation: AuditAllocated) -> bool:
    """Say whether the caller may dispute the grade or record a reflective note: a manager of the auditee, or for them.

    The QA unit and other services may write down what a manager said.
    """
    if access.runs(principal, allocation):
        return True
    return principal.has(*DISPUTERS) and principal.covers(allocation.authority, str(allocation.place.organisation))


def settles(principal: Principal, allocation: AuditAllocated) -> bool:
    """Say whether the caller may write down a panel's decision, or that there is nothing to decide: the QA lead."""
    return principal.has(Role.QA_MANAGER, Role.SERVICE) and access.runs(principal, allocation)
