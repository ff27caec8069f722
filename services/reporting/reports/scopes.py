"""One area or one service alone, for the QA unit's live figures: which facts count, and which units there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.authority.settings import Area, AuthoritySettings

Dimension = Literal["area", "service"]


class ScopeUnknown(ValueError):
    """The authority's settings have no such unit; the sentence names those they have."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A unit by its key and its name in the authority's settings."""

    dimension: Dimension
    key: str
    name: str


def scope_of(settings: AuthoritySettings, dimension: Dimension, key: str) -> Scope:
    """Return the unit that a request names.

    Raises:
        ScopeUnknown: the settings have none of that key.

    """
    units = settings.areas if dimension == "area" else settings.services
    names = {unit.key: unit.name for unit in units}
    if key not in names:
        raise ScopeUnknown(f"{settings.name} has no {dimension} of that key. It has {', '.join(names)}.")
    return Scope(dimension, key, names[key])


def within(settings: AuthoritySettings, scope: Scope | None) -> AuthoritySettings:
    """Return the settings with the units of a scope alone: a report of one area lists no team of another."""
    if scope is None:
        return settings
    if scope.dimension == "area":
        areas = tuple(area for area in settings.areas if area.key == scope.key)
        services = settings.services
    else:
        areas = tuple(area for one in settings.areas if (area := _of_service(one, scope.key)).districts)
        services = tuple(service for service in settings.services if service.key == scope.key)
    fields = {name: getattr(settings, name) for name in AuthoritySettings.model_fields}
    # Not validated: people of other units stay in the document, and no report reads them.
    return AuthoritySettings.model_construct(**{**fields, "areas": areas, "services": services})


def _of_service(area: Area, service: str) -> Area:
    districts = []
    for district in area.districts:
        teams = tuple(team for team in district.teams if team.service == service)
        if teams:
            districts.append(district.model_copy(update={"teams": teams}))
    return area.model_copy(update={"districts": tuple(districts)})
