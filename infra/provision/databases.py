"""Roles and databases: one of each a service, and the database of keys apart with a role of its own."""

import ssl
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import asyncpg

from infra.errors import SightlineError, Unreachable
from shared.eventstore.database import CONNECTION_ERRORS, is_connection_error

_LOCK = 7_265_001
"""One one-shot at a time: an advisory lock of the server, number chosen at random."""


_FAULTS: tuple[type[BaseException], ...] = (*CONNECTION_ERRORS, asyncpg.PostgresError, asyncpg.InterfaceError)


async def provision_databases(administrator: str, databases: Sequence[str]) -> list[str]:
    """Make, for each DSN, its role (with its password) and its database, owned by that role; gives what was made.

    `administrator` is the DSN of a role that may do so. What exists is kept; a role's password is set to the one
    given, so that the settings are right. Nobody but its owner (and the administrator) may connect to a database.
    Raises `SightlineError` when a DSN lacks a part or the server cannot be reached or refuses.
    """
    try:
        connection = await asyncpg.connect(administrator, timeout=30)
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message.rstrip(".")
        raise SightlineError(
            f"The certificate of PostgreSQL at {_where(administrator)} is not trusted ({reason}): name "
            "the file of its authority in the address's sslrootcert, and the host as its certificate does."
        ) from error
    except _FAULTS as error:
        raise Unreachable(
            f"PostgreSQL at {_where(administrator)} does not let the administrator in ({type(error).__name__}): "
            "check that it runs, and the administrator's address and password."
        ) from error
    made: list[str] = []
    try:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        for dsn in databases:
            made += await _provision(connection, dsn)
    except _FAULTS as error:
        if is_connection_error(error):
            raise Unreachable(
                f"PostgreSQL at {_where(administrator)} went away while roles and databases were made "
                f"({type(error).__name__}): start again when it runs; what was made is kept."
            ) from error
        if not isinstance(error, asyncpg.PostgresError):
            raise
        raise SightlineError(
            f"PostgreSQL at {_where(administrator)} refused to make a role or database ({error.sqlstate}): "
            "the administrator needs the rights CREATEROLE and CREATEDB."
        ) from error
    finally:
        await connection.close()
    return made


async def _provision(connection: "asyncpg.Connection[asyncpg.Record]", dsn: str) -> list[str]:
    parts = urlsplit(dsn)
    role, password, database = unquote(parts.username or ""), unquote(parts.password or ""), parts.path.lstrip("/")
    if not (role and password and database):
        raise SightlineError(
            f"The database address for {role or database or 'a service'} lacks a role, a password or a database: "
            "write it as postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE."
        )
    made = []
    if not await connection.fetchval("select true from pg_roles where rolname = $1", role):
        await connection.execute(await _statement(connection, "create role %I login noinherit", role))
        made.append(f"role {role}")
    # format() quotes; the client never puts a name or password into a statement itself.
    await connection.execute(await _statement(connection, "alter role %I with login password %L", role, password))
    if not await connection.fetchval("select true from pg_database where datname = $1", database):
        await connection.execute(await _statement(connection, "grant %I to current_user", role))
        await connection.execute(await _statement(connection, "create database %I owner %I", database, role))
        made.append(f"database {database}")
    await connection.execute(await _statement(connection, "revoke all on database %I from public", database))
    return made


async def _statement(connection: "asyncpg.Connection[asyncpg.Record]", pattern: str, *values: str) -> str:
    slots = ", ".join(f"${place}::text" for place in range(2, len(values) + 2))
    statement: str = await connection.fetchval(f"select format($1, {slots})", pattern, *values)
    return statement


def _where(dsn: str) -> str:
    parts = urlsplit(dsn)
    return f"{parts.hostname or 'localhost'}:{parts.port or 5432}"
