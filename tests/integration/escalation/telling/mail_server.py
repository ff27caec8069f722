"""A mail server as a process of its own: keeps what it takes in a folder, and misbehaves as a file there says.

    python -m tests.integration.escalation.telling.mail_server PORT FOLDER [--certificate FILE --key FILE --login]

Each message it takes is a file `<number>.eml`. The file `mood` in the folder holds one word: `fine`, `refuse` (550 to
every recipient), `greylist` (450 to each recipient the first time), `hang-up` (the connection is cut after the message
came whole, before it is confirmed), `swallow` (kept, and then cut).
"""

from __future__ import annotations

import argparse
import ssl
import threading
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

LOGIN = LoginPassword(b"sightline", b"a mail password")


class Taker:
    """Takes mail into a folder, in the mood that the folder says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[str] = set()

    @property
    def _mood(self) -> str:
        mood = self._folder / "mood"
        return mood.read_text().strip() if mood.exists() else "fine"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802 - the library's name
        """Take or refuse a recipient."""
        if self._mood == "refuse":
            return f"550 5.1.1 <{address}>: no such mailbox"
        if self._mood == "greylist" and address not in self._seen:
            self._seen.add(address)
            return "450 4.2.0 come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Keep a message, or cut the connection."""
        mood = self._mood
        if mood != "hang-up":
            number = len(list(self._folder.glob("*.eml")))
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            made = self._folder / f"{number:03}.part"
            made.write_bytes(f"X-Rcpt: {','.join(envelope.rcpt_tos)}\r\n".encode() + content)
            made.rename(self._folder / f"{number:03}.eml")
        if mood in {"hang-up", "swallow"}:
            server.transport.abort()  # type: ignore[union-attr]  # there is one while a message comes in
        return "250 taken"


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    """Let in who knows the password."""
    return AuthResult(success=data == LOGIN, handled=data == LOGIN)


def main() -> None:
    """Serve until the process is ended."""
    options = argparse.ArgumentParser()
    options.add_argument("port", type=int)
    options.add_argument("folder", type=Path)
    options.add_argument("--certificate")
    options.add_argument("--key")
    options.add_argument("--login", action="store_true")
    asked = options.parse_args()
    context = None
    if asked.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(asked.certificate, asked.key)
    Controller(
        Taker(asked.folder),
        hostname="127.0.0.1",
        port=asked.port,
        tls_context=context,
        require_starttls=context is not None,
        auth_required=asked.login,
        authenticator=authenticate if asked.login else None,
    ).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
