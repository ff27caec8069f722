"""What people decide about parked messages is carried out by the running consumer, in order, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.messaging import parked
from shared.messaging.parked import Outcome
from shared.telemetry import metrics
from tests.integration.messaging.support import Service, consumer_of, erased, running, send, service, until
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack

Ask = Callable[[asyncpg.Connection], Awaitable[Outcome]]


@asynccontextmanager
async def parked_at_two(dsn: str, kafka: TestKafka, **more: Any) -> AsyncIterator[tuple[Service, str, UUID, UUID]]:
    """A stream whose second message is refused, with two behind it, and another stream that flowed on."""
    topic = await kafka.create_topic(partitions=1)
    stream, other = uuid4(), uuid4()
    messages = [erased(stream, 1), erased(stream, 2), erased(stream, 3), erased(stream, 4), erased(other, 1)]
    await send(kafka.bootstrap, topic, messages)
    async with service(dsn) as audit:
        audit.refuses = lambda one: (
            RuntimeError() if (one.envelope.subject, one.envelope.sequence) == (stream, 2) else None
        )
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], **more)):
            await until(lambda: _applied(audit, 2))
            yield audit, topic, stream, other


async def _applied(audit: Service, wanted: int) -> bool:
    return await audit.count() >= wanted


async def _ask(audit: Service, ask: Ask) -> Outcome:
    async with audit.pool.acquire() as connection:
        return await ask(connection)  # type: ignore[arg-type]  # a pooled connection is as good


async def test_a_retry_applies_it_and_those_behind_it_in_order(postgres_dsn: str, kafka: TestKafka) -> None:
    async with parked_at_two(postgres_dsn, kafka) as (audit, topic, stream, other):
        first = (await audit.parked())[0]["id"]
        audit.refuses = lambda _one: None
        outcome = await _ask(audit, lambda connection: parked.retry(connection, first, by="operator"))
        assert (outcome.outcome, outcome.applied) == ("applied", 3)
        assert await audit.applied() == [(stream, 1), (other, 1), (stream, 2), (stream, 3), (stream, 4)]
        assert await audit.parked() == []
        await send(kafka.bootstrap, topic, [erased(stream, 5)])
        await until(lambda: _applied(audit, 6))
        assert await audit.pool.fetchval("select count(*) from messaging.holes") == 0


async def test_a_retry_that_is_refused_again_changes_nothing_else(postgres_dsn: str, kafka: TestKafka) -> None:
    async with parked_at_two(postgres_dsn, kafka) as (audit, _topic, stream, other):
        before = await audit.parked()
        outcome = await _ask(audit, lambda connection: parked.retry(connection, before[0]["id"], by="operator"))
        assert outcome.outcome == "refused"
        assert await audit.applied() == [(stream, 1), (other, 1)]
        after = await audit.parked()
        assert [row["id"] for row in after] == [row["id"] for row in before]
        assert after[0]["attempts"] == before[0]["attempts"] + 1


async def test_one_behind_that_is_refused_becomes_the_first_of_its_key(postgres_dsn: str, kafka: TestKafka) -> None:
    async with parked_at_two(postgres_dsn, kafka) as (audit, _topic, stream, _other):
        first = (await audit.parked())[0]["id"]
        audit.refuses = lambda one: RuntimeError() if one.envelope.sequence == 3 else None
        outcome = await _ask(audit, lambda connection: parked.retry(connection, first, by="operator"))
        assert (outcome.outcome, outcome.applied) == ("partly", 1)
        left = [(row["sequence"], row["state"]) for row in await audit.parked()]
        assert left == [(3, "parked"), (4, "behind")]
        assert (stream, 2) in await audit.applied()


async def test_a_discard_is_a_recorded_decision_and_the_rest_follows(postgres_dsn: str, kafka: TestKafka) -> None:
    noted: list[tuple[str, str, UUID | None]] = []

    async def on_discard(connection: Any, message: Any, decision: Any) -> None:
        assert connection.is_in_transaction()
        noted.append((decision.reason, decision.by, message.stream_id))

    async with parked_at_two(postgres_dsn, kafka, on_discard=on_discard) as (audit, topic, stream, other):
        [first, *_rest] = await audit.parked()
        outcome = await _ask(
            audit, lambda connection: parked.discard(connection, first["id"], reason="made-in-error", by="qa-manager")
        )
        assert (outcome.outcome, outcome.applied) == ("discarded", 2)
        assert noted == [("made-in-error", "qa-manager", stream)]
        assert await audit.applied() == [(stream, 1), (other, 1), (stream, 3), (stream, 4)]
        assert await audit.pool.fetchval("select count(*) from messaging.holes") == 0
        [kept] = await audit.pool.fetch("select fingerprint, sequence, reason from messaging.discarded")
        assert tuple(kept) == (first["fingerprint"], 2, "made-in-error")
        await send(kafka.bootstrap, topic, [erased(stream, 5), erased(other, 2)])
        await until(lambda: _applied(audit, 6))


async def test_an_unreadable_message_that_was_discarded_is_skipped_when_it_comes_again(
    postgres_dsn: str, kafka: TestKafka
) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    spoilt = erased(stream, 1)._replace(headers=[])
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        await send(kafka.bootstrap, topic, [spoilt])
        [row] = await until(audit.parked)
        await _ask(audit, lambda connection: parked.discard(connection, row["id"], reason="junk", by="operator"))
        await send(kafka.bootstrap, topic, [spoilt, erased(stream, 1)])
        await until(lambda: _applied(audit, 1))
        assert await audit.parked() == []


async def test_a_discard_the_service_cannot_note_does_not_happen(postgres_dsn: str, kafka: TestKafka) -> None:
    async def on_discard(_connection: Any, _message: Any, _decision: Any) -> None:
        raise RuntimeError

    async with parked_at_two(postgres_dsn, kafka, on_discard=on_discard) as (audit, _topic, _stream, _other):
        [first, *_rest] = await audit.parked()
        outcome = await _ask(
            audit, lambda connection: parked.discard(connection, first["id"], reason="made-in-error", by="operator")
        )
        assert outcome.outcome == "refused"
        assert len(await audit.parked()) == 3
        assert await audit.pool.fetchval("select count(*) from messaging.discarded") == 0


async def test_one_that_waits_behind_another_is_not_settled_before_it(postgres_dsn: str, kafka: TestKafka) -> None:
    async with parked_at_two(postgres_dsn, kafka) as (audit, _topic, _stream, _other):
        rows = await audit.parked()
        outcome = await _ask(audit, lambda connection: parked.retry(connection, rows[1]["id"], by="operator"))
        assert outcome.outcome == "behind"
        assert str(rows[0]["id"]) in outcome.detail


async def test_an_untrusted_header_cannot_push_another_stream_forward(postgres_dsn: str, kafka: TestKafka) -> None:
    """Discarding what only claims to be of a stream must not make that stream's real messages look old."""
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    stranger = erased(stream, 9)._replace(key=b"a stranger")
    await send(kafka.bootstrap, topic, [erased(stream, 1), stranger])
    async with service(postgres_dsn) as audit, running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
        [row] = await until(audit.parked)
        await _ask(audit, lambda connection: parked.discard(connection, row["id"], reason="junk", by="operator"))
        await send(kafka.bootstrap, topic, [erased(stream, 2)])
        await until(lambda: _applied(audit, 2))
        assert await audit.applied() == [(stream, 1), (stream, 2)]


async def test_asked_while_no_consumer_runs_it_is_carried_out_later(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    group = f"sightline.test-{uuid4().hex[:8]}"
    await send(kafka.bootstrap, topic, [erased(stream, 1)])
    async with service(postgres_dsn) as audit:
        audit.refuses = lambda _one: RuntimeError()
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)):
            [row] = await until(audit.parked)
        audit.refuses = lambda _one: None
        outcome = await _ask(audit, lambda connection: parked.retry(connection, row["id"], by="operator", wait=0))
        assert outcome.outcome == "waiting"
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)):
            await until(lambda: _applied(audit, 1))


async def test_a_reason_that_is_free_text_is_refused(postgres_dsn: str) -> None:
    async with service(postgres_dsn) as audit:
        with pytest.raises(parked.ReasonUnusable):
            await _ask(audit, lambda connection: parked.discard(connection, 1, reason="Alice said so", by="operator"))
        with pytest.raises(parked.NotParked):
            await _ask(audit, lambda connection: parked.discard(connection, 1, reason="junk", by="operator"))


async def test_two_replicas_carry_a_discard_out_once(postgres_dsn: str, kafka: TestKafka) -> None:
    noted: list[str] = []

    async def on_discard(_connection: Any, _message: Any, decision: Any) -> None:
        noted.append(decision.reason)

    topic = await kafka.create_topic(partitions=1)
    group = f"sightline.test-{uuid4().hex[:8]}"
    streams = [uuid4() for _ in range(6)]
    await send(kafka.bootstrap, topic, [erased(stream, 1)._replace(value=b"{") for stream in streams])
    async with (
        service(postgres_dsn) as audit,
        running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group, on_discard=on_discard)),
        running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group, on_discard=on_discard)),
    ):
        rows = await until(lambda: _all_parked(audit, 6))
        for row in rows:
            outcome = await _ask(
                audit,
                lambda connection, row=row: parked.discard(connection, row["id"], reason="junk", by="operator"),  # type: ignore[misc]  # bound now, on purpose
            )
            assert outcome.done
    assert noted == ["junk"] * 6


async def _all_parked(audit: Service, wanted: int) -> list[dict[str, Any]] | None:
    rows = await audit.parked()
    return rows if len(rows) >= wanted else None


async def test_the_age_of_what_is_parked_is_shown(postgres_dsn: str, kafka: TestKafka) -> None:
    async with parked_at_two(postgres_dsn, kafka) as (audit, _topic, _stream, _other):
        await until(lambda: _shown("sightline_parked_now") == 3)
        await audit.pool.execute("update messaging.parked set parked_at = now() - interval '1 hour'")
        await until(lambda: (_shown("sightline_parked_oldest_age_seconds") or 0) >= 3600)


def _shown(name: str) -> float | None:
    return metrics.REGISTRY.get_sample_value(name, {"service": "test"})


async def test_a_request_whose_process_died_half_way_is_carried_on(postgres_dsn: str, kafka: TestKafka) -> None:
    """The discarded message is gone, those behind it are not applied yet, and the request is still open."""
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    group = f"sightline.test-{uuid4().hex[:8]}"
    await send(kafka.bootstrap, topic, [erased(stream, 1)._replace(value=b"{"), erased(stream, 2), erased(stream, 3)])
    async with service(postgres_dsn) as audit:
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)):
            [first, *_rest] = await until(lambda: _all_parked(audit, 3))
        await _ask(
            audit, lambda connection: parked.discard(connection, first["id"], reason="junk", by="operator", wait=0)
        )
        await audit.pool.execute("delete from messaging.parked where id = $1", first["id"])
        await audit.pool.execute("insert into messaging.stream_position values ($1, $2, 1)", topic, stream)
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic], group=group)):
            await until(lambda: _applied(audit, 2))
        assert await audit.applied() == [(stream, 2), (stream, 3)]
        assert await audit.parked() == []
