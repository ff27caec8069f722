"""Who sees what of a calibration exercise: results are the QA unit's, and each auditor's grades their own."""

from __future__ import annotations

from services.audit.app import access
from services.audit.domain.calibration.events import CalibrationOpened
from services.audit.domain.calibration.exercise import Reader
from shared.web.principal import Principal, Role


def runs(principal: Principal, authority: str) -> bool:
    """Say whether the caller runs exercises: the QA unit of the whole authority."""
    return principal.has(*access.QA) and principal.covers(authority)


def takes_part(principal: Principal, opened: CalibrationOpened) -> bool:
    """Say whether the caller was asked to grade the case."""
    return principal.has(Role.AUDITOR, Role.MODERATOR, *access.QA) and principal.person in opened.auditors


def may_see(principal: Principal, opened: CalibrationOpened) -> bool:
    """Say whether the caller may see that the exercise exists."""
    if not principal.belongs_to(opened.authority):
        return False
    return runs(principal, opened.authority) or takes_part(principal, opened)


def reader_of(principal: Principal | None, authority: str) -> Reader:
    """Return as whom the caller looks at an exercise of an authority; nobody in particular sees what nobody hides."""
    if principal is None:
        return Reader(access.NOBODY, runs=False)
    return Reader(principal.person, runs=runs(principal, authority))
