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

    def key(self, principal: Principal) -> str:
        """Give the key to store: never shared between two authorities or two people.

        Without a header it is derived from the request, so that a client which repeats a request after a lost answer
        changes nothing twice; who means the same command a second time sends keys of their own.
        """
        own = self.given if self.given is not None else "derived:" + self.fingerprint.hex()
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
