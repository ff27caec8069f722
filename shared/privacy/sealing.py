"""Free text sealed with the child's own key before it is stored, and opened only in the service that took it."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_bytes
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.privacy.keystore import ERASED, NONCE_BYTES, Erased, KeyStore
from shared.telemetry import metrics

_MARK = "s1."
"""The form's version: AES-256-GCM, nonce then ciphertext, base64url without padding."""


class ChildErased(Exception):
    """The child was erased: nothing more can be sealed for them."""


class SealBroken(Exception):
    """A sealed text does not open: it was changed, or stands in another stream or field than it was sealed for."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text to seal: whose (child reference, or `authority_holder`), where (stream id and field), what."""

    holder: UUID
    context: str
    text: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed text to open, with the holder and context it was sealed for."""

    holder: UUID
    context: str
    sealed: str


class Sealer:
    """Seals and opens texts.

    The associated data is holder and context, the context being `context_of(stream_id, field)`: a sealed text copied
    to another child, stream or field does not open. (The version within the stream is settled only at append.)
    """

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    async def seal(self, child: UUID, context: str, text: str) -> str:
        """Seal one text; raises `ChildErased`."""
        [sealed] = await self.seal_many([Plain(child, context, text)])
        if isinstance(sealed, Erased):
            raise ChildErased("The child was erased; nothing can be written for that reference any more.")
        return sealed

    async def unseal(self, child: UUID, context: str, sealed: str) -> str | Erased:
        """Open one text; an erased child's gives `ERASED`. Raises `SealBroken`."""
        [text] = await self.unseal_many([Sealed(child, context, sealed)])
        return text

    async def seal_many(self, texts: Sequence[Plain]) -> list[str | Erased]:
        """Seal texts with one look into the key store; an erased child's gives `ERASED` and the others are sealed."""
        keys = await self._keys.keys({one.holder for one in texts}, make=True)
        ciphers = _ciphers(keys)
        done = [ERASED if one.holder not in ciphers else _seal(ciphers[one.holder], one) for one in texts]
        metrics.TEXTS_SEALED.inc(len(done))
        return done

    async def unseal_many(self, texts: Sequence[Sealed]) -> list[str | Erased]:
        """Open texts with one look into the key store.

        A holder whose key is not there counts as erased: nothing is sealed before its key is stored, so a key that is
        missing was destroyed with its whole record. Raises `SealBroken` for one that does not open.
        """
        keys = await self._keys.keys({one.holder for one in texts}, make=False)
        ciphers = _ciphers(keys)
        opened = [ERASED if one.holder not in ciphers else _unseal(ciphers[one.holder], one) for one in texts]
        erased = sum(isinstance(one, Erased) for one in opened)
        metrics.TEXTS_UNSEALED.labels("read").inc(len(opened) - erased)
        metrics.TEXTS_UNSEALED.labels("erased").inc(erased)
        return opened


def context_of(stream_id: UUID, field: str) -> str:
    """Name the place of a sealed text: its stream and the field within it, such as `answers/3/evidence`."""
    return f"{stream_id}/{field}"


def _ciphers(keys: dict[UUID, bytes | Erased]) -> dict[UUID, AESGCM]:
    return {holder: AESGCM(key) for holder, key in keys.items() if not isinstance(key, Erased)}


def _seal(cipher: AESGCM, one: Plain) -> str:
    nonce = token_bytes(NONCE_BYTES)
    box = nonce + cipher.encrypt(nonce, one.text.encode(), _associated(one.holder, one.context))
    return _MARK + base64.urlsafe_b64encode(box).rstrip(b"=").decode()


def _unseal(cipher: AESGCM, one: Sealed) -> str:
    body = one.sealed.removeprefix(_MARK)
    if body == one.sealed:
        raise SealBroken("The text is not sealed in a form known here.")
    try:
        box = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        opened = cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _associated(one.holder, one.context))
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise SealBroken("A sealed text does not open: it was changed, or belongs to another place.") from error
    return opened.decode()


def _associated(holder: UUID, context: str) -> bytes:
    return _MARK.encode() + holder.bytes + context.encode()
