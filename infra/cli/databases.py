"""How commands reach a service's database, with its faults as sentences."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from infra.errors import SightlineError
from shared.eventstore.database import Connection, is_connection_error

_T = TypeVar("_T")


def variable(service: str) -> str:
    """Give the name of the setting that says where a service's database is."""
    return f"SIGHTLINE_{service.upper()}_DATABASE"


def dsn_of(service: str) -> str:
    """Give the address of a service's database; raises `SightlineError` when it is not known."""
    dsn = os.environ.get(variable(service))
    if not dsn:
        raise SightlineError(
            f"The database of {service} is not known: start Sightline with `sightline up`, or set {variable(service)}."
        )
    return dsn


def with_database(service: str, work: Callable[[Connection], Awaitable[_T]]) -> _T:
    """Do something with a connection to a service's database."""

    async def connected() -> _T:
        connection = await asyncpg.connect(dsn_of(service), timeout=10)
        try:
            return await work(connection)
        finally:
            await connection.close()

    try:
        return asyncio.run(connected())
    except asyncpg.UndefinedTableError as missing:
        raise SightlineError(
            f"The database of {service} has no tables yet: start the service once, so that it is migrated."
        ) from missing
    except Exception as away:
        if not is_connection_error(away):
            raise
        raise SightlineError(
            f"The database of {service} does not answer: start it, or correct {variable(service)}."
        ) from away
