"""What the supervisor knows of each thing it runs."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, ParamSpec, Protocol, TypeVar, cast

from infra.errors import SightlineError
from infra.stack.child import Command, ends_with_parent
from infra.stack.home import Home
from infra.stack.ports import LOOPBACK

P = ParamSpec("P")
T = TypeVar("T")

SERVERS: Final = ("postgres", "kafka")
SERVICES: Final = ("audit", "escalation", "reporting")
"""The parts' names: servers start first and stop last, PostgreSQL last of all."""

ANOTHER_RUNS: Final = 3
"""Exit code of a supervisor that found another one in its folder."""

Report = Callable[[str], None]
"""Takes a few words on what a part is doing now."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What every part is given: the folder, the ports by listener, the passwords by role, who is outside."""

    home: Home
    ports: Mapping[str, int]
    passwords: Mapping[str, str]
    outside: Mapping[str, str] = field(default_factory=dict)

    def database(self, role: str) -> str:
        """Give the DSN of a role's own database; an outside one by its setting."""
        named = self.outside.get(f"SIGHTLINE_{role.upper()}_DATABASE")
        if named:
            return named
        return f"postgresql://{role}:{self.passwords[role]}@{LOOPBACK}:{self.ports['postgres']}/{role}"

    @property
    def bootstrap(self) -> str:
        """Give Kafka's address."""
        return self.outside.get("SIGHTLINE_KAFKA_BOOTSTRAP") or f"{LOOPBACK}:{self.ports['kafka']}"


class NotReady(Exception):
    """The part does not answer yet; the text says how far it is."""

    working = False
    """Whether it is at long work that goes on by itself: then it is given the time it takes."""

    held = False
    """Whether it runs and needs a person to go on: then the others run, and nothing waits for it."""

    def __init__(self, words: str, *, working: bool = False, held: bool = False) -> None:
        super().__init__(words)
        self.working, self.held = working, held


class Unusable(SightlineError):
    """A part that cannot start until a person has done something: trying again would not help."""


class Part(Protocol):
    """One program under supervision. Methods may be called again after each restart."""

    @property
    def name(self) -> str:
        """The name people use: `sightline logs NAME`."""
        ...

    @property
    def listeners(self) -> Sequence[str]:
        """Its ports, by listener name; the first one is where it answers."""
        ...

    @property
    def needs(self) -> Sequence[str]:
        """The parts that must be ready before it starts."""
        ...

    @property
    def ready_within(self) -> float:
        """Seconds it may take until it is ready."""
        ...

    def version(self) -> str:
        """Give what runs, for `sightline status`."""
        ...

    async def prepare(self, setup: Setup, report: Report) -> None:
        """Make what the first start needs, whole or not at all; raises `Unusable`."""
        ...

    def command(self, setup: Setup) -> Command:
        """Say how to start it."""
        ...

    async def probe(self, setup: Setup) -> None:
        """Ask it whether it is ready; raises `NotReady` when it is not."""
        ...

    async def provision(self, setup: Setup) -> None:
        """Make what others need from it, once it is ready; repeating it changes nothing."""
        ...

    def diagnose(self, setup: Setup, log: str) -> str | None:
        """Say in a sentence why it ended, from the end of its log, where a person must act; else None."""
        ...


def plain_environment() -> dict[str, str]:
    """Give the environment without the settings meant for Sightline: a part gets just those that are its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SIGHTLINE_")}


async def in_background(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Run a slow function in a thread that nobody has to wait for when the program is asked to end meanwhile."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(cast("T", result))

    def work() -> None:
        result, error = None, None
        try:
            result = function(*arguments, **named)
        except BaseException as raised:  # noqa: BLE001 - raised again where it is awaited
            error = raised
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True).start()
    return await future


async def run_to_end(command: Command, *, what: str) -> None:
    """Run a program that prepares something; raises `Unusable` with the end of its output when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command.arguments,
        cwd=command.folder,
        env=dict(command.environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=ends_with_parent(signal.SIGKILL),  # what it makes half is thrown away by the next start
        **(command.account.options() if command.account else {}),
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    with command.log.open("ab") as log:
        log.write(output)
    if process.returncode:
        text = output.decode(errors="replace")
        raise Unusable(disk_full(text, command.folder) or f"{what} failed ({last_line(text)}); see {command.log}.")


def last_line(text: str) -> str:
    """Give the last line that says something, without a full stop and not too long."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[-1][:200] if lines else "it said nothing").rstrip(".")


def tail(path: Path, size: int = 20_000) -> str:
    """Give the end of a log file; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - size))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def disk_full(log: str, folder: Path) -> str | None:
    """Say that the disk is full when a log says so."""
    if "No space left on device" in log or "Disk quota exceeded" in log:
        return f"The disk with {folder} is full: make room there and start again; what was stored is safe."
    return None


def port_taken(log: str) -> bool:
    """Say whether a log ends with a port that somebody else has."""
    return "Address already in use" in log or "address already in use" in log or "Socket server failed to bind" in log
