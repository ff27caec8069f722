"""docker-compose from build to report, and through what happens to it: commands, ends, Kafka away, down and up again.

One installation serves all tests here, in their order.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from infra.docker import make_environment
from infra.sample.demonstration import LARGE, Wanted, plans
from infra.stack.home import checkout
from tests.support.platform import free_ports, until
from tests.support.reports import compare_with_truth

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]

SERVICES = ("audit", "escalation", "reporting")
WANTED = Wanted(seed=3, as_of=date(2026, 11, 20), audits=150)
DEMO = ("sightline", "demo", "--once", "--json", "--audits", "150", "--seed", "3", "--as-of", "2026-11-20")

ATTEMPTS = """
import asyncio, json
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from shared.contracts.base import TOPICS
from shared.messaging.kafka import KafkaSettings

options = KafkaSettings().client_options()

async def writes(topic):
    async with AIOKafkaProducer(**options) as producer:
        try:
            await producer.send_and_wait(topic, b"an attempt")
        except KafkaError as error:
            return type(error).__name__
        return "written"

async def committed(admin, group):
    try:
        await admin.list_consumer_group_offsets(group)
    except KafkaError as error:
        return type(error).__name__
    return "seen"

async def attempts(forbidden):
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    seen = {one["topic"]: one["error_code"] for one in await admin.describe_topics(list(TOPICS))}
    groups = {name: await committed(admin, f"sightline.{name}") for name in ("escalation", "reporting")}
    await admin.close()
    print(json.dumps({"writes": {one: await writes(one) for one in forbidden}, "seen": seen, "groups": groups}))
"""
"""What a service's container tries in Kafka, with the settings it has."""
NOT_ALLOWED = 29  # Kafka's TOPIC_AUTHORIZATION_FAILED


class Compose:
    """One project of docker-compose on the checkout's own file, with secrets and ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.name = f"sightline-{secrets.token_hex(4)}"
        self.ports = dict(zip(SERVICES, free_ports(3), strict=True))
        self.environment = folder / "environment"
        filled = make_environment.filled(make_environment.EXAMPLE.read_text())
        ports = "".join(f"{name.upper()}_PORT={port}\n" for name, port in self.ports.items())
        kept = [line for line in filled.splitlines() if not line.split("=")[0].endswith("_PORT")]
        self.environment.write_text("\n".join(kept) + "\n" + ports)

    async def __call__(self, *arguments: str, within: float = 300) -> str:
        code, output, errors = await self.tried(*arguments, within=within)
        assert code == 0, f"{arguments}: {errors[-3000:]}{output[-2000:]}"
        return output

    async def tried(self, *arguments: str, within: float = 300) -> tuple[int, str, str]:
        """Run compose; gives exit code, output and errors."""
        tool = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
        process = await asyncio.create_subprocess_exec(
            *tool, "--project-directory", str(checkout()), "--env-file", str(self.environment), "-p", self.name,
            *arguments, cwd=checkout(), env={**os.environ, "DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", "1")},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await asyncio.wait_for(process.communicate(), within)
        assert process.returncode is not None
        return process.returncode, output.decode(), errors.decode()

    async def in_container(self, *command: str) -> str:
        """Run the command line in its own container."""
        return await self("run", "--rm", "-T", "command", *command)

    async def healthy(self) -> None:
        """Wait until every service's container is."""
        for name in SERVICES:

            async def said(name: str = name) -> bool:
                return await self.health(name) == "healthy"

            await until(said, f"{name} being healthy", 180)

    async def is_ready(self, name: str) -> bool:
        """Ask a service from outside, as a browser would."""
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"http://127.0.0.1:{self.ports[name]}/health/ready")
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK

    async def all_ready(self) -> None:
        """Wait until every service says so."""
        for name in SERVICES:
            await until(lambda name=name: self.is_ready(name), f"{name} being ready", 180)  # type: ignore[misc]  # bound per turn

    async def container(self, name: str, what: str) -> str:
        """Ask Docker about a service's container, by a template of its."""
        identity = (await self("ps", "-q", name)).strip()
        process = await asyncio.create_subprocess_exec(
            "docker", "inspect", "--format", what, identity, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        return output.decode().strip()

    async def health(self, name: str) -> str:
        return await self.container(name, "{{.State.Health.Status}}")


@pytest_asyncio.fixture(scope="module")
async def compose(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Compose]:
    made = Compose(tmp_path_factory.mktemp("compose"))
    try:
        await made("up", "--build", "--detach", within=600)
        await made.healthy()
        yield made
    finally:
        await made("down", "--volumes", "--timeout", "5")


def json_of(said: str) -> Any:
    """Read the JSON document that a command printed after what it said."""
    return json.loads(said[min(said.index(one) for one in "{[" if one in said) :])


async def test_from_build_to_report(compose: Compose) -> None:
    said = json_of(await compose.in_container(*DEMO))
    [large, _] = plans(WANTED)
    assert large.authority == LARGE
    compare_with_truth(said["figures"], large, at_least=15)
    [link, *_] = said["reports"].values()
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True, timeout=30) as browser:
        page = await browser.get(link)  # from this machine, as its reader would
    assert page.status_code == httpx.codes.OK
    assert "<h1" in page.text


async def test_the_command_container_reaches_everything(compose: Compose) -> None:
    status = json_of(await compose.in_container("sightline", "status", "--json"))
    assert {name: one["ready"] for name, one in status["services"].items()} == dict.fromkeys(SERVICES, True)
    assert json_of(await compose.in_container("sightline", "parked", "list", "--json")) == []
    audit = (
        await compose(
            "exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "audit", "-Atc",
            "select stream_id from eventstore.summaries where category = 'audit' order by 1 limit 1",
        )
    ).strip()  # fmt: skip
    story = await compose.in_container("sightline", "trace", audit, "--json")
    assert "audit-allocated" in story or "audit-completed" in story
    rebuilt = json_of(await compose.in_container("sightline", "rebuild", "--json"))
    assert rebuilt["messages"] > 300
    code, _, errors = await compose.tried("run", "--rm", "-T", "command", "sightline", "up")
    assert code == 2
    assert "The services run elsewhere" in errors


async def test_each_service_writes_its_own_topic_and_reads_what_it_needs(compose: Compose) -> None:
    """G11, kept by Kafka itself: settings or code gone wrong cannot break it."""

    async def attempts(service: str, *forbidden: str) -> Any:
        program = f"{ATTEMPTS}\nasyncio.run(attempts({list(forbidden)!r}))"
        return json_of(await compose("exec", "-T", service, "python", "-c", program))

    refused, away = "TopicAuthorizationFailedError", "GroupAuthorizationFailedError"
    escalation = await attempts("escalation", "audit.events", "reporting.events")
    assert escalation["writes"] == {"audit.events": refused, "reporting.events": refused}
    assert escalation["seen"] == {"audit.events": 0, "escalation.events": 0, "reporting.events": NOT_ALLOWED}
    assert escalation["groups"] == {"escalation": "seen", "reporting": away}
    audit = await attempts("audit", "escalation.events", "reporting.events")
    assert audit["writes"] == {"escalation.events": refused, "reporting.events": refused}
    assert audit["seen"] == {"audit.events": 0, "escalation.events": 0, "reporting.events": NOT_ALLOWED}
    reporting = await attempts("reporting", "audit.events", "escalation.events")
    assert reporting["writes"] == {"audit.events": refused, "escalation.events": refused}
    assert reporting["groups"] == {"escalation": away, "reporting": "seen"}


async def test_kafka_lets_nobody_in_without_the_right_password(compose: Compose) -> None:
    code, said, errors = await compose.tried(
        "run", "--rm", "-T", "-e", "SIGHTLINE_KAFKA_PASSWORD=another", "command", "python", "-m", "infra.provision"
    )
    assert code == 2, said
    assert "Kafka at kafka:9092 refuses this user or password" in errors


async def test_services_run_as_nobody_special_and_cannot_write(compose: Compose) -> None:
    """The image's user is not root, and a service's file system is read-only, its keys included."""
    for name in SERVICES:
        said = await compose(
            "exec", "-T", name, "sh", "-c", "id -u; touch /app/x 2>&1; touch /var/lib/sightline/x 2>&1; true"
        )
        assert said.split()[0] == "10001"
        assert said.count("Read-only file system") == 2


async def test_whatever_ends_comes_back(compose: Compose) -> None:
    before = await compose.container("reporting", "{{.State.StartedAt}}")
    await compose("exec", "-T", "reporting", "sh", "-c", "kill -TERM 1")  # ends by itself, as after a fault

    async def started_again() -> bool:
        return await compose.container("reporting", "{{.State.StartedAt}}") != before

    await until(started_again, "reporting being started again")
    await compose("kill", "audit")
    await compose("restart", "escalation")
    await compose("up", "--detach")
    await compose.all_ready()


async def test_kafka_may_stop_and_start_again(compose: Compose) -> None:
    await compose("stop", "kafka")

    async def escalation_waits() -> bool:
        return not await compose.is_ready("escalation")

    await until(escalation_waits, "escalation noticing that Kafka is away")
    await compose("start", "kafka")
    await compose.all_ready()


async def test_down_and_up_again_keeps_the_data(compose: Compose) -> None:
    await compose("down", "--timeout", "30")
    await compose("up", "--detach")
    await compose.healthy()
    said = json_of(await compose.in_container(*DEMO))
    [large, _] = plans(WANTED)
    compare_with_truth(said["figures"], large, at_least=15)


async def test_no_secret_has_a_default(compose: Compose) -> None:
    """Each left empty, compose refuses and says where to look."""
    filled = compose.environment.read_text()
    settings = [line.split("=")[0] for line in filled.splitlines() if not line.startswith("#")]
    secrets_of_it = [name for name in settings if name.endswith(("PASSWORD", "_KEY"))]
    assert len(secrets_of_it) == 11
    try:
        for name in secrets_of_it:
            kept = [f"{name}=" if line.startswith(f"{name}=") else line for line in filled.splitlines()]
            compose.environment.write_text("\n".join(kept) + "\n")
            code, _, errors = await compose.tried("config")
            assert code != 0, name
            assert name in errors
            assert "infra/docker/environment.example" in errors
    finally:
        compose.environment.write_text(filled)
