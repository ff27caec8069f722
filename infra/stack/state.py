"""What runs: the file the supervisor writes, and telling one's own process from a stranger with the same number."""

import json
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import psutil

Phase = Literal[
    "waiting", "preparing", "starting", "working", "ready", "not ready", "restarting", "stopping", "stopped", "failed"
]
"""A part that is `working` will be ready by itself, however long it takes; one `not ready` needs a person."""

CLOCK_TICK = 0.05
"""Start times closer than this (in seconds) are the same: systems count in hundredths."""


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process, by number *and* start time: the number alone may be somebody else's by now.

    `started` is in seconds, on Linux since the machine's start (which setting the clock does not move).
    """

    pid: int
    started: float
    program: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """Describe a running process, or None when it has ended."""
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                if process.status() == psutil.STATUS_ZOMBIE:
                    return None
                command = process.cmdline()
                return cls(pid, _started(process), command[0] if command else process.name())
        except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
            return None

    def process(self) -> psutil.Process | None:
        """Give the process if it is still the same one: same number, same start time, same program."""
        now = ProcessId.of(self.pid)
        if now is None or abs(now.started - self.started) > CLOCK_TICK or now.program != self.program:
            return None
        return psutil.Process(self.pid)

    @property
    def alive(self) -> bool:
        """Whether that very process still runs."""
        return self.process() is not None


@dataclass(slots=True)
class PartState:
    """One part as `sightline status` shows it; `address` is where it answers, `detail` what it is doing."""

    phase: Phase = "waiting"
    process: ProcessId | None = None
    address: str = ""
    restarts: int = 0
    detail: str = ""


@dataclass(slots=True)
class State:
    """The whole installation as the supervisor last saw it."""

    phase: Phase = "starting"
    supervisor: ProcessId | None = None
    started_at: str = ""
    failure: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    parts: dict[str, PartState] = field(default_factory=dict)

    def in_words(self) -> str:
        """Say whether everything is ready, once all that can has started."""
        held = [f"{name} is not ready: {part.detail}" for name, part in self.parts.items() if part.phase == "not ready"]
        return " ".join(["Everything else runs;", *held]) if held else "Everything is ready."

    def write(self, path: Path) -> None:
        """Write the file whole or not at all."""
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        partial.chmod(0o600)
        partial.replace(path)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read the file; None where there is none yet, or where it says nothing that can be read."""
        try:
            raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            parts = {name: _part(part) for name, part in raw.pop("parts").items()}
            return cls(**{**raw, "supervisor": _process(raw["supervisor"]), "parts": parts})
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError):
            return None


def _started(process: psutil.Process) -> float:
    if not sys.platform.startswith("linux"):
        return process.create_time()
    # The 22nd field, counted from behind the program's name, which may itself hold blanks and brackets.
    fields = Path(f"/proc/{process.pid}/stat").read_bytes().rpartition(b")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _process(raw: dict[str, Any] | None) -> ProcessId | None:
    return None if raw is None else ProcessId(**raw)


def _part(raw: dict[str, Any]) -> PartState:
    return PartState(**{**raw, "process": _process(raw["process"])})


def this_process() -> ProcessId:
    """Describe the running process itself."""
    me = ProcessId.of(os.getpid())
    assert me is not None, "a process can always describe itself"
    return me
