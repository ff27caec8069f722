"""Runs the reporting service: `python -m services.reporting.main`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from services.reporting.adapters.consuming import fold_into_live
from services.reporting.adapters.decisions import DECISIONS, Decisions
from services.reporting.adapters.ends import LogEnds
from services.reporting.adapters.refolding import Refolding
from services.reporting.adapters.renewing import Renewal
from services.reporting.boards.decisions import BOARD_DECISIONS
from services.reporting.boards.rebasing import CONTROL_CHARTS
from services.reporting.facts.fold import INTERESTED
from services.reporting.facts.live import FactsOfAnotherVersion
from services.reporting.facts.rebuild import Plan
from services.reporting.pages.boards import boards_router
from services.reporting.pages.desk import Desk, message, no_facts
from services.reporting.pages.listing import listing_router
from services.reporting.pages.publishing import publishing_router
from services.reporting.pages.rebasing import rebasing_router
from services.reporting.pages.routes import router
from services.reporting.publications.events import PUBLISHED_REPORTS
from services.reporting.publications.publishing import Press
from services.reporting.settings import ReportingSettings
from shared.authority.settings import SettingsInvalid, load_authorities
from shared.eventstore.migrations import EVENTSTORE, OUTBOX
from shared.messaging import storage
from shared.messaging.offsets import Scout
from shared.messaging.topics import AUDIT_EVENTS, ESCALATION_EVENTS
from shared.pages.rendering import STATIC
from shared.process.parts import ConsumerSpec, Opened, Runtime, ServiceParts, Timer
from shared.process.service import main

NAME: Final = "reporting"
TOPICS: Final = (AUDIT_EVENTS, ESCALATION_EVENTS)
"""What the facts are made of, by the contracts' names."""

MIGRATIONS: Final = (OUTBOX, EVENTSTORE, storage.SCHEMA, Path(__file__).parent / "migrations")


def build(settings: ReportingSettings | None = None) -> ServiceParts:
    """Return the reporting service's parts; reads its settings from the environment where none are given.

    Raises:
        ValueError: a setting cannot be used; the sentence says what to do.

    """
    given = settings or ReportingSettings()
    try:
        authorities = load_authorities(given.authorities)
    except SettingsInvalid as unusable:
        raise ValueError(str(unusable)) from unusable

    @asynccontextmanager
    async def opened(runtime: Runtime) -> AsyncIterator[Opened]:
        names = [runtime.topics.name(topic) for topic in TOPICS]
        plan = Plan(given.reporting_database, runtime.kafka, names, earlier_only=True, apart=True)
        renewal = Renewal(plan, runtime.pool)
        group = runtime.topics.name(f"sightline.{NAME}")
        ends = LogEnds(runtime.kafka, group, names)
        scout = Scout(runtime.kafka, group, names)
        refolding = Refolding(runtime.pool, runtime.kafka, scout)
        desk = Desk(runtime.pool, authorities, ends.known, runtime.clock)
        press = Press(runtime.pool, authorities, ends.known, runtime.store, runtime.topics, runtime.wake)
        await renewal.start()
        try:
            yield Opened(
                routers=[
                    router(desk),
                    listing_router(desk),
                    publishing_router(desk, press),
                    boards_router(desk, press),
                    rebasing_router(desk, press),
                ],
                static=STATIC,
                consumer=ConsumerSpec(
                    topics=TOPICS,
                    interested=INTERESTED,
                    handler=fold_into_live,
                    on_discard=Decisions(runtime.store, runtime.topics).on_discard,
                    after=renewal.done,
                ),
                probes=[renewal],
                error_types={FactsOfAnotherVersion: lambda _: no_facts(renewal.detail)},
                page=message,
                timers=[
                    Timer("log-ends", given.reporting_log_ends_seconds, ends.look),
                    Timer("late-messages", given.reporting_late_messages_seconds, refolding.look),
                ],
            )
        finally:
            await renewal.stop()
            await ends.close()
            await scout.close()

    return ServiceParts(
        name=NAME,
        title="Sightline: reports",
        database=given.reporting_database,
        port=given.reporting_port,
        migrations=MIGRATIONS,
        aggregates=(DECISIONS, PUBLISHED_REPORTS, BOARD_DECISIONS, CONTROL_CHARTS),
        open=opened,
    )


if __name__ == "__main__":
    main(build)
