"""A key store in memory, which makes, gives and destroys keys as the one in a database does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from shared.privacy.keystore import ERASED, Erased, Key, KeyStore


class MemoryKeys(KeyStore):
    """Everything but `check`, which is about a database's master key."""

    def __init__(self) -> None:
        self.held: dict[UUID, bytes] = {}
        self.gone: dict[UUID, datetime] = {}

    async def keys(self, holders: Collection[UUID], *, make: bool) -> dict[UUID, Key]:
        found: dict[UUID, bytes | Erased] = {}
        for holder in holders:
            if holder in self.gone:
                found[holder] = ERASED
            elif holder in self.held or make:
                found[holder] = self.held.setdefault(holder, token_bytes(32))
        return found

    async def destroy(self, holders: Iterable[UUID], at: datetime) -> list[UUID]:
        new = [holder for holder in set(holders) if holder not in self.gone]
        for holder in new:
            self.held.pop(holder, None)
            self.gone[holder] = at
        return new

    async def erased(self) -> Mapping[UUID, datetime]:
        return dict(self.gone)
