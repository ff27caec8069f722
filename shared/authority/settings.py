"""One settings document per authority, read by every service: units, people in roles, policies, calendar.

A document is a YAML file with a version and the date it is valid from. A folder may hold several versions of one
authority; the one valid on a date is the newest that had begun by then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationError

from shared.authority.base import Strict
from shared.authority.boards import BoardPolicy
from shared.authority.coherence import INCOHERENT, Coherent, Fault, Raw
from shared.authority.cover import Cover, cover_faults, standing_in
from shared.authority.escalation import EscalationPolicy
from shared.authority.holes import holes
from shared.authority.names import Names
from shared.authority.policies import (
    AuditPolicy,
    CalendarPolicy,
    ModerationPolicy,
    RecommendationPolicy,
    ReportingPolicy,
)
from shared.authority.whole import whole_document
from shared.authority.yaml_text import NotYaml, read_yaml
from shared.calendar.working_days import WorkingCalendar
from shared.web.principal import Role

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
OrgPath = tuple[str, str, str]


class SettingsInvalid(Exception):
    """A settings document cannot be used; the message says which file, where in it, and what would be right."""


class UnknownAuthority(LookupError):
    """No settings document names this authority, or none was valid yet on the date."""

    def __str__(self) -> str:
        """Give the sentence without a lookup error's quotation marks."""
        return str(self.args[0]) if self.args else ""


class Service(Strict):
    """A service of the authority: children's social work, early help, leaving care."""

    key: Key
    name: str


class Team(Strict):
    """A team; its service is one of the document's services."""

    key: Key
    name: str
    service: Key


class District(Strict):
    """A district and its teams."""

    key: Key
    name: str
    teams: Annotated[tuple[Team, ...], Field(min_length=1)]


class Area(Strict):
    """An area and its districts."""

    key: Key
    name: str
    districts: Annotated[tuple[District, ...], Field(min_length=1)]


class Person(Strict):
    """A person in a role: a random reference and no name. `units` are organisation path prefixes, `*` for all."""

    person: UUID
    role: Role
    units: Annotated[tuple[str, ...], Field(min_length=1)] = ("*",)
    capacity: int | None = Field(default=None, ge=0, description="A moderator's own capacity a cycle")


@dataclass(frozen=True, slots=True)
class Unit:
    """A team where it stands: its path (area, district, team), names and service."""

    path: OrgPath
    name: str
    service: str
    area_name: str
    district_name: str


class AuthoritySettings(Coherent):
    """Everything that differs between authorities."""

    key: Key
    name: str
    version: int = Field(ge=1)
    valid_from: date
    services: Annotated[tuple[Service, ...], Field(min_length=1)]
    areas: Annotated[tuple[Area, ...], Field(min_length=1)]
    people: tuple[Person, ...] = ()
    cover: tuple[Cover, ...] = ()
    audit: AuditPolicy = AuditPolicy()
    moderation: ModerationPolicy
    escalation: EscalationPolicy = EscalationPolicy()
    recommendations: RecommendationPolicy
    calendar_days: CalendarPolicy = Field(default=CalendarPolicy(), alias="calendar")
    reporting: ReportingPolicy = ReportingPolicy()
    boards: BoardPolicy = BoardPolicy()
    names: Names = Names()

    @classmethod
    def incoherent(cls, raw: Raw) -> Iterator[Fault]:
        """Yield keys that stand twice, parts that the document does not have, and roles that nobody fills."""
        yield from whole_document(raw)
        yield from holes(raw)
        yield from cover_faults(raw)

    @cached_property
    def units(self) -> Mapping[OrgPath, Unit]:
        """Every team by its path (area, district, team), in the document's order."""
        return {
            (area.key, district.key, team.key): Unit(
                (area.key, district.key, team.key), team.name, team.service, area.name, district.name
            )
            for area in self.areas
            for district in area.districts
            for team in district.teams
        }

    def unit(self, path: tuple[str, ...]) -> Unit | None:
        """Give the team at a path, or None when the authority has none there."""
        area, district, team = path if len(path) == 3 else ("", "", "")  # noqa: PLR2004 - area, district, team
        return self.units.get((area, district, team))

    def has_district(self, path: tuple[str, ...]) -> bool:
        """Tell whether the authority has the district at a path (area, district)."""
        return any((area.key, one.key) == path[:2] for area in self.areas for one in area.districts)

    @cached_property
    def moderator_capacity(self) -> Mapping[UUID, int]:
        """Moderations each moderator does in a cycle: the person's own number, or the policy's."""
        policy = self.moderation
        usual = policy.capacity_a_month * self.audit.cycle_months if policy.capacity is None else policy.capacity
        moderators = [one for one in self.people if one.role is Role.MODERATOR]
        own = {one.person: one.capacity for one in moderators if one.capacity is not None}
        return {one.person: own.get(one.person, usual) for one in moderators}

    def people_in(self, role: Role, path: tuple[str, ...] = (), on: date | None = None) -> list[UUID]:
        """Give the people who hold a role for a part of the authority, the most local ones first.

        With a date, whoever is away then is replaced by who stands in for them.
        """
        found = [
            (max(_depth(unit, path) for unit in one.units), one.person)
            for one in self.people
            if one.role is role and any(_depth(unit, path) >= 0 for unit in one.units)
        ]
        people = [person for _, person in sorted(found, key=lambda pair: -pair[0])]
        return people if on is None else list(dict.fromkeys(standing_in(self.cover, one, on) for one in people))

    def stands_in_for(self, person: UUID, role: Role, path: tuple[str, ...], on: date) -> UUID | None:
        """Give who holds a role for a part of the authority and is covered by this person on a date, if anybody."""
        held = self.people_in(role, path)
        return next((one for one in held if one != person and standing_in(self.cover, one, on) == person), None)

    @cached_property
    def _calendar(self) -> WorkingCalendar:
        days: dict[date, str] = {}
        for closure in self.calendar_days.closures:
            for offset in range((closure.last - closure.first).days + 1):
                days[closure.first + timedelta(days=offset)] = closure.why
        return WorkingCalendar(days)

    def calendar(self) -> WorkingCalendar:
        """Give the authority's working days, its closure days taken into account."""
        return self._calendar


class Authorities:
    """The settings of every authority of this installation, in all their versions."""

    def __init__(self, documents: list[AuthoritySettings]) -> None:
        self._versions: dict[str, list[AuthoritySettings]] = {}
        for one in sorted(documents, key=lambda document: (document.valid_from, document.version)):
            self._versions.setdefault(one.key, []).append(one)

    @property
    def keys(self) -> list[str]:
        """The keys of all authorities."""
        return sorted(self._versions)

    def get(self, key: str, on: date | None = None) -> AuthoritySettings:
        """Give an authority's settings as valid on a date; without a date, the newest.

        Raises `UnknownAuthority` when there is none.
        """
        versions = self._versions.get(key, [])
        valid = [one for one in versions if on is None or one.valid_from <= on]
        if not valid:
            known = ", ".join(self.keys) or "none"
            when = f" on {on}" if on and versions else ""
            raise UnknownAuthority(f"No settings document is valid{when} for that authority; known are: {known}.")
        return valid[-1]

    def valid_or_newest(self, key: str, on: date) -> AuthoritySettings:
        """Give an authority's settings as valid on a date; what lies before the first goes by the newest.

        Raises `UnknownAuthority` when no document names the authority.
        """
        try:
            return self.get(key, on)
        except UnknownAuthority:
            return self.get(key)

    def with_district(self, key: str, district: tuple[str, str], on: date) -> AuthoritySettings | None:
        """Give the settings that hold for a district (area, district) on a date.

        Those are the settings valid then, or where these have no such district any more, the newest of before that
        had it; None where no version has it. Raises `UnknownAuthority` when no document names the authority.
        """
        valid = self.valid_or_newest(key, on)
        versions = self._versions[key]
        before = versions[: versions.index(valid) + 1]
        return next((one for one in reversed(before) if one.has_district(district)), None) or next(
            (one for one in versions if one.has_district(district)), None
        )

    def version(self, key: str, version: int) -> AuthoritySettings:
        """Give one version of an authority's settings; raises `UnknownAuthority` when there is none."""
        for one in self._versions.get(key, []):
            if one.version == version:
                return one
        raise UnknownAuthority(f"The settings of {key} have no version {version}.")

    def __contains__(self, key: object) -> bool:
        """Tell whether an authority is known."""
        return key in self._versions


def load_authorities(folder: Path) -> Authorities:
    """Read every *.yaml of a folder.

    Raises `SettingsInvalid` that lists everything wrong in every file, a line each, so that one start finds it all.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise SettingsInvalid(
            f"The folder of authority settings ({folder}) holds no .yaml file. Set SIGHTLINE_AUTHORITIES to the folder "
            "that does; infra/sample/authorities shows what one looks like."
        )
    documents: list[AuthoritySettings] = []
    problems: list[str] = []
    for file in files:
        try:
            documents.append(parse_settings(file.read_text(encoding="utf-8"), file.name))
        except SettingsInvalid as error:
            problems.append(str(error))
        except (OSError, UnicodeDecodeError):
            problems.append(f"{file.name} cannot be read as UTF-8 text.")
    problems.extend(_versions_twice(documents))
    if problems:
        raise SettingsInvalid("\n".join(problems))
    return Authorities(documents)


def parse_settings(text: str, name: str) -> AuthoritySettings:
    """Read one document; `name` is the file's, for the sentences of `SettingsInvalid`."""
    try:
        raw, repeated = read_yaml(text)
    except NotYaml as error:
        raise SettingsInvalid(f"{name} {error}") from error
    if not isinstance(raw, dict):
        raise SettingsInvalid(f"{name} holds no settings: it should begin with key:, name: and version:.")
    listed = [f"{name}, line {line}: {key} is there twice. Take one of them out." for key, line in repeated]
    try:
        made = AuthoritySettings.model_validate(raw)
    except ValidationError as error:
        listed += [f"{name}, {_place(one['loc'])}: {_sentence(one)}" for one in _own_faults(error)]
        raise SettingsInvalid("\n".join(listed)) from error
    if listed:
        raise SettingsInvalid("\n".join(listed))
    return made


def _own_faults(error: ValidationError) -> list[Any]:
    """Return the faults but for those of lists that are too short only because what is in them is faulty itself."""
    found: list[Any] = list(error.errors())
    places = [one["loc"] for one in found]
    return [
        one
        for one in found
        if one["type"] != "too_short"
        or not any(len(at) > len(one["loc"]) and at[: len(one["loc"])] == one["loc"] for at in places)
    ]


def _place(location: tuple[int | str, ...]) -> str:
    return "/".join(str(part + 1) if isinstance(part, int) else part for part in location) or "the document"


def _sentence(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        return "this is missing. Add it."
    if error["type"] == "extra_forbidden":
        return "this is not known. Check the spelling, or take it out."
    if error["type"] == INCOHERENT:
        return f"{message}."
    return f"{message[:1].lower()}{message[1:]}."


def _versions_twice(documents: list[AuthoritySettings]) -> Iterator[str]:
    seen: set[tuple[str, int]] = set()
    for one in documents:
        if (one.key, one.version) in seen:
            yield f"{one.key} has its version {one.version} in two files. Give the newer one the next number."
        seen.add((one.key, one.version))


def _depth(prefix: str, path: tuple[str, ...]) -> int:
    """Tell how closely a prefix names a path: 0 for `*`, 3 for the team itself, -1 for another part."""
    if prefix == "*":
        return 0
    parts = tuple(prefix.split("/"))
    return len(parts) if path[: len(parts)] == parts else -1
