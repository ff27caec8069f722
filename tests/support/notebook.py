"""A small aggregate for tests of the event store, the outbox and the relay: a notebook of entries.

An entry publishes as many public events as it says, none to three, so that private versions and public numbers
go apart; closing a closed notebook changes nothing, writing into one is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.contracts.base import AUDIT_EVENTS, PublicEvent
from shared.eventstore.model import Aggregate, Meta, Publication, Summary

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NORTH = "north"


class Written(BaseModel):
    model_config = ConfigDict(frozen=True)
    type: Literal["written"] = "written"
    at: datetime
    entry: str
    copies: int = 1


class Closed(BaseModel):
    model_config = ConfigDict(frozen=True)
    type: Literal["closed"] = "closed"
    at: datetime


Event = Written | Closed
_events: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


class NoteTaken(PublicEvent):
    TYPE: ClassVar[str] = "note-taken.v1"
    TOPIC: ClassVar[str] = AUDIT_EVENTS

    entry: str
    copy_number: int
    entries_before: int


@dataclass(frozen=True)
class Write:
    entry: str
    copies: int = 1
    at: datetime = NOON


@dataclass(frozen=True)
class WriteMany:
    entries: tuple[str, ...]
    copies: int = 1
    at: datetime = NOON


@dataclass(frozen=True)
class Close:
    at: datetime = NOON


Command = Write | WriteMany | Close


@dataclass(frozen=True)
class Notebook:
    entries: tuple[str, ...] = ()
    closed: bool = False


class NotebookClosed(Exception):
    pass


def decide(command: Command, state: Notebook) -> Sequence[Event]:
    if isinstance(command, Close):
        return [] if state.closed else [Closed(at=command.at)]
    if state.closed:
        raise NotebookClosed
    entries = command.entries if isinstance(command, WriteMany) else (command.entry,)
    return [Written(at=command.at, entry=entry, copies=command.copies) for entry in entries]


def evolve(state: Notebook, event: Event) -> Notebook:
    match event:
        case Written():
            return Notebook((*state.entries, event.entry), state.closed)
        case Closed():
            return Notebook(state.entries, closed=True)


def to_json(event: Event) -> tuple[str, bytes]:
    return event.type, event.model_dump_json().encode()


def from_json(_type: str, data: bytes) -> Event:
    return _events.validate_json(data)


def publish(before: Notebook, event: Event) -> Sequence[Publication]:
    if not isinstance(event, Written):
        return []
    return [
        Publication(NoteTaken(entry=event.entry, copy_number=n, entries_before=len(before.entries)), event.at)
        for n in range(1, event.copies + 1)
    ]


def margin(before: Notebook, after: Notebook, event: Event, meta: Meta) -> Sequence[str]:
    """What a notebook keeps beside its events: who closed it, how full it was, and nothing for an entry."""
    return [f"{len(before.entries)} {after.closed} {meta.authority}"] if isinstance(event, Closed) else []


def summarise(state: Notebook) -> Summary | None:
    return Summary(
        category="notebook",
        status="closed" if state.closed else "open",
        data={"entries": list(state.entries), "count": len(state.entries)},
        wake_at=None if state.closed else NOON + timedelta(days=len(state.entries)),
    )


NOTEBOOK: Aggregate[Command, Notebook, Event] = Aggregate(
    category="notebook",
    source="/test/notebook",
    initial=Notebook(),
    decide=decide,
    evolve=evolve,
    to_json=to_json,
    from_json=from_json,
    publish=publish,
    summarise=summarise,
    beside=margin,
)


def meta(
    idempotency_key: str | None = None,
    *,
    fingerprint: bytes = b"",
    authority: str = NORTH,
    recorded_at: datetime = NOON,
    correlation_id: UUID | None = None,
    traceparent: str | None = None,
) -> Meta:
    """What the edge would know, with a correlation of its own unless one is given."""
    return Meta(
        authority=authority,
        recorded_at=recorded_at,
        correlation_id=correlation_id or uuid4(),
        causation_id=None,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
        actor="policy:test",
        traceparent=traceparent,
    )
