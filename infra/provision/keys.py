"""Keys in containers: the master key from the env file, and the local issuer's for a trial on one machine."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from infra.errors import SightlineError
from infra.stack.secrets import write_private
from shared.web.settings import WebSettings, local_issuer

_LENGTH = 32


def provision_keys() -> list[str]:
    """Write SIGHTLINE_MASTER_KEY to the file that SIGHTLINE_MASTER_KEY_FILE names, once; gives what was made.

    Raises `SightlineError` where the key is no 32 bytes in base64, or another one than the file has: with another key
    nothing that was sealed could be read.
    """
    given, named = os.environ.get("SIGHTLINE_MASTER_KEY", ""), os.environ.get("SIGHTLINE_MASTER_KEY_FILE", "")
    if not named:
        raise SightlineError("SIGHTLINE_MASTER_KEY_FILE is not set: name the file the master key is kept in.")
    try:
        key = base64.b64decode(given, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _LENGTH:
        raise SightlineError("SIGHTLINE_MASTER_KEY is no key: give 32 random bytes in base64, as in `.env`.")
    made = []
    path = Path(named)
    if not path.exists():
        write_private(path, base64.b64encode(key) + b"\n")
        made.append("the master key's file")
    elif base64.b64decode(path.read_bytes()) != key:
        raise SightlineError(
            f"{path} holds another key than SIGHTLINE_MASTER_KEY: put the earlier one back into `.env`, since nothing "
            "that was sealed with it can be read otherwise."
        )
    web = WebSettings()
    if web.local and not web.tokens_jwks:
        local_issuer(web.home)
        made.append("the local token issuer")
    return made
