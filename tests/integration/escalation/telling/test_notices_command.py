"""`sightline notices` as a person or a script uses it, over the service's database."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.escalation.app.sending import RefusedForGood, TryLater
from tests.integration.escalation.telling.test_notices import Wire, desk
from tests.unit.escalation import scenes as s

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[4]


class Terminal:
    """A person at a terminal, with the settings of the escalation service alone."""

    def __init__(self, dsn: str, home: Path) -> None:
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "SIGHTLINE_HOME": str(home),
            "SIGHTLINE_ESCALATION_DATABASE": dsn,
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "infra.cli",
            "notices",
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
        code, out, err = await self.run(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)


async def test_listed_shown_and_tried_again(postgres_dsn: str, tmp_path: Path) -> None:
    terminal = Terminal(postgres_dsn, tmp_path)
    async with desk(postgres_dsn) as at:
        assert (await terminal.run("list"))[:2] == (0, "No message waits.\n")
        await at.do(s.consider(s.cause(1)))
        wire = Wire(trouble=TryLater("mail-recipient-refused-450"))
        await at.sender(wire).run()
        _, out, _ = await terminal.run("list")
        assert out.count("mail-recipient-refused-450") == 2
        assert "qa-manager, north/riverside" in out
        assert "riverside-assessment" not in out

        wire.trouble = RefusedForGood("mail-recipient-refused-550")
        at.now += timedelta(minutes=1)
        await at.sender(wire).run()
        listed = await terminal.json("list", "--state", "given-up", "--escalation", str(s.ESCALATION))
        assert {(one["role"], one["state"], one["attempts"]) for one in listed} == {
            ("qa-manager", "given-up", 2),
            ("service-manager", "given-up", 2),
        }
        first = listed[0]["id"]
        _, out, _ = await terminal.run("show", first)
        assert "mail-recipient-refused-550" in out
        assert f"audit escalation {s.ESCALATION}" in out

        assert (await terminal.run("retry", first))[:2] == (0, "1 message is tried again.\n")
        assert await terminal.json("retry", "--all") == {"retried": 1}
        wire.trouble = None
        at.now += timedelta(days=9_999)  # whatever the database's own clock says: later than that
        assert await at.sender(wire).run() == 2
        code, _, err = await terminal.run("retry", first)
        assert (code, err) == (2, "That message is sent: it is not sent again.\n")
        assert (await terminal.run("list"))[1] == "No message waits.\n"
        assert len(await terminal.json("list", "--state", "all")) == 2


async def test_wrong_use_is_said_in_a_sentence(postgres_dsn: str, tmp_path: Path) -> None:
    terminal = Terminal(postgres_dsn, tmp_path)
    code, _, err = await terminal.run("list")
    assert code == 2
    assert "start the service once" in err
    async with desk(postgres_dsn):
        for arguments in (
            ("retry",),
            ("retry", str(uuid4()), "--all"),
            ("retry", str(uuid4())),
            ("show", str(uuid4())),
        ):
            code, _, err = await terminal.run(*arguments)
            assert code == 2
            assert err.count("\n") == 1
