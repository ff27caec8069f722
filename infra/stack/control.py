"""Starting, finding and stopping an installation from outside its supervisor: what the commands and tests use."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import psutil

from infra.errors import SightlineError
from infra.stack.child import ends_with_parent, keep_log_small
from infra.stack.home import Home, checkout
from infra.stack.leftovers import end_left_overs
from infra.stack.part import ANOTHER_RUNS, last_line, tail
from infra.stack.ports import LOOPBACK, remembered
from infra.stack.secrets import passwords
from infra.stack.state import State

STOP_SECONDS = 120.0
_LOOK_EVERY = 0.1
_STARTED: list["subprocess.Popen[bytes]"] = []
"""Supervisors started by this process, kept so that their end is taken note of."""


def running(home: Home) -> State | None:
    """Give what runs in a home folder now, or None when no supervisor has it."""
    if not home.is_locked():
        return None
    return State.read(home.state_file) or State()


def environment(home: Home) -> dict[str, str]:
    """Give the settings by which a command reaches an installation; empty where none was ever started."""
    try:
        found: dict[str, str] = json.loads(home.environment_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def administrator(home: Home) -> str:
    """Give the DSN of PostgreSQL's administrator in a home folder that was started before."""
    return f"postgresql://postgres:{passwords(home)['postgres']}@{LOOPBACK}:{remembered(home.ports_file)['postgres']}/postgres"


def start_in_background(
    home: Home,
    only: Sequence[str] = (),
    *,
    observe: Callable[[State], None] = lambda _: None,
    bound_to_caller: bool = False,
    variables: Mapping[str, str] | None = None,
    within: float = 600.0,
) -> State:
    """Start a supervisor of its own and wait until everything is ready; raises `SightlineError` when it fails.

    With `bound_to_caller` (call it from the main thread) it stops, on Linux, when the calling process ends.
    `variables` is its whole environment, else the caller's.
    """
    home.make()
    log = home.log("supervisor")
    keep_log_small(log)
    size = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        log.chmod(0o600)
        process = subprocess.Popen(  # noqa: S603 - our own program and folder
            [sys.executable, "-m", "infra.stack", "--home", str(home.root), "--only", ",".join(only)],
            cwd=checkout(),
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=ends_with_parent(signal.SIGTERM) if bound_to_caller else None,  # noqa: PLW1509 - sets one flag
        )
    _STARTED.append(process)
    until = time.monotonic() + within
    while True:
        code = process.poll()
        state = State.read(home.state_file)
        mine = state is not None and state.supervisor is not None and state.supervisor.pid == process.pid
        if code == ANOTHER_RUNS:  # somebody was quicker: what that one starts is what was wanted
            mine = home.is_locked()
        elif code is not None:
            raise SightlineError(
                (state.failure if mine and state else "")
                or last_line(tail(log, max(0, log.stat().st_size - size))) + "."
            )
        if mine and state is not None:
            observe(state)
            if state.phase == "ready":
                return state
            if any(part.phase == "working" for part in state.parts.values()):
                until = time.monotonic() + within
        if time.monotonic() > until:
            process.terminate()
            raise SightlineError(f"The stack was not ready after {within:g} s: read {log} for the reason.")
        time.sleep(_LOOK_EVERY)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What `stop` found: whether a supervisor ran, and the parts left over by one that had been killed."""

    ran: bool
    left_over: Sequence[str]


def stop(home: Home, observe: Callable[[State], None] = lambda _: None, within: float = STOP_SECONDS) -> Stopped:
    """Stop an installation and wait until it has stopped; raises `SightlineError` when it does not.

    Where the supervisor was killed, what it left running is ended here.
    """
    if not home.lock_file.exists():
        return Stopped(ran=False, left_over=())
    until = time.monotonic() + within
    ran = False
    while (lock := home.lock()) is None:
        state = State.read(home.state_file)
        if state is not None:
            observe(state)
            process = state.supervisor.process() if state.supervisor else None
            if process is not None and not ran:
                _ask(process)
                ran = True
        if time.monotonic() > until:
            raise SightlineError(f"The stack in {home.root} did not stop within {within:g} s: see `sightline status`.")
        time.sleep(_LOOK_EVERY)
    for started in _STARTED:
        started.poll()
    try:
        left_over = end_left_overs(home)
        if left_over:
            _write_stopped(home)
        return Stopped(ran, left_over)
    finally:
        lock.release()


def _ask(process: psutil.Process) -> None:
    try:
        process.send_signal(signal.SIGTERM)
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied as error:
        raise SightlineError(
            f"The stack was started by another user ({process.username()}): stop it as that user."
        ) from error


def _write_stopped(home: Home) -> None:
    state = State.read(home.state_file)
    if state is not None:
        state.phase = "stopped"
        for part in state.parts.values():
            part.phase, part.process, part.detail = "stopped", None, ""
        state.write(home.state_file)
