"""The master key: a file outside every database, from which all other keys are derived or wrapped."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.privacy.secret_files import write_once

LENGTH = 32


class KeyStoreUnusable(Exception):
    """The key store cannot be worked with as it is; the message says what to do, and a service does not start."""


class MasterKeyUnusable(KeyStoreUnusable):
    """The master key's file is missing, unreadable or no key; the message says what to do."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The installation's 256-bit master key; its bytes never show in a representation or an error."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != LENGTH:
            raise MasterKeyUnusable(f"A master key has {LENGTH} bytes. Make one with: openssl rand -base64 32.")

    def derive(self, purpose: str) -> bytes:
        """Derive a 256-bit key for one purpose; different purposes give unrelated keys (HKDF-SHA256)."""
        return HKDF(SHA256(), LENGTH, salt=None, info=f"sightline/{purpose}".encode()).derive(self.secret)

    @property
    def digest(self) -> bytes:
        """Name the key without telling anything of it: stored beside what it wraps, to notice the wrong key."""
        return hashlib.sha256(self.derive("name")).digest()[:8]


def read_master_key(path: Path) -> MasterKey:
    """Read the file that SIGHTLINE_MASTER_KEY_FILE names: 32 bytes in base64 on one line.

    Raises `MasterKeyUnusable`.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise MasterKeyUnusable(
            "The master key's file cannot be read. Set SIGHTLINE_MASTER_KEY_FILE to it, readable by the service; a new "
            "installation makes one with: openssl rand -base64 32."
        ) from error
    try:
        return MasterKey(base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise MasterKeyUnusable(
            "The master key's file does not hold 32 bytes in base64. Restore it from its backup."
        ) from (error)


def make_master_key(path: Path) -> MasterKey:
    """Read the master key, making the file first (readable by its owner alone) where there is none: local use.

    Two processes that start at once end with the same key.
    """
    if not path.exists():
        write_once(path, base64.b64encode(secrets.token_bytes(LENGTH)) + b"\n")
    return read_master_key(path)
