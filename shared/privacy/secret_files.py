"""Files that hold a secret: written whole or not at all, once, and readable by their owner alone."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_once(path: Path, content: bytes) -> None:
    """Write a secret file, mode 0600; whoever comes second, also at the same moment, leaves the first one's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(path, content)
    try:
        with suppress(FileExistsError):
            os.link(partial, path)
    finally:
        partial.unlink()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one whole."""
    partial = _partial(path, content)
    partial.chmod(0o644)
    partial.replace(path)


def _partial(path: Path, content: bytes) -> Path:
    """Write the content beside its place, under a name of its own, and onto the disk."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
