"""Where a test session's Kafka and PostgreSQL come from: the environment, testcontainers, or the embedded stack."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from infra.stack import control
from infra.stack.home import Home

KINDS = {
    "embedded": "its own Kafka and PostgreSQL, started in a temporary folder",
    "env": "the servers named by SIGHTLINE_TEST_POSTGRES and SIGHTLINE_TEST_KAFKA",
    "docker": "postgres:18 and apache/kafka:4.3.0 by testcontainers",
}
POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = "apache/kafka:4.3.0"
STARTS_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Stack:
    """Addresses of the servers under test: a PostgreSQL superuser DSN and Kafka bootstrap servers."""

    kind: str
    postgres: str
    bootstrap: str


def kind() -> str:
    """Read which stack the session uses; ends the session with a sentence when the name is not known."""
    named = os.environ.get("SIGHTLINE_TEST_STACK", "embedded")
    if named not in KINDS:
        raise pytest.UsageError(f"SIGHTLINE_TEST_STACK is {named!r}: it is one of {', '.join(KINDS)}.")
    return named


@contextmanager
def serve(named: str) -> Iterator[Stack]:
    """Give a session its servers, and stop those that were started for it, also after failures."""
    with {"embedded": _embedded, "env": _env, "docker": _docker}[named]() as stack:
        yield stack


@contextmanager
def _env() -> Iterator[Stack]:
    try:
        yield Stack("env", os.environ["SIGHTLINE_TEST_POSTGRES"], os.environ["SIGHTLINE_TEST_KAFKA"])
    except KeyError as error:
        raise pytest.UsageError(f"SIGHTLINE_TEST_STACK=env needs {error.args[0]}: set it.") from error


def clean_environment() -> dict[str, str]:
    """Give the environment without the settings a developer made for an installation; the cache of jars stays."""
    kept = {"SIGHTLINE_CACHE", "SIGHTLINE_MAVEN"}
    return {name: value for name, value in os.environ.items() if not name.startswith("SIGHTLINE_") or name in kept}


@contextmanager
def _embedded() -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="sightline-test-"))
    home = Home(folder)
    try:
        control.start_in_background(home, ["postgres", "kafka"], bound_to_caller=True, variables=clean_environment())
        yield Stack("embedded", control.administrator(home), control.environment(home)["SIGHTLINE_KAFKA_BOOTSTRAP"])
    finally:
        control.stop(home)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _docker() -> Iterator[Stack]:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - only where it is asked for

    password, port = secrets.token_hex(12), _free_port()
    postgres = (
        DockerContainer(POSTGRES_IMAGE)
        .with_env("POSTGRES_PASSWORD", password)
        .with_command("postgres -c max_connections=200 -c autovacuum_naptime=1s")
        .with_exposed_ports(5432)
    )
    # The host's port is chosen beforehand, since the broker must tell clients the address they reach it by.
    # The image writes its configuration anew at each start, as a user who need not own the files that are there.
    kafka = (
        DockerContainer(KAFKA_IMAGE)
        .with_bind_ports(9092, port)
        .with_tmpfs_mount("/opt/kafka/config", "uid=1000,gid=1000,mode=0755")
    )
    for name, value in {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_COORDINATOR_APPEND_LINGER_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }.items():
        kafka.with_env(name, value)
    with postgres, kafka:
        dsn = f"postgresql://postgres:{password}@127.0.0.1:{postgres.get_exposed_port(5432)}/postgres"
        bootstrap = f"127.0.0.1:{port}"
        wait_until(lambda: postgres_answers(dsn), "PostgreSQL's container answers")
        wait_until(lambda: kafka_answers(bootstrap), "Kafka's container answers")
        yield Stack("docker", dsn, bootstrap)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def postgres_answers(dsn: str) -> bool:
    """Say whether PostgreSQL lets us in."""
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        return False
    await connection.close()
    return True


async def kafka_answers(bootstrap: str) -> bool:
    """Say whether Kafka describes itself."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await admin.start()
        await admin.list_topics()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()
    return True


def wait_until(answers: Callable[[], Awaitable[bool]], what: str, within: float = STARTS_WITHIN) -> None:
    """Wait, outside any running loop, until a condition holds; fails the test when it does not in time."""
    until = time.monotonic() + within
    while not in_own_loop(answers):
        time.sleep(0.2)
        if time.monotonic() > until:
            pytest.fail(f"After {within:g} s it was still not true that {what}.")


def in_own_loop(function: Callable[[], Awaitable[bool]]) -> bool:
    """Run a coroutine in a thread with a loop of its own, so that the session's loop is left alone."""
    result: list[bool] = []

    async def run() -> None:
        result.append(await function())

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    thread.join()
    return bool(result and result[0])
