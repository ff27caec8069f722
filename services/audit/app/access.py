"""Who may do what with an audit: role and scope together, denied unless said here (G11).

A route names the roles it is for; here it is decided whether this very audit is the caller's.
"""

from __future__ import annotations

from uuid import UUID

from services.audit.domain.audits.events import AuditAllocated
from services.audit.domain.audits.states import Completed, State, Withdrawn
from shared.web.principal import Principal, Role

QA = (Role.QA_OFFICER, Role.QA_MANAGER)
MANAGERS = (Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.ASSISTANT_DIRECTOR, Role.PRINCIPAL_SOCIAL_WORKER)
RUNNING = (*QA, Role.SERVICE)
"""Roles that run audits: the QA unit, and other services for it."""
READERS = (Role.AUDITOR, Role.MODERATOR, *MANAGERS, *QA, Role.SERVICE)
"""Roles that read audits, each within its own."""

NOBODY = UUID(int=0)
"""The person of a token that stands for nobody in particular."""


def reads(principal: Principal, allocation: AuditAllocated, moderators: frozenset[UUID] = frozenset()) -> bool:
    """Say whether the caller may see that the audit exists, and its codes."""
    if not principal.belongs_to(allocation.authority) or moderates_own_work(principal, allocation.practitioner):
        return False
    if own(principal, allocation) or (principal.has(Role.MODERATOR) and principal.person in moderators):
        return True
    return principal.has(Role.MODERATOR, *MANAGERS, *QA, Role.SERVICE) and _covers(principal, allocation)


def reads_text(principal: Principal, allocation: AuditAllocated, moderators: frozenset[UUID] = frozenset()) -> bool:
    """Say whether the caller may read the texts and the case number: those who work with the file."""
    if not reads(principal, allocation, moderators):
        return False
    if own(principal, allocation):
        return True
    return principal.has(Role.MODERATOR, Role.TEAM_MANAGER, *QA) and (
        _covers(principal, allocation) or principal.person in moderators
    )


def completes(principal: Principal, allocation: AuditAllocated) -> bool:
    """Say whether the caller may complete or amend the audit: its auditor, or the QA unit."""
    return own(principal, allocation) or _runs(principal, allocation)


def flags(principal: Principal, allocation: AuditAllocated, moderators: frozenset[UUID] = frozenset()) -> bool:
    """Say whether the caller may flag a concern: the auditor, a moderator or team manager of it, the QA unit."""
    if completes(principal, allocation):
        return True
    if principal.has(Role.MODERATOR) and principal.person in moderators:
        return principal.belongs_to(allocation.authority)
    return principal.has(Role.MODERATOR, Role.TEAM_MANAGER) and _covers(principal, allocation)


def recommends(principal: Principal, allocation: AuditAllocated, moderators: frozenset[UUID] = frozenset()) -> bool:
    """Say whether the caller may make a recommendation: whoever may flag a concern."""
    return flags(principal, allocation, moderators)


def speaks_as_practitioner(principal: Principal, allocation: AuditAllocated) -> bool:
    """Say whether the caller may say what the practitioner says: the practitioner, or the QA unit for them."""
    return is_the_practitioner(principal, allocation) or _runs(principal, allocation)


def is_the_practitioner(principal: Principal, allocation: AuditAllocated) -> bool:
    """Say whether the audit is of the caller's own work."""
    return (
        principal.has(Role.PRACTITIONER)
        and principal.person != NOBODY
        and principal.person == allocation.practitioner
        and principal.belongs_to(allocation.authority)
    )


def moderates_own_work(principal: Principal, practitioner: UUID | None) -> bool:
    """Say whether a moderator would see the audit of their own work: as a moderator they see nothing of it.

    As its practitioner they read the outcome, and neither concerns nor what moderators and managers wrote.
    """
    if not principal.has(Role.MODERATOR) or principal.has(*MANAGERS, *RUNNING):
        return False
    return practitioner is not None and principal.person == practitioner


def follows_up(principal: Principal, allocation: AuditAllocated) -> bool:
    """Say whether the caller may follow up a recommendation: the team manager owns it, the QA unit may help."""
    return _runs(principal, allocation) or (principal.has(Role.TEAM_MANAGER) and _covers(principal, allocation))


def runs(principal: Principal, allocation: AuditAllocated) -> bool:
    """Say whether the caller may withdraw the audit or ask for its moderation: the QA unit."""
    return _runs(principal, allocation)


def moderates(principal: Principal, allocation: AuditAllocated, moderators: frozenset[UUID] = frozenset()) -> bool:
    """Say whether the caller may record a moderation: a moderator of that part, the one asked, or the QA unit."""
    if _runs(principal, allocation):
        return True
    if not principal.has(Role.MODERATOR) or not principal.belongs_to(allocation.authority):
        return False
    return _covers(principal, allocation) or principal.person in moderators


def on_behalf(principal: Principal) -> bool:
    """Say whether the caller may record what another person did."""
    return principal.has(*QA, Role.SERVICE)


def moderators_of(state: State) -> frozenset[UUID]:
    """Return who was asked to moderate the audit, or did."""
    before = state.before if isinstance(state, Withdrawn) else state
    if not isinstance(before, Completed):
        return frozenset()
    asked = {each.requested.moderator for each in before.moderations.values()}
    did = {each.done.moderator for each in before.moderations.values() if each.done is not None}
    return frozenset(one for one in asked | did if one is not None)


def own(principal: Principal, allocation: AuditAllocated) -> bool:
    """Say whether the caller is the audit's auditor."""
    return (
        principal.has(Role.AUDITOR)
        and principal.person != NOBODY
        and principal.person == allocation.auditor
        and principal.belongs_to(allocation.authority)
    )


def _runs(principal: Principal, allocation: AuditAllocated) -> bool:
    return principal.has(*QA, Role.SERVICE) and _covers(principal, allocation)


def _covers(principal: Principal, allocation: AuditAllocated) -> bool:
    return principal.covers(allocation.authority, str(allocation.place.organisation))
