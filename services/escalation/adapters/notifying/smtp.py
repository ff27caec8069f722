"""Messages by mail: plain text and HTML in one, over STARTTLS or TLS, with or without a login.

What the server says is kept as a code, never as its words: they quote addresses. The Message-ID is made of the notice,
so that a repeat, after a crash or a lost answer, can be seen to be one.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Final, Literal

import aiosmtplib

from services.escalation.app.sending import RefusedForGood, TryLater
from services.escalation.app.wording import Letter
from shared.process.parts import Clock

NAME: Final = "mail"
Security = Literal["starttls", "tls", "none"]
_FOR_GOOD: Final = 500
_CLOSING: Final = 421


@dataclass(frozen=True, slots=True)
class MailServer:
    """The mail server to hand messages to, and the address they come from."""

    host: str
    port: int
    sender: str
    security: Security = "starttls"
    username: str | None = None
    password: str | None = None
    cafile: Path | None = None


class MailChannel:
    """Hands messages to one mail server, over one connection while there are some to send.

    `timeout` is for a whole message in seconds, each step of the conversation has a third of it.
    """

    name = NAME

    def __init__(self, server: MailServer, clock: Clock, *, timeout: float = 30.0) -> None:
        self._server = server
        self._clock = clock
        self.timeout = timeout
        self._connection: aiosmtplib.SMTP | None = None

    async def send(self, letter: Letter, to: str) -> None:
        """Send a message; taken is what the server has confirmed after the whole of it."""
        connection = await self._connected()
        try:
            await connection.send_message(self._message(letter, to), sender=self._address, recipients=[to])
        except aiosmtplib.SMTPRecipientsRefused as refused:
            code = refused.recipients[0].code
            raise _refusal(f"mail-recipient-refused-{code}", code) from refused
        except aiosmtplib.SMTPSenderRefused as refused:
            raise TryLater(f"mail-sender-refused-{refused.code}", channel_down=True) from refused
        except aiosmtplib.SMTPResponseException as refused:
            await self._end()
            raise _refusal(f"mail-refused-{refused.code}", refused.code) from refused
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError) as lost:
            await self._end()
            raise TryLater("mail-connection-lost") from lost
        except (aiosmtplib.SMTPException, ValueError) as refused:
            raise RefusedForGood("mail-address-unusable") from refused
        except BaseException:
            await self._end()  # cancelled by the time-out: the conversation is in no known state
            raise

    async def rest(self) -> None:
        """Say goodbye; whatever the server makes of that, what it took it has."""
        if self._connection is not None:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._connection.quit()
        await self._end()

    @property
    def _address(self) -> str:
        return parseaddr(self._server.sender)[1]

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._connection is not None and self._connection.is_connected:
            return self._connection
        server = self._server
        connection = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            timeout=self.timeout / 3,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=None
            if server.security == "none"
            else ssl.create_default_context(cafile=None if server.cafile is None else str(server.cafile)),
        )
        try:
            await connection.connect()
        except BaseException as failed:
            connection.close()
            raise _cannot_connect(failed) from failed
        self._connection = connection
        return connection

    async def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _message(self, letter: Letter, to: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = f"<{letter.id}@{self._address.partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message


def _refusal(reason: str, code: int) -> Exception:
    if code == _CLOSING:
        return TryLater(reason, channel_down=True)
    return TryLater(reason) if code < _FOR_GOOD else RefusedForGood(reason)


def _cannot_connect(failed: BaseException) -> BaseException:
    """Return what a failed connection means: nothing can be sent, and why."""
    if not isinstance(failed, aiosmtplib.SMTPException | OSError):
        return failed
    cause = failed.__cause__ or failed.__context__
    match failed:
        case aiosmtplib.SMTPAuthenticationError():
            reason = f"mail-login-refused-{failed.code}"
        case aiosmtplib.SMTPConnectResponseError() | aiosmtplib.SMTPHeloError():
            reason = f"mail-server-refuses-{failed.code}"
        case _ if isinstance(failed, ssl.SSLError) or isinstance(cause, ssl.SSLError):
            reason = "mail-certificate-refused"
        case aiosmtplib.SMTPException() if not isinstance(failed, OSError):  # STARTTLS or a login it does not have
            reason = "mail-tls-or-login-not-offered"
        case _:
            reason = "mail-server-away"
    return TryLater(reason, channel_down=True)
