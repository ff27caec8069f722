"""The words of the event store: what goes in with an append, and what comes out of a load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from shared.contracts.base import PublicEvent
from shared.contracts.envelope import Message

C = TypeVar("C")
"""The commands of an aggregate."""
S = TypeVar("S")
"""The states of an aggregate."""
E = TypeVar("E")
"""The private events of an aggregate."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What the edge knows of a command, beside its content.

    `recorded_at` is aware. `idempotency_key` names the command for ever, and `fingerprint` is a hash of its request:
    the same key with another fingerprint is refused. `actor` is a pseudonymous reference or `policy:<name>`, never a
    name. `traceparent` (W3C) travels with the public events and is not stored.
    """

    authority: str
    recorded_at: datetime
    correlation_id: UUID
    causation_id: UUID | None
    idempotency_key: str | None
    fingerprint: bytes = b""
    actor: str = ""
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """One public event made of a private one, and when it happened in the business."""

    event: PublicEvent
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """The searchable row of a stream, written in the transaction of its newest events.

    `data` is JSON; what `find(where=...)` shall find must be in it, and no free text or name may be. `wake_at` is a
    durable timer: from then on `due` lists the stream.
    """

    category: str
    status: str
    data: dict[str, Any]
    wake_at: datetime | None = None


def nothing_beside(before: Any, after: Any, event: Any, meta: Meta) -> Sequence[Any]:
    """Return nothing: what most aggregates have to be written beside an event."""
    del before, after, event, meta
    return ()


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[C, S, E]):
    """How one kind of stream decides, remembers, publishes and is summed up: pure functions only.

    `publish` is given the state before the event. `source` is the CloudEvents source, such as `/audit`. `summarise`
    returns None for a stream that shall have no searchable row. `beside` says what else is written in the transaction
    of an event, of the states before and after it: rows of the service's own, such as messages to send, that the
    store's writer knows how to keep (`shared.eventstore.postgres`).
    """

    category: str
    source: str
    initial: S
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]
    to_json: Callable[[E], tuple[str, bytes]]
    from_json: Callable[[str, bytes], E]
    publish: Callable[[S, E], Sequence[Publication]]
    summarise: Callable[[S], Summary | None]
    beside: Callable[[S, S, E, Meta], Sequence[Any]] = nothing_beside


class NewEvent(NamedTuple):
    """A private event to append: its type, its JSON, and the stream's public events up to and including it."""

    type: str
    data: bytes
    public_sequence: int


class Beside(NamedTuple):
    """Something of the service's own that is kept if the event at this version of the stream is, and only then."""

    version: int
    content: Any


class OutboxMessage(NamedTuple):
    """A Kafka record on its way to a topic (by the name of the contracts, without prefix)."""

    topic: str
    message: Message


@dataclass(frozen=True, slots=True)
class Append:
    """Events for one stream, all or none, if it still stands where it was loaded.

    An expected version and public sequence of 0 mean a stream without events.
    """

    stream_id: UUID
    category: str
    expected_version: int
    expected_public_sequence: int
    events: Sequence[NewEvent]
    messages: Sequence[OutboxMessage]
    meta: Meta
    summary: Summary | None = None
    beside: Sequence[Beside] = ()

    def __post_init__(self) -> None:
        if not self.events:
            raise ValueError("an append has at least one event")
        if self.summary is not None and self.summary.category != self.category:
            raise ValueError(f"the summary is of {self.summary.category} and the stream of {self.category}")


class Appended(NamedTuple):
    """Where the stream stands after the append; `replayed` if the idempotency key had been answered before.

    A replayed answer names the stream and the version of the first one.
    """

    stream_id: UUID
    version: int
    public_sequence: int
    replayed: bool


class StoredEvent(NamedTuple):
    """A private event as it is stored. `position` is the order of insertion, for people, and no cursor."""

    stream_id: UUID
    version: int
    public_sequence: int
    position: int
    recorded_at: datetime
    correlation_id: UUID
    causation_id: UUID | None
    category: str
    authority: str
    actor: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream's events in order, and where it stands; a stream nobody wrote to is at 0."""

    events: Sequence[StoredEvent] = field(default=())

    @property
    def version(self) -> int:
        """The number of events."""
        return self.events[-1].version if self.events else 0

    @property
    def public_sequence(self) -> int:
        """The number of public events."""
        return self.events[-1].public_sequence if self.events else 0


class Past(NamedTuple):
    """What a decision needs of a stream: where it stands, and its events as type and JSON."""

    version: int
    public_sequence: int
    events: Sequence[tuple[str, bytes]]


NO_PAST = Past(0, 0, ())
"""The past of a stream nobody wrote to."""


class SummaryRow(NamedTuple):
    """A stream's searchable row as it is found; see `Summary`."""

    stream_id: UUID
    category: str
    authority: str
    status: str
    version: int
    wake_at: datetime | None
    data: dict[str, Any]
