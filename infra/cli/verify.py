"""`sightline verify REPORT`: a published report made again from the log's facts, and whether it is the same."""

import asyncio
import re
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
import typer

from infra.cli.authorities import authorities
from infra.cli.databases import dsn_of
from infra.cli.report import PATHS
from infra.cli.show import console, print_json
from infra.errors import SightlineError
from services.reporting.facts.live import FactsOfAnotherVersion, read_facts
from services.reporting.pages import wording
from services.reporting.publications import storing
from services.reporting.publications.storing import Publication
from services.reporting.publications.verifying import Because, Outcome, Verdict, verify
from shared.eventstore.database import is_connection_error, open_pool
from shared.eventstore.postgres import PostgresEventStore

DIFFERS: Final = 1
TAMPERED: Final = 3

_NAMED: Final = re.compile(r"(?P<authority>[^/]+)/(?P<kind>[^/]+)/(?P<window>\d{4}-\d{2})(/(?P<version>\d{1,4}))?")
_WORDS: Final = {
    Because.LATE_EVENT: "events recorded before it was published came later",
    Because.AMENDMENT: "amendments or withdrawals recorded before it was published came later",
    Because.MEASURE_CHANGED: "a measure has another definition now",
    Because.SETTINGS_CHANGED: "the authority's settings of then are not as they were",
    Because.SOFTWARE_CHANGED: "this version of Sightline makes it otherwise from the same facts",
    Because.CONTENT_CHANGED: "the content that is kept is not the one its SHA-256 is of",
    Because.NOT_AS_ANNOUNCED: "its SHA-256 is not the one that report-published announced",
}
_MOST_SHOWN: Final = 40


def verify_report(
    report: Annotated[
        str,
        typer.Argument(help="Its address, or AUTHORITY/KIND/WINDOW/VERSION: northmoor/triannual/2026-06/1."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a published report again as of its log position, and say whether it is the one that is kept.

    Exit codes: 0 equal, 1 it differs (and why), 2 there is no such report, 3 what is kept was changed since.
    """
    authority, kind, window, version = _asked(report)
    one, found = asyncio.run(_verify(authority, kind, window, version))
    name = f"{authority}/{one.kind}/{one.key}/{one.version}"
    if as_json:
        print_json(_as_json(name, found))
    else:
        _say(name, found)
    if found.outcome is not Outcome.EQUAL:
        raise typer.Exit(TAMPERED if found.outcome is Outcome.TAMPERED else DIFFERS)


def _asked(report: str) -> tuple[str, str, str, int | None]:
    if named := _NAMED.fullmatch(report):
        version = named["version"]
        return named["authority"], named["kind"], named["window"], None if version is None else int(version)
    parts = urlsplit(report)
    kinds = {path: kind for kind, path in PATHS.items()}
    path = re.sub(r"\.(json|csv)$", "", parts.path)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if path in kinds and {"authority", "window"} <= query.keys() and query.get("version", "1").isdecimal():
        version = query.get("version")
        return query["authority"], kinds[path], query["window"], None if version is None else int(version)
    raise SightlineError(
        "That names no report: give its address as the browser shows it, or AUTHORITY/KIND/WINDOW[/VERSION], such as "
        "northmoor/triannual/2026-06."
    )


async def _verify(authority: str, kind: str, window: str, version: int | None) -> tuple[Publication, Verdict]:
    known = authorities()
    if authority not in known:
        raise SightlineError(f"No authority here is called {authority!r}: known are {', '.join(known.keys)}.")
    try:
        pool = await open_pool(dsn_of("reporting"), size=2)
        try:
            async with read_facts(pool) as facts:
                versions = [one for one in await storing.versions(facts, authority, window) if one.kind == kind]
                one = next((one for one in versions if version in {None, one.version}), None)
                if one is None:
                    raise SightlineError(_none_such(versions))
                return one, await verify(facts, PostgresEventStore(pool), known, authority, one)
        finally:
            await pool.close()
    except FactsOfAnotherVersion as other:
        raise SightlineError(str(other)) from other
    except asyncpg.UndefinedTableError as missing:
        raise SightlineError("The reporting database has no tables yet: start the service once.") from missing
    except Exception as error:
        if is_connection_error(error):
            raise SightlineError(
                "The reporting database does not answer: start it (`sightline up`), or correct "
                "SIGHTLINE_REPORTING_DATABASE."
            ) from error
        raise


def _none_such(versions: list[Publication]) -> str:
    if versions:
        return f"It is not published in that version: it has {', '.join(str(one.version) for one in versions)}."
    return f"No such report is published. Kinds are {' and '.join(PATHS)}; a window is its first month."


def _say(name: str, found: Verdict) -> None:
    if found.outcome is Outcome.EQUAL:
        console.print(f"{name}: equal. Made again as of its log position it has the SHA-256 {found.sha256}.")
        return
    said = "differs when it is made again" if found.outcome is Outcome.DIFFERS else "was changed since it was published"
    console.print(f"{name}: {said}: {'; '.join(_WORDS[one] for one in found.because)}.")
    for change in found.changes[:_MOST_SHOWN]:
        figure = ", ".join(part for part in (change.item, change.row, change.column) if part)
        console.print(f"  {figure}: {wording.figure(change.before)}, made again {wording.figure(change.after)}")
    if len(found.changes) > _MOST_SHOWN:
        console.print(f"  and {len(found.changes) - _MOST_SHOWN:,} more (--json lists them all)")


def _as_json(name: str, found: Verdict) -> dict[str, Any]:
    return {
        "report": name,
        "outcome": found.outcome.value,
        "because": [one.value for one in found.because],
        "sha256": found.sha256,
        "sha256_again": found.sha256_again,
        "changes": [
            {
                "section": one.section,
                "item": one.item,
                "row": one.row,
                "figure": one.column,
                "kept": wording.figure(one.before),
                "again": wording.figure(one.after),
            }
            for one in found.changes
        ],
    }
