"""A Kafka elsewhere by settings alone: SASL_SSL with SCRAM, TLS with client certificates, and each way to get it wrong."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from infra.stack.home import checkout
from shared.contracts.base import AUDIT_EVENTS, ESCALATION_EVENTS, Concern
from shared.contracts.envelope import decode, encode
from shared.messaging.kafka import KafkaSettings
from shared.process.service import _uvloop
from tests.integration.escalation.support import Process, process, until
from tests.integration.outside.broker import PASSWORD, Secured, secured_broker
from tests.support.servers import clean_environment
from tests.unit.escalation import incoming

pytestmark = pytest.mark.stack

HERE = "SIGHTLINE_KAFKA_"


@pytest_asyncio.fixture(scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    async with secured_broker(tmp_path_factory.mktemp("secured")) as secured:
        yield secured


@pytest.fixture(params=["by_password", "by_certificate"])
def way_in(request: pytest.FixtureRequest, broker: Secured) -> dict[str, str]:
    made: dict[str, str] = getattr(broker, request.param)()
    return made


def wrong(broker: Secured) -> dict[str, tuple[dict[str, str], str, str]]:
    """Give settings that cannot work, by name: the settings, the code in the log, and what the sentence must say."""
    by_certificate = broker.by_certificate()
    without_certificate = {
        key: by_certificate[key] for key in by_certificate if not key.endswith(("CERTFILE", "KEYFILE"))
    }
    elsewhere = broker.signed.replace("localhost", "127.0.0.1")
    return {
        "password": (broker.by_password(**{f"{HERE}PASSWORD": "another"}), "sign-in-refused", f"{HERE}PASSWORD"),
        "mechanism": (
            broker.by_password(**{f"{HERE}SASL_MECHANISM": "PLAIN"}), "sign-in-refused", f"{HERE}SASL_MECHANISM",
        ),
        "authority": (
            broker.by_password(**{f"{HERE}CAFILE": str(broker.other_cafile)}), "certificate-refused", f"{HERE}CAFILE",
        ),
        "host": (broker.by_password(**{f"{HERE}BOOTSTRAP": elsewhere}), "certificate-refused", f"{HERE}BOOTSTRAP"),
        "no certificate": (without_certificate, "client-refused", f"{HERE}CERTFILE"),
        "plaintext": ({f"{HERE}BOOTSTRAP": broker.signed}, "protocol-differs", f"{HERE}SECURITY_PROTOCOL"),
    }  # fmt: skip


WRONG = ("password", "mechanism", "authority", "host", "no certificate", "plaintext")


def client_of(settings: dict[str, str]) -> dict[str, Any]:
    """Give a test's own client the way in that a service has."""
    given = {name.removeprefix(HERE).lower(): value for name, value in settings.items()}
    return KafkaSettings.model_validate(given).client_options()


async def provision(settings: dict[str, str], **more: str) -> tuple[int, str]:
    """Run the one-shot; gives its exit code and all it said."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infra.provision", cwd=checkout(), env=clean_environment() | settings | more,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(running.communicate(), 90)
    assert running.returncode is not None
    return running.returncode, output.decode()


async def answer_of(service: Process) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"{service.address}/health/ready")


async def ended(service: Process) -> None:
    if service.running is not None:
        assert await service.stop() == 0


async def test_topics_relay_and_consumer_by_settings_alone(
    way_in: dict[str, str], postgres_dsn: str, tmp_path: Path
) -> None:
    prefix = f"outside-{uuid4().hex[:8]}."
    code, said = await provision(way_in, SIGHTLINE_TOPIC_PREFIX=prefix)
    assert (code, said.startswith("Made topic ")) == (0, True), said
    assert f"{prefix}{AUDIT_EVENTS}" in said
    code, said = await provision(way_in, SIGHTLINE_TOPIC_PREFIX=prefix)
    assert (code, said) == (0, "Everything was there already.\n")

    service = process(postgres_dsn, "unused", tmp_path, prefix, **way_in)
    await service.start()
    try:

        async def ready() -> bool:
            return (await answer_of(service)).status_code == httpx.codes.OK

        await until(ready, what="the service being ready")
        audit = uuid4()
        await publish(way_in, prefix + AUDIT_EVENTS, audit)
        considered = await first_of(way_in, prefix + ESCALATION_EVENTS)
        envelope = decode(considered.headers, considered.value)
        assert envelope.type == "escalation-considered.v1"
        assert json.loads(envelope.data)["audit_id"] == str(audit)
    finally:
        await ended(service)


async def publish(settings: dict[str, str], topic: str, audit: Any) -> None:
    """Send a flagged concern as audit's relay would."""
    flagged = incoming.flagged(Concern.SAFEGUARDING, audit_id=audit)
    message = encode(incoming.envelope(flagged, 1))
    async with AIOKafkaProducer(**client_of(settings), acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, key=message.key, value=message.value, headers=message.headers)


async def first_of(settings: dict[str, str], topic: str) -> Any:
    """Wait for a topic's first message."""
    async with AIOKafkaConsumer(topic, **client_of(settings), auto_offset_reset="earliest") as consumer:
        return await asyncio.wait_for(consumer.getone(), 60)


@pytest.mark.parametrize("name", WRONG)
async def test_the_one_shot_says_what_is_wrong(broker: Secured, name: str) -> None:
    settings, _code, setting = wrong(broker)[name]
    code, said = await provision(settings, SIGHTLINE_PROVISION_WAIT_SECONDS="0")
    last = said.strip().splitlines()[-1]
    assert code == 2, said
    assert setting in last
    assert last.startswith(("Kafka at ", "The certificate of Kafka at "))
    assert "Traceback" not in said
    assert PASSWORD not in said


@pytest.mark.parametrize("name", WRONG)
async def test_a_service_stays_and_says_what_is_wrong(
    broker: Secured, name: str, postgres_dsn: str, tmp_path: Path
) -> None:
    settings, reason, setting = wrong(broker)[name]
    service = process(postgres_dsn, "unused", tmp_path, "outside.", **settings)
    await service.start()
    try:

        async def sentence() -> str:
            answer = await answer_of(service)
            parts = {part["name"]: part for part in answer.json().get("parts", [])}
            kafka = parts.get("kafka", {"ready": True, "detail": ""})
            return "" if kafka["ready"] else str(kafka["detail"])

        said = await until(sentence, what="readiness naming the fault")
        assert setting in said
        assert (await answer_of(service)).status_code == httpx.codes.SERVICE_UNAVAILABLE
    finally:
        await ended(service)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    told = [line for line in lines if line["event"] == "kafka_unreachable"]
    assert [line["reason_code"] for line in told] == [reason]
    assert not [line for line in lines if line["event"] == "part_died"]
    assert PASSWORD not in (tmp_path / "log").read_text()


async def test_a_broker_that_comes_later_is_found(broker: Secured, postgres_dsn: str, tmp_path: Path) -> None:
    """What readiness says goes away by itself once the cause has: here topics, which are missing at first."""
    prefix = f"outside-{uuid4().hex[:8]}."
    service = process(postgres_dsn, "unused", tmp_path, prefix, **broker.by_password())
    await service.start()
    try:
        assert (await answer_of(service)).status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert (await provision(broker.by_password(), SIGHTLINE_TOPIC_PREFIX=prefix))[0] == 0

        async def ready() -> bool:
            return (await answer_of(service)).status_code == httpx.codes.OK

        await until(ready, what="the service being ready")
    finally:
        await ended(service)


@pytest.mark.parametrize(("protocol", "quick"), [("PLAINTEXT", True), ("SSL", False), ("SASL_SSL", False)])
def test_over_tls_the_loop_is_the_one_that_loses_no_answer(protocol: str, *, quick: bool) -> None:
    settings = KafkaSettings.model_validate({"security_protocol": protocol, "username": "one", "password": "its"})
    assert (_uvloop(settings) is not None) is quick
