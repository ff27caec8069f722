"""Messages as signed requests to a web address: a chat, a ticket system, an authority's own case system.

    POST <address>
    Sightline-Notice: <id of the message, the same at every attempt>
    Sightline-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" with the shared secret>

A receiver checks the signature, refuses a `t` that is more than five minutes off, and ignores an id it has seen.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from collections.abc import Callable
from typing import Final

import httpx
import orjson

from services.escalation.app.sending import RefusedForGood, TryLater
from services.escalation.app.wording import Letter

NAME: Final = "webhook"
SIGNATURE: Final = "Sightline-Signature"
NOTICE: Final = "Sightline-Notice"
_LATER: Final = frozenset({408, 409, 423, 425, 429})
"""Answers below 500 that say "not now" and not "never": time-out, conflict, locked, too early, too many."""


def signature(secret: bytes, seconds: int, body: bytes) -> str:
    """Return the value of the signature's header for a body sent at a moment (unix seconds)."""
    mac = hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={mac}"


class WebhookChannel:
    """Posts each message as JSON. Redirects are not followed: a message goes where it was meant to go."""

    name = NAME

    def __init__(self, secret: bytes, seconds: Callable[[], int], *, timeout: float = 15.0) -> None:
        self._secret = secret
        self._seconds = seconds
        self.timeout = timeout
        self._trust = ssl.create_default_context()

    async def send(self, letter: Letter, to: str) -> None:
        """Post a message; any 2xx answer is taken for its receipt."""
        body = orjson.dumps(letter.facts | {"text": letter.text})
        headers = {
            "Content-Type": "application/json",
            NOTICE: str(letter.id),
            SIGNATURE: signature(self._secret, self._seconds(), body),
        }
        try:
            async with httpx.AsyncClient(timeout=self.timeout, trust_env=False, verify=self._trust) as client:
                answer = await client.post(to, content=body, headers=headers)
        except httpx.ConnectError as error:
            raise TryLater("webhook-away", channel_down=True) from error
        except httpx.TimeoutException as error:
            raise TryLater("webhook-too-slow", channel_down=True) from error
        except httpx.TransportError as error:
            raise TryLater("webhook-connection-lost") from error
        if answer.is_success:
            return
        code = answer.status_code
        if code >= httpx.codes.INTERNAL_SERVER_ERROR or code in _LATER:
            raise TryLater(f"webhook-answered-{code}")
        raise RefusedForGood(f"webhook-refused-{code}")

    async def rest(self) -> None:
        """Hold nothing open."""
