"""relay: messages a second from the outbox to acknowledged in Kafka and deleted.

Against aiokafka alone: the idempotent producer's own `send()`, pipelined, of the same records, ready in memory.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from uuid_utils.compat import uuid7

from benchmarks.figures import Figure, figure
from benchmarks.plan import Plan, interleaved
from benchmarks.servers import Servers
from benchmarks.workload import AUDIT, allocation, meta
from shared.contracts.base import AUDIT_EVENTS
from shared.contracts.envelope import Message
from shared.eventstore.database import open_pool
from shared.eventstore.handling import prepare
from shared.eventstore.model import Append, Stream
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.kafka import KafkaSettings
from shared.outbox.relay import Relay

NAMES: Final = ("relay",)
MESSAGES: Final = 100_000


async def measure(servers: Servers, plan: Plan) -> list[Figure]:
    """Measure the figure."""
    messages = plan.count(MESSAGES)
    values = await interleaved(
        plan,
        NAMES[0],
        {"sightline": lambda: relayed(servers, messages), "bare": lambda: sent(servers, messages)},
    )
    return [figure(NAMES[0], "messages/s", values.pop("sightline"), values)]


def allocations(count: int) -> list[Append]:
    """Return so many appends of one public event each."""
    requests = []
    for _ in range(count):
        audit_id = uuid7()
        events = AUDIT.decide(allocation(audit_id), AUDIT.initial)
        request, _ = prepare(AUDIT, audit_id, events, stream=Stream(), state=AUDIT.initial, meta=meta())
        requests.append(request)
    return requests


async def relayed(servers: Servers, count: int) -> float:
    """Return messages a second of a relay that leads, from the commit of all messages to an empty outbox."""
    async with servers.database() as dsn, servers.prefix(AUDIT_EVENTS) as prefix:
        pool = await open_pool(dsn, size=4)
        relay = Relay(dsn, KafkaSettings(bootstrap=servers.bootstrap), "audit", prefix)
        await relay.start()
        await _leads(relay)
        store = PostgresEventStore(pool)
        async with pool.acquire() as connection, connection.transaction():
            for request in [allocations(min(500, count - start)) for start in range(0, count, 500)]:
                await store.append_many(request, connection=connection)
        begun = time.perf_counter()
        relay.wake()
        while await pool.fetchval("SELECT EXISTS (SELECT FROM outbox.messages)"):  # noqa: ASYNC110 - the table tells no event
            await asyncio.sleep(0.01)
        elapsed = time.perf_counter() - begun
        await relay.stop()
        await pool.close()
    return count / elapsed


async def _leads(relay: Relay) -> None:
    async with asyncio.timeout(30):
        while not relay.health().leader:  # noqa: ASYNC110 - the relay tells no event
            await asyncio.sleep(0.05)


async def sent(servers: Servers, count: int) -> float:
    """Return messages a second of aiokafka's producer alone."""
    records: list[Message] = [message for request in allocations(count) for _, message in request.messages]
    async with servers.prefix(AUDIT_EVENTS) as prefix:
        topic = prefix + AUDIT_EVENTS
        producer: Any = AIOKafkaProducer(
            bootstrap_servers=servers.bootstrap, acks="all", enable_idempotence=True, max_batch_size=1_000_000
        )
        await producer.start()
        begun = time.perf_counter()
        waiting = [await producer.send(topic, record.value, record.key, headers=record.headers) for record in records]
        await asyncio.gather(*waiting)
        elapsed = time.perf_counter() - begun
        await producer.stop()
    return count / elapsed
