"""`sightline parked` as a person or a script uses it, against a service that runs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate
from tests.integration.messaging.support import Service, consumer_of, erased, running, send, service, until
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[3]


class Desk:
    """A person at a terminal, with the settings of the audit service alone."""

    def __init__(self, dsn: str, home: Path) -> None:
        self.environment = {"PATH": "/usr/bin:/bin", "SIGHTLINE_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "160"}
        if dsn:
            self.environment["SIGHTLINE_AUDIT_DATABASE"] = dsn

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "infra.cli",
            "parked",
            *arguments,
            cwd=ROOT,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def json(self, *arguments: str) -> Any:
        _code, out, _err = await self.run(*arguments, "--json")
        return json.loads(out)


@pytest_asyncio.fixture
async def parked(postgres_dsn: str, kafka: TestKafka) -> AsyncIterator[tuple[Service, UUID]]:
    """A stream whose first message is refused, with one behind it."""
    topic = await kafka.create_topic(partitions=1)
    stream = uuid4()
    await send(kafka.bootstrap, topic, [erased(stream, 1), erased(stream, 2)])
    async with service(postgres_dsn) as audit:
        audit.refuses = lambda _one: ValueError("Alice Smith")
        async with running(consumer_of(audit.pool, audit.handle, kafka.bootstrap, [topic])):
            await until(lambda: _two_parked(audit))
            yield audit, stream


async def _two_parked(audit: Service) -> bool:
    return len(await audit.parked()) == 2


async def test_list_show_and_retry(parked: tuple[Service, UUID], postgres_dsn: str, tmp_path: Path) -> None:
    audit, stream = parked
    desk = Desk(postgres_dsn, tmp_path)
    first, behind = await desk.json("list")
    assert (first["state"], behind["state"]) == ("parked", "behind")
    assert first["reason"] == "handler-refused"
    assert first["stream_id"] == str(stream)
    code, out, _err = await desk.run("list")
    assert code == 0
    assert first["message"] in out
    shown = await desk.json("show", first["message"], "--value")
    assert shown["waiting_behind"] == 1
    assert json.loads(shown["value"])["case_reference"] == str(stream)
    assert ["ce_type", "child-erased.v1"] in shown["headers"]
    code, out, _err = await desk.run("show", first["message"])
    assert code == 0
    assert "1 wait behind it" in out
    assert "Alice" not in out
    code, out, _err = await desk.run("retry", first["message"])
    assert (code, "refused" in out) == (1, True)
    audit.refuses = lambda _one: None
    code, out, _err = await desk.run("retry", first["message"])
    assert (code, "2 took effect" in out) == (0, True)
    assert await audit.applied() == [(stream, 1), (stream, 2)]
    code, out, _err = await desk.run("list")
    assert (code, out) == (0, "No message is parked.\n")


async def test_discard_and_the_rest_follows(parked: tuple[Service, UUID], postgres_dsn: str, tmp_path: Path) -> None:
    audit, stream = parked
    desk = Desk(postgres_dsn, tmp_path)
    [first, *_rest] = await desk.json("list")
    code, _out, err = await desk.run("discard", first["message"], "--reason", "Alice said so")
    assert (code, err.count("\n")) == (2, 1)
    assert "lower case letters" in err
    audit.refuses = lambda _one: None
    said = await desk.json("discard", first["message"], "--reason", "made-in-error", "--by", "qa-manager")
    assert (said["outcome"], said["applied"]) == ("discarded", 1)
    assert await audit.applied() == [(stream, 2)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "audit/999"), "no parked message 999"),
        (("show", "coa/1"), "audit/12"),
        (("show", "escalation/1"), "SIGHTLINE_ESCALATION_DATABASE"),
        (("list", "--service", "coa"), "audit, escalation, reporting"),
        (("accept-topic", "audit.events", "--service", "audit"), "never read a topic"),
    ],
)
async def test_what_cannot_be_done_is_said_in_one_sentence(
    arguments: tuple[str, ...], says: str, postgres_dsn: str, tmp_path: Path
) -> None:
    async with service(postgres_dsn):
        code, out, err = await Desk(postgres_dsn, tmp_path).run(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


async def test_a_service_that_reads_no_messages_is_told_from_one_never_started(
    postgres_dsn: str, tmp_path: Path
) -> None:
    desk = Desk(postgres_dsn, tmp_path)
    code, out, err = await desk.run("show", "audit/1")
    assert (code, out) == (2, "")
    assert "start the service once" in err
    await migrate(postgres_dsn, [OUTBOX, EVENTSTORE])
    assert await desk.run("show", "audit/1") == (2, "", "audit reads no messages; nothing can be parked there.\n")
    assert (await desk.run("list"))[:2] == (0, "No message is parked.\n")


async def test_without_a_database_it_says_how_to_name_one(tmp_path: Path) -> None:
    code, _out, err = await Desk("", tmp_path).run("list")
    assert code == 2
    assert "SIGHTLINE_AUDIT_DATABASE" in err
    code, _out, err = await Desk("postgresql://127.0.0.1:9/audit", tmp_path).run("list")
    assert code == 2
    assert "does not answer" in err
