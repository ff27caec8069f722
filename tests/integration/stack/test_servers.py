"""The session's servers, whichever stack serves them, can do what the platform needs of them."""

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.support.stack import Stack, TestKafka

pytestmark = pytest.mark.stack


async def test_each_test_has_an_empty_database_on_postgresql_18(postgres_dsn: str) -> None:
    connection = await asyncpg.connect(postgres_dsn)
    try:
        tables = await connection.fetchval(
            "select count(*) from information_schema.tables where table_schema = 'public'"
        )
        assert tables == 0
        assert connection.get_server_version().major == 18
        assert await connection.fetchval("show fsync") == "on"
    finally:
        await connection.close()


async def test_what_was_sent_is_read_back_in_the_order_of_its_key(kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=3)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        for number in range(20):
            await producer.send_and_wait(topic, str(number).encode(), key=b"one stream")
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        read = [(await consumer.getone()).value for _ in range(20)]
    finally:
        await consumer.stop()
    assert read == [str(number).encode() for number in range(20)]


def test_the_session_says_which_stack_it_uses(stack: Stack, pytestconfig: pytest.Config) -> None:
    headers = pytestconfig.hook.pytest_report_header(config=pytestconfig, start_path=pytestconfig.rootpath)
    assert any(
        line.startswith(f"stack: {stack.kind}")
        for lines in headers
        for line in ([lines] if isinstance(lines, str) else lines)
    )
