"""A PostgreSQL elsewhere that speaks TLS: the DSN alone says so, and whom to trust."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from infra.stack.home import checkout
from shared.contracts.base import AUDIT_EVENTS, ESCALATION_EVENTS
from tests.integration.escalation.support import process, until
from tests.integration.outside.certificates import Authority
from tests.support.servers import POSTGRES_IMAGE, clean_environment, postgres_answers, wait_until
from tests.support.stack import TestKafka

pytestmark = [pytest.mark.containers, pytest.mark.stack, pytest.mark.timeout(300)]

HOST = "localhost"
# The key has to belong to the server's user and be nobody else's to read; a mounted file need not be.
BEGIN = (
    "install -o postgres -m 600 /certificates/server.key.pem /tmp/key.pem && exec docker-entrypoint.sh postgres "
    "-c ssl=on -c ssl_cert_file=/certificates/server.crt.pem -c ssl_key_file=/tmp/key.pem"
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is, and which authority signed its certificate, and which did not."""

    port: int
    password: str
    cafile: Path
    other_cafile: Path

    def dsn(self, role: str = "postgres", password: str = "", *, host: str = HOST, cafile: Path | None = None) -> str:
        return (
            f"postgresql://{role}:{password or self.password}@{host}:{self.port}/{role}"
            f"?sslmode=verify-full&sslrootcert={cafile or self.cafile}"
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - only where there is a Docker engine

    folder = tmp_path_factory.mktemp("certificates")
    folder.chmod(0o755)
    authority, other = Authority(folder, "authority"), Authority(folder, "other-authority")
    authority.sign("server", host=HOST)
    password = secrets.token_hex(12)
    container = (
        DockerContainer(POSTGRES_IMAGE)
        .with_env("POSTGRES_PASSWORD", password)
        .with_volume_mapping(str(folder), "/certificates", "ro")
        .with_command(["bash", "-c", BEGIN])
        .with_exposed_ports(5432)
    )
    with container:
        served = Server(int(container.get_exposed_port(5432)), password, authority.file, other.file)
        wait_until(lambda: postgres_answers(served.dsn()), "PostgreSQL's container answers over TLS")
        yield served


async def provision(kafka: str, administrator: str, escalation: str) -> tuple[int, str]:
    """Run the one-shot; gives its exit code and all it said."""
    settings = {
        "SIGHTLINE_KAFKA_BOOTSTRAP": kafka,
        "SIGHTLINE_PROVISION_POSTGRES": administrator,
        "SIGHTLINE_ESCALATION_DATABASE": escalation,
        "SIGHTLINE_TOPIC_PREFIX": f"outside-{uuid4().hex[:8]}.",
        "SIGHTLINE_PROVISION_WAIT_SECONDS": "0",
    }
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infra.provision", cwd=checkout(), env=clean_environment() | settings,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(running.communicate(), 90)
    assert running.returncode is not None
    return running.returncode, output.decode()


async def test_the_one_shot_and_a_service_use_it_by_the_dsn_alone(
    server: Server, kafka: TestKafka, tmp_path: Path
) -> None:
    escalation = server.dsn("escalation", "a-password")
    code, said = await provision(kafka.bootstrap, server.dsn(), escalation)
    assert code == 0, said
    assert "role escalation, database escalation" in said
    prefix = f"outside-{uuid4().hex[:8]}."
    for topic in (AUDIT_EVENTS, ESCALATION_EVENTS):
        await kafka.create_topic(prefix + topic)
    service = process(escalation, kafka.bootstrap, tmp_path, prefix)
    await service.start()
    try:

        async def ready() -> bool:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{service.address}/health/ready")).status_code == httpx.codes.OK

        await until(ready, what="the service being ready")
        administrator = await asyncpg.connect(server.dsn())
        sessions = await administrator.fetch(
            "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'escalation'"
        )
        await administrator.close()
        assert sessions
        assert all(session["ssl"] for session in sessions)
    finally:
        assert await service.stop() == 0


@pytest.mark.parametrize("fault", ["authority", "host"])
async def test_a_certificate_that_is_not_trusted_is_said(server: Server, kafka: TestKafka, fault: str) -> None:
    administrator = server.dsn(cafile=server.other_cafile) if fault == "authority" else server.dsn(host="127.0.0.1")
    code, said = await provision(kafka.bootstrap, administrator, server.dsn("escalation", "a-password"))
    assert code == 2, said
    assert said.startswith("The certificate of PostgreSQL at ")
    assert "is not trusted" in said
    assert "sslrootcert" in said
    assert server.password not in said


async def test_a_service_waits_for_a_server_it_does_not_trust_and_says_so(
    server: Server, kafka: TestKafka, tmp_path: Path
) -> None:
    service = process(server.dsn(cafile=server.other_cafile), kafka.bootstrap, tmp_path, "outside.")
    with (tmp_path / "log").open("wb") as log:
        service.running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.escalation.main", env=service.environment, stdout=log, stderr=log
        )

    async def awaited() -> list[str]:
        lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
        return [line["error"] for line in lines if line["event"] == "database_awaited"]

    assert "SSLCertVerificationError" in await until(awaited, what="the service saying that it waits")
    assert await service.stop() == 0
    assert server.password not in (tmp_path / "log").read_text()
