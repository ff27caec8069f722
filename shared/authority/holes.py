"""Roles that nobody fills where somebody must: a safeguarding concern would be told to nobody there.

Every district needs a service manager, who receives its escalations and signs them off (domain.md section 4, steps 3
to 5), and every role that the escalation policy tells needs somebody for each district.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from shared.authority.coherence import Fault, Raw, items, part, parts, text
from shared.authority.escalation import KNOWN_BY_THE_AUDIT, EscalationPolicy
from shared.web.principal import Role

_TELLING: Final = ("told", "consider", "chasers", "second_line")
"""The parts of the escalation policy that name who is told."""


def holes(raw: Raw) -> Iterator[Fault]:
    """Yield a fault for each role and each part of the authority that nobody fills it for."""
    for role, because in _needed(raw).items():
        prefixes = [unit for unit in _units(raw, role) if isinstance(unit, str)]
        places = list(_teams(raw) if role is Role.TEAM_MANAGER else _districts(raw))
        without = [path for path in places if not any(_covers(prefix, path) for prefix in prefixes)]
        if without and len(without) == len(places) and role is not Role.SERVICE_MANAGER:
            yield ("people",), f"nobody is {role} in the whole authority, and {because}"
            continue
        for path in without:
            kind = "team" if role is Role.TEAM_MANAGER else "district"
            yield ("people",), f"the {kind} {path} has no {role}, and {because}"


def _needed(raw: Raw) -> Mapping[Role, str]:
    """Give each role somebody must fill, with the reason and the way out."""
    needed = {Role.SERVICE_MANAGER: "its audit escalations are received and signed off by one: name one"}
    for place, roles in _told(part(raw, "escalation")).items():
        for role in roles:
            if role not in KNOWN_BY_THE_AUDIT:
                needed.setdefault(role, f"escalation/{place} tells one: name one, or take the role out there")
    return needed


def _told(escalation: Raw) -> Mapping[str, tuple[Role, ...]]:
    """Give the roles that the policy tells, by their place, as far as it can be read.

    What is wrong with it is told by its own type, in the same answer; a part that is wrong tells nobody here.
    """
    told: dict[str, tuple[Role, ...]] = {}
    for name in _TELLING:
        try:
            policy = EscalationPolicy.model_validate({name: escalation[name]} if name in escalation else {})
        except ValidationError:
            continue
        told |= {place: roles for place, roles in policy.roles_told.items() if place.partition("/")[0] == name}
    return told


def _units(raw: Raw, role: Role) -> Iterator[object]:
    for _, one in parts(raw, "people"):
        if text(one, "role") == role:
            yield from items(one, "units") if "units" in one else ("*",)


def _districts(raw: Raw) -> Iterator[str]:
    for _, area in parts(raw, "areas"):
        for _, district in parts(area, "districts"):
            yield f"{text(area, 'key')}/{text(district, 'key')}"


def _teams(raw: Raw) -> Iterator[str]:
    for _, area in parts(raw, "areas"):
        for _, district in parts(area, "districts"):
            for _, team in parts(district, "teams"):
                yield f"{text(area, 'key')}/{text(district, 'key')}/{text(team, 'key')}"


def _covers(prefix: str, path: str) -> bool:
    """Tell whether a unit is the part, or a whole ancestor of it: someone of a single team is not the district's."""
    return prefix in {"*", path} or path.startswith(f"{prefix}/")
