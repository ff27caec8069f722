"""A mail server as a process, and a web server that receives webhooks, both real and both of a test's own."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class MailServer:
    """A mail server that can be stopped and started, in a folder of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ()
    running: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.integration.escalation.telling.mail_server",
            str(self.port),
            str(self.folder),
            *self.options,
            cwd=Path(__file__).parents[4],
        )
        deadline = monotonic() + 30
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                assert self.running.returncode is None, "the mail server ended"
                assert monotonic() < deadline, "the mail server does not answer"
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return

    async def stop(self) -> None:
        if self.running is not None and self.running.returncode is None:
            self.running.kill()
            await self.running.wait()
        self.running = None

    def mood(self, word: str) -> None:
        made = self.folder / "mood.new"
        made.write_text(word)
        made.rename(self.folder / "mood")

    def taken(self) -> list[EmailMessage]:
        """What it has taken, in order; the header X-Rcpt names the recipients."""
        parser = BytesParser(policy=policy.default)
        return [parser.parsebytes(file.read_bytes()) for file in sorted(self.folder.glob("*.eml"))]


@asynccontextmanager
async def mail_server(folder: Path, *options: str) -> AsyncIterator[MailServer]:
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing else runs yet
    server = MailServer(folder, options=options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@dataclass
class Hook:
    """What a receiver of webhooks was sent, and how it answers: a status, or `hang` until the test lets it go."""

    address: str
    status: int = 204
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    hang: threading.Event | None = None


@contextmanager
def hook() -> Iterator[Hook]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.requests.append((dict(self.headers), body))
            if received.hang is not None:
                received.hang.wait(20)
            self.send_response(received.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    received = Hook(f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield received
    finally:
        if received.hang is not None:
            received.hang.set()
        server.shutdown()
        server.server_close()
        thread.join()
