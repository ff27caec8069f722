"""A command sent twice takes effect once: the caller's Idempotency-Key, or one derived from the request itself."""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from shared.web.principal import Principal
from shared.web.problems import Problem

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Idempotency:
    """What makes a command the same command: `given` by the caller or None, and the request's `fingerprint`."""

    given: str | None
    fingerprint: bytes

    def key(self, principal: Principal, since: str = "") -> str:
        """Give the key to store: never shared between two authorities or two people.

        Without a header it is derived from the request, so that a client which repeats a request after a lost answer
        changes nothing twice. `since` names what the request answers to where that can come round again: the same
        words said after it are a command of their own. A key that was given is the caller's word, whatever came since.
        """
        own = self.given if self.given is not None else "derived:" + self.fingerprint.hex() + since
        return hashlib.sha256(f"{principal.authority}\n{principal.person}\n{own}".encode()).hexdigest()


async def read_idempotency(
    request: Request,
    idempotency_key: Annotated[
        str | None, Header(description="Any text of 1 to 200 visible ASCII characters, new for each new command")
    ] = None,
) -> Idempotency:
    """Read the header and fingerprint the request; a key that is not a plain text of 1 to 200 characters is a 400."""
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise Problem(
            400,
            "idempotency-key-malformed",
            detail="The Idempotency-Key must be 1 to 200 visible ASCII characters, for example a UUID.",
        )
    digest = hashlib.sha256(f"{request.method}\n{request.url.path}\n{request.url.query}\n".encode())
    digest.update(await request.body())
    return Idempotency(idempotency_key, digest.digest())


IdempotencyOf = Annotated[Idempotency, Depends(read_idempotency)]
"""The parameter type of a command route: `idempotency: IdempotencyOf`."""


async def require_idempotency(idempotency: IdempotencyOf) -> Idempotency:
    """Read the header as `read_idempotency` does, and answer 428 where there is none."""
    if idempotency.given is None:
        raise Problem(
            428,
            "idempotency-key-required",
            detail="What is asked here may be asked again in the same words and be something new, so the request needs "
            "an Idempotency-Key: send a new UUID with each new thing, and the same one when you repeat a request.",
            problems=[
                {
                    "field": "Idempotency-Key",
                    "place": "header/Idempotency-Key",
                    "message": "This header is required here.",
                    "way_out": "Give 1 to 200 visible ASCII characters of your own, for example a UUID.",
                }
            ],
        )
    return idempotency


IdempotencyRequired = Annotated[Idempotency, Depends(require_idempotency)]
"""The parameter type of a route whose command, said again in the same words, may be a new thing."""
