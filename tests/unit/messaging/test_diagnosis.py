"""Why Kafka cannot be reached, as far as no broker is needed to tell; tests/integration/outside has the rest."""

from __future__ import annotations

import asyncio

import pytest

from shared.messaging.diagnosis import diagnose
from shared.messaging.kafka import KafkaSettings
from tests.support.platform import free_ports


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_nobody_listens() -> None:
    [port] = free_ports(1)
    trouble = await diagnose(KafkaSettings(bootstrap=f"127.0.0.1:{port}"))
    assert trouble is not None
    assert (trouble.reason, trouble.lasting) == ("broker-away", False)
    assert trouble.sentence == (
        f"Kafka at 127.0.0.1:{port} does not answer: start it, or correct SIGHTLINE_KAFKA_BOOTSTRAP."
    )


async def test_no_such_name() -> None:
    trouble = await diagnose(KafkaSettings(bootstrap="nowhere.invalid:9092"))
    assert trouble is not None
    assert (trouble.reason, trouble.lasting) == ("name-unknown", False)


@pytest.mark.parametrize(
    ("protocol", "expected"), [("PLAINTEXT", "perhaps it speaks TLS there"), ("SSL", "perhaps it speaks no TLS there")]
)
async def test_somebody_hangs_up(protocol: str, expected: str) -> None:
    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        settings = KafkaSettings.model_validate({"bootstrap": f"127.0.0.1:{port}", "security_protocol": protocol})
        trouble = await diagnose(settings)
    assert trouble is not None
    assert trouble.reason == "protocol-differs"
    assert expected in trouble.sentence
    assert f"now {protocol}" in trouble.sentence
