"""What a request is checked for against the authority's settings before the decider is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.escalation.adapters import bodies
from services.escalation.adapters.callers import Caller, roles_for
from services.escalation.app.casework import Casework
from services.escalation.domain.commands import Command
from services.escalation.domain.model import Actor
from services.escalation.domain.refusals import NotTheirs
from services.escalation.domain.states import Known
from shared.web.access import check_scope
from shared.web.principal import Principal, Role
from shared.web.problems import invalid


def check_place(casework: Casework, principal: Principal, body: bodies.Started) -> None:
    """Refuse a team, service or child that is not rightly named (422, all at once), or a team out of scope (403)."""
    settings = casework.policies.settings(principal.authority, casework.clock())
    organisation = body.organisation
    problems = []
    unit = settings.unit((organisation.area, organisation.district, organisation.team))
    if not settings.has_district((organisation.area, organisation.district)):
        problems.append(
            _field(
                "organisation",
                "The authority has no such district.",
                "Give area, district and team as in its settings.",
            )
        )
    elif unit is None:
        problems.append(
            _field(
                "organisation", "The authority has no such team.", "Give area, district and team as in its settings."
            )
        )
    if body.service not in {service.key for service in settings.services}:
        problems.append(_field("service", "The authority has no such service.", "Give a service as in its settings."))
    elif unit is not None and body.service != unit.service:
        problems.append(_field("service", "The team does not have this service.", f"The team has: {unit.service}."))
    if (body.case_reference is None) is (body.case_number is None):
        problems.append(_NAMED_ONCE)
    if problems:
        raise invalid(problems)
    check_scope(principal, principal.authority, organisation.path)


def check_child(body: bodies.NamedChild) -> None:
    """Refuse a child that is named twice or not at all (422)."""
    if (body.case_reference is None) is (body.case_number is None):
        raise invalid([_NAMED_ONCE])


def due_on_of_re_audit(caller: Caller, given: date | None) -> date:
    """Return when a re-audit is due: the day that was named, or as the authority's settings say (422 if neither)."""
    due_on = given or caller.policy.re_audit_due_on(caller.happened_at)
    if due_on is None:
        raise invalid([_field("due_on", "Your authority's settings leave the day to you.", "Give the day it is due.")])
    return due_on


def check_code(code: str, known: Sequence[str], field: str) -> None:
    """Refuse a code that the authority's settings do not have (422), and name those they have."""
    if code not in known:
        raise invalid(
            [
                _field(
                    field,
                    f"The authority's settings have no such {field}.",
                    f"Give one of: {', '.join(known)}.",
                )
            ]
        )


def check_answers(caller: Caller) -> None:
    """Refuse an answer to a closing (403) by a role that the authority's settings leave it not to."""
    may = [role.value for role in caller.policy.escalation.closing_confirmed_by]
    if caller.actor.role not in may:
        raise NotTheirs(
            "The authority's settings leave the answer to a closing to others of those who raised it.",
            way_out=f"Ask who found the cause or raised it as {' or '.join(may) or 'nobody'}; a manager or QA officer "
            "can reopen it with a reason.",
        )


def covering(casework: Casework, authority: str, person: UUID, state: Known, at: datetime) -> Actor | None:
    """Return the service manager of the district whom a person stands in for at a moment, as the settings name it."""
    district = state.facts.place.organisation.district_path
    covered = casework.policies.covered_by(authority, person, Role.SERVICE_MANAGER, district, at)
    return None if covered is None else Actor(role=Role.SERVICE_MANAGER.value, reference=covered)


def by_right(casework: Casework, authority: str, principal: Principal, state: Known, at: datetime) -> dict[str, Any]:
    """Return what a step of the district's service manager carries: whether it is theirs that day, or whose it is."""
    district = state.facts.place.organisation.district_path
    named = casework.policies.holders(authority, Role.SERVICE_MANAGER, district, at)
    theirs = principal.person in named if named else None
    return {
        "scope": principal.scope,
        "named": theirs,
        "covering": None if theirs else covering(casework, authority, principal.person, state, at),
    }


def second_person(
    casework: Casework, authority: str, caller: Caller, command: type[Command], reference: UUID | None
) -> Actor | None:
    """Return who agreed, in the role the settings give them; refuse a reference (422) that may not agree to this."""
    if reference is None:
        return None
    settings = casework.policies.settings(authority, caller.happened_at)
    may = set(roles_for(command))
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


_NAMED_ONCE = _field(
    "case_reference",
    "Give either case_reference or case_number.",
    "Give the reference where you know it, else the number: it is sealed, and audit is asked for it.",
)
