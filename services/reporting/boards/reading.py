"""Reading what boards decided, and where charts start anew, for a report: now, as known then, or as published.

A published report says up to which version of each stream it has them, so that it can be made again exactly so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.reporting.boards.decisions import BOARD_DECISIONS, ENDED, Recorded
from services.reporting.boards.decisions import CATEGORY as DECISIONS
from services.reporting.boards.rebasing import CHARTED, CONTROL_CHARTS, stream_of
from services.reporting.publications import storing
from services.reporting.publications.storing import Publication
from services.reporting.reports.board_record import About, BoardRecord, Decided, figure_in
from services.reporting.reports.figures import Report
from services.reporting.reports.windows import Window, london_date
from shared.eventstore.database import Connection
from shared.eventstore.handling import fold
from shared.eventstore.model import StoredEvent
from shared.eventstore.store import EventStore

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of what was decided a report has: the day it was made, and each stream's version."""

    on: date
    versions: Mapping[UUID, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {"on": self.on.isoformat(), "versions": {str(one): version for one, version in self.versions.items()}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Extent:
        """Return what was kept."""
        versions = {UUID(one): int(version) for one, version in kept["versions"].items()}
        return cls(date.fromisoformat(kept["on"]), versions)


@dataclass(frozen=True, slots=True)
class Read:
    """What a report takes in, and how much that was."""

    record: BoardRecord
    extent: Extent


async def read_record(
    connection: Connection, store: EventStore, authority: str, window: Window, until: datetime | Extent
) -> Read:
    """Return what a report of a window takes in: as was known at a moment (now, or one that has passed), or an extent.

    Those are the board's decisions on the window before, and earlier ones that were not done when this window began.
    """
    found: dict[str, list[tuple[UUID, Recorded]]] = {}
    versions: dict[UUID, int] = {}
    for stream_id in await _decisions(connection, store, authority, until):
        events = _known((await store.load(stream_id, connection=connection)).events, until)
        state = fold(BOARD_DECISIONS, events)
        if isinstance(state, Recorded) and _belongs(state, window):
            found.setdefault(state.recorded.board, []).append((stream_id, state))
            versions[stream_id] = events[-1].version
    rebases = {}
    for measure in CHARTED:
        events = _known((await store.load(stream_of(authority, measure), connection=connection)).events, until)
        rebases[measure] = fold(CONTROL_CHARTS, events).months
        if events:
            versions[events[-1].stream_id] = events[-1].version
    on = until.on if isinstance(until, Extent) else london_date(until)
    reports = _Published(connection, authority)
    decisions = {board: tuple([await reports.told(*one) for one in _in_order(some)]) for board, some in found.items()}
    return Read(BoardRecord(on, decisions, rebases), Extent(on, versions))


async def record_of(
    connection: Connection, store: EventStore, authority: str, window: Window, published: Publication
) -> BoardRecord | None:
    """Return what a published report took in; None where it was made before reports took in anything."""
    if published.decided is None:
        return None
    return (await read_record(connection, store, authority, window, Extent.from_json(published.decided))).record


async def _decisions(
    connection: Connection, store: EventStore, authority: str, until: datetime | Extent
) -> Sequence[UUID]:
    if isinstance(until, Extent):
        charts = {stream_of(authority, measure) for measure in CHARTED}
        return [stream_id for stream_id in until.versions if stream_id not in charts]
    found: list[UUID] = []
    while True:
        rows = await store.find(
            DECISIONS,
            authority=authority,
            limit=_PAGE,
            after=found[-1] if found else None,
            connection=connection,
        )
        found += [row.stream_id for row in rows]
        if len(rows) < _PAGE:
            return found


def _known(events: Sequence[StoredEvent], until: datetime | Extent) -> list[StoredEvent]:
    if isinstance(until, Extent):
        return [one for one in events if one.version <= until.versions.get(one.stream_id, 0)]
    return [one for one in events if one.recorded_at <= until]


def _belongs(state: Recorded, window: Window) -> bool:
    """Tell whether a report of a window tells of a decision."""
    of = state.recorded.window
    if of >= window.key:
        return False
    return of >= window.back().key or state.state not in ENDED or state.on >= window.start


def _in_order(some: Sequence[tuple[UUID, Recorded]]) -> list[tuple[UUID, Recorded]]:
    return sorted(some, key=lambda one: (one[1].recorded.decided_on, str(one[0])))


@dataclass(frozen=True, slots=True)
class _Published:
    """The published reports that decisions are about, each read once."""

    connection: Connection
    authority: str
    read: dict[tuple[str, str, int], Report | None] = field(default_factory=dict)

    async def told(self, decision_id: UUID, state: Recorded) -> Decided:
        """Return a decision with the figure that it is about, as the report before the board prints it."""
        one = state.recorded
        figure = one.figure
        about = About(one.section) if figure is None else About(one.section, figure.table, figure.row, figure.column)
        report = await self._report(one.board, one.window, one.report_version)
        found = None if report is None or figure is None else figure_in(report, about)
        topics = {} if report is None else {section.id: section.topic for section in report.sections}
        return Decided(
            id=decision_id,
            window=one.window,
            about=about,
            called=topics.get(one.section, one.section) if found is None else found[1],
            then=None if found is None else found[0],
            decision=one.decision,
            unit=one.unit,
            owner_role=one.owner_role,
            decided_on=one.decided_on,
            due_on=one.due_on,
            state=state.state.value,
            since=state.on,
            difference=None if state.difference is None else state.difference.value,
            reason=state.reason,
        )

    async def _report(self, kind: str, window_key: str, version: int) -> Report | None:
        key = (kind, window_key, version)
        if key not in self.read:
            versions = await storing.versions(self.connection, self.authority, window_key)
            one = next((one for one in versions if (one.kind, one.version) == (kind, version)), None)
            self.read[key] = None if one is None else await storing.content(self.connection, self.authority, one)
        return self.read[key]
