"""Counts completed audits by overall grade: a whole service on Sightline's events (docs/events.md tells the rules)."""

import asyncio
import os
import signal
from collections.abc import Sequence

from shared.contracts.audit import AuditCompletedV1
from shared.eventstore.database import Connection, open_pool
from shared.eventstore.migrations import migrate
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import KafkaSettings
from shared.messaging.records import Received
from shared.messaging.storage import SCHEMA
from shared.messaging.topics import AUDIT_EVENTS, TopicSettings

COUNT = "insert into grades values ($1, 1) on conflict (grade) do update set audits = grades.audits + 1"


async def count(connection: Connection, received: Sequence[Received]) -> None:
    """Write in the transaction that also notes these messages as applied: nothing counts twice, nothing is lost."""
    audits = [one.event for one in received if isinstance(one.event, AuditCompletedV1)]
    await connection.executemany(COUNT, [(audit.overall_grade or "not graded",) for audit in audits])


async def main() -> None:
    """Read until asked to stop, or until the consumer has died: then end, to be started anew."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await migrate(os.environ["EXAMPLE_DATABASE"], [SCHEMA])
    async with await open_pool(os.environ["EXAMPLE_DATABASE"], size=4) as pool:
        await pool.execute("create table if not exists grades (grade text primary key, audits bigint not null)")
        consumer = Consumer(
            service="example",
            group=os.environ.get("EXAMPLE_GROUP", "example"),
            topics=[TopicSettings().name(AUDIT_EVENTS)],
            handler=count,
            pool=pool,
            kafka=KafkaSettings(),
            interested={AuditCompletedV1.TYPE},
        )
        await consumer.start()
        ends = [asyncio.create_task(stop.wait()), asyncio.create_task(consumer.wait_dead())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(main())
