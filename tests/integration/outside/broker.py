"""A broker as an operator elsewhere has it: SASL_SSL with SCRAM on one port, TLS with client certificates on another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.stack import kafka as embedded
from infra.stack.distribution import jars
from infra.stack.home import Home
from infra.stack.part import Setup
from tests.faults.messaging.broker import Broker
from tests.integration.outside.certificates import Authority
from tests.support.platform import free_ports

USER, PASSWORD = "sightline", "a-password-of-a-test"
HOST = "localhost"


@dataclass(frozen=True, slots=True)
class Secured:
    """Where the broker listens, and the files that let a client in."""

    signed: str
    certified: str
    cafile: Path
    other_cafile: Path
    certfile: Path
    keyfile: Path

    def by_password(self, **changed: str) -> dict[str, str]:
        """Give the settings of a client that signs in with SCRAM over TLS."""
        return {
            "SIGHTLINE_KAFKA_BOOTSTRAP": self.signed,
            "SIGHTLINE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "SIGHTLINE_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "SIGHTLINE_KAFKA_USERNAME": USER,
            "SIGHTLINE_KAFKA_PASSWORD": PASSWORD,
            "SIGHTLINE_KAFKA_CAFILE": str(self.cafile),
        } | changed

    def by_certificate(self) -> dict[str, str]:
        """Give the settings of a client that shows a certificate."""
        return {
            "SIGHTLINE_KAFKA_BOOTSTRAP": self.certified,
            "SIGHTLINE_KAFKA_SECURITY_PROTOCOL": "SSL",
            "SIGHTLINE_KAFKA_CAFILE": str(self.cafile),
            "SIGHTLINE_KAFKA_CERTFILE": str(self.certfile),
            "SIGHTLINE_KAFKA_KEYFILE": str(self.keyfile),
        }


@asynccontextmanager
async def secured_broker(folder: Path) -> AsyncIterator[Secured]:
    """Run such a broker in a folder; ended with the test, whatever happened."""
    home = Home(folder / "kafka-home")
    home.make()
    authority, other = Authority(folder, "authority"), Authority(folder, "other-authority")
    certificate, key = authority.sign("broker", host=HOST)
    (home.root / "keystore.pem").write_text(key.read_text() + certificate.read_text() + authority.file.read_text())
    (home.root / "truststore.pem").write_text(authority.file.read_text())
    signed, certified, plain, controller = free_ports(4)
    setup = Setup(home, {"kafka": plain, "kafka-controller": controller}, {})
    library = jars(home.root / "cache")
    settings = home.root / "kafka.properties"
    settings.write_text(embedded.properties(setup, home.kafka.name) + _secured(setup, signed, certified))
    formatting = await asyncio.create_subprocess_exec(
        *embedded._java("-Xmx128m", library, "kafka.tools.StorageTool", "format", "-t", embedded._cluster_id()),
        "-c", settings.name, "--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]",
        cwd=home.root, env=embedded._environment(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await formatting.communicate()
    assert formatting.returncode == 0, output.decode()
    broker = Broker(setup)
    await broker.start()
    try:
        yield Secured(f"{HOST}:{signed}", f"{HOST}:{certified}", authority.file, other.file, *authority.sign("client"))
    finally:
        await broker.end()


def _secured(setup: Setup, signed: int, certified: int) -> str:
    """Give what such a broker has beyond the embedded one's settings; a later line takes the place of an earlier."""
    plain, controller = setup.ports["kafka"], setup.ports["kafka-controller"]
    settings = {
        "listeners": (
            f"PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},"
            f"SIGNED://{HOST}:{signed},CERTIFIED://{HOST}:{certified}"
        ),
        "advertised.listeners": (
            f"PLAINTEXT://127.0.0.1:{plain},SIGNED://{HOST}:{signed},CERTIFIED://{HOST}:{certified}"
        ),
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SIGNED:SASL_SSL,CERTIFIED:SSL",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.signed.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.certified.ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": "keystore.pem",
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": "truststore.pem",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
