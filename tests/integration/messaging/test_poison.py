"""A poison message of each kind stops nothing, is kept whole, and holds back the later ones of its key alone (G6)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.envelope import Message
from shared.messaging.faults import fault_of
from shared.messaging.records import Received
from tests.integration.messaging.support import (
    Service,
    consumer_of,
    erased,
    running,
    send,
    service,
    until,
    with_header,
    without_header,
)
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack

POISONED = UUID("6f1a2c4e-0000-4000-8000-00000000dead")


def _poison(kind: str) -> tuple[Message, str]:
    """A message spoilt in one way, and the reason it should be parked for."""
    good = erased(POISONED, 2)
    kinds: dict[str, tuple[Message, str]] = {
        "bad JSON": (good._replace(value=b'{"case_reference": "'), "event-invalid"),
        "not of its model": (good._replace(value=b'{"reason": "request"}'), "event-invalid"),
        "not an object": (good._replace(value=b"[1, 2]"), "event-invalid"),
        "null value": (good._replace(value=None), "envelope-invalid"),  # type: ignore[arg-type]  # a tombstone
        "header not UTF-8": (with_header(good, "ce_source", b"\xff\xfe"), "envelope-invalid"),
        "null header": (with_header(good, "ce_authority", None), "envelope-invalid"),
        "missing header": (without_header(good, "ce_sequence"), "envelope-invalid"),
        "no headers": (good._replace(headers=[]), "envelope-invalid"),
        "unknown version": (erased(POISONED, 2, event_type="child-erased.v9"), "unknown-version"),
        "null key": (good._replace(key=None), "key-missing"),  # type: ignore[arg-type]  # what a stranger sends
        "another key": (good._replace(key=b"not-the-stream"), "key-mismatch"),
        "type with a NUL": (with_header(good, "ce_type", b"child-erased.v1\0"), "envelope-invalid"),
        "time beyond the calendar": (with_header(good, "ce_time", b"0001-01-01T00:00:00+14:00"), "envelope-invalid"),
        "sequence beyond the column": (with_header(good, "ce_sequence", b"9" * 25), "envelope-invalid"),
    }
    return kinds[kind]


KINDS = (
    "bad JSON",
    "not of its model",
    "not an object",
    "null value",
    "header not UTF-8",
    "null header",
    "missing header",
    "no headers",
    "unknown version",
    "null key",
    "another key",
    "type with a NUL",
    "time beyond the calendar",
    "sequence beyond the column",
)


@pytest.mark.parametrize("kind", KINDS)
async def test_is_parked_whole_and_others_flow_on(kind: str, postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    poison, reason = _poison(kind)
    other = uuid4()
    await send(kafka.bootstrap, topic, [erased(POISONED, 1), erased(other, 1), poison, erased(other, 2)])
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await until(audit.parked)
        await until(lambda: _has(audit, (other, 2)))
        [parked] = await audit.parked()
        assert parked["reason"] == reason
        assert parked["state"] == "parked"
        assert (parked["key"], parked["value"]) == (poison.key, poison.value)
        sent = [(name.encode(), value) for name, value in poison.headers]
        assert list(zip(parked["header_names"], parked["header_values"], strict=True)) == sent
        assert await audit.applied() == [(POISONED, 1), (other, 1), (other, 2)]


async def test_later_ones_of_its_key_wait_behind_it_in_order(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    other = uuid4()
    spoilt = erased(POISONED, 2)._replace(value=b"{")
    await send(kafka.bootstrap, topic, [erased(POISONED, 1), spoilt, erased(POISONED, 3), erased(other, 1)])
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await until(lambda: _has(audit, (other, 1)))
        await send(kafka.bootstrap, topic, [erased(POISONED, 4), erased(other, 2)])
        await until(lambda: _has(audit, (other, 2)))
        assert [(row["sequence"], row["state"]) for row in await audit.parked()] == [
            (2, "parked"),
            (3, "behind"),
            (4, "behind"),
        ]
        assert await audit.applied() == [(POISONED, 1), (other, 1), (other, 2)]
        assert await audit.pool.fetchval("select count(*) from messaging.holes") == 0


async def test_what_the_handler_refuses_is_found_among_many_and_parked(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=3)
    streams = [uuid4() for _ in range(60)]
    bad = {streams[7], streams[41]}

    def refuses(one: Received) -> Exception | None:
        return ValueError("Alice Smith, 12 The Street") if one.envelope.subject in bad else None

    await send(kafka.bootstrap, topic, [erased(stream, sequence) for sequence in (1, 2) for stream in streams])
    async with service(postgres_dsn) as audit:
        audit.refuses = refuses
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
            await until(lambda: _count(audit, 2 * (len(streams) - len(bad))))
            rows = await until(lambda: _parked(audit, 4))
        assert {(row["stream_id"], row["sequence"], row["state"]) for row in rows} == {
            (stream, sequence, state) for stream in bad for sequence, state in ((1, "parked"), (2, "behind"))
        }
        assert sorted(await audit.applied()) == sorted(
            (stream, sequence) for stream in streams if stream not in bad for sequence in (1, 2)
        )
        first = next(row for row in rows if row["state"] == "parked")
        assert first["attempts"] == 4
        assert "ValueError" in first["error"]
        assert "Smith" not in first["error"]


async def test_a_message_refused_for_a_while_takes_effect_in_the_end(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    refusals = iter([RuntimeError("not yet"), RuntimeError("not yet")])
    await send(kafka.bootstrap, topic, [erased(stream, 1), erased(stream, 2)])
    async with service(postgres_dsn) as audit:
        audit.refuses = lambda one: next(refusals, None) if one.envelope.sequence == 2 else None
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
            await until(lambda: _count(audit, 2))
        assert await audit.applied() == [(stream, 1), (stream, 2)]
        assert await audit.parked() == []


async def test_a_handler_that_swallows_a_database_error_loses_nothing(postgres_dsn: str, kafka: TestKafka) -> None:
    """PostgreSQL answers the commit of a failed transaction with a quiet rollback."""
    topic = await kafka.create_topic(partitions=1)
    careless, other = uuid4(), uuid4()
    await send(kafka.bootstrap, topic, [erased(careless, 1), erased(other, 1)])
    async with service(postgres_dsn) as audit:

        async def handle(connection: Any, received: Any) -> None:
            await audit.handle(connection, received)
            if any(one.envelope.subject == careless for one in received):
                try:
                    await connection.execute("select 1 / 0")
                except Exception:  # noqa: BLE001 - the carelessness under test
                    return

        async with running(consumer_of(audit.pool, handle, kafka.bootstrap, [topic])):
            await until(lambda: _has(audit, (other, 1)))
            [parked] = await until(audit.parked)
        assert parked["stream_id"] == careless
        assert await audit.applied() == [(other, 1)]


@pytest.mark.parametrize(
    ("event_type", "value", "loud"),
    [
        ("concern-flagged.v1", b"{", True),
        ("escalation-raised.v1", b"{}", True),
        ("audit-completed.v1", b'{"concern": "safeguarding"}', True),
        ("audit-completed.v1", b"{", True),
        ("audit-completed.v1", b'{"concern": "none", "inadequate_likely": false, "overall_grade": "good"}', False),
        ("tool-published.v1", b"{", False),
    ],
)
async def test_a_parked_concern_alerts_at_once(
    event_type: str,
    value: bytes,
    *,
    loud: bool,
    postgres_dsn: str,
    kafka: TestKafka,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[tuple[str, str]] = []

    class Listening:
        def __getattr__(self, level: str) -> Any:
            return lambda event, **_fields: said.append((level, event))

    monkeypatch.setattr("shared.messaging.report.log", Listening())
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    await send(kafka.bootstrap, topic, [erased(stream, 1, event_type=event_type)._replace(value=value)])
    async with (
        service(postgres_dsn) as audit,
        running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], interested={event_type})),
    ):
        [parked] = await until(audit.parked)
        await until(lambda: [event for _, event in said if event in {"parked_concern", "message_parked"}])
    assert parked["concern"] is loud
    assert (("error", "parked_concern") in said) is loud
    assert (("warning", "message_parked") in said) is not loud


def test_an_error_is_told_without_what_was_in_the_message() -> None:
    def refuses() -> None:
        raise ValueError("Alice Smith")

    with pytest.raises(ValueError, match="Alice") as raised:
        refuses()
    sentence = fault_of(raised.value).sentence
    assert "Alice" not in sentence
    assert "ValueError" in sentence
    assert "tests/integration/messaging/test_poison.py" in sentence


async def _has(audit: Service, one: tuple[UUID, int]) -> bool:
    return one in await audit.applied()


async def _count(audit: Service, wanted: int) -> bool:
    return await audit.count() >= wanted


async def _parked(audit: Service, wanted: int) -> list[dict[str, Any]] | None:
    rows = await audit.parked()
    return rows if len(rows) >= wanted else None
