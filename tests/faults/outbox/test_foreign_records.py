"""A record that the service cannot have published says nothing about its store, and must not hold up its relay."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from services.audit.app.aggregates import SOURCE as AUDIT
from services.escalation.app.aggregate import SOURCE as ESCALATION
from services.reporting.adapters.decisions import SOURCE as REPORTING
from shared.contracts.audit import ChildErasedV1
from shared.contracts.envelope import Envelope, Message, encode, event_id, schema_of
from shared.telemetry import logs
from tests.support.notebook import NOON, NORTH
from tests.support.outboxes import Service, a_service, until
from tests.support.stack import Stack
from tests.support.topics import until_empty

pytestmark = pytest.mark.stack


def of_the_service(sequence: int = 1) -> Envelope:
    """Return an event as the audit service would publish it, of a stream its store never had."""
    subject = uuid4()
    return Envelope(
        id=event_id("/audit", subject, sequence),
        type="child-erased.v1",
        source="/audit",
        subject=subject,
        time=NOON,
        recorded_at=NOON,
        authority=NORTH,
        sequence=sequence,
        correlation_id=uuid4(),
        causation_id=None,
        data_schema=schema_of("child-erased.v1"),
        traceparent=None,
        data=ChildErasedV1(case_reference=uuid4(), reason="retention").to_json(),
    )


def without_envelope(headers: list[tuple[str, bytes]]) -> Message:
    return Message(b"k", b"{}", headers)


def elsewhere() -> Envelope:
    """Return an event that another service would publish."""
    ours = of_the_service()
    return replace(ours, source="/escalation", id=event_id("/escalation", ours.subject, 1))


FOREIGN = {
    "no headers": (without_envelope([]), "envelope-invalid"),
    "unreadable headers": (without_envelope([("ce_subject", b"\xff"), ("ce_sequence", b"7")]), "envelope-invalid"),
    "value of no event": (encode(replace(of_the_service(), data=b'{"not":"valid"}')), "value-invalid"),
    "value not JSON": (encode(replace(of_the_service(), data=b"not JSON")), "value-invalid"),
    "id at random": (encode(replace(of_the_service(), id=uuid4())), "id-differs"),
    "sequence raised, id kept": (encode(replace(of_the_service(), sequence=1_000_000)), "id-differs"),
    "sequence beyond the store's": (encode(of_the_service(10**18)), "sequence-too-high"),
    "source of another service": (encode(elsewhere()), "source-differs"),
    "type of nobody": (encode(replace(of_the_service(), type="never-heard-of.v1")), "type-unknown"),
    "key of another stream": (encode(of_the_service())._replace(key=str(uuid4()).encode()), "key-differs"),
}


async def put(service: Service, *messages: Message) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=service.kafka.bootstrap)
    await producer.start()
    try:
        for message in messages:
            await producer.send_and_wait(service.topic, message.value, message.key, headers=message.headers)
    finally:
        await producer.stop()


@pytest.mark.parametrize("name", FOREIGN)
async def test_a_record_that_is_not_the_services_own_leaves_the_relay_sending(
    stack: Stack, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, why = FOREIGN[name]
    lines = io.StringIO()
    monkeypatch.setattr(logs._output, "stream", lines)
    async with a_service(stack) as service:
        await put(service, message)
        await service.write(uuid4(), "sent all the same")
        async with service.relaying(ownership=None) as relay:
            await until_empty(service.pool)
            assert relay.health().last_error is None
        assert len(await service.records()) == 2
    told = [line for line in map(json.loads, lines.getvalue().splitlines()) if line["event"] == "relay_ignores"]
    assert [(line["level"], line["count"], line["reason_code"]) for line in told] == [("warning", 1, why)]


async def test_the_same_record_without_its_fault_holds_the_relay(stack: Stack) -> None:
    """Nothing but the fault tells the records above from what a restored store would have lost."""
    async with a_service(stack) as service:
        lost = of_the_service()
        await put(service, *(message for message, _ in FOREIGN.values()), encode(lost))
        async with service.relaying(ownership=None) as relay:
            await until(lambda: relay.health().last_error is not None)
            assert f"holds event 1 of stream {lost.subject}" in (relay.health().last_error or "")
            assert "(1 such streams" in (relay.health().last_error or "")


def test_each_service_publishes_under_its_own_name() -> None:
    """The relay takes it for granted, unless it is told otherwise."""
    assert (AUDIT, ESCALATION, REPORTING) == ("/audit", "/escalation", "/reporting")
