"""Several processes for the long read: each further one is handed its job on its input and answers on its output.

A process whose parent is gone (its input ends) ends at once: nobody would use what it makes.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import struct
import sys
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, BinaryIO, Final

from services.reporting.facts.loading import Job, Loaded, Progress, load

_LENGTH: Final = struct.Struct(">Q")
_PROGRESS: Final = b"p"
_RESULT: Final = b"r"
_LARGEST_LINE: Final = 2**20


class LoadFailed(RuntimeError):
    """A process that read a share of the log ended without its answer."""

    def __init__(self, why: str) -> None:
        super().__init__(f"A process that read a share of the log ended early: {why or 'it was killed'}.")


async def load_all(jobs: Sequence[Job], progress: Progress, *, here: int = 1) -> list[Loaded]:
    """Load all jobs at the same time: the first `here` in this process, every other in one of its own.

    `progress` is told how many messages were read so far, all jobs together.

    Raises:
        LoadFailed: a process ended early.

    """
    done = 0

    def add(count: int) -> None:
        nonlocal done
        done += count
        progress(done)

    try:
        async with asyncio.TaskGroup() as group:
            apart = [group.create_task(_load_apart(job, add)) for job in jobs[here:]]
            within = [group.create_task(load(job, add)) for job in jobs[:here]]
    except BaseExceptionGroup as failed:  # the others were cancelled and have ended
        raise failed.exceptions[0] from None
    return [task.result() for task in (*within, *apart)]


async def _load_apart(job: Job, progress: Progress) -> Loaded:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.reporting.facts.parallel",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LARGEST_LINE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        packed = pickle.dumps(job)
        process.stdin.write(_LENGTH.pack(len(packed)) + packed)
        await process.stdin.drain()  # and is left open: its end would tell the process to end
        while True:
            kind = await process.stdout.readexactly(1)
            (size,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
            if kind == _PROGRESS:
                progress(size)
                continue
            loaded: Loaded = pickle.loads(await process.stdout.readexactly(size))  # noqa: S301 - our own process's answer
            return loaded
    except (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError):
        said = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
        raise LoadFailed(said[-1] if said else "") from None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        process.stdin.close()


def main() -> None:
    """Be one of the processes."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    (size,) = _LENGTH.unpack(source.read(_LENGTH.size))
    job: Job = pickle.loads(source.read(size))  # noqa: S301 - our own parent's job
    threading.Thread(target=_end_with, args=(source,), daemon=True).start()

    def progress(count: int) -> None:
        sink.write(_PROGRESS + _LENGTH.pack(count))
        sink.flush()

    try:
        loaded = _run(load(job, progress), over_tls=job.kafka.uses_tls)
    except Exception as error:  # noqa: BLE001 - whatever it was ends this process, and its parent says so
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        raise SystemExit(1) from None
    packed = pickle.dumps(loaded)
    sink.write(_RESULT + _LENGTH.pack(len(packed)) + packed)
    sink.flush()
    source.read()  # the parent has the answer once it ends the input, or this process


def _run(work: Coroutine[Any, Any, Loaded], *, over_tls: bool) -> Loaded:
    """Run on the quicker loop; over TLS on asyncio's own (`shared/process/service.py` says why)."""
    if over_tls:
        return asyncio.run(work)
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _end_with(source: BinaryIO) -> None:
    """End this process with its parent."""
    source.read()
    os._exit(1)


if __name__ == "__main__":
    main()
