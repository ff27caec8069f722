"""Passwords and keys, made at the first start and kept under the home folder for its owner alone."""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Final

from infra.errors import SightlineError
from infra.stack.home import Home

ROLES: Final = ("postgres", "audit", "audit_keys", "escalation", "escalation_keys", "reporting")
"""The database roles with a password here; `postgres` is the one that makes the others."""

_LATER: Final = frozenset({"escalation_keys"})
"""The roles that folders of earlier versions lack; they are given their password at the next start."""


def write_private(path: Path, data: bytes) -> None:
    """Write a file for its owner alone, whole or not at all, and down to the disk."""
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def passwords(home: Home) -> dict[str, str]:
    """Give the password of each database role, making them at the first start."""
    path = home.keys / "passwords.json"
    if not path.exists():
        if home.postgres.exists():
            raise SightlineError(
                f"{path} is missing while {home.postgres} has data: put the file back from your copy, "
                "or move the home folder away to begin anew."
            )
        write_private(path, json.dumps({role: secrets.token_urlsafe(24) for role in ROLES}).encode())
    try:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        missing = {role: secrets.token_urlsafe(24) for role in _LATER - found.keys()}
        known = {role: (found | missing)[role] for role in ROLES}
    except (ValueError, KeyError, TypeError) as error:
        raise SightlineError(
            f"{path} cannot be read as passwords: put it back from your copy, or move {home.root} away to begin anew."
        ) from error
    if missing:
        write_private(path, json.dumps(known).encode())
    return known


def master_key(home: Home) -> Path:
    """Give the file of the key that seals the children's keys (32 random bytes in base64), making it once."""
    path = home.keys / "master.key"
    if not path.exists():
        if home.postgres.exists():
            raise SightlineError(
                f"{path} is missing while {home.postgres} has data, which cannot be unsealed without it: put the "
                "file back from your copy, or move the home folder away to begin anew."
            )
        write_private(path, base64.b64encode(secrets.token_bytes(32)) + b"\n")
    return path
