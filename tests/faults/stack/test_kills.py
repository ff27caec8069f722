"""SIGKILL of each process of the embedded stack: nothing stored is lost, nothing is left running, nobody else dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from infra.stack.child import end_left_over
from infra.stack.state import ProcessId
from tests.faults.stack.data import store, stored
from tests.support.installation import Installation, eventually, installation

LINUX = sys.platform.startswith("linux")


@pytest.fixture(scope="module")
def home() -> Iterator[Installation]:
    with installation() as made:
        yield made


async def test_a_killed_kafka_is_started_again_with_its_data(home: Installation) -> None:
    home.up()
    await store(home, "before kafka's end")
    killed = home.process("kafka")
    killed.kill()
    eventually(lambda: home.state().parts["kafka"].restarts == 1, "the supervisor noticed", 20)
    eventually(lambda: home.state().parts["kafka"].phase == "ready", "Kafka is ready again")
    assert home.process("kafka").pid != killed.pid
    await store(home, "after kafka's end")
    rows, messages = await stored(home)
    assert rows[-2:] == messages[-2:] == ["before kafka's end", "after kafka's end"]
    assert "kafka ended (killed by signal 9)" in home.home.log("supervisor").read_text()
    assert "restarted once" in home.run("status").stdout


async def test_a_killed_postgresql_is_started_again_with_its_data(home: Installation) -> None:
    home.up()
    await store(home, "before postgresql's end")
    home.process("postgres").kill()
    eventually(lambda: home.state().parts["postgres"].restarts >= 1, "the supervisor noticed", 20)
    eventually(lambda: home.state().parts["postgres"].phase == "ready", "PostgreSQL is ready again")
    await store(home, "after postgresql's end")
    rows, messages = await stored(home)
    assert rows[-2:] == messages[-2:] == ["before postgresql's end", "after postgresql's end"]


async def test_after_a_killed_supervisor_nothing_runs_on_and_the_next_start_has_the_data(home: Installation) -> None:
    home.up()
    await store(home, "before the supervisor's end")
    home.process("supervisor").kill()
    if LINUX:
        eventually(lambda: not home.processes(), "the children ended with their supervisor")
    home.up()
    rows, messages = await stored(home)
    assert rows[-1] == messages[-1] == "before the supervisor's end"


async def test_children_that_outlive_a_killed_supervisor_are_ended_by_the_next_start(home: Installation) -> None:
    home.up()
    await store(home, "before the pause")
    left = [home.process("kafka"), home.process("postgres")]
    for process in left:
        process.suspend()  # so that they cannot take note of their supervisor's end
    home.process("supervisor").kill()
    home.up()
    assert not any(process.is_running() for process in left)
    rows, messages = await stored(home)
    assert rows[-1] == messages[-1] == "before the pause"
    assert "left over from a start that was killed" in home.home.log("supervisor").read_text()


def test_down_ends_what_a_killed_supervisor_left(home: Installation) -> None:
    home.up()
    kafka = home.process("kafka")
    kafka.suspend()
    home.process("supervisor").kill()
    eventually(lambda: not home.home.is_locked(), "the supervisor is gone")
    said = home.run("status").stdout
    assert said.startswith("The supervisor was killed and left ")
    assert "kafka" in said.split(" running in ")[0]
    done = home.run("down")
    assert done.returncode == 0
    assert "kafka" in done.stdout
    assert not home.processes()
    assert home.status()["running"] is False


def test_ctrl_c_stops_everything_in_order(home: Installation) -> None:
    running = home.begin("up", "--only", "postgres,kafka")
    eventually(lambda: home.home.is_locked() and home.state().phase == "ready", "everything is ready")
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    assert not home.processes()
    assert output.index("kafka: stopped") < output.index("postgres: stopped")


@pytest.mark.parametrize("half_made", ["postgres.new", "kafka.new"])
def test_a_first_start_killed_half_way_leaves_nothing_in_the_way(half_made: str) -> None:
    with installation() as made:
        beginning = made.begin("up", "--only", "postgres,kafka")
        eventually((made.home.root / half_made).exists, f"{half_made} is being made")
        beginning.kill()
        beginning.communicate()
        assert not (made.home.root / half_made.removesuffix(".new")).exists()
        made.up()
        assert not (made.home.root / half_made).exists()


def test_a_process_with_a_reused_number_is_never_ended() -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        real = ProcessId.of(stranger.pid)
        assert real is not None
        for other in (
            ProcessId(real.pid, real.started - 5, real.program),
            ProcessId(real.pid, real.started, "/usr/bin/another"),
        ):
            assert not end_left_over(other, signal.SIGTERM, 1)
        assert stranger.poll() is None
        assert end_left_over(real, signal.SIGTERM, 10)
    finally:
        stranger.kill()
        stranger.communicate()
    assert ProcessId.of(os.getpid()) is not None
