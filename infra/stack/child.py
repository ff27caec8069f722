"""Starting and ending child processes so that none outlives its supervisor for ever."""

import asyncio
import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from infra.stack.state import ProcessId

_PR_SET_PDEATHSIG = 1
LOG_KEPT_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Account:
    """A system user to run a program as; only root can do so for another user."""

    uid: int
    gid: int

    @classmethod
    def named(cls, name: str) -> "Account":
        """Find a system user; raises `KeyError` where there is none of that name."""
        entry = pwd.getpwnam(name)
        return cls(entry.pw_uid, entry.pw_gid)

    def options(self) -> dict[str, Any]:
        """Give the keyword arguments that start a subprocess as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class Command:
    """How to start one part, and how to ask it to stop."""

    arguments: Sequence[str]
    folder: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 30.0


def ends_with_parent(ending: signal.Signals) -> Callable[[], None] | None:
    """Give the step, run in the child before its program, that has Linux signal it when its parent ends.

    None elsewhere: there a left-over child is ended by the next start alone. The step must run after the change of
    user, which forgets the setting; `subprocess` does it in that order.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def step() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(ending), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the setting took hold
            os._exit(1)

    return step


async def start(command: Command) -> asyncio.subprocess.Process:
    """Start a part in a session of its own (so Ctrl-C reaches the supervisor alone), its output added to its log.

    Call it from the main thread: Linux counts the starting *thread* as the parent.
    """
    keep_log_small(command.log)
    with command.log.open("ab") as log:
        command.log.chmod(0o600)
        return await asyncio.create_subprocess_exec(
            *command.arguments,
            cwd=command.folder,
            env=dict(command.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=ends_with_parent(command.stop_signal),
            **(command.account.options() if command.account else {}),
        )


def keep_log_small(log: Path) -> None:
    """Set a long log aside (one older file is kept), so that logs cannot fill the disk over the years."""
    if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".log.1"))


async def stop(process: asyncio.subprocess.Process, command: Command) -> None:
    """Ask a child to end, and end it by force when it does not within its time."""
    if process.returncode is not None:
        return
    try:
        process.send_signal(command.stop_signal)
        await asyncio.wait_for(process.wait(), command.stop_seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
    except ProcessLookupError:
        await process.wait()


def end_left_over(left: ProcessId, ending: signal.Signals, seconds: float) -> bool:
    """End a process that an earlier supervisor started, if it still runs; True when there was one to end.

    Only the very process that was started is touched: its number, start time and program must all agree.
    """
    process = left.process()
    if process is None:
        return False
    try:
        process.send_signal(ending)
        process.resume()  # a paused process would take note of nothing
        process.wait(seconds)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(10)
    except psutil.NoSuchProcess:
        pass
    return True
