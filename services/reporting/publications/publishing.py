"""Publishing: a window's first version, or a successor, held against all that readers have, with its events.

The reports are made outside a transaction and kept within one, in which nobody else publishes for the authority: where
anything was published meanwhile they are made again, since they were held against less than readers have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid5

from services.reporting.boards.reading import Extent, read_record
from services.reporting.facts.live import Freshness, freshness, read_facts
from services.reporting.publications import overlaps, printed, storing
from services.reporting.publications.events import (
    PUBLISHED_REPORTS,
    Reason,
    RecordPublication,
    ReportPublished,
    stream_of,
)
from services.reporting.publications.refusals import (
    ChangesTooSmall,
    EarlierUnknown,
    FiguresBehind,
    KeyReused,
    NothingChanged,
    NothingRecorded,
    NothingToSucceed,
    NotMadeThen,
    OthersPublished,
    PublishedAlready,
    WindowNotEnded,
    WindowOverlaps,
    WouldBetray,
)
from services.reporting.publications.storing import Command, Publication
from services.reporting.publications.succession import says_something, succeeding
from services.reporting.reports.build import ForPublication, Kind, build_for_publication, windows_with_facts
from services.reporting.reports.figures import Definition, Report
from services.reporting.reports.printed_before import Printed
from services.reporting.reports.windows import Window
from shared.authority.settings import Authorities, AuthoritySettings
from shared.contracts.base import Actor
from shared.contracts.reporting import LogPosition, MeasureVersion
from shared.eventstore.database import Connection, Pool, borrow
from shared.eventstore.handling import handle
from shared.eventstore.model import Meta
from shared.eventstore.store import EventStore
from shared.messaging.topics import TopicSettings

_ATTEMPTS: Final = 5
_LOCK: Final = 0x70_75_62_6C  # any number: whoever publishes for an authority holds it until it is committed
_MOST_HIDDEN: Final = 1 / 3
"""A successor that hides more than this part of the numbers printed before, zeros aside, has to be asked for so."""


@dataclass(frozen=True, slots=True)
class Press:
    """What publishing needs of the service: facts and tables, settings, the log's ends, the event store, the relay."""

    pool: Pool
    authorities: Authorities
    ends: Callable[[datetime], Mapping[tuple[str, int], int] | None]
    store: EventStore
    topics: TopicSettings
    wake: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be published: `successor` says why another version follows, `although_hidden` it may hide most."""

    kind: Kind
    window: Window
    successor: Reason | None = None
    although_hidden: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What is published of a window when its reports are made."""

    marker: int
    newest: int
    versions: Sequence[Publication]
    prepared: bool

    def of(self, kind: str) -> Publication | None:
        """Return the newest published version of a kind."""
        return next((one for one in self.versions if one.kind == kind), None)

    def newest_of_each(self) -> list[Publication]:
        """Return the newest published version of each kind."""
        return [
            one for place, one in enumerate(self.versions) if one.kind not in {b.kind for b in self.versions[:place]}
        ]


@dataclass(frozen=True, slots=True)
class _Made:
    version: int
    reports: Sequence[Report]
    given: Mapping[str, Printed]
    facts: Mapping[str, int]
    fresh: Freshness
    decided: Extent


async def publish(press: Press, settings: AuthoritySettings, order: Order, command: Command) -> Publication:
    """Publish a window's report, or every published kind of it as a successor; the same command answers the same.

    Raises:
        NotPublishable: one of its kinds (refusals.py) says why it is not.

    """
    await printed.remember_earlier(press.pool, press.authorities, settings)
    for _ in range(_ATTEMPTS):
        async with borrow(press.pool) as connection:
            if earlier := await _earlier(connection, settings, order, command):
                return earlier
            known = await _known(connection, settings, order)
        made = await _made(press, settings, order, command, known) if _has_to_make(order, known) else None
        async with borrow(press.pool) as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _LOCK, settings.key)
            if earlier := await _earlier(connection, settings, order, command):
                return earlier
            if made is not None and await printed.marker(connection, settings.key) != known.marker:
                continue
            if made is not None:
                await _keep(connection, settings, order, made)
            done = await _publish(press, connection, _Act(settings, order, command, known))
        if done is None:
            raise PublishedAlready(known.newest)
        press.wake()
        return done
    raise OthersPublished


async def _earlier(
    connection: Connection, settings: AuthoritySettings, order: Order, command: Command
) -> Publication | None:
    found = await storing.by_command(connection, settings.key, command.idempotency_key)
    if any(one.fingerprint != command.fingerprint for one in found):
        raise KeyReused
    return next((one for one in found if one.kind == order.kind), None)


async def _known(connection: Connection, settings: AuthoritySettings, order: Order) -> _Known:
    key = order.window.key
    return _Known(
        marker=await printed.marker(connection, settings.key),
        newest=await storing.newest_version(connection, settings.key, key),
        versions=await storing.versions(connection, settings.key, key),
        prepared=await storing.is_prepared(connection, settings.key, order.kind, key),
    )


def _has_to_make(order: Order, known: _Known) -> bool:
    if order.successor is not None:
        if not known.versions:
            raise NothingToSucceed
        return True
    published = known.of(order.kind)
    if published is not None and published.version == known.newest:
        raise PublishedAlready(known.newest)
    if known.newest and not known.prepared:
        raise NotMadeThen(known.newest)
    return not known.newest


async def _made(press: Press, settings: AuthoritySettings, order: Order, command: Command, known: _Known) -> _Made:
    window, now = order.window, command.at
    if window.ends_at > now:
        raise WindowNotEnded
    async with read_facts(press.pool) as facts:
        fresh = await freshness(facts, now, press.ends(now))
        if fresh.behind:
            raise FiguresBehind(fresh)
        if window not in await windows_with_facts(facts, settings):
            raise NothingRecorded
        spans = await overlaps.published_spans(facts, settings.key)
        shared = next((span for span in spans if span.overlaps(window)), None)
        if shared is not None:
            raise WindowOverlaps(shared.label)
        before = overlaps.without_overlapping(await printed.before(facts, settings.key), window, spans)
        read = await read_record(facts, press.store, settings.key, window, now)
        found = await build_for_publication(facts, settings, window, before, record=read.record)
        seen = await printed.facts_known(facts, settings.key, fresh.recorded_to)
        published = [await storing.content(facts, settings.key, one) for one in known.newest_of_each()]
    if any(report.empty for report in found.reports):
        raise NothingRecorded
    if found.betrayed:
        raise WouldBetray
    reports = found.reports
    if order.successor is not None:
        earlier = before.published.get(window.key)
        if earlier is None or not earlier.counts:
            raise EarlierUnknown
        reports = _successors(order.successor, known, published, found)
        _refuse_hidden(order, earlier, found.given[window.key])
    return _Made(known.newest + 1, reports, found.given, seen, fresh, read.extent)


def _successors(
    reason: Reason, known: _Known, published: Sequence[Report], found: ForPublication
) -> tuple[Report, ...]:
    """Return the reports with what each prints otherwise than its newest published version, where it has one."""
    before = {one.kind: one for one in published}
    reports = [
        report
        if (earlier := known.of(report.kind)) is None
        else succeeding(report, known.newest + 1, reason, before[report.kind], earlier)
        for report in found.reports
    ]
    if not any(
        says_something(report) or report.measures != before[report.kind].measures
        for report in reports
        if report.kind in before
    ):
        raise NothingChanged
    return tuple(reports)


def _refuse_hidden(order: Order, earlier: Printed, now: Printed) -> None:
    printed_then = [key for key, value in earlier.counts.items() if value and key in now.counts]
    hidden = [key for key in printed_then if now.counts[key] is None]
    if not order.although_hidden and len(hidden) > _MOST_HIDDEN * len(printed_then):
        raise ChangesTooSmall(len(hidden), len(printed_then))


async def _keep(connection: Connection, settings: AuthoritySettings, order: Order, made: _Made) -> None:
    await storing.prepare(
        connection,
        made.reports,
        made.fresh,
        version=made.version,
        reason=order.successor,
        settings_version=settings.version,
        decided=made.decided.to_json(),
    )
    await printed.keep(connection, settings, (order.window.key, made.version), made.given, made.facts)


@dataclass(frozen=True, slots=True)
class _Act:
    settings: AuthoritySettings
    order: Order
    command: Command
    known: _Known


async def _publish(press: Press, connection: Connection, act: _Act) -> Publication | None:
    """Publish what is prepared: the kind asked for, and as a successor every kind that readers have."""
    kinds = {act.order.kind}
    if act.order.successor is not None:
        kinds.update(one.kind for one in act.known.versions)
    done: dict[Kind, Publication] = {}
    for kind in sorted(kinds):
        found = await storing.publish(connection, act.settings.key, kind, act.order.window.key, act.command)
        if found is None:
            return None
        done[kind] = found
        await _record(press, connection, act, found)
    return done[act.order.kind]


async def _record(press: Press, connection: Connection, act: _Act, found: Publication) -> None:
    """Record what was published in the report's stream, and before it what was published before there were events."""
    authority = act.settings.key
    stream_id = stream_of(authority, found.kind, found.key)
    report = await storing.content(connection, authority, found)
    earlier, first = act.known.of(found.kind), None
    if earlier is not None:
        before = await storing.content(connection, authority, earlier)
        first = _event(press, earlier, None, before.measures)
    await handle(
        press.store,
        PUBLISHED_REPORTS,
        stream_id,
        RecordPublication(_event(press, found, earlier, report.measures), first),
        Meta(
            authority=authority,
            recorded_at=act.command.at,
            correlation_id=uuid5(stream_id, act.command.idempotency_key),
            causation_id=None,
            idempotency_key=None,  # the row of publications, written in this transaction, keeps the command's
            actor=str(act.command.person),
        ),
        connection=connection,
    )


def _event(
    press: Press, one: Publication, supersedes: Publication | None, measures: Sequence[Definition]
) -> ReportPublished:
    return ReportPublished(
        at=one.published_at,
        kind=one.kind,
        window=one.key,
        version=one.version,
        supersedes=None if supersedes is None else supersedes.version,
        reason=None if supersedes is None else one.reason,
        content_sha256=one.sha256,
        moment=one.fresh.moment,
        positions=tuple(
            LogPosition(topic=press.topics.plain(topic), partition=partition, next_offset=offset)
            for (topic, partition), offset in sorted(one.fresh.positions.items())
        ),
        measures=tuple(MeasureVersion(key=measure.key, version=measure.version) for measure in measures),
        by=Actor(role=one.published_by_role, reference=one.published_by),
    )
