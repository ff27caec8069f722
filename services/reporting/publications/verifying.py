"""Verifying: a published report made again from the facts of the log as of then, and held against what is kept.

Facts keep the recorded time from and until which they were known, so that a report can be made again as of the moment
its log position stands for. What came late shows in their number: more of them are known of that moment now. It is made
again in the words it was printed with: what the authority calls a role or a level is no figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.reporting.boards.reading import record_of
from services.reporting.publications import overlaps, printed, storing
from services.reporting.publications.events import PUBLISHED_REPORTS, stream_of
from services.reporting.publications.storing import Publication, content_of, sha256_of
from services.reporting.publications.succession import succeeding
from services.reporting.reports.build import build_for_publication, rhythm_of
from services.reporting.reports.difference import Change, difference
from services.reporting.reports.figures import Report
from services.reporting.reports.own_words import as_printed
from services.reporting.reports.printed_before import NOTHING
from services.reporting.reports.windows import WindowUnknown, london_date
from shared.authority.settings import Authorities, AuthoritySettings, UnknownAuthority
from shared.eventstore.database import Connection
from shared.eventstore.handling import fold
from shared.eventstore.store import EventStore


class Outcome(StrEnum):
    """What became of it."""

    EQUAL = "equal"
    DIFFERS = "differs"
    TAMPERED = "tampered"


class Because(StrEnum):
    """Why a report made again is another, or why what is kept is not what was published."""

    LATE_EVENT = "late-event"
    AMENDMENT = "amendment"
    MEASURE_CHANGED = "measure-changed"
    SETTINGS_CHANGED = "settings-changed"
    SOFTWARE_CHANGED = "software-changed"
    CONTENT_CHANGED = "content-changed"
    NOT_AS_ANNOUNCED = "not-as-announced"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: the hashes of what is kept and of what was made again, why they differ, and where."""

    outcome: Outcome
    because: tuple[Because, ...]
    sha256: str
    sha256_again: str
    changes: tuple[Change, ...] = ()


async def verify(
    facts: Connection, store: EventStore, authorities: Authorities, authority: str, one: Publication
) -> Verdict:
    """Verify a published report; `facts` is a connection of `read_facts`."""
    text = await storing.text(facts, authority, one)
    announced = fold(PUBLISHED_REPORTS, (await store.load(stream_of(authority, one.kind, one.key))).events)
    changed = _tampered(text, one, announced.sha256_of(one.version))
    if changed:
        return Verdict(Outcome.TAMPERED, changed, one.sha256, sha256_of(text))
    kept = Report.model_validate_json(text)
    row = await printed.row_of(facts, authority, one.key, one.version)
    settings, same_settings = _settings(authorities, authority, one, row)
    again = await _again(facts, store, as_printed(settings, kept), one, kept, row)
    again = again.model_copy(update={"words": kept.words})  # none in a report of before they were kept
    if content_of(kept) == content_of(again):  # both in today's shape: a report may have got fields since
        return Verdict(Outcome.EQUAL, (), one.sha256, one.sha256)
    because = set() if same_settings else {Because.SETTINGS_CHANGED}
    if kept.measures != again.measures:
        because.add(Because.MEASURE_CHANGED)
    if row is not None:
        now = await printed.facts_known(facts, authority, one.fresh.recorded_to)
        more = {name for name, number in now.items() if number > row["facts"].get(name, 0)}
        because |= {Because.AMENDMENT} if more & {"amendments", "withdrawals"} else set()
        because |= {Because.LATE_EVENT} if more - {"amendments", "withdrawals"} else set()
    return Verdict(
        Outcome.DIFFERS,
        tuple(sorted(because)) or (Because.SOFTWARE_CHANGED,),
        one.sha256,
        sha256_of(content_of(again)),
        difference(kept, again).changes,
    )


def _tampered(text: str, one: Publication, announced: str | None) -> tuple[Because, ...]:
    """Tell what of the stored row is not as it was published; the event says what was."""
    found = []
    if sha256_of(text) != one.sha256:
        found.append(Because.CONTENT_CHANGED)
    if announced is not None and announced != one.sha256:
        found.append(Because.NOT_AS_ANNOUNCED)
    return tuple(found)


def _settings(
    authorities: Authorities, authority: str, one: Publication, row: Mapping[str, Any] | None
) -> tuple[AuthoritySettings, bool]:
    """Return the settings that a report was made with, and whether they are still as they were."""
    then = authorities.valid_or_newest(authority, london_date(one.published_at))
    if one.settings_version is None:
        return then, True
    try:
        then = authorities.version(authority, one.settings_version)
    except UnknownAuthority:
        return then, False
    return then, row is None or row["settings_sha256"] == printed.settings_sha256(then)


async def _again(  # noqa: PLR0917 - what it is made from, and what was made
    facts: Connection,
    store: EventStore,
    settings: AuthoritySettings,
    one: Publication,
    kept: Report,
    row: Mapping[str, Any] | None,
) -> Report:
    """Make a report again as of its log position, held against what was published before it."""
    try:
        window = rhythm_of(settings).parse(one.key)
    except WindowUnknown:  # the authority cuts its year otherwise: nothing of it can be made again
        return kept.model_copy(update={"sections": (), "findings": ()})
    before = NOTHING
    if row is not None:
        spans = await overlaps.published_spans(facts, settings.key, row["made"])
        before = await printed.before(facts, settings.key, row["made"])
        before = overlaps.without_overlapping(before, window, spans)
    record = await record_of(facts, store, settings.key, window, one)
    made = await build_for_publication(facts, settings, window, before, one.fresh.recorded_to, record=record)
    again = next(report for report in made.reports if report.kind == one.kind)
    if kept.succession is None or one.reason is None:
        return again
    versions = await storing.versions(facts, settings.key, one.key)
    earlier = next(other for other in versions if (other.kind, other.version) == (one.kind, kept.succession.supersedes))
    return succeeding(again, one.version, one.reason, await storing.content(facts, settings.key, earlier), earlier)
