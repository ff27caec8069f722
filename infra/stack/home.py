"""The one folder an embedded installation lives in: data, keys, logs, and who is running it."""

import fcntl
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.errors import SightlineError

HOME_VARIABLE: Final = "SIGHTLINE_HOME"
FREE_BYTES_AT_FIRST_START: Final = 1_000_000_000
FREE_BYTES_LATER: Final = 200_000_000


def checkout() -> Path:
    """Give the folder that holds `services`, `shared` and `infra`."""
    return Path(__file__).resolve().parents[2]


def default_home() -> Path:
    """Give `SIGHTLINE_HOME`, or `.sightline` in the checkout; installed as a wheel, `.sightline` in the user's home."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    root = checkout()
    return (root if (root / "pyproject.toml").is_file() else Path.home()) / ".sightline"


@dataclass(frozen=True, slots=True)
class Home:
    """Where things are under the home folder. Making the object touches nothing; `make` does."""

    root: Path

    @property
    def logs(self) -> Path:
        """One log file a part, and the supervisor's own."""
        return self.root / "logs"

    @property
    def keys(self) -> Path:
        """Passwords, the master key and the local token issuer's key; for the owner alone."""
        return self.root / "keys"

    @property
    def kafka(self) -> Path:
        """Kafka's data."""
        return self.root / "kafka"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data."""
        return self.root / "postgres"

    @property
    def authorities(self) -> Path:
        """Settings documents of the authorities served here; the sample's are used while it is empty."""
        return self.root / "authorities"

    @property
    def state_file(self) -> Path:
        """What runs, as the supervisor last wrote it (JSON)."""
        return self.root / "state.json"

    @property
    def ports_file(self) -> Path:
        """The ports of the last start, kept so that links stay good (JSON)."""
        return self.root / "ports.json"

    @property
    def environment_file(self) -> Path:
        """The settings with which a command reaches this installation (JSON, for the owner alone)."""
        return self.root / "environment.json"

    @property
    def lock_file(self) -> Path:
        """Locked by the supervisor for as long as it lives."""
        return self.root / "lock"

    def log(self, part: str) -> Path:
        """Give the log file of one part."""
        return self.logs / f"{part}.log"

    def make(self) -> None:
        """Make the folder and what it always holds; raises `SightlineError` where that cannot be."""
        first = not self.postgres.exists() or not self.kafka.exists()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._check_owner()
            # Others' rights go, the owner's stay as they are. Run by root, PostgreSQL has a user of its own that must
            # pass through this folder (but cannot list it).
            others = 0o011 if os.geteuid() == 0 else 0
            self.root.chmod(stat.S_IMODE(self.root.stat().st_mode) & 0o700 | others)
            for folder in (self.logs, self.keys, self.authorities):
                folder.mkdir(exist_ok=True)
            for private in (self.logs, self.keys):
                private.chmod(0o700)
            probe = self.root / f".probe-{os.getpid()}"
            probe.write_bytes(b"\0" * 4096)
            probe.unlink()
        except FileExistsError as error:
            raise SightlineError(
                f"{error.filename} is in the way, where Sightline keeps a folder: move it, "
                f"or choose another folder with {HOME_VARIABLE}."
            ) from error
        except OSError as error:
            raise SightlineError(self.sentence(error)) from error
        self.check_space(FREE_BYTES_AT_FIRST_START if first else FREE_BYTES_LATER)

    def _check_owner(self) -> None:
        """Refuse to let root make files in another user's installation, which that user could not use any more."""
        owner = self.root.stat().st_uid
        if os.geteuid() == 0 and owner != 0:
            raise SightlineError(
                f"The folder {self.root} belongs to another user (number {owner}): start Sightline as that user, "
                f"or choose another folder with {HOME_VARIABLE}."
            )

    def check_space(self, needed: int) -> None:
        """Raise `SightlineError` when the disk has fewer than `needed` bytes free."""
        free = shutil.disk_usage(self.root).free
        if free < needed:
            raise SightlineError(
                f"The disk with {self.root} has {free // 1_000_000} MB free and {needed // 1_000_000} MB are needed: "
                f"make room, or choose a folder on another disk with {HOME_VARIABLE}."
            )

    def sentence(self, error: OSError) -> str:
        """Say in one sentence what an operating system error about this folder means, and the way out."""
        reason = error.strerror or str(error)
        return (
            f"The folder {self.root} cannot be used ({reason}): give yourself the right to write there and room on "
            f"its disk, or choose another folder with {HOME_VARIABLE}."
        )

    def lock(self) -> "Lock | None":
        """Take the folder for this process, or give None when another one has it."""
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return Lock(descriptor)

    def is_locked(self) -> bool:
        """Say whether a supervisor has the folder now; an untouched folder is not locked."""
        if not self.lock_file.exists():
            return False
        lock = self.lock()
        if lock is None:
            return True
        lock.release()
        return False


@dataclass(frozen=True, slots=True)
class Lock:
    """A held lock on a home folder: the system gives it back when the process ends, however it ends."""

    descriptor: int

    def release(self) -> None:
        """Give the folder back."""
        os.close(self.descriptor)
