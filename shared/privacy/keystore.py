"""The key store: one data key a child in a database of its own, so that destroying it destroys the texts.

It lies outside the event store's database and backups. An erased child's row stays, without its key and with the time:
no key is ever made for that child again, and the record replays the erasure after any restore.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_bytes
from typing import Final
from uuid import UUID, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.eventstore.database import Pool
from shared.privacy.master import LENGTH, MasterKey, MasterKeyUnusable

MIGRATIONS: Final = Path(__file__).parent / "schema" / "keys"
"""The migrations of the key database."""

NONCE_BYTES = 12
_AUTHORITIES = UUID("7f1c3a52-6c1e-5d0e-9b59-3f6d1a5c0e11")
_CACHED_KEYS = 4096
_CACHED_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Erased:
    """Stands where a text or key would: the child was erased, and nothing brings it back."""


ERASED: Final = Erased()
Key = bytes | Erased


def authority_holder(authority: str) -> UUID:
    """Give the key holder of an authority, whose key seals text about staff alone."""
    return uuid5(_AUTHORITIES, authority)


class KeyStore:
    """Gives out data keys and destroys them.

    `pool` belongs to the key database, `master_key` wraps each data key (AES-256-GCM, the holder's id as associated
    data, so that a wrapped key moved to another row is useless). Keys stay in memory for half a minute at most.
    """

    def __init__(self, pool: Pool, master_key: MasterKey, *, now: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._wrap = AESGCM(master_key.derive("wrap"))
        self._digest = master_key.digest
        self._cache = _Cache(now)

    async def keys(self, holders: Collection[UUID], *, make: bool) -> dict[UUID, Key]:
        """Give the keys of holders in one query, two when some had none yet and `make` is set.

        A holder without a key is left out unless `make` is set; an erased one is given as `ERASED`. Raises
        `MasterKeyUnusable` when the stored keys are wrapped by another master key.
        """
        found: dict[UUID, Key] = {}
        wanted = set(holders)
        for holder in wanted:
            cached = self._cache.get(holder)
            if cached is not None:
                found[holder] = cached
        if wanted - found.keys():
            found.update(await self._stored(wanted - found.keys()))
        if make and wanted - found.keys():
            found.update(await self._make(wanted - found.keys()))
        return found

    async def destroy(self, holders: Iterable[UUID], at: datetime) -> list[UUID]:
        """Destroy the keys of holders for good; give those that had not been erased before.

        A holder that never had a key gets its record of erasure too, so that none is made later.
        """
        wanted = sorted(set(holders))
        rows = await self._pool.fetch(
            "INSERT INTO keys.data_keys AS k (holder, wrapped, master, erased_at) "
            "SELECT holder, NULL, $2, $3 FROM unnest($1::uuid[]) AS holder "
            "ON CONFLICT (holder) DO UPDATE SET wrapped = NULL, erased_at = excluded.erased_at "
            "WHERE k.erased_at IS NULL RETURNING holder",
            wanted,
            self._digest,
            at,
        )
        self._cache.forget(wanted)
        return [row["holder"] for row in rows]

    async def erased(self) -> Mapping[UUID, datetime]:
        """Give every erased holder and when it was erased."""
        rows = await self._pool.fetch("SELECT holder, erased_at FROM keys.data_keys WHERE erased_at IS NOT NULL")
        return {row["holder"]: row["erased_at"] for row in rows}

    async def without_record(self, holders: Collection[UUID]) -> int:
        """Count the holders that have neither a key nor a record of erasure."""
        missing: int = await self._pool.fetchval(
            "SELECT count(*) FROM unnest($1::uuid[]) AS holder "
            "WHERE NOT EXISTS (SELECT FROM keys.data_keys k WHERE k.holder = holder.holder)",
            list(holders),
        )
        return missing

    async def check(self) -> None:
        """Refuse to work with a master key that is not the one the stored keys are wrapped with."""
        other = await self._pool.fetchval(
            "SELECT EXISTS (SELECT FROM keys.data_keys WHERE wrapped IS NOT NULL AND master <> $1)", self._digest
        )
        if other:
            raise MasterKeyUnusable(_OTHER_MASTER)

    async def _stored(self, holders: Collection[UUID]) -> dict[UUID, Key]:
        rows = await self._pool.fetch(
            "SELECT holder, wrapped FROM keys.data_keys WHERE holder = ANY($1::uuid[])", list(holders)
        )
        return {row["holder"]: self._remember(row["holder"], row["wrapped"]) for row in rows}

    async def _make(self, holders: Collection[UUID]) -> dict[UUID, Key]:
        """Make keys for holders without one; where another process was quicker, its key (or erasure) stands."""
        ordered = sorted(holders)  # one order for everyone: two batches never wait for each other in a circle
        rows = await self._pool.fetch(
            "INSERT INTO keys.data_keys (holder, wrapped, master) "
            "SELECT holder, wrapped, $3 FROM unnest($1::uuid[], $2::bytea[]) AS made (holder, wrapped) "
            "ON CONFLICT (holder) DO NOTHING RETURNING holder, wrapped",
            ordered,
            [self._wrapped(holder, token_bytes(LENGTH)) for holder in ordered],
            self._digest,
        )
        made = {row["holder"]: self._remember(row["holder"], row["wrapped"]) for row in rows}
        lost = set(ordered) - made.keys()
        return {**made, **(await self._stored(lost) if lost else {})}

    def _remember(self, holder: UUID, wrapped: bytes | None) -> Key:
        if wrapped is None:
            return ERASED
        key = self._unwrapped(holder, wrapped)
        self._cache.put(holder, key)
        return key

    def _wrapped(self, holder: UUID, key: bytes) -> bytes:
        nonce = token_bytes(NONCE_BYTES)
        return nonce + self._wrap.encrypt(nonce, key, holder.bytes)

    def _unwrapped(self, holder: UUID, wrapped: bytes) -> bytes:
        try:
            return self._wrap.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], holder.bytes)
        except InvalidTag as error:
            raise MasterKeyUnusable(_OTHER_MASTER) from error


class _Cache:
    """The keys used last, for a short while: a destroyed key must not live on in memory."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._keys: OrderedDict[UUID, tuple[float, bytes]] = OrderedDict()

    def get(self, holder: UUID) -> bytes | None:
        found = self._keys.get(holder)
        if found is None:
            return None
        if self._now() - found[0] > _CACHED_SECONDS:
            del self._keys[holder]
            return None
        self._keys.move_to_end(holder)
        return found[1]

    def put(self, holder: UUID, key: bytes) -> None:
        self._keys[holder] = (self._now(), key)
        if len(self._keys) > _CACHED_KEYS:
            self._keys.popitem(last=False)

    def forget(self, holders: Iterable[UUID]) -> None:
        for holder in holders:
            self._keys.pop(holder, None)


_OTHER_MASTER = (
    "The key database was made with another master key. Set SIGHTLINE_MASTER_KEY_FILE to the file that belongs to it."
)
