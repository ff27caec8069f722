"""What was printed of each window in everything published, kept so that later reports are held against it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.reporting.boards.reading import record_of
from services.reporting.facts.live import read_facts
from services.reporting.publications import storing
from services.reporting.publications.storing import Publication
from services.reporting.reports.build import build_for_publication, rhythm_of
from services.reporting.reports.own_words import as_printed
from services.reporting.reports.printed_before import NOTHING, Before, Printed
from services.reporting.reports.windows import WindowUnknown, london_date
from shared.authority.settings import Authorities, AuthoritySettings
from shared.eventstore.database import Connection, Pool, borrow
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import EventStore

_TABLES: Final = ("moderations", "disputes", "recommendations", "escalations")


def settings_sha256(settings: AuthoritySettings) -> str:
    """Return what a version of an authority's settings is known by, to notice an edited one."""
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()


async def facts_known(facts: Connection, authority: str, moment: datetime | None) -> dict[str, int]:
    """Return how many versions of facts were recorded up to a moment, by table; amendments and withdrawals apart.

    `facts` is a connection of `read_facts`. A later count of the same moment is larger only where an event came late.
    """
    line = await facts.fetchrow(
        "SELECT count(*) FILTER (WHERE amendments = 0 AND state <> 'withdrawn') AS audits,"
        " count(*) FILTER (WHERE amendments > 0 AND state <> 'withdrawn') AS amendments,"
        " count(*) FILTER (WHERE state = 'withdrawn') AS withdrawals"
        " FROM audits WHERE authority = $1 AND known_from <= $2",
        authority,
        moment,
    )
    found = {name: int(value) for name, value in (line or {}).items()}
    for table in _TABLES:
        query = f"SELECT count(*) FROM {table} WHERE authority = $1 AND known_from <= $2"  # noqa: S608 - tables of ours
        found[table] = int(await facts.fetchval(query, authority, moment))
    return found


async def keep(
    connection: Connection,
    settings: AuthoritySettings,
    where: tuple[str, int],
    given: Mapping[str, Printed],
    facts: Mapping[str, int],
) -> None:
    """Keep what a version (window, number) printed of each window."""
    await connection.execute(
        "INSERT INTO reporting.printed (authority, window_key, version, printed, facts, settings_sha256)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (authority, window_key, version) DO NOTHING",
        settings.key,
        *where,
        {window: one.to_json() for window, one in given.items()},
        dict(facts),
        settings_sha256(settings),
    )


async def marker(connection: Connection, authority: str) -> int:
    """Return a number that changes whenever anything more is printed of an authority."""
    found = await connection.fetchval("SELECT max(made) FROM reporting.printed WHERE authority = $1", authority)
    return int(found or 0)


async def row_of(connection: Connection, authority: str, window_key: str, version: int) -> Mapping[str, Any] | None:
    """Return what is kept of a version: `made`, `printed`, `facts`, `settings_sha256`; None where nothing is."""
    row = await connection.fetchrow(
        "SELECT made, printed, facts, settings_sha256 FROM reporting.printed"
        " WHERE authority = $1 AND window_key = $2 AND version = $3",
        authority,
        window_key,
        version,
    )
    return None if row is None else dict(row)


async def before(connection: Connection, authority: str, until: int | None = None) -> Before:
    """Return everything printed of an authority's windows, or what was printed before the version with a number.

    A window whose printed figures are not known any more counts as published with every figure hidden.
    """
    rows = await connection.fetch(
        "SELECT window_key, printed FROM reporting.printed"
        " WHERE authority = $1 AND ($2::bigint IS NULL OR made < $2) ORDER BY made",
        authority,
        until,
    )
    prints: dict[str, list[Printed]] = {}
    published: dict[str, Printed] = {}
    for row in rows:
        found = {window: Printed.from_json(one) for window, one in row["printed"].items()}
        for window, one in found.items():
            prints.setdefault(window, []).append(one)
        published[row["window_key"]] = found.get(row["window_key"], Printed({}))
    return Before(prints, published)


async def published_of(connection: Connection, authority: str, window_key: str) -> Printed | None:
    """Return what the newest published version of a window printed of it; None where none is published."""
    kept = await connection.fetchval(
        "SELECT printed FROM reporting.printed WHERE authority = $1 AND window_key = $2 ORDER BY made DESC LIMIT 1",
        authority,
        window_key,
    )
    return None if kept is None or window_key not in kept else Printed.from_json(kept[window_key])


async def remember_earlier(pool: Pool, authorities: Authorities, settings: AuthoritySettings) -> None:
    """Keep what was printed by versions published before it was kept, made again as of then.

    Where a report made again is not the one that was published, nothing is known of what it printed.
    """
    async with borrow(pool) as connection:
        rows = await connection.fetch(_NOT_KEPT, settings.key)
    for row in rows:
        async with read_facts(pool) as facts:
            versions = await storing.versions(facts, settings.key, row["window_key"])
            published = [one for one in versions if one.version == row["version"]]
            then = authorities.valid_or_newest(settings.key, london_date(published[0].published_at))
            given = await _made_again(facts, PostgresEventStore(pool), then, published)
            known = await facts_known(facts, settings.key, published[0].fresh.recorded_to)
        async with borrow(pool) as connection:
            await keep(connection, then, (row["window_key"], row["version"]), given, known)


_NOT_KEPT: Final = (
    "SELECT DISTINCT window_key, version FROM reporting.publications AS one WHERE authority = $1"
    " AND published_at IS NOT NULL AND NOT EXISTS (SELECT FROM reporting.printed AS kept WHERE"
    " kept.authority = one.authority AND kept.window_key = one.window_key AND kept.version = one.version)"
    " ORDER BY window_key"
)


async def _made_again(
    facts: Connection, store: EventStore, settings: AuthoritySettings, published: list[Publication]
) -> Mapping[str, Printed]:
    try:
        window = rhythm_of(settings).parse(published[0].window_key)
    except WindowUnknown:
        return {}
    record = await record_of(facts, store, settings.key, window, published[0])
    kept = [await storing.content(facts, settings.key, one) for one in published]
    words = as_printed(settings, kept[0])
    made = await build_for_publication(facts, words, window, NOTHING, published[0].fresh.recorded_to, record=record)
    again = {report.kind: report for report in made.reports}
    if any(one != again[one.kind].model_copy(update={"words": one.words}) for one in kept):
        return {}
    return made.given
