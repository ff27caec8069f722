"""The escalation service on a real PostgreSQL and Kafka: its parts in this process, or the whole of it as one."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import httpx
from aiokafka import AIOKafkaProducer

from services.escalation.adapters.consumer import ConcernReader, consumer_spec
from services.escalation.adapters.notifying.storage import MIGRATIONS
from services.escalation.adapters.privacy import StoredErasures, StoredReadings, turn
from services.escalation.app.aggregate import EscalationAggregate, escalations
from services.escalation.app.casework import Casework
from services.escalation.app.erasing import Erasures
from services.escalation.app.exporting import Exporting
from services.escalation.app.policy import Policies
from services.escalation.app.referring import Audit, Referring
from services.escalation.app.texts import Texts
from services.escalation.app.timers import OverdueTimer
from services.escalation.domain.states import State
from shared.contracts.base import PublicEvent
from shared.contracts.envelope import encode
from shared.eventstore.database import Pool, open_pool
from shared.eventstore.handling import fold
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import KafkaSettings
from shared.messaging.settings import ConsumerSettings
from shared.messaging.storage import SCHEMA as MESSAGING
from shared.privacy.keystore import KeyStore
from shared.privacy.sealing import Sealer
from shared.web.principal import Role
from shared.web.settings import local_issuer
from tests.support.memory_keys import MemoryKeys
from tests.unit.escalation import incoming
from tests.unit.escalation.rig import DOCUMENT, authorities

QUICK = ConsumerSettings(
    retry_first=0.01, pause_first=0.1, pause_longest=0.5, look_every=0.5, requests_every=0.05, session_timeout=6.0
)
"""Patience for tests: the same behaviour, sooner."""


def utc_now() -> datetime:
    return datetime.now(UTC)


async def until(
    condition: Callable[[], Awaitable[Any]], *, within: float = 60.0, what: str = "what was waited for"
) -> Any:
    """Wait for a condition to hold, and return what it gave; fail when it does not in time."""
    deadline = monotonic() + within
    while not (found := await condition()):
        if monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {within:g} s")
        await asyncio.sleep(0.05)
    return found


Sent = tuple[PublicEvent, int]
"""An event of audit and its number in its stream."""


async def publish(bootstrap: str, topic: str, events: Sequence[Sent], **about: Any) -> None:
    """Send events of audit in this order, as audit's relay would, and wait for the acks."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        acks = []
        for event, sequence in events:
            message = encode(incoming.envelope(event, sequence, **about))
            acks.append(await producer.send(topic, key=message.key, value=message.value, headers=message.headers))
        await asyncio.gather(*acks)
    finally:
        await producer.stop()


@dataclass
class Desk:
    """The service's parts over one pool, with a clock that a test may set."""

    pool: Pool
    now: Callable[[], datetime] = utc_now
    store: PostgresEventStore = field(init=False)
    aggregate: EscalationAggregate = field(default_factory=escalations)
    policies: Policies = field(default_factory=lambda: Policies(authorities()))
    keys: KeyStore = field(default_factory=MemoryKeys)

    def __post_init__(self) -> None:
        self.store = PostgresEventStore(self.pool)

    @property
    def casework(self) -> Casework:
        return Casework(self.store, self.aggregate, self.policies, self.now, lambda: None, self.texts)

    @property
    def texts(self) -> Texts:
        return Texts(self.keys, Sealer(self.keys), StoredReadings(self.pool), b"secret")

    @property
    def erasures(self) -> Erasures:
        return Erasures(self.store, self.aggregate, self.keys, StoredErasures(self.pool), self.now)

    @property
    def exporting(self) -> Exporting:
        return Exporting(self.store, self.aggregate, self.texts, StoredReadings(self.pool))

    def referring(self, audit: Audit) -> Referring:
        return Referring(
            store=self.store,
            aggregate=self.aggregate,
            texts=self.texts,
            erasures=self.erasures,
            audit=audit,
            turn=lambda: turn(self.pool),
            clock=self.now,
        )

    @property
    def timer(self) -> OverdueTimer:
        return OverdueTimer(self.store, self.aggregate, self.now)

    def consumer(self, bootstrap: str, topic: str, *, group: str | None = None) -> Consumer:
        spec = consumer_spec(ConcernReader(self.store, self.aggregate, self.policies, self.now, self.erasures))
        return Consumer(
            service="escalation",
            group=group or f"sightline.test-{uuid4().hex[:8]}",
            topics=[topic],
            handler=spec.handler,
            pool=self.pool,
            kafka=KafkaSettings(bootstrap=bootstrap),
            interested=spec.interested,
            settings=QUICK,
        )

    async def state(self, escalation: UUID) -> State:
        return fold(self.aggregate, (await self.store.load(escalation)).events)

    async def count(self) -> int:
        """How many escalations there are."""
        return int(await self.pool.fetchval("select count(*) from eventstore.summaries"))

    async def types(self, escalation: UUID) -> list[str]:
        return [event.type for event in (await self.store.load(escalation)).events]


@asynccontextmanager
async def desk(dsn: str) -> AsyncIterator[Desk]:
    """The service's parts on a migrated database."""
    await migrate(dsn, [EVENTSTORE, OUTBOX, MESSAGING, MIGRATIONS])
    pool = await open_pool(dsn, size=12)
    try:
        yield Desk(pool)
    finally:
        await pool.close()


@asynccontextmanager
async def reading(consumer: Consumer) -> AsyncIterator[Consumer]:
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


@dataclass
class Process:
    """The whole service as a process of its own, with everything it needs in its environment."""

    environment: dict[str, str]
    folder: Path
    port: int
    running: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.running = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.escalation.main", env=self.environment, stdout=log, stderr=log
            )
        await until(self._answers, what="the service answering")

    async def kill(self) -> None:
        """SIGKILL: no goodbye."""
        assert self.running is not None
        self.running.send_signal(signal.SIGKILL)
        await self.running.wait()

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.running is not None
        if self.running.returncode is None:
            self.running.terminate()
        return await self.running.wait()

    def headers(self, role: Role, person: UUID, scope: Sequence[str] = ("*",)) -> dict[str, str]:
        token = local_issuer(self.folder).issue(role, "northmoor", scope, person)
        return {"Authorization": f"Bearer {token}"}

    async def _answers(self) -> bool:
        assert self.running is not None
        assert self.running.returncode is None, (self.folder / "log").read_text()[-4000:]
        try:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"{self.address}/health/live")
        except httpx.TransportError:
            return False
        return answer.status_code == 200


def process(dsn: str, bootstrap: str, folder: Path, prefix: str, **settings: str) -> Process:
    """Give a service that is not started yet."""
    documents = folder / "authorities"
    documents.mkdir()
    (documents / "northmoor.yaml").write_text(DOCUMENT.format(key="northmoor"), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIGHTLINE_")}
    environment |= {
        "SIGHTLINE_ESCALATION_DATABASE": dsn,
        "SIGHTLINE_ESCALATION_KEYS_DATABASE": dsn,
        "SIGHTLINE_MASTER_KEY_FILE": str(folder / "keys" / "master.key"),
        "SIGHTLINE_ESCALATION_PORT": str(port),
        "SIGHTLINE_ESCALATION_TIMER_SECONDS": "0.2",
        "SIGHTLINE_AUTHORITIES": str(documents),
        "SIGHTLINE_KAFKA_BOOTSTRAP": bootstrap,
        "SIGHTLINE_TOPIC_PREFIX": prefix,
        "SIGHTLINE_LOCAL": "true",
        "SIGHTLINE_HOME": str(folder),
        "SIGHTLINE_CONSUMER_SESSION_TIMEOUT": "6",
        "PYTHONPATH": str(Path(__file__).parents[3]),
    } | settings
    return Process(environment, folder, port)
