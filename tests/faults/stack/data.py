"""Something stored in Kafka and PostgreSQL, and looking whether it is still there."""

from __future__ import annotations

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.support.installation import Installation

TOPIC = "audit.events"


async def store(installation: Installation, mark: str) -> None:
    """Store a mark in both, answered by both."""
    connection = await asyncpg.connect(installation.administrator)
    try:
        await connection.execute("create table if not exists marks (mark text not null)")
        await connection.execute("insert into marks values ($1)", mark)
    finally:
        await connection.close()
    producer = AIOKafkaProducer(bootstrap_servers=installation.bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(TOPIC, mark.encode(), partition=0)
    finally:
        await producer.stop()


async def stored(installation: Installation) -> tuple[list[str], list[str]]:
    """Give the marks of PostgreSQL and of Kafka, in the order they were stored."""
    connection = await asyncpg.connect(installation.administrator)
    try:
        rows = [row["mark"] for row in await connection.fetch("select mark from marks")]
    finally:
        await connection.close()
    consumer = AIOKafkaConsumer(bootstrap_servers=installation.bootstrap)
    await consumer.start()
    try:
        partition = TopicPartition(TOPIC, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        messages: list[str] = []
        while await consumer.position(partition) < end:
            messages.append((await consumer.getone()).value.decode())
    finally:
        await consumer.stop()
    return rows, messages
