"""What changed of an audit since somebody looked: names of events and fields, and whose role; never a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.audit.app.aggregates import AUDIT
from services.audit.domain.audits.events import AuditAmended, AuditCompleted, Event
from shared.eventstore.model import StoredEvent
from shared.eventstore.store import EventStore
from shared.web.seen import Change

_OF_EVERY_EVENT = frozenset({"type", "at", "by", "settings_version"})


class SeenIsOld(Exception):
    """A writer had seen an older version of the audit than the one it stands at (`now`); `changes` came since."""

    def __init__(self, now: int, changes: Sequence[Change]) -> None:
        super().__init__(f"the audit stands at version {now}")
        self.now = now
        self.changes = tuple(changes)


async def changes_since(store: EventStore, audit_id: UUID, version: int) -> list[Change]:
    """Return what happened to an audit after a version of it."""
    stream = await store.load(audit_id)
    return list(changes_of(event for event in stream.events if event.version > version))


def changes_of(stored: Iterable[StoredEvent]) -> Iterable[Change]:
    """Yield each stored event of an audit as a change."""
    for one in stored:
        event = AUDIT.from_json(one.type, one.data)
        yield Change(event=one.type, version=one.version, role=event.by.role, fields=fields_of(event))


def fields_of(event: Event) -> tuple[str, ...]:
    """Return the names of the fields that an event speaks of."""
    match event:
        case AuditAmended():
            return event.changed
        case AuditCompleted():
            return tuple(sorted(event.outcome.model_fields_set))
        case _:
            return tuple(sorted(event.model_fields_set - _OF_EVERY_EVENT))
