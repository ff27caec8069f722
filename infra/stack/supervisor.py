"""Starts the parts, watches over them, starts the fallen again, and stops them in order."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from infra.errors import SightlineError
from infra.stack import child, ports
from infra.stack.child import Command
from infra.stack.home import Home
from infra.stack.leftovers import end_left_overs
from infra.stack.part import SERVERS, NotReady, Part, Setup, Unusable, in_background, last_line, port_taken, tail
from infra.stack.secrets import master_key, passwords
from infra.stack.services import PARTS, write_environment
from infra.stack.state import PartState, Phase, ProcessId, State, this_process

Observer = Callable[[State], None]

_DATABASES: Final = ("AUDIT", "AUDIT_KEYS", "ESCALATION", "ESCALATION_KEYS", "REPORTING")
_OWN_SETTINGS: Final = (
    "SIGHTLINE_HOME",
    "SIGHTLINE_CACHE",
    "SIGHTLINE_MAVEN",
    "SIGHTLINE_PROVISION_",
    "SIGHTLINE_TEST_",
)
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
_LOOK_AGAIN: Final = 0.5
STEADY_AFTER: Final = 60.0
"""A part that ran this many seconds starts its pauses from the shortest again."""
TRIES_AT_START: Final = 4


def outside_settings() -> dict[str, str]:
    """Give the settings a person made in the environment, which go before the embedded stack's own.

    The ports that the parts here listen on are left out: the stack gives each part the one that was chosen. Any other
    port, such as the mail server's, is a setting like the rest.
    """
    listened_on = {ports.variable(listener) for part in PARTS.values() for listener in part.listeners}
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("SIGHTLINE_") and name not in listened_on and not name.startswith(_OWN_SETTINGS) and value
    }


def chosen_parts(only: Sequence[str] | None) -> list[str]:
    """Give the parts to run: those named, or all; servers that the environment names elsewhere are left out."""
    unknown = sorted(set(only or ()) - set(PARTS))
    if unknown:
        raise SightlineError(f"There is no part named {', '.join(unknown)}: the parts are {', '.join(PARTS)}.")
    outside = outside_settings()
    elsewhere = set()
    if "SIGHTLINE_KAFKA_BOOTSTRAP" in outside:
        elsewhere.add("kafka")
    if all(f"SIGHTLINE_{name}_DATABASE" in outside for name in _DATABASES):
        elsewhere.add("postgres")
    return [name for name in PARTS if (not only or name in only) and name not in elsewhere]


@dataclass(slots=True)
class _Run:
    """One part's life under this supervisor."""

    part: Part
    command: Command | None = None
    process: asyncio.subprocess.Process | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    pause: float = FIRST_PAUSE
    tries: int = 0


class Supervisor:
    """Runs the parts of one home folder; `run` returns when they have stopped.

    The caller holds the folder's lock. `observe` is told of every change, also written to the state file. Call `run`
    in the main thread: the children end when the thread that started them ends.
    """

    def __init__(self, home: Home, parts: Sequence[str], observe: Observer = lambda _: None) -> None:
        self._home = home
        self._parts = {name: PARTS[name] for name in parts}
        self._observe = observe
        self._stop = asyncio.Event()
        self._setup = Setup(home, {}, {})
        self._runs = {name: _Run(part) for name, part in self._parts.items()}
        self.state = State(
            supervisor=this_process(),
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            versions={name: part.version() for name, part in self._parts.items()},
            parts={name: PartState() for name in self._parts},
        )

    def stop(self) -> None:
        """Ask for an orderly stop."""
        self._stop.set()

    async def run(self) -> None:
        """Start everything, stay until asked to stop, and stop everything; raises `SightlineError` if it fails."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop)
        tending: list[asyncio.Task[None]] = []
        try:
            for name in await in_background(end_left_overs, self._home):
                self._log(f"ended {name}, left over from a start that was killed")
            self._prepare()
            await write_environment(self._setup)
            self._changed()
            tending = [asyncio.create_task(self._tend(run), name=name) for name, run in self._runs.items()]
            await self._until_stopped(tending)
        except OSError as error:
            raise self._failed(SightlineError(self._home.sentence(error))) from error
        except SightlineError as error:
            raise self._failed(error) from error
        finally:
            await self._stop_all(tending)

    def _failed(self, error: SightlineError) -> SightlineError:
        self.state.failure = str(error)
        self._log(f"failed: {error}")
        return error

    def _prepare(self) -> None:
        secrets = passwords(self._home)
        master_key(self._home)
        last, taken = ports.remembered(self._home.ports_file), set[int]()
        listeners = [listener for part in self._parts.values() for listener in part.listeners]
        # Ports that were set come first, so that none of the free ones is chosen in their place.
        listeners.sort(key=lambda listener: ports.fixed(listener) is None)
        chosen = {listener: ports.choose(listener, last.get(listener), taken) for listener in listeners}
        self._adopt(chosen, secrets)

    def _adopt(self, chosen: Mapping[str, int], secrets: Mapping[str, str]) -> None:
        known = {**ports.remembered(self._home.ports_file), **chosen}
        ports.remember(self._home.ports_file, known)
        self._setup = Setup(self._home, known, secrets, outside_settings())
        for name, part in self._parts.items():
            scheme = "" if name in SERVERS else "http://"
            self.state.parts[name].address = f"{scheme}{ports.LOOPBACK}:{known[part.listeners[0]]}"

    async def _until_stopped(self, tending: Sequence[asyncio.Task[None]]) -> None:
        """Wait for all to be ready, then for the wish to stop; a part's failure ends the wait by its error."""
        stopping = asyncio.create_task(self._stop.wait())
        all_ready = asyncio.create_task(self._all_ready())
        try:
            await self._first(tending, stopping, all_ready)
            if not self._stop.is_set():
                self.state.phase = "ready"
                self._changed()
                self._log(self.state.in_words())
                await self._first(tending, stopping)
        finally:
            stopping.cancel()
            all_ready.cancel()

    async def _first(self, tending: Sequence[asyncio.Task[None]], *others: asyncio.Task[object]) -> None:
        done, _ = await asyncio.wait([*tending, *others], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def _all_ready(self) -> None:
        for run in self._runs.values():
            await run.ready.wait()

    async def _tend(self, run: _Run) -> None:
        """Keep one part running for as long as this supervisor does."""
        name = run.part.name
        while True:
            for need in run.part.needs:
                if need in self._runs:
                    await self._runs[need].ready.wait()
            started = asyncio.get_running_loop().time()
            try:
                reason = await self._live(run)
            except Exception as error:
                if self.state.phase == "starting":
                    raise
                # Once all was ready, what others still do goes on, and this part is tried again: whatever a server
                # makes its client raise when it goes in the middle of an answer.
                reason = str(error) if isinstance(error, SightlineError | OSError) else type(error).__name__
                await self._end(run)
            run.ready.clear()
            if asyncio.get_running_loop().time() - started > STEADY_AFTER:
                run.pause = FIRST_PAUSE
            state = self.state.parts[name]
            state.restarts += 1
            state.process = None
            self._log(f"{name} ended ({reason}); it is started again in {run.pause:g} s")
            self._set(name, "restarting", f"{reason}; started again in {run.pause:g} s")
            await asyncio.sleep(run.pause)
            run.pause = min(run.pause * 2, LONGEST_PAUSE)

    async def _live(self, run: _Run) -> str:
        """Run a part once, from preparation to its end; gives why it ended. Raises when it never got going at all."""
        part, name = run.part, run.part.name
        self._set(name, "preparing")
        self._home.check_space(1)
        await part.prepare(self._setup, lambda words: self._set(name, "preparing", words))
        run.command = part.command(self._setup)
        marks = {log: _size(log) for log in (run.command.log, self._home.log(name))}
        run.process = await child.start(run.command)
        self.state.parts[name].process = ProcessId.of(run.process.pid)
        self._set(name, "starting")
        ended = asyncio.create_task(run.process.wait())
        readying = asyncio.create_task(self._ready(run))
        try:
            await asyncio.wait([ended, readying], return_when=asyncio.FIRST_COMPLETED)
            if readying.done() and not ended.done():
                readying.result()
                await part.provision(self._setup)
                run.ready.set()
                self._set(name, "ready")
                await ended
        finally:
            readying.cancel()
            ended.cancel()
        log = "".join(_since(path, mark) for path, mark in marks.items())
        return self._reason(run, log)

    def _reason(self, run: _Run, log: str) -> str:
        """Say why a part ended; raise instead when it never was ready and trying again is no use."""
        assert run.process is not None, "a part that ended was started"
        name, code = run.part.name, run.process.returncode or 0
        reason = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        if not run.ready.is_set() and self.state.phase == "starting":
            run.tries += 1
            words = run.part.diagnose(self._setup, log)
            if words:
                raise Unusable(words)
            if port_taken(log):
                self._choose_again(run.part)
            if run.tries >= TRIES_AT_START:
                raise Unusable(
                    f"{name} ended {run.tries} times before it was ready ({reason}; its last words: {last_line(log)}): "
                    f"read {self._home.log(name)}, mend what it says, and start again."
                )
        return reason

    def _choose_again(self, part: Part) -> None:
        """Somebody was quicker on a port between its choice and its use: choose another (a set one is an error)."""
        taken = set(self._setup.ports.values())
        self._adopt({name: ports.choose(name, None, taken) for name in part.listeners}, self._setup.passwords)

    async def _ready(self, run: _Run) -> None:
        """Probe until the part is ready; raises `Unusable` when that takes too long.

        Long work that the part tells of is waited for. Where a person is needed the others' start goes on without it.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + run.part.ready_within
        while True:
            try:
                await run.part.probe(self._setup)
                await in_background(self._check_own, run)
            except NotReady as words:
                if words.working or words.held:
                    until = loop.time() + run.part.ready_within
                    if words.held:
                        run.ready.set()
                    self._set(run.part.name, "working" if words.working else "not ready", str(words))
                    await asyncio.sleep(_LOOK_AGAIN)
                    continue
                if loop.time() > until:
                    raise Unusable(
                        f"{run.part.name} was not ready after {run.part.ready_within:g} s ({words}): "
                        f"read {self._home.log(run.part.name)} for the reason."
                    ) from words
                self._set(run.part.name, "starting", str(words))
                await asyncio.sleep(0.1)
            else:
                return

    def _check_own(self, run: _Run) -> None:
        """Raise `NotReady` where what answered is another program: the part's own process does not listen (yet)."""
        assert run.process is not None, "a part that is probed was started"
        if not ports.listens(run.process.pid, [self._setup.ports[name] for name in run.part.listeners]):
            raise NotReady("another program answers at its port")

    async def _stop_all(self, tending: Sequence[asyncio.Task[None]]) -> None:
        """Stop services first (all at once), then Kafka, then PostgreSQL."""
        self.state.phase = "stopping"
        self._changed()
        for task in tending:
            task.cancel()
        await asyncio.gather(*tending, return_exceptions=True)
        await asyncio.gather(*(self._stop_one(run) for name, run in self._runs.items() if name not in SERVERS))
        for name in reversed(SERVERS):
            if name in self._runs:
                await self._stop_one(self._runs[name])
        self.state.phase = "failed" if self.state.failure else "stopped"
        self._changed()
        self._log("everything has stopped")

    async def _stop_one(self, run: _Run) -> None:
        name = run.part.name
        if run.process is not None:
            self._set(name, "stopping")
            await self._end(run)
            self._log(f"{name} has stopped")
        self.state.parts[name].process = None
        self._set(name, "stopped")

    async def _end(self, run: _Run) -> None:
        if run.process is not None and run.command is not None:
            await child.stop(run.process, run.command)

    def _set(self, name: str, phase: Phase, detail: str = "") -> None:
        part = self.state.parts[name]
        if (part.phase, part.detail) != (phase, detail):
            part.phase, part.detail = phase, detail
            self._changed()

    def _changed(self) -> None:
        with suppress(OSError):  # a full disk must not end what still runs; the next change tries again
            self.state.write(self._home.state_file)
        self._observe(self.state)

    def _log(self, words: str) -> None:
        with suppress(OSError), self._home.log("supervisor").open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {words}\n")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _since(path: Path, mark: int) -> str:
    """Give what a log gained since a mark, at most its last 20,000 bytes."""
    return tail(path, min(max(0, _size(path) - mark), 20_000))
