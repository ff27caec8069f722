"""What changed of an audit since somebody looked: names of events and fields, and whose role; never a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.audit.app.aggregates import AUDIT
from services.audit.app.moderation.access import Hidden
from services.audit.app.moderation.access import hidden as hidden_from
from services.audit.domain.audits.events import AuditAmended, AuditCompleted, Event
from services.audit.domain.audits.practitioner import PractitionerResponded
from services.audit.domain.audits.re_auditing import ReAuditAsked, ReAuditNoted
from services.audit.domain.moderation.events import (
    DisputeSettled,
    ModerationDisputed,
    ModerationDone,
    ModeratorGraded,
    ReflectiveNoteRecorded,
)
from shared.eventstore.handling import fold
from shared.eventstore.model import StoredEvent
from shared.eventstore.store import EventStore
from shared.web.principal import Principal
from shared.web.seen import Change

SOMEBODY = "somebody"
"""In place of a role that is hidden."""

_OF_GRADES = (
    ModeratorGraded,
    ModerationDone,
    ModerationDisputed,
    DisputeSettled,
    ReflectiveNoteRecorded,
    PractitionerResponded,
    ReAuditAsked,
    ReAuditNoted,
)
"""Events that a blind moderator's view of the audit leaves out, or says nothing of."""

_GRADED_FIELDS = frozenset(
    {"overall_grade", "overall_rationale", "inadequate_likely", "sections", "concern_text", "overridden_limits"}
)
"""Fields that a blind moderator's view of the audit leaves empty."""

_OF_EVERY_EVENT = frozenset({"type", "at", "by", "settings_version"})


class SeenIsOld(Exception):
    """A writer had `seen` another version of something than the one it stands at (`now`); `changes` came since."""

    def __init__(self, now: int, changes: Sequence[Change], *, seen: int) -> None:
        super().__init__(f"it stands at version {now}")
        self.now = now
        self.seen = seen
        self.changes = tuple(changes)


async def changes_since(
    store: EventStore, audit_id: UUID, version: int, asker: Principal | None = None
) -> list[Change]:
    """Return what happened to an audit after a version of it, as far as the asker may know."""
    stream = await store.load(audit_id)
    hidden = Hidden() if asker is None else hidden_from(asker, fold(AUDIT, stream.events))
    return list(changes_of((event for event in stream.events if event.version > version), hidden))


def changes_of(stored: Iterable[StoredEvent], hidden: Hidden) -> Iterable[Change]:
    """Yield each stored event of an audit as a change; a blind moderator is told of none that speaks of its grade.

    Nor in what role others asked for their moderation: a difference of grades asks for one by itself.
    """
    for one in stored:
        event = AUDIT.from_json(one.type, one.data)
        if hidden.grades and isinstance(event, _OF_GRADES):
            continue
        role = SOMEBODY if hidden.grades else event.by.role
        yield Change(event=one.type, version=one.version, role=role, fields=shown_fields(fields_of(event), hidden))


def shown_fields(fields: Iterable[str], hidden: Hidden) -> tuple[str, ...]:
    """Return the fields that a reader may be told were spoken of: a limit set aside tells a grade above it."""
    return tuple(field for field in fields if not (hidden.grades and field in _GRADED_FIELDS))


def fields_of(event: Event) -> tuple[str, ...]:
    """Return the names of the fields that an event speaks of."""
    match event:
        case AuditAmended():
            return event.changed
        case AuditCompleted():
            return tuple(sorted(event.outcome.model_fields_set))
        case _:
            return tuple(sorted(event.model_fields_set - _OF_EVERY_EVENT))
