"""What this service holds on a child, readable: its part of the child's own right of access (design.md section 4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from pydantic import ConfigDict, Field

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.texts import Texts, boxes_of, field_of_event, text_of
from services.escalation.domain import events
from services.escalation.domain.events import Event
from services.escalation.domain.states import NotConsidered
from shared.eventstore.handling import fold
from shared.eventstore.model import StoredEvent
from shared.eventstore.store import EventStore
from shared.privacy.readings import Reader, Reading, Shown
from shared.web.moments import SaidInUtc, in_utc

_PAGE: Final = 500
_EVERY_READING: Final = 1_000_000
_BESIDE: Final = {"type", "at", "by", "text", "case_number", "recorded_at"}


class KeptReadings(Protocol):
    """The readings that are kept."""

    async def record(self, reader: Reader, shown: Shown, *, boxes: Collection[str], at: datetime) -> None:
        """Keep one."""

    async def readings(
        self,
        authority: str,
        *,
        escalations: Collection[UUID] | None = None,
        reader: UUID | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[Reading]:
        """Return an authority's, in the order they were recorded, narrowed by escalations or reader."""


class View(SaidInUtc):
    """A part of the export."""

    model_config = ConfigDict(frozen=True)


class ExportedEvent(View):
    """Something that happened to an audit escalation of the child."""

    happened_at: datetime
    recorded_at: datetime
    escalation_id: UUID
    what: str
    by_role: str
    by: UUID | None
    fields: dict[str, Any]
    texts: dict[str, str]


class ExportedReading(View):
    """Somebody was shown texts of an audit escalation: which boxes, when."""

    reading: int
    read_at: datetime
    escalation_id: UUID
    case_reference: UUID | None
    what: str
    reader: UUID
    reader_role: str
    boxes: tuple[str, ...]


class ChildExport(View):
    """Everything that the escalation service holds on a child."""

    case_reference: UUID
    authority: str
    erased: bool
    exported_at: datetime
    events: tuple[ExportedEvent, ...] = Field(description="in the order in which they happened, texts opened")
    readings: tuple[ExportedReading, ...]


@dataclass(frozen=True, slots=True)
class Exporting:
    """Exports what is held on a child, and lists who read what."""

    store: EventStore
    aggregate: EscalationAggregate
    texts: Texts
    kept: KeptReadings

    async def child(self, reference: UUID, authority: str, reader: Reader, now: datetime) -> ChildExport:
        """Return all that is held on a child of the authority; that is a reading of every text in it."""
        told: list[ExportedEvent] = []
        streams = [stream async for stream in self._streams(reference, authority)]
        for stream in streams:
            told += await self._events(stream, reference, authority, reader, now)
        read = await self.kept.readings(authority, escalations=streams, limit=_EVERY_READING) if streams else []
        return ChildExport(
            case_reference=reference,
            authority=authority,
            erased=await self.texts.is_erased(reference),
            exported_at=now,
            events=tuple(sorted(told, key=lambda one: (one.happened_at, one.recorded_at))),
            readings=tuple(shown(one) for one in read),
        )

    async def readings(
        self, authority: str, *, escalation: UUID | None, reader: UUID | None, after: int | None, limit: int
    ) -> list[ExportedReading]:
        """Return who was shown which texts, in the order it was recorded."""
        only = None if escalation is None else [escalation]
        found = await self.kept.readings(authority, escalations=only, reader=reader, after=after, limit=limit)
        return [shown(one) for one in found]

    async def _streams(self, reference: UUID, authority: str) -> AsyncIterator[UUID]:
        after: UUID | None = None
        where = {"case_reference": str(reference)}
        while rows := await self.store.find(
            self.aggregate.category, authority=authority, where=where, limit=_PAGE, after=after
        ):
            for row in rows:
                yield row.stream_id
            after = rows[-1].stream_id

    async def _events(
        self, stream: UUID, child: UUID, authority: str, reader: Reader, now: datetime
    ) -> list[ExportedEvent]:
        stored = (await self.store.load(stream)).events
        history = [events.from_json(one.type, one.data) for one in stored]
        state = fold(self.aggregate, stored)
        assert not isinstance(state, NotConsidered)  # it has a row
        opened = await self.texts.opened(stream, state, history)
        boxes = boxes_of(history, opened)
        await self.texts.readings.record(reader, Shown(stream, authority, child, "child-export"), boxes=boxes, at=now)
        return [_exported(stream, one, event, opened) for one, event in zip(stored, history, strict=True)]


def _exported(stream: UUID, stored: StoredEvent, event: Event, opened: dict[str, str]) -> ExportedEvent:
    by, field, text = getattr(event, "by", None), field_of_event(event), text_of(event)
    return ExportedEvent(
        happened_at=event.at,
        recorded_at=stored.recorded_at,
        escalation_id=stream,
        what=event.type,
        by_role="service" if by is None else by.role,
        by=None if by is None else by.reference,
        fields=_filled(in_utc(event).model_dump(mode="json", exclude=_BESIDE).items()),
        texts={} if field is None or text is None else {field: opened[text]},
    )


def _filled(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in fields if value not in (None, [], {}, False)}


def shown(one: Reading) -> ExportedReading:
    """Return a reading as it is told."""
    return ExportedReading(
        reading=one.reading,
        read_at=one.read_at,
        escalation_id=one.stream,
        case_reference=one.case_reference,
        what=one.what,
        reader=one.reader,
        reader_role=one.reader_role,
        boxes=one.boxes,
    )
