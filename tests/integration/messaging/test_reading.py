"""Messages take effect once, in their stream's order, whatever else is on the topic."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID, uuid4

import pytest

from tests.integration.messaging.support import consumer_of, erased, running, send, service, until
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


def by_stream(applied: list[tuple[UUID, int]]) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = defaultdict(list)
    for stream, sequence in applied:
        found[stream].append(sequence)
    return dict(found)


async def test_every_message_takes_effect_once_and_in_order(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic()
    streams = [uuid4() for _ in range(20)]
    messages = [erased(stream, sequence) for sequence in range(1, 11) for stream in streams]
    await send(kafka.bootstrap, topic, messages)
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await until(lambda: _count(audit, 200))
        assert by_stream(await audit.applied()) == {stream: list(range(1, 11)) for stream in streams}
        assert await audit.parked() == []


async def _count(audit: object, wanted: int) -> bool:
    return bool(await audit.count() >= wanted)  # type: ignore[attr-defined]
