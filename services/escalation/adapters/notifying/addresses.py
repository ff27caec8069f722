"""Where people are reached: a YAML document outside the event world, read at start and again when it changes.

    northmoor:
      - {person: 3b1f..., mail: someone@northmoor.example}
      - {role: service-manager, unit: north/riverside, mail: riverside@northmoor.example}
      - {role: qa-manager, webhook: "https://hooks.northmoor.example/audit-escalations"}

A person's own address goes before the role's, a role's for a district before that for its area or for all. No address
is ever logged, stored with a notice or named in a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.escalation.adapters.notifying import smtp, webhook
from services.escalation.app.notices import Notice
from services.escalation.app.sending import Route
from shared.authority.settings import Authorities
from shared.authority.yaml_text import NotYaml, read_yaml
from shared.telemetry import events, logs
from shared.web.principal import Role

log = logs.get_logger()

events.register(
    events.LogEvent(
        "notice_addresses_read",
        "info",
        ("count",),
        "The document of addresses was read: so many entries.",
        "Nothing.",
    ),
    events.LogEvent(
        "notice_addresses_invalid",
        "error",
        ("count",),
        "The document of addresses was changed and cannot be used; the addresses of before hold on.",
        "Start a second service by hand to see each fault named, or look at what was changed last; mend it.",
    ),
)

_MAIL: Final = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$"


class AddressesInvalid(ValueError):
    """The document cannot be used; each fault in a line of its own, none with an address in it."""


class Entry(BaseModel):
    """Where one person, or whoever holds a role in a unit, is reached."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    person: UUID | None = None
    role: Role | None = None
    unit: str = "*"
    mail: Annotated[str, Field(pattern=_MAIL)] | None = None
    webhook: str | None = None

    @property
    def route(self) -> Route:
        """Return it as a route."""
        if self.mail is not None:
            return Route(smtp.NAME, self.mail, shared=self.person is None)
        assert self.webhook is not None  # one of both was asked for
        return Route(webhook.NAME, self.webhook, shared=self.person is None, lane=urlsplit(self.webhook).hostname or "")


@dataclass(frozen=True, slots=True)
class Book:
    """The document's entries: of people by authority and reference, of roles by authority, role and unit."""

    people: Mapping[tuple[str, UUID], Route]
    roles: Mapping[tuple[str, str, str], Route]
    channels: frozenset[str]

    def route(self, notice: Notice) -> Route | None:
        """Return where a notice goes, or None where the document does not say."""
        if notice.person is not None and (own := self.people.get((notice.authority, notice.person))) is not None:
            return own
        parts = notice.unit.split("/")
        for unit in (*("/".join(parts[:depth]) for depth in range(len(parts), 0, -1)), "*"):
            found = self.roles.get((notice.authority, notice.role, unit))
            if found is not None:
                return found
        return None


def read_book(text: str, name: str, authorities: Authorities, *, local: bool) -> Book:
    """Read a document; `local` allows web addresses without TLS.

    Raises:
        AddressesInvalid: it cannot be used; every fault is in the message, by its place.

    """
    try:
        raw, repeated = read_yaml(text)
    except NotYaml as error:
        raise AddressesInvalid(f"{name} {error}") from None
    raw = {} if raw is None else raw
    if not isinstance(raw, dict):
        raise AddressesInvalid(f"{name} should name authorities by their keys, each with a list of addresses.")
    reading = _Reading(local=local)
    reading.faults += [f"{name}, line {line}: {key} is there twice. Take one of them out." for key, line in repeated]
    for key, listed in raw.items():
        if key not in authorities:
            reading.faults.append(f"{name}, {key}: no settings document names this authority. Check the key.")
        elif not isinstance(listed, list):
            reading.faults.append(f"{name}, {key}: this should be a list of addresses.")
        else:
            paths = authorities.get(key).units
            units = {"*"} | {"/".join(path[:depth]) for path in paths for depth in (1, 2, 3)}
            for number, one in enumerate(listed, 1):
                reading.take(one, key, f"{name}, {key}/{number}", units)
    if reading.faults:
        raise AddressesInvalid("\n".join(reading.faults))
    used = frozenset(route.channel for route in (*reading.people.values(), *reading.roles.values()))
    return Book(reading.people, reading.roles, used)


class _Reading:
    """What was read of a document so far: entries, and every fault."""

    def __init__(self, *, local: bool) -> None:
        self._local = local
        self.people: dict[tuple[str, UUID], Route] = {}
        self.roles: dict[tuple[str, str, str], Route] = {}
        self.faults: list[str] = []

    def take(self, one: Any, authority: str, place: str, units: set[str]) -> None:
        """Take one entry in, or what is wrong with it."""
        entry = _entry(one, place, units, self.faults, local=self._local)
        if entry is None:
            return
        route = entry.route
        if entry.person is not None:
            kept = self.people.setdefault((authority, entry.person), route)
        else:
            assert entry.role is not None  # one of both was asked for
            kept = self.roles.setdefault((authority, entry.role.value, entry.unit), route)
        if kept is not route:
            self.faults.append(f"{place}: the same person, or role and unit, is there before. Keep one.")


def _entry(one: Any, place: str, units: set[str], faults: list[str], *, local: bool) -> Entry | None:
    """Return an entry; None, with what is wrong added to the faults, where it cannot be used."""
    try:
        entry = Entry.model_validate(one)
    except ValidationError as invalid:
        faults += [
            f"{place}{_field(error['loc'])}: {_sentence(error)}" for error in invalid.errors(include_input=False)
        ]
        return None
    found = [f"{place}: {sentence}" for sentence in _incoherent(entry, units, local=local)]
    faults += found
    return None if found else entry


def _incoherent(entry: Entry, units: set[str], *, local: bool) -> Iterator[str]:
    if (entry.person is None) == (entry.role is None):
        yield "name either a person or a role."
    if entry.person is not None and entry.unit != "*":
        yield "a person has one address wherever they work. Take the unit out."
    if (entry.mail is None) == (entry.webhook is None):
        yield "give either mail or webhook."
    if entry.unit not in units:
        yield f"the unit {entry.unit} is no area, district or team of the authority."
    if entry.webhook is not None and not _may_be_posted_to(entry.webhook, local=local):
        yield "the webhook should be an https address without user, password or fragment."


def _may_be_posted_to(address: str, *, local: bool) -> bool:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username or parts.password or parts.fragment:
        return False
    return parts.scheme == "https" or (local and parts.scheme == "http" and _is_here(parts.hostname))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _field(location: tuple[int | str, ...]) -> str:
    return "".join(f"/{part}" for part in location)


def _sentence(error: Any) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "this is not known. Check the spelling, or take it out."
        case "string_pattern_mismatch":
            return "this is no mail address."
        case "enum":
            return f"there is no such role. It is one of {', '.join(sorted(role.value for role in Role))}."
        case "uuid_parsing" | "uuid_type":
            return "this is no person's reference (a UUID), as under people in the settings."
        case "model_type":
            return "this should be an address: {role: ..., unit: ..., mail: ...}."
        case _:
            return "this cannot be used. Give text."


class AddressBook:
    """The document as it is now: looked at before each use, read again when it changed.

    Without an own address everyone goes to `fallback`, such as the file of a local installation; without that, nowhere.
    """

    def __init__(
        self, path: Path | None, authorities: Authorities, *, local: bool = False, fallback: Route | None = None
    ) -> None:
        """Read the document.

        Raises:
            AddressesInvalid: it cannot be used, or cannot be read.

        """
        self._path = path
        self._authorities = authorities
        self._local = local
        self._fallback = fallback
        self._seen: tuple[int, int, int] | None = None
        self._book = Book({}, {}, frozenset())
        if path is not None:
            self._seen = self._mark(path)
            self._book = self._read(path)
            log.info("notice_addresses_read", count=len(self._book.people) + len(self._book.roles))

    @property
    def channels(self) -> frozenset[str]:
        """Return the names of the channels that addresses of the document use."""
        return self._book.channels

    def route(self, notice: Notice) -> Route | None:
        """Return where a notice goes, or None where nobody said."""
        self.look()
        return self._book.route(notice) or self._fallback

    def look(self) -> None:
        """Read the document again if it changed; one that cannot be used is said, once, and changes nothing."""
        if self._path is None:
            return
        try:
            mark = self._mark(self._path)
            if mark == self._seen:
                return
            self._seen = mark
            self._book = self._read(self._path)
        except AddressesInvalid as invalid:
            count = len(str(invalid).splitlines())
            log.error("notice_addresses_invalid", count=count)  # noqa: TRY400 - a fault of the document, with no place in our code
        else:
            log.info("notice_addresses_read", count=len(self._book.people) + len(self._book.roles))

    def _mark(self, path: Path) -> tuple[int, int, int]:
        try:
            found = path.stat()
        except OSError:
            if self._seen == (0, 0, 0):
                return (0, 0, 0)
            self._seen = (0, 0, 0)
            raise AddressesInvalid(f"{path.name} (SIGHTLINE_ESCALATION_ADDRESSES) is not there.") from None
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    def _read(self, path: Path) -> Book:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise AddressesInvalid(f"{path.name} cannot be read as UTF-8 text.") from None
        return read_book(text, path.name, self._authorities, local=self._local)
