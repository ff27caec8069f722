"""The supervisor outlives whatever a part makes its client raise: one part's fault stops no other."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from infra.stack import supervisor
from infra.stack.child import Command
from infra.stack.home import Home
from infra.stack.part import NotReady, Report, Setup, Unusable
from infra.stack.state import State
from infra.stack.supervisor import Supervisor
from tests.support.platform import until


@dataclass
class Sleeper:
    """A part that only listens; when it is provisioned a second time, its server goes in the middle of an answer."""

    name: str = "postgres"
    listeners: Sequence[str] = ("postgres",)
    needs: Sequence[str] = ()
    ready_within: float = 30.0
    listening: bool = True
    provisioned: list[str] = field(default_factory=list)
    waits: list[NotReady] = field(default_factory=list)
    """What it says when it is probed, one after the other; the last one for as long as it stands there."""

    def version(self) -> str:
        return "1"

    async def prepare(self, setup: Setup, report: Report) -> None:
        """Nothing to prepare."""

    def command(self, setup: Setup) -> Command:
        port = setup.ports[self.name] if self.listening else 0
        wait = f"import socket, time; one = socket.create_server(('127.0.0.1', {port})); time.sleep(600)"
        return Command([sys.executable, "-c", wait], setup.home.root, setup.home.log(self.name), stop_seconds=5)

    async def probe(self, setup: Setup) -> None:
        """Ready at once, unless it waits for something."""
        if self.waits:
            raise self.waits[0]

    async def provision(self, setup: Setup) -> None:
        self.provisioned.append("asked")
        if len(self.provisioned) == 2:
            raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    def diagnose(self, setup: Setup, log: str) -> str | None:
        return None


async def test_a_server_that_goes_while_it_is_provisioned_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Sleeper()
    monkeypatch.setattr(supervisor, "PARTS", {"postgres": part})
    home = Home(tmp_path)
    home.make()
    running = Supervisor(home, ["postgres"])
    task = asyncio.create_task(running.run())
    state = running.state.parts["postgres"]

    async def is_ready(times: int) -> bool:
        if task.done():
            task.result()
        return len(part.provisioned) == times and state.phase == "ready"

    await until(lambda: is_ready(1), "the part being ready")
    assert state.process is not None
    server = state.process.process()
    assert server is not None
    server.kill()
    await until(lambda: is_ready(3), "the part being ready again")
    running.stop()
    await task
    assert state.restarts == 2
    assert "postgres ended (InternalClientError)" in home.log("supervisor").read_text()


async def test_another_program_that_answers_at_the_port_is_not_taken_for_the_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two installations that start at once may choose one port: whoever lost it must not write into the other's."""
    monkeypatch.setattr(supervisor, "PARTS", {"postgres": Sleeper(listening=False, ready_within=0.5)})
    home = Home(tmp_path)
    home.make()
    with pytest.raises(Unusable, match="another program answers at its port"):
        await Supervisor(home, ["postgres"]).run()


async def test_long_work_is_waited_for_as_long_as_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than a part may take to be ready, with its progress shown; what stands still afterwards is given up."""
    part = Sleeper(ready_within=0.2, waits=[NotReady("rebuilding: 1 of 3", working=True)])
    monkeypatch.setattr(supervisor, "PARTS", {"postgres": part})
    monkeypatch.setattr(supervisor, "_LOOK_AGAIN", 0.05)
    home = Home(tmp_path)
    home.make()
    shown: list[tuple[str, str]] = []
    probes = 0
    probe = part.probe

    async def counted(setup: Setup) -> None:
        nonlocal probes
        probes += 1
        await probe(setup)

    monkeypatch.setattr(part, "probe", counted)
    running = Supervisor(home, ["postgres"], lambda state: shown.append(_of(state)))
    task = asyncio.create_task(running.run())

    async def probed_long() -> bool:
        return probes > 20 or task.done()

    await until(probed_long, "the part being probed for longer than it has to be ready")
    assert not task.done()
    assert ("working", "rebuilding: 1 of 3") in shown
    part.waits[:] = [NotReady("waiting for consumer")]
    with pytest.raises(Unusable, match="waiting for consumer"):
        await task


async def test_where_a_person_is_needed_the_others_run_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Sleeper(ready_within=0.2, waits=[NotReady("the log is shorter", held=True)])
    other = Sleeper(name="kafka", listeners=("kafka",))
    monkeypatch.setattr(supervisor, "PARTS", {"postgres": part, "kafka": other})
    monkeypatch.setattr(supervisor, "_LOOK_AGAIN", 0.05)
    home = Home(tmp_path)
    home.make()
    running = Supervisor(home, ["postgres", "kafka"])
    task = asyncio.create_task(running.run())

    async def up() -> bool:
        return running.state.phase == "ready" or task.done()

    await until(up, "the installation being up")
    assert running.state.in_words() == "Everything else runs; postgres is not ready: the log is shorter"
    assert running.state.parts["kafka"].phase == "ready"
    part.waits.clear()

    async def ready() -> bool:
        return running.state.parts["postgres"].phase == "ready" or task.done()

    await until(ready, "the part being ready once a person has seen to it")
    assert running.state.in_words() == "Everything is ready."
    running.stop()
    await task


def _of(state: State) -> tuple[str, str]:
    return state.parts["postgres"].phase, state.parts["postgres"].detail
