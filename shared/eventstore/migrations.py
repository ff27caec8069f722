"""Migrations of a service's database, applied at start by whichever service comes first.

`pogo-migrate` applies the files; around it, what it lacks: a lock, since of three services starting at once on an
empty database two would fail, and a check of each applied file, since it does not notice an edited one.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import asyncpg
from pogo_core.util import migrate as pogo

from shared.eventstore.errors import MigrationEdited

EVENTSTORE: Final = Path(__file__).parent / "schema"
"""The migrations of the event store; a database with them needs those of the outbox as well."""

OUTBOX: Final = Path(__file__).parents[1] / "outbox" / "schema"
"""The migrations of the outbox."""

_LOCK: Final = 0x51_67_68_74_6D_69_67  # any number, the same for everyone who migrates this database
_SCHEMA: Final = "public"

_log = logging.getLogger(__name__)
_quiet = logging.getLogger(f"{__name__}.pogo")
_quiet.setLevel(logging.ERROR)  # it calls every migration it applies a warning


async def migrate(dsn: str, folders: Iterable[Path]) -> list[str]:
    """Bring a database up to date with the migrations in these folders, in this order; return those applied now.

    Whoever comes second waits for the first, and then finds nothing to do. File names are unique across folders.

    Raises:
        MigrationEdited: an applied migration's file was changed since.
        pogo_core.error.BadMigrationError: a migration's file cannot be read, or fails; it leaves nothing behind.

    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        return await _migrate_alone(connection, list(folders))
    finally:
        await connection.close()  # which gives the lock back


async def _migrate_alone(connection: asyncpg.Connection[asyncpg.Record], folders: list[Path]) -> list[str]:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS public.migration_checksums ("
        "migration_id text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    known = {
        row["migration_id"]: row["sha256"]
        for row in await connection.fetch("SELECT migration_id, sha256 FROM public.migration_checksums")
    }
    found = {file.stem: _sha256(file) for folder in folders for file in _files(folder)}
    for migration, checksum in found.items():
        if known.get(migration, checksum) != checksum:
            raise MigrationEdited(migration)
    applied: list[str] = []
    for folder in folders:
        await pogo.apply(connection, folder, schema_name=_SCHEMA, logger=_quiet)
        for file in _files(folder):
            if file.stem not in known:
                await connection.execute(
                    "INSERT INTO public.migration_checksums (migration_id, sha256) VALUES ($1, $2)",
                    file.stem,
                    found[file.stem],
                )
                applied.append(file.stem)
    return applied


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in {".sql", ".py"})


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
