"""Opening a service's key store: its database waited for and migrated, its master key checked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shared.eventstore.database import is_connection_error, open_pool
from shared.eventstore.migrations import migrate
from shared.privacy import keystore
from shared.privacy.keystore import KeyStore
from shared.privacy.master import MasterKey, make_master_key, read_master_key

_PATIENCE_SECONDS = 60.0
_POOL = 8


def master_key_at(path: Path, *, local: bool) -> MasterKey:
    """Read the master key; in local use it is made where there is none. Raises `MasterKeyUnusable`."""
    return make_master_key(path) if local else read_master_key(path)


@asynccontextmanager
async def key_store(database: str, master: MasterKey) -> AsyncIterator[KeyStore]:
    """Open the key store in a database of its own.

    The database is waited for as long as a server takes to start. Raises `MasterKeyUnusable` when it was made with
    another master key.
    """
    await _migrated(database)
    pool = await open_pool(database, size=_POOL)
    try:
        keys = KeyStore(pool, master)
        await keys.check()
        yield keys
    finally:
        await pool.close()


async def _migrated(database: str) -> None:
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while True:
        try:
            await migrate(database, [keystore.MIGRATIONS])
        except Exception as error:
            if not is_connection_error(error) or asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(1.0)
        else:
            return
