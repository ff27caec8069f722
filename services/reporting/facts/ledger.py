"""What a fold writes down: rows that stay as they are, and facts whose newest version replaces the one before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol, TypedDict
from uuid import UUID

from services.reporting.facts.rows import FIXED, FOREVER, VERSIONED, Table
from shared.contracts.base import OrganisationPath

Row = tuple[Any, ...]
Key = int | tuple[int, int]
"""A fact within its table: its stream, or its stream and its own id; as numbers, since hashing a UUID is dear."""

Closing = tuple[tuple[UUID, ...], datetime]
"""The key columns of a fact whose version in the database ends, and when."""


class Stamp(Protocol):
    """What a fold uses of an envelope."""

    @property
    def subject(self) -> UUID:
        """The stream."""

    @property
    def sequence(self) -> int:
        """The number of the event in its stream."""

    @property
    def time(self) -> datetime:
        """When it happened in the business."""

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded."""

    @property
    def authority(self) -> str:
        """Whose it is."""


def known_since(before: Any, recorded_at: datetime) -> datetime:
    """Return from when a version is known: never before the one it replaces, whatever two clocks say."""
    known: datetime | None = None if before is None else before.known_from
    return recorded_at if known is None or known < recorded_at else known


class Placed(Protocol):
    """What every event about a child's file says of where it belongs."""

    @property
    def organisation(self) -> OrganisationPath:
        """The team, with its district and area."""

    @property
    def service(self) -> str:
        """The team's service."""


class Begun(TypedDict):
    """The columns that every version of a fact begins with, behind its key."""

    sequence: int
    known_from: datetime
    known_until: datetime
    authority: str
    area: str
    district: str
    team: str
    service: str


def begun(envelope: Stamp, event: Placed, known_from: datetime) -> Begun:
    """Return the columns that a version has of its event alone: which it is, from when it is known, and where it is."""
    organisation = event.organisation
    return {
        "sequence": envelope.sequence,
        "known_from": known_from,
        "known_until": FOREVER,
        "authority": envelope.authority,
        "area": organisation.area,
        "district": organisation.district,
        "team": organisation.team,
        "service": event.service,
    }


class Ledger:
    """The facts of one table: the newest version of each, those it replaced, and what the database holds of them."""

    __slots__ = ("_stored", "closings", "current", "ended", "table", "until")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.until = table.until
        self.current: dict[Key, Any] = {}
        self.ended: list[Row] = []
        """Versions that began and ended here; the database has never seen them."""
        self.closings: list[Closing] = []
        """Facts whose current version in the database ends, and when."""
        self._stored: set[Key] = set()

    def load(self, rows: Iterable[Any]) -> None:
        """Take up current versions from the database."""
        width, make = self.table.key_width, self.table.row._make
        for found in rows:
            row = make(found)
            key = row[0].int if width == 1 else (row[0].int, row[1].int)
            self.current[key] = row
            self._stored.add(key)

    def put(self, key: Key, row: Row, moment: datetime) -> None:
        """Let a version replace the current one, which ends at `moment`."""
        before = self.current.get(key)
        if before is not None:
            if key in self._stored:
                self._stored.discard(key)
                self.closings.append((before[: self.table.key_width], moment))
            else:
                until = self.until
                self.ended.append((*before[:until], moment, *before[until + 1 :]))
        self.current[key] = row

    def take_closings(self) -> list[Closing]:
        """Give the facts whose version in the database ends, once."""
        closings, self.closings = self.closings, []
        return closings

    def take_new(self) -> list[Row]:
        """Give every row the database has not seen, and regard it as stored from now on."""
        stored = self._stored
        rows = self.ended + [row for key, row in self.current.items() if key not in stored]
        self.ended = []
        self._stored = set(self.current)
        return rows


class Facts:
    """A working set of facts: loaded or begun empty, folded into, then written out."""

    __slots__ = ("fixed", "ledgers")

    def __init__(self) -> None:
        self.ledgers = {table.name: Ledger(table) for table in VERSIONED}
        self.fixed: dict[str, list[Row]] = {table.name: [] for table in FIXED}
