"""The fact tables in PostgreSQL: made, read and written within one schema, always on somebody's open connection."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from services.reporting.facts.fold import REPLACES, apply
from services.reporting.facts.ledger import Closing, Facts, Row
from services.reporting.facts.rows import ANSWERS, FIXED, Table
from shared.eventstore.database import Connection
from shared.messaging.records import Received

_SCHEMA_SQL: Final = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
_INDEXES_SQL: Final = (Path(__file__).parent / "indexes.sql").read_text(encoding="utf-8")

FACTS_VERSION: Final = 5
"""Goes up by one with every change of the fact tables, or of what a row in them means (CONTRIBUTING.md)."""

SHAPE: Final = hashlib.sha256((_SCHEMA_SQL + _INDEXES_SQL).encode()).hexdigest()[:16]
"""What the tables of this version look like: facts with another shape are not read, whatever version they name."""


def quoted(schema: str) -> str:
    """Return a schema's name as SQL takes it; ours are `facts_` and a number, and nothing else is let through."""
    if not schema.isidentifier() or not schema.isascii() or schema != schema.lower():
        raise ValueError(f"{schema!r} is no schema of facts")
    return f'"{schema}"'


async def create_tables(connection: Connection, schema: str) -> None:
    """Make a schema and its tables, without indexes, in the caller's transaction."""
    await connection.execute(f"CREATE SCHEMA {quoted(schema)}")
    await _run_within(connection, schema, _SCHEMA_SQL)


async def create_indexes(connection: Connection, schema: str) -> None:
    """Make the indexes, in the caller's transaction."""
    await _run_within(connection, schema, _INDEXES_SQL)


async def _run_within(connection: Connection, schema: str, sql: str) -> None:
    await connection.execute(f"SET LOCAL search_path TO {quoted(schema)}")
    await connection.execute(sql)
    await connection.execute("SET LOCAL search_path TO DEFAULT")


async def apply_batch(connection: Connection, schema: str, batch: Sequence[Received]) -> None:
    """Fold messages into a schema's tables: current versions read, folded, written, in the caller's transaction.

    Raises:
        FactRefused: a message the tables cannot hold.

    """
    facts = Facts()
    await load_current(connection, schema, facts, batch)
    for received in batch:
        apply(facts, received)
    await write(connection, schema, facts)
    await note_positions(connection, schema, batch)


async def load_current(connection: Connection, schema: str, facts: Facts, batch: Iterable[Received]) -> None:
    """Read the current versions that a batch may replace. The first event of a stream has nothing to replace."""
    wanted: defaultdict[Table, set[UUID]] = defaultdict(set)
    for received in batch:
        if received.envelope.sequence > 1:
            for table in REPLACES.get(type(received.event), ()):
                wanted[table].add(received.envelope.subject)
    for table, streams in wanted.items():
        rows = await connection.fetch(
            f"SELECT {', '.join(table.columns)} FROM {quoted(schema)}.{table.name}"  # noqa: S608 - names of ours
            f" WHERE {table.columns[0]} = ANY($1) AND known_until = 'infinity'",
            list(streams),
        )
        facts.ledgers[table.name].load(rows)


async def write(connection: Connection, schema: str, facts: Facts) -> None:
    """Write what was folded: end the versions that were replaced, then add the new rows."""
    for ledger in facts.ledgers.values():
        if ledger.closings:
            await _close(connection, schema, ledger.table, ledger.take_closings())
        await insert(connection, schema, ledger.table, ledger.take_new())
    for table in FIXED:
        rows = facts.fixed[table.name]
        await insert(connection, schema, table, rows)
        rows.clear()


async def _close(connection: Connection, schema: str, table: Table, closings: Sequence[Closing]) -> None:
    columns = table.columns[: table.key_width]
    arrays = ", ".join(f"${number}::uuid[]" for number in range(1, table.key_width + 1))
    same = " AND ".join(f"fact.{column} = ended.{column}" for column in columns)
    await connection.execute(
        f"UPDATE {quoted(schema)}.{table.name} AS fact SET known_until = ended.until"  # noqa: S608 - names of ours
        f" FROM unnest({arrays}, ${table.key_width + 1}::timestamptz[]) AS ended ({', '.join(columns)}, until)"
        f" WHERE {same} AND fact.known_until = 'infinity'",
        *(list(column) for column in zip(*(key for key, _ in closings), strict=True)),
        [until for _, until in closings],
    )


async def insert(connection: Connection, schema: str, table: Table, rows: Sequence[Row]) -> None:
    """Add rows, with COPY where the driver can send them so."""
    if not rows:
        return
    if table is ANSWERS:  # a pool reads jsonb as text, which COPY's binary form cannot carry
        await connection.execute(
            f"INSERT INTO {quoted(schema)}.answers (audit_id, outcome_sequence, coded)"  # noqa: S608 - names of ours
            " SELECT audit_id, sequence, coded::jsonb FROM unnest($1::uuid[], $2::bigint[], $3::text[])"
            " AS row (audit_id, sequence, coded)",
            *(list(column) for column in zip(*rows, strict=True)),
        )
        return
    await connection.copy_records_to_table(table.name, schema_name=schema, columns=table.columns, records=rows)


async def note_positions(connection: Connection, schema: str, batch: Iterable[Received]) -> None:
    """Note how far into the log the facts reach."""
    reached: dict[tuple[str, int], tuple[int, datetime]] = {}
    for received in batch:
        key = (received.topic, received.partition)
        recorded_at = received.envelope.recorded_at
        offset, newest = reached.get(key, (0, recorded_at))
        reached[key] = (max(offset, received.offset + 1), max(newest, recorded_at))
    await merge_positions(connection, schema, reached)


async def merge_positions(
    connection: Connection, schema: str, reached: dict[tuple[str, int], tuple[int, datetime]]
) -> None:
    """Move log positions forward: next offset and newest recorded time a partition; never back."""
    rows = sorted((topic, partition, offset, newest) for (topic, partition), (offset, newest) in reached.items())
    if not rows:
        return
    await connection.execute(
        f"INSERT INTO {quoted(schema)}.log_positions AS known (topic, partition, next_offset, recorded_at)"  # noqa: S608 - names of ours
        " SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::timestamptz[])"
        " ON CONFLICT (topic, partition) DO UPDATE SET"
        " next_offset = greatest(known.next_offset, excluded.next_offset),"
        " recorded_at = greatest(known.recorded_at, excluded.recorded_at)",
        *(list(column) for column in zip(*rows, strict=True)),
    )
