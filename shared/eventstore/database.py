"""Connections to PostgreSQL: one kind of pool for every part of a service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import orjson

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = Any  # asyncpg's classes take no type parameters at run time
    Pool = Any

CONNECTION_ERRORS: tuple[type[BaseException], ...] = (
    OSError,  # refused, reset, a socket file that is gone; also asyncio's timeouts from Python 3.11 on
    asyncpg.PostgresConnectionError,  # ConnectionDoesNotExistError among them: the server went in the middle
    asyncpg.CannotConnectNowError,  # starting up or shutting down
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # what asyncpg says when its connection was lost between two steps
)
"""What asyncpg raises when the server is away, restarts or ends the session: the outcome of a command is then unknown.

`asyncpg.InterfaceError` belongs to it only where the connection turns out to be closed: see `is_connection_error`.
"""


def is_connection_error(error: BaseException) -> bool:
    """Say whether an error means that the server or the connection is gone, rather than that the request is wrong."""
    if isinstance(error, CONNECTION_ERRORS):
        return True
    return isinstance(error, asyncpg.InterfaceError) and "closed" in str(error)


async def open_pool(dsn: str, *, size: int = 16, command_timeout: float | None = 60.0, **options: Any) -> Pool:
    """Open a pool of up to `size` connections, with `jsonb` and `json` as Python values.

    Connections are given back without a reset query, which would cost a round trip each time: nothing here changes
    a pooled session (no SET, no advisory lock, no LISTEN).
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=0,  # a pool that restores a floor logs a traceback a second while the server is away
        max_size=size,
        command_timeout=command_timeout,
        init=_prepare_session,
        reset=_keep_session,
        **options,
    )


async def _prepare_session(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads, schema="pg_catalog"
        )


async def _keep_session(_connection: Connection) -> None:
    """Leave the session as it is; asyncpg itself has rolled back what was open."""


@asynccontextmanager
async def borrow(pool: Pool) -> AsyncIterator[Connection]:
    """Borrow a connection; one that breaks while it is given back spoils nothing.

    asyncpg can raise on the way back after the work was done and committed, which must not
    look like a failure of the work.
    """
    connection = await pool.acquire()
    try:
        yield connection
    finally:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            await pool.release(connection)
