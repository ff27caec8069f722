"""A service as the relay sees it: a store on a database of its own, and a topic of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from pydantic import ValidationError

from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventInvalid
from shared.eventstore.database import Pool
from shared.eventstore.errors import VersionConflict
from shared.eventstore.handling import handle
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.kafka import KafkaSettings
from shared.outbox.relay import Relay
from shared.outbox.tail import Ownership
from tests.support.notebook import NOTEBOOK, NoteTaken, WriteMany, meta
from tests.support.stack import Stack, TestKafka
from tests.support.stores import fresh_database, keep_in_margin, migrated_pool
from tests.support.topics import Findings, compare, read_topic, stored_numbers


def parse_note(envelope: Envelope) -> NoteTaken | None:
    """Return the event of a notebook, which the real contracts do not know, in the way `registry.parse` does."""
    if envelope.type != NoteTaken.TYPE:
        return None
    try:
        return NoteTaken.model_validate_json(envelope.data)
    except ValidationError:
        raise EventInvalid(envelope.type) from None


NOTES = Ownership({NOTEBOOK.source}, parse_note)
"""What a service of notebooks publishes."""


@dataclass(frozen=True)
class Service:
    """A store, its topic, and how to run relays between them."""

    dsn: str
    pool: Pool
    store: PostgresEventStore
    kafka: KafkaSettings
    prefix: str
    partitions: int

    @property
    def topic(self) -> str:
        return f"{self.prefix}audit.events"

    def relay(self, **options: Any) -> Relay:
        return Relay(self.dsn, self.kafka, "audit", self.prefix, **{"ownership": NOTES, **options})

    @asynccontextmanager
    async def relaying(self, **options: Any) -> AsyncIterator[Relay]:
        """Run a relay while the block runs."""
        relay = self.relay(**options)
        await relay.start()
        try:
            yield relay
        finally:
            await relay.stop()

    async def write(self, stream_id: UUID, *entries: str, copies: int = 1) -> None:
        await handle(self.store, NOTEBOOK, stream_id, WriteMany(entries, copies), meta())

    async def records(self) -> list[Any]:
        return await read_topic(self.kafka.bootstrap, self.topic, partitions=self.partitions)

    async def findings(self) -> Findings:
        """Compare the topic with the store, event by event."""
        return compare(await self.records(), await stored_numbers(self.pool))


@asynccontextmanager
async def a_service(stack: Stack, *, partitions: int = 3, create_topic: bool = True) -> AsyncIterator[Service]:
    """Make a database and a topic of one's own; the database is dropped afterwards."""
    prefix = f"test-{uuid4().hex[:12]}."
    if create_topic:
        await TestKafka(stack.bootstrap).create_topic(f"{prefix}audit.events", partitions=partitions)
    async with fresh_database(stack.postgres) as dsn, migrated_pool(dsn, size=20) as pool:
        kafka = KafkaSettings(bootstrap=stack.bootstrap)
        yield Service(dsn, pool, PostgresEventStore(pool, beside=keep_in_margin), kafka, prefix, partitions)


async def until(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - other tasks and processes change it, and tell no event
            await asyncio.sleep(0.02)


async def sixteen_writers(
    service: Service, *, commands: int = 30, streams: int = 40, seed: int = 7, patience: float = 30
) -> None:
    """Write from sixteen tasks into shared streams: quick, slow, rolled back and racing transactions.

    A slow one holds its transaction open after its append, so that its outbox rows commit late, behind higher ids.
    """
    ids = [uuid4() for _ in range(streams)]

    async def writer(number: int) -> None:
        own = random.Random(seed * 1000 + number)
        for n in range(commands):
            stream_id = own.choice(ids)
            kind = own.random()
            command = WriteMany((f"writer {number} entry {n}",), copies=own.choice((0, 1, 1, 2, 3)))
            if kind < 0.7:
                key = f"{number}-{n}-{seed}"
                await _insist(service, stream_id, command, key, patience)
                continue
            try:
                await slowly(service, stream_id, command, seconds=own.uniform(0, 0.03), fail=kind > 0.9)
            except (
                VersionConflict,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                OSError,
                asyncpg.InternalClientError,
            ):
                continue  # whoever was not answered with success may be lost

    await asyncio.gather(*(writer(number) for number in range(16)))


async def _insist(service: Service, stream_id: UUID, command: WriteMany, key: str, patience: float) -> None:
    """Handle a command however crowded its stream is; the key stays the same, so it takes effect once."""
    while True:
        try:
            await handle(service.store, NOTEBOOK, stream_id, command, meta(key), patience=patience)
        except VersionConflict:
            continue
        return


async def slowly(service: Service, stream_id: UUID, command: WriteMany, *, seconds: float, fail: bool) -> None:
    """Append inside a transaction that stays open for a while, and is then committed or rolled back."""
    async with service.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await handle(service.store, NOTEBOOK, stream_id, command, meta(), connection=connection)
            await asyncio.sleep(seconds)
        finally:
            if fail:
                await transaction.rollback()
            else:
                await transaction.commit()
