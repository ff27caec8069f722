"""What a request is checked for against the authority's settings before the decider is asked."""

from __future__ import annotations

from uuid import UUID

from services.escalation.adapters import bodies
from services.escalation.adapters.callers import Caller, roles_for
from services.escalation.app.casework import Casework, Known
from services.escalation.domain import commands
from services.escalation.domain.model import Actor
from shared.web.access import check_scope
from shared.web.principal import Principal
from shared.web.problems import invalid


def check_place(casework: Casework, principal: Principal, body: bodies.Started) -> None:
    """Refuse a team or service the authority does not have (422, all at once), or a team out of scope (403)."""
    settings = casework.policies.settings(principal.authority, casework.clock())
    organisation = body.organisation
    problems = []
    if settings.unit((organisation.area, organisation.district, organisation.team)) is None:
        problems.append(
            _field(
                "organisation", "The authority has no such team.", "Give area, district and team as in its settings."
            )
        )
    if body.service not in {service.key for service in settings.services}:
        problems.append(_field("service", "The authority has no such service.", "Give a service as in its settings."))
    if problems:
        raise invalid(problems)
    check_scope(principal, principal.authority, organisation.path)


def second_person(casework: Casework, known: Known, caller: Caller, reference: UUID | None) -> Actor | None:
    """Return who agreed, in the role the settings give them; refuse a reference (422) that may not agree to this."""
    if reference is None:
        return None
    settings = casework.policies.settings(known.authority, caller.happened_at)
    may = set(roles_for(commands.Reclassify))
    for person in settings.people:
        if person.person == reference and person.role in may:
            return Actor(role=person.role.value, reference=reference)
    raise invalid(
        [
            _field(
                "second_person",
                "The authority's settings name no such service manager, QA officer or QA manager.",
                "Give the reference of the person who agreed, as in the settings.",
            )
        ]
    )


def _field(name: str, message: str, way_out: str) -> dict[str, str]:
    return {"field": name, "place": f"body/{name}", "message": message, "way_out": way_out}
