"""What does not fit in a whole settings document: keys that stand twice, services, units, strata it lacks."""

from __future__ import annotations

from collections.abc import Iterator

from shared.authority.coherence import Fault, Raw, items, part, parts, text, twice
from shared.authority.policies import Stratum
from shared.web.principal import Role


def whole_document(raw: Raw) -> Iterator[Fault]:
    """Yield every such fault of a document as it was read."""
    yield from _keys_twice(raw)
    yield from _teams_without_service(raw)
    yield from _people_nowhere(raw)
    yield from _strata_nowhere(raw)


def _keys_twice(raw: Raw) -> Iterator[Fault]:
    yield from twice("service", ((("services", at, "key"), text(one, "key")) for at, one in parts(raw, "services")))
    yield from twice("area", ((("areas", at, "key"), text(one, "key")) for at, one in parts(raw, "areas")))
    for area_at, area in parts(raw, "areas"):
        place = ("areas", area_at, "districts")
        keys = (((*place, at, "key"), text(one, "key")) for at, one in parts(area, "districts"))
        yield from twice(f"district in {text(area, 'key')}", keys)
        for at, district in parts(area, "districts"):
            teams = (((*place, at, "teams", n, "key"), text(one, "key")) for n, one in parts(district, "teams"))
            yield from twice(f"team in {text(area, 'key')}/{text(district, 'key')}", teams)


def _teams_of(raw: Raw) -> Iterator[tuple[tuple[int | str, ...], tuple[str, str, str], Raw]]:
    """Yield each team that has keys all the way: its place, its path and itself."""
    for area_at, area in parts(raw, "areas"):
        for district_at, district in parts(area, "districts"):
            for at, team in parts(district, "teams"):
                keys = text(area, "key"), text(district, "key"), text(team, "key")
                place = ("areas", area_at, "districts", district_at, "teams", at)
                yield place, (keys[0] or "", keys[1] or "", keys[2] or ""), team


def _teams_without_service(raw: Raw) -> Iterator[Fault]:
    known = {text(one, "key") for _, one in parts(raw, "services")}
    for place, path, team in _teams_of(raw):
        service = text(team, "service")
        if service is not None and service not in known:
            yield (
                (*place, "service"),
                f"the team {'/'.join(path)} names the service {service}, which is not under services",
            )


def _people_nowhere(raw: Raw) -> Iterator[Fault]:
    prefixes = {"*"} | {"/".join(path[:depth]) for _, path, _ in _teams_of(raw) for depth in (1, 2, 3)}
    for at, one in parts(raw, "people"):
        for number, unit in enumerate(items(one, "units")):
            if isinstance(unit, str) and unit not in prefixes:
                yield ("people", at, "units", number), f"{unit} is no area, district or team of the document"
        if one.get("capacity") is not None and text(one, "role") not in (None, Role.MODERATOR):
            yield ("people", at, "capacity"), "only a moderator has a capacity; take it out"


def _strata_nowhere(raw: Raw) -> Iterator[Fault]:
    paths = [path for _, path, _ in _teams_of(raw)]
    known: dict[str, set[str | None]] = {
        Stratum.SERVICE: {text(one, "key") for _, one in parts(raw, "services")},
        Stratum.AREA: {path[0] for path in paths},
        Stratum.DISTRICT: {"/".join(path[:2]) for path in paths},
        Stratum.TEAM: {"/".join(path) for path in paths},
    }
    for at, one in parts(part(raw, "moderation"), "stratum_rates"):
        for name, value in part(one, "of").items():
            if name in known and isinstance(value, str) and value not in known[name]:
                yield (
                    ("moderation", "stratum_rates", at, "of"),
                    f"the rate is of the {name} {value}, which is not there",
                )
