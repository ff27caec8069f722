"""What a service gives to be run: its data, its aggregates, and what is built once the database is there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from shared.eventstore.database import Connection, Pool
from shared.eventstore.model import Aggregate
from shared.eventstore.postgres import BesideWriter
from shared.eventstore.store import EventStore
from shared.messaging.kafka import KafkaSettings
from shared.messaging.records import Received
from shared.messaging.topics import TopicSettings
from shared.telemetry.health import Probe
from shared.web.problems import PageOf, Problem
from shared.web.settings import WebSettings

Clock = Callable[[], datetime]
"""The edge's clock: the moment now, in UTC."""


BatchHandler = Callable[[Connection, Sequence[Received]], Awaitable[None]]
"""What a service does with a batch of messages, inside the batch's own transaction."""


def utc_now() -> datetime:
    """Give the moment now, in UTC: the clock of every process outside tests."""
    return datetime.now(UTC)


class CannotStart(RuntimeError):
    """A service's own parts cannot be opened; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a process has ready before its service builds its own parts.

    `wake` tells the relay that something was committed, so that it is sent at once and not at the next look.
    """

    name: str
    pool: Pool
    store: EventStore
    wake: Callable[[], None]
    kafka: KafkaSettings
    topics: TopicSettings
    web: WebSettings
    clock: Clock


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """Which topics a service reads (by the names of the contracts), which event types, and what it does with them.

    Reading begins once `after` has returned: what the handler writes to may have to be made first.
    """

    topics: Sequence[str]
    interested: frozenset[str]
    handler: BatchHandler
    on_discard: Any = None
    after: Callable[[], Awaitable[object]] | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """Work that is looked for again and again; `run` gives how many things it did.

    What is due is kept in the database, so a timer that missed its hour finds it at the next look.
    """

    name: str
    every_seconds: float
    run: Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class NoticeFigures:
    """How a service's messages to people stand.

    `waiting` are not sent yet, `failing` of them were tried in vain, `given_up` are not tried any more. `reason` is the
    commonest reason of those that fail, as a code.
    """

    waiting: int
    failing: int
    given_up: int
    oldest_age_seconds: float
    reason: str | None


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that whoever runs the service should know of: its kind as a code, how many, and a sentence.

    A kind of which there is none is given with a count of 0, so that its figure goes back to that.
    """

    kind: str
    count: int
    words: str
    oldest_age_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Opened:
    """What a service built for this process."""

    routers: Sequence[APIRouter]
    consumer: ConsumerSpec | None = None
    timers: Sequence[Timer] = ()
    probes: Sequence[Probe] = ()
    error_types: Mapping[type[Exception], Callable[[Any], Problem]] = field(default_factory=dict)
    static: Path | None = None
    body_limit: int | None = None
    overdue: Callable[[], Awaitable[int]] | None = None
    notices: Callable[[], Awaitable[NoticeFigures]] | None = None
    attention: Callable[[], Awaitable[Sequence[Attention]]] | None = None
    page: PageOf | None = None


@dataclass(frozen=True, slots=True)
class ServiceParts:
    """A service: its name, its database and migrations, its aggregates, and how it opens the rest.

    `open` is entered once the database is migrated and left before the pool closes. `beside` keeps what its aggregates
    want kept in the transaction of their events.
    """

    name: str
    title: str
    database: str
    port: int
    migrations: Sequence[Path]
    aggregates: Sequence[Aggregate[Any, Any, Any]]
    open: Callable[[Runtime], AbstractAsyncContextManager[Opened]]
    pool_size: int = 16
    beside: BesideWriter | None = None
