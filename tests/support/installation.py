"""An installation in a temporary folder, driven by the `sightline` command as a person would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from infra.stack import control
from infra.stack.home import Home, checkout
from infra.stack.state import State
from tests.support.servers import clean_environment

SERVERS = "postgres,kafka"


class Installation:
    """One home folder and the commands run on it; `run` gives exit code, output and errors."""

    def __init__(self, root: Path, *, prefix: Sequence[str] = (), variables: Mapping[str, str] | None = None) -> None:
        self.home = Home(root)
        self._prefix = list(prefix)
        self.variables = {**clean_environment(), **(variables or {}), "SIGHTLINE_HOME": str(root)}

    def command(self, *arguments: str) -> list[str]:
        return [*self._prefix, sys.executable, "-m", "infra.cli", *arguments]

    def run(self, *arguments: str, within: float = 150, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=checkout(),
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )

    def begin(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=checkout(),
            env={**self.variables, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def up(self, only: str = SERVERS, **variables: str) -> State:
        """Start in the background and give what runs; fails the test when that fails."""
        done = self.run("up", "--detach", "--only", only, within=150, **variables)
        assert done.returncode == 0, done.stderr + done.stdout
        return self.state()

    def refused(self, **variables: str) -> str:
        """Try to start, and give the one sentence it was refused with; nothing may be left running."""
        done = self.run("up", "--detach", "--only", SERVERS, within=150, **variables)
        assert done.returncode == 2, done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        assert not self.processes()
        return done.stderr.strip()

    def state(self) -> State:
        state = State.read(self.home.state_file)
        assert state is not None, "a started installation has a state file"
        return state

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return found

    def process(self, part: str) -> psutil.Process:
        """Give the running process of a part, or of the `supervisor`."""
        state = self.state()
        found = state.supervisor if part == "supervisor" else state.parts[part].process
        assert found is not None, f"{part} has a process"
        process = found.process()
        assert process is not None, f"{part} runs"
        return process

    def processes(self) -> list[psutil.Process]:
        """Give every process whose command names this home folder, whoever started it."""
        found = []
        for process in psutil.process_iter(["cmdline", "status"]):
            line = " ".join(process.info["cmdline"] or ())
            if str(self.home.root) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    @property
    def administrator(self) -> str:
        return control.administrator(self.home)

    @property
    def bootstrap(self) -> str:
        return control.environment(self.home)["SIGHTLINE_KAFKA_BOOTSTRAP"]


@contextmanager
def installation(name: str = "home", **options: Any) -> Iterator[Installation]:
    """Give an installation in a folder of its own called `name`, and stop and remove it afterwards, also after a failure."""
    folder = Path(tempfile.mkdtemp(prefix="sightline-test-"))
    made = Installation(folder / name, **options)
    try:
        yield made
    finally:
        made.run("down")
        for left in made.processes():
            left.kill()
        shutil.rmtree(folder, ignore_errors=True)


def eventually(condition: Callable[[], object], what: str, within: float = 60.0) -> None:
    """Wait until a condition holds; fails the test with what was waited for."""
    until = time.monotonic() + within
    while not condition():
        if time.monotonic() > until:
            pytest.fail(f"After {within:g} s it was still not true that {what}.")
        time.sleep(0.05)


def shared_jars(folder: Path) -> Path:
    """Give a cache of Kafka's jars that every user of the machine may read."""
    from infra.stack.distribution import KAFKA_VERSION, jars  # noqa: PLC0415

    source = jars(folder / "fetched")
    target = folder / f"kafka-{KAFKA_VERSION}"
    shutil.copytree(source, target, copy_function=_linked)
    for path in (folder, target):
        path.chmod(0o755)
    return folder


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)
