"""The table of published reports: what is written once, found again, and never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.reporting.facts.live import Freshness
from services.reporting.reports.build import Kind
from services.reporting.reports.figures import Report
from shared.eventstore.database import Connection

_COLUMNS = (
    "kind, window_key, window_label, sha256, moment, recorded_to, positions, published_at, published_by_role,"
    " idempotency_key, fingerprint"
)


@dataclass(frozen=True, slots=True)
class Publication:
    """A published report without its content. `fresh` is what its figures were true for when they were made."""

    kind: Kind
    window_key: str
    window_label: str
    sha256: str
    fresh: Freshness
    published_at: datetime
    published_by_role: str
    idempotency_key: str
    fingerprint: bytes

    @property
    def key(self) -> str:
        """Return what addresses name the window by."""
        return self.window_key

    @property
    def label(self) -> str:
        """Return the window in words."""
        return self.window_label


@dataclass(frozen=True, slots=True)
class Command:
    """Who publishes, when, and what makes the command the same command (shared/web/idempotency.py)."""

    person: UUID
    role: str
    at: datetime
    idempotency_key: str
    fingerprint: bytes


def content_of(report: Report) -> str:
    """Return the JSON text of a report that is kept, and that its SHA-256 is of."""
    return report.model_dump_json(by_alias=True)


async def is_prepared(connection: Connection, authority: str, kind: Kind, window_key: str) -> bool:
    """Tell whether a window's report is made, published or not."""
    return bool(
        await connection.fetchval(
            "SELECT true FROM reporting.publications WHERE authority = $1 AND kind = $2 AND window_key = $3",
            authority,
            kind,
            window_key,
        )
    )


async def prepare(connection: Connection, reports: Sequence[Report], fresh: Freshness) -> None:
    """Keep a window's reports of every kind, all made from the same facts; what is kept already stays as it is.

    One statement, in the order of the kinds: of two callers at once the first one's whole set is kept.
    """
    contents = [content_of(report) for report in reports]
    positions = [
        {"topic": topic, "partition": partition, "next_offset": offset}
        for (topic, partition), offset in sorted(fresh.positions.items())
    ]
    await connection.execute(
        "INSERT INTO reporting.publications (authority, kind, window_key, window_label, content, sha256, moment,"
        " recorded_to, positions) SELECT *, $7::timestamptz, $8::timestamptz, $9::jsonb"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])"
        " ON CONFLICT (authority, kind, window_key) DO NOTHING",
        [report.authority for report in reports],
        [report.kind for report in reports],
        [report.window.key for report in reports],
        [report.window.label for report in reports],
        contents,
        [hashlib.sha256(content.encode()).hexdigest() for content in contents],
        fresh.moment,
        fresh.recorded_to,
        positions,
    )


async def publish(
    connection: Connection, authority: str, kind: Kind, window_key: str, command: Command
) -> Publication | None:
    """Publish a prepared report; None where it is published already."""
    row = await connection.fetchrow(
        "UPDATE reporting.publications SET published_at = $4, published_by = $5, published_by_role = $6,"  # noqa: S608 - columns of ours
        " idempotency_key = $7, fingerprint = $8"
        " WHERE authority = $1 AND kind = $2 AND window_key = $3 AND published_at IS NULL"
        f" RETURNING {_COLUMNS}",
        authority,
        kind,
        window_key,
        command.at,
        command.person,
        command.role,
        command.idempotency_key,
        command.fingerprint,
    )
    return None if row is None else _publication(row)


async def by_command(connection: Connection, authority: str, idempotency_key: str) -> Publication | None:
    """Return what a command published earlier, if it did."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM reporting.publications WHERE authority = $1 AND idempotency_key = $2",  # noqa: S608 - columns of ours
        authority,
        idempotency_key,
    )
    return None if row is None else _publication(row)


async def published(connection: Connection, authority: str) -> list[Publication]:
    """Return an authority's published reports, newest window first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM reporting.publications"  # noqa: S608 - columns of ours
        " WHERE authority = $1 AND published_at IS NOT NULL ORDER BY window_key DESC, kind",
        authority,
    )
    return [_publication(row) for row in rows]


async def content(connection: Connection, authority: str, one: Publication) -> Report:
    """Return the report as it was published."""
    text = await connection.fetchval(
        "SELECT content FROM reporting.publications"
        " WHERE authority = $1 AND kind = $2 AND window_key = $3 AND published_at IS NOT NULL",
        authority,
        one.kind,
        one.window_key,
    )
    return Report.model_validate_json(text)


def _publication(row: asyncpg.Record) -> Publication:
    positions = {(one["topic"], one["partition"]): one["next_offset"] for one in row["positions"]}
    return Publication(
        kind=row["kind"],
        window_key=row["window_key"],
        window_label=row["window_label"],
        sha256=row["sha256"],
        fresh=Freshness(row["moment"], row["recorded_to"], positions, 0),
        published_at=row["published_at"],
        published_by_role=row["published_by_role"],
        idempotency_key=row["idempotency_key"],
        fingerprint=row["fingerprint"],
    )
