"""Everything of privacy a service needs, opened together: key store, sealer, references."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.eventstore.database import Pool, open_pool
from shared.eventstore.migrations import migrate
from shared.privacy import keystore
from shared.privacy.keystore import KeyStore
from shared.privacy.master import MasterKey, read_master_key
from shared.privacy.references import References
from shared.privacy.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Privacy:
    """The key store and what stands on it; `pool` belongs to the key database."""

    pool: Pool
    keys: KeyStore
    sealer: Sealer
    references: References


def privacy_on(pool: Pool, master_key: MasterKey) -> Privacy:
    """Put key store, sealer and references together over a pool of the key database."""
    keys = KeyStore(pool, master_key)
    sealer = Sealer(keys)
    return Privacy(pool, keys, sealer, References(master_key, sealer))


@asynccontextmanager
async def open_privacy(keys_dsn: str, master_key_file: Path, *, pool_size: int = 8) -> AsyncIterator[Privacy]:
    """Migrate and open the key database, and check that the master key belongs to it.

    The tables of `shared.privacy.references.MIGRATIONS` belong into the service's own database, which the service
    migrates itself. Raises `MasterKeyUnusable`, besides what the database raises when it is away.
    """
    master_key = read_master_key(master_key_file)
    await migrate(keys_dsn, [keystore.MIGRATIONS])
    pool = await open_pool(keys_dsn, size=pool_size)
    try:
        privacy = privacy_on(pool, master_key)
        await privacy.keys.check()
        yield privacy
    finally:
        await pool.close()
