"""The table of published reports: what is written once, found again, and never changed.

A window's reports of every kind are made together, as one version; a successor is the next one, beside the others.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from services.reporting.facts.live import Freshness
from services.reporting.publications.events import Reason
from services.reporting.reports.build import Kind
from services.reporting.reports.figures import Report
from shared.eventstore.database import Connection

_COLUMNS = (
    "kind, window_key, window_label, version, reason, sha256, moment, recorded_to, positions, settings_version,"
    " published_at, published_by, published_by_role, idempotency_key, fingerprint, decided"
)


@dataclass(frozen=True, slots=True)
class Publication:
    """A published report without its content. `fresh` is what its figures were true for when they were made.

    `settings_version` is None where it was published before it was noted, and so is `decided`: how much of what boards
    decided it has (boards/reading.py).
    """

    kind: Kind
    window_key: str
    window_label: str
    version: int
    reason: Reason | None
    sha256: str
    fresh: Freshness
    settings_version: int | None
    published_at: datetime
    published_by: UUID
    published_by_role: str
    idempotency_key: str
    fingerprint: bytes
    decided: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        """Return what addresses name the window by."""
        return self.window_key

    @property
    def label(self) -> str:
        """Return the window in words."""
        return self.window_label


_PLACE: Final = re.compile(r"(?P<window>\d{4}-\d{2})\.(?P<version>\d{1,6})\.(?P<kind>[a-z-]{1,40})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list of publications ends: at this one."""

    window_key: str
    version: int
    kind: str

    def __str__(self) -> str:
        """Return it as it stands in an address."""
        return f"{self.window_key}.{self.version}.{self.kind}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read what an address holds; raises `ValueError` for anything else."""
        found = _PLACE.fullmatch(text)
        if found is None:
            raise ValueError("it is no place in the list")
        return cls(found["window"], int(found["version"]), found["kind"])


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


def sha256_of(content: str) -> str:
    """Return what a content is known by."""
    return hashlib.sha256(content.encode()).hexdigest()


async def newest_version(connection: Connection, authority: str, window_key: str) -> int:
    """Return the newest version of a window's reports that is made, published or not; 0 where none is."""
    found = await connection.fetchval(
        "SELECT max(version) FROM reporting.publications WHERE authority = $1 AND window_key = $2",
        authority,
        window_key,
    )
    return int(found or 0)


async def is_prepared(connection: Connection, authority: str, kind: Kind, window_key: str) -> bool:
    """Tell whether a window's report of a kind is made in the window's newest version, published or not."""
    newest = await newest_version(connection, authority, window_key)
    return bool(
        await connection.fetchval(
            "SELECT true FROM reporting.publications"
            " WHERE authority = $1 AND kind = $2 AND window_key = $3 AND version = $4",
            authority,
            kind,
            window_key,
            newest,
        )
    )


async def prepare(
    connection: Connection,
    reports: Sequence[Report],
    fresh: Freshness,
    *,
    version: int = 1,
    reason: Reason | None = None,
    settings_version: int | None = None,
    decided: Mapping[str, Any] | None = None,
) -> None:
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
        " recorded_to, positions, version, reason, settings_version, decided)"
        " SELECT *, $7::timestamptz, $8::timestamptz, $9::jsonb, $10::integer, $11::text, $12::integer, $13::jsonb"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])"
        " ON CONFLICT (authority, kind, window_key, version) DO NOTHING",
        [report.authority for report in reports],
        [report.kind for report in reports],
        [report.window.key for report in reports],
        [report.window.label for report in reports],
        contents,
        [sha256_of(content) for content in contents],
        fresh.moment,
        fresh.recorded_to,
        positions,
        version,
        reason,
        settings_version,
        decided,
    )


async def publish(
    connection: Connection, authority: str, kind: Kind, window_key: str, command: Command
) -> Publication | None:
    """Publish the newest version that is prepared; None where it is published already."""
    row = await connection.fetchrow(
        "UPDATE reporting.publications SET published_at = $4, published_by = $5, published_by_role = $6,"  # noqa: S608 - columns of ours
        " idempotency_key = $7, fingerprint = $8"
        " WHERE authority = $1 AND kind = $2 AND window_key = $3 AND published_at IS NULL AND version ="
        " (SELECT max(version) FROM reporting.publications WHERE authority = $1 AND window_key = $3)"
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


async def by_command(connection: Connection, authority: str, idempotency_key: str) -> list[Publication]:
    """Return what a command published earlier, if it did: one report, or every kind of a successor."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM reporting.publications WHERE authority = $1 AND idempotency_key = $2 ORDER BY kind",  # noqa: S608 - columns of ours
        authority,
        idempotency_key,
    )
    return [_publication(row) for row in rows]


async def published(connection: Connection, authority: str) -> list[Publication]:
    """Return an authority's published reports, newest window first, each in its newest version."""
    rows = await connection.fetch(
        f"SELECT DISTINCT ON (window_key, kind) {_COLUMNS} FROM reporting.publications"  # noqa: S608 - columns of ours
        " WHERE authority = $1 AND published_at IS NOT NULL ORDER BY window_key DESC, kind, version DESC",
        authority,
    )
    return [_publication(row) for row in rows]


async def versions(connection: Connection, authority: str, window_key: str) -> list[Publication]:
    """Return every published version of a window's reports, newest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM reporting.publications"  # noqa: S608 - columns of ours
        " WHERE authority = $1 AND window_key = $2 AND published_at IS NOT NULL ORDER BY version DESC, kind",
        authority,
        window_key,
    )
    return [_publication(row) for row in rows]


async def listed(
    connection: Connection,
    authority: str,
    kinds: Collection[str],
    *,
    window_key: str | None = None,
    limit: int,
    after: Place | None = None,
) -> list[Publication]:
    """Return published versions of some kinds, the newest window and version first, so many after a place."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM reporting.publications"  # noqa: S608 - columns of ours
        " WHERE authority = $1 AND published_at IS NOT NULL AND kind = ANY($2::text[])"
        " AND ($3::text IS NULL OR window_key = $3)"
        " AND ($5::text IS NULL OR (window_key, version, kind) < ($5, $6::integer, $7::text))"
        " ORDER BY window_key DESC, version DESC, kind DESC LIMIT $4",
        authority,
        list(kinds),
        window_key,
        limit,
        *((None, None, None) if after is None else (after.window_key, after.version, after.kind)),
    )
    return [_publication(row) for row in rows]


async def text(connection: Connection, authority: str, one: Publication) -> str:
    """Return the content of a published report as it is kept."""
    return str(
        await connection.fetchval(
            "SELECT content FROM reporting.publications"
            " WHERE authority = $1 AND kind = $2 AND window_key = $3 AND version = $4 AND published_at IS NOT NULL",
            authority,
            one.kind,
            one.window_key,
            one.version,
        )
    )


async def content(connection: Connection, authority: str, one: Publication) -> Report:
    """Return the report as it was published."""
    return Report.model_validate_json(await text(connection, authority, one))


def _publication(row: asyncpg.Record) -> Publication:
    positions = {(one["topic"], one["partition"]): one["next_offset"] for one in row["positions"]}
    return Publication(
        kind=row["kind"],
        window_key=row["window_key"],
        window_label=row["window_label"],
        version=row["version"],
        reason=None if row["reason"] is None else Reason(row["reason"]),
        sha256=row["sha256"],
        fresh=Freshness(row["moment"], row["recorded_to"], positions, 0),
        settings_version=row["settings_version"],
        published_at=row["published_at"],
        published_by=row["published_by"],
        published_by_role=row["published_by_role"],
        idempotency_key=row["idempotency_key"],
        fingerprint=row["fingerprint"],
        decided=row["decided"],
    )
