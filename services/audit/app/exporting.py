"""All that is held on a child, readable: for the child's own right of access (design.md section 4).

Events in the order in which they happened, each with its coded fields and its texts opened; drafts; who read any of
it. An erased child's export says that the child is erased, and shows what is left: figures without text.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.audit.app import readings, sealing
from services.audit.app.aggregates import AUDIT, CALIBRATION, CHILD
from services.audit.app.audits.allocating import ChildUnknown
from services.audit.app.drafts import storing as draft_storing
from services.audit.app.drafts.forms import draft_of
from services.audit.app.drafts.opening import open_draft
from services.audit.app.drafts.storing import StoredDraft
from services.audit.app.handling import Parts
from services.audit.app.sealing import ERASED_TEXT, concern_box
from services.audit.app.texts import texts_of
from services.audit.app.viewing import View
from services.audit.domain.audits.events import ConcernFlagged
from services.audit.domain.calibration.events import CalibrationClosed, CalibrationOpened, CaseGraded
from services.audit.domain.child import ChildErased
from services.audit.domain.words import SealedText
from shared.eventstore.model import Aggregate
from shared.privacy.keystore import Erased
from shared.privacy.readings import Shown
from shared.web.moments import in_utc
from shared.web.principal import Principal

_PAGE = 500
_EVERY_READING = 1_000_000
_OF_EVERY_EVENT = {"type", "at", "by"}


class ExportedEvent(View):
    """Something that happened to an audit or a calibration exercise with the child's file, or to the file itself."""

    happened_at: datetime
    recorded_at: datetime
    audit_id: UUID = Field(description="the audit, the calibration exercise, or the child where it is erased")
    what: str
    by_role: str
    by: UUID | None
    fields: dict[str, Any]
    texts: dict[str, str]


class ExportedDraft(View):
    """What is written of an audit that is not completed."""

    audit_id: UUID
    draft: dict[str, Any]


class ExportedReading(View):
    """Somebody read texts of the child's file."""

    read_at: datetime
    audit_id: UUID
    what: str
    reader: UUID
    reader_role: str
    boxes: tuple[str, ...]


class ChildExport(View):
    """Everything that the audit service holds on a child."""

    case_reference: UUID
    authority: str
    case_number: str = Field(description=f"`{ERASED_TEXT}` where the child is erased")
    erased: bool
    exported_at: datetime
    events: tuple[ExportedEvent, ...]
    drafts: tuple[ExportedDraft, ...]
    readings: tuple[ExportedReading, ...]


class Exporting:
    """Exports what is held on a child."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def child(self, reference: UUID, authority: str, principal: Principal) -> ChildExport:
        """Return all that is held on a child of the authority; the export is a reading of every text in it.

        Raises:
            ChildUnknown: the authority holds nothing on such a child.

        """
        parts, now = self._parts, self._parts.clock()
        streams = [each async for each in self._streams(reference, authority)]
        audits = [stream for aggregate, stream in streams if aggregate is AUDIT]
        async with parts.pool.acquire() as connection:
            known = await parts.references.authority_of(connection, reference)
            if known != authority and not streams:
                raise ChildUnknown
            numbers = await parts.references.case_numbers(connection, [reference])
            stored = {audit_id: await draft_storing.read(connection, audit_id) for audit_id in audits}
            read = await readings.readings(connection, authority, case_reference=reference, limit=_EVERY_READING)
        number = numbers.get(reference, ERASED_TEXT)
        told = [one for aggregate, stream in streams for one in await self._events(reference, aggregate, stream)]
        drafts = [await self._draft(reference, audit_id, one) for audit_id, one in stored.items() if one.version]
        await self._record(principal, reference, authority, told, stored, now)
        return ChildExport(
            case_reference=reference,
            authority=authority,
            case_number=ERASED_TEXT if isinstance(number, Erased) else number,
            erased=reference not in numbers,
            exported_at=now,
            events=tuple(sorted(told, key=lambda one: (one.happened_at, one.recorded_at))),
            drafts=tuple(drafts),
            readings=tuple(
                ExportedReading(
                    read_at=one.read_at,
                    audit_id=one.audit_id,
                    what=one.what,
                    reader=one.reader,
                    reader_role=one.reader_role,
                    boxes=one.boxes,
                )
                for one in read
            ),
        )

    async def _streams(self, reference: UUID, authority: str) -> AsyncIterator[tuple[Aggregate[Any, Any, Any], UUID]]:
        """Yield every stream about the child: audits, calibration exercises, and the erasure."""
        for aggregate in (AUDIT, CALIBRATION):
            after: UUID | None = None
            while rows := await self._parts.store.find(
                aggregate.category,
                authority=authority,
                where={"case_reference": str(reference)},
                limit=_PAGE,
                after=after,
            ):
                for row in rows:
                    yield aggregate, row.stream_id
                after = rows[-1].stream_id
        erasure = await self._parts.store.load(reference)
        if erasure.events and (erasure.events[0].category, erasure.events[0].authority) == (CHILD.category, authority):
            yield CHILD, reference

    async def _events(self, child: UUID, aggregate: Aggregate[Any, Any, Any], stream_id: UUID) -> list[ExportedEvent]:
        stream = await self._parts.store.load(stream_id)
        events = [(stored, aggregate.from_json(stored.type, stored.data)) for stored in stream.events]
        sealed = _sealed_of([event for _, event in events])
        opened = [await sealing.unseal(self._parts.sealer, child, stream_id, texts) for texts in sealed]
        return [
            ExportedEvent(
                happened_at=event.at,
                recorded_at=stored.recorded_at,
                audit_id=stream_id,
                what=event.type,
                by_role=event.by.role,
                by=event.by.reference,
                fields=_without(in_utc(event).model_dump(mode="json", exclude=_OF_EVERY_EVENT), set(texts.values())),
                texts=plain,
            )
            for (stored, event), texts, plain in zip(events, sealed, opened, strict=True)
        ]

    async def _draft(self, child: UUID, audit_id: UUID, stored: StoredDraft) -> ExportedDraft:
        opened = await open_draft(self._parts.sealer, child, audit_id, stored)
        return ExportedDraft(audit_id=audit_id, draft=draft_of(opened.coded, opened.texts))

    async def _record(  # noqa: PLR0917 - what was told of whom, to whom, when
        self,
        principal: Principal,
        child: UUID,
        authority: str,
        told: Iterable[ExportedEvent],
        drafts: Mapping[UUID, StoredDraft],
        at: datetime,
    ) -> None:
        """Record the export as a reading of each stream's texts."""
        boxes: dict[UUID, set[str]] = {}
        for one in told:
            boxes.setdefault(one.audit_id, set()).update(one.texts)
        for audit_id, stored in drafts.items():
            written = {draft_storing.PREFIX + box for box in stored.filled(coded=False)}
            boxes.setdefault(audit_id, set()).update(written)
        async with self._parts.pool.acquire() as connection:
            for stream, shown in boxes.items():
                what = Shown(stream, authority, child, "child-export")
                await readings.record_of(connection, principal, what, boxes=shown, at=at)


def _sealed_of(events: Sequence[Any]) -> list[dict[str, SealedText]]:
    """Return the sealed texts of each event by their boxes; a concern's box has its place among the concerns."""
    found: list[dict[str, SealedText]] = []
    concerns = 0
    for event in events:
        match event:
            case ConcernFlagged(text=text):
                concerns += 1
                texts: dict[str, SealedText | None] = {concern_box(concerns): text}
            case CaseGraded() | CalibrationClosed():
                texts = {**event.texts()}
            case CalibrationOpened() | ChildErased():
                texts = {}
            case _:
                texts = {**texts_of([event])}
        found.append({box: text for box, text in texts.items() if text is not None})
    return found


def _without(value: Any, sealed: set[SealedText]) -> Any:
    """Return an event's fields without its sealed texts, which stand beside it in plain, and without what is empty."""
    if isinstance(value, dict):
        kept = {name: _without(one, sealed) for name, one in value.items() if one not in _EMPTY}
        return {name: one for name, one in kept.items() if not (isinstance(one, str) and one in sealed)}
    if isinstance(value, list):
        return [_without(one, sealed) for one in value]
    return value


_EMPTY: tuple[Any, ...] = (None, [], {})
