"""Messages as JSON lines in a file, for local use and demonstrations: nobody is written to."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

import orjson

from services.escalation.app.sending import TryLater
from services.escalation.app.wording import Letter

NAME: Final = "file"


class FileChannel:
    """Appends each message as one line, readable by the owner alone. A crash in between may repeat a line."""

    name = NAME

    def __init__(self, path: Path, *, timeout: float = 10.0) -> None:
        self._path = path
        self.timeout = timeout

    async def send(self, letter: Letter, to: str) -> None:
        """Write a message; `to` is not used, since everything goes to the one file."""
        del to
        line = orjson.dumps(letter.facts | {"text": letter.text}) + b"\n"
        try:
            await asyncio.to_thread(self._append, line)
        except OSError as error:
            raise TryLater("file-not-writable", channel_down=True) from error

    async def rest(self) -> None:
        """Hold nothing open."""

    def _append(self, line: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
