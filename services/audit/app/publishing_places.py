"""What every public event of an audit shares: where it is, who did it, and the contract's words for ours."""

from __future__ import annotations

from typing import Any

from services.audit.domain.audits.events import AuditAllocated
from services.audit.domain.words import Actor, Grade, Happened, Place
from shared.contracts import base


def place_of(allocation: AuditAllocated, event: Happened) -> dict[str, Any]:
    """Return the fields of `AuditPlace` for an event of the audit."""
    place: Place = allocation.place
    where = place.organisation
    return {
        "audit_id": allocation.audit_id,
        "kind": place.kind,
        "cycle": place.cycle,
        "organisation": base.OrganisationPath(area=where.area, district=where.district, team=where.team),
        "service": place.service,
        "case_reference": place.case_reference,
        "child_status": base.ChildStatus(place.child_status.value),
        "settings_version": event.settings_version,
    }


def grade_of(grade: Grade | None) -> base.Grade | None:
    """Return a grade in the contract's words."""
    return None if grade is None else base.Grade(grade.value)


def actor_of(actor: Actor) -> base.Actor:
    """Return who did it in the contract's words."""
    return base.Actor(role=actor.role, reference=actor.reference)
