"""The escalation service as one process: `python -m services.escalation.main`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta

from services.escalation.adapters.attention import StoredStanding
from services.escalation.adapters.audit_service import audit_service
from services.escalation.adapters.consumer import ConcernReader, consumer_spec
from services.escalation.adapters.http import router
from services.escalation.adapters.http_children import children_router
from services.escalation.adapters.listing import PostgresLists
from services.escalation.adapters.notifying.addresses import AddressBook
from services.escalation.adapters.notifying.building import address_book, links_of, sender
from services.escalation.adapters.notifying.storage import MIGRATIONS, NoticeWriter
from services.escalation.adapters.pages.routes import message, pages_router
from services.escalation.adapters.privacy import StoredErasures, StoredReadings, turn
from services.escalation.adapters.problems import ERROR_TYPES
from services.escalation.app.aggregate import EscalationAggregate, escalations
from services.escalation.app.attention import Watchman
from services.escalation.app.casework import Casework
from services.escalation.app.erasing import Erasures
from services.escalation.app.exporting import Exporting
from services.escalation.app.keeping import Keeping
from services.escalation.app.lists import microseconds
from services.escalation.app.policy import Policies
from services.escalation.app.recomputing import Recomputing
from services.escalation.app.referring import Referring
from services.escalation.app.summaries import CATEGORY, OLD_ROWS
from services.escalation.app.telling import Teller
from services.escalation.app.texts import Texts
from services.escalation.app.timers import OverdueTimer
from services.escalation.settings import EscalationSettings, TellingSettings
from shared.authority.settings import SettingsInvalid, load_authorities
from shared.eventstore.database import Pool
from shared.eventstore.migrations import EVENTSTORE, OUTBOX
from shared.eventstore.resummarising import make_anew
from shared.messaging.storage import SCHEMA as MESSAGING
from shared.pages.rendering import STATIC
from shared.privacy.master import MasterKey, MasterKeyUnusable
from shared.privacy.opening import key_store, master_key_at
from shared.privacy.sealing import Sealer
from shared.process.parts import Opened, Runtime, ServiceParts, Timer
from shared.process.service import main
from shared.web.settings import WebSettings

NAME = "escalation"

_ERASURES_SECONDS = 3600.0
"""How often erasures are gone over: one that another replica heard of while a concern was being opened is found."""

_KEEPING_SECONDS = 3600.0
"""How often messages that are kept long enough are deleted."""

_OVERDUE = """
    select count(*) from eventstore.summaries
    where category = $1 and status = 'raised' and escalation.left_until(status, data) < $2
"""


def build(settings: EscalationSettings | None = None, telling: TellingSettings | None = None) -> ServiceParts:
    """Return what the process runs; settings come from the environment unless given.

    Raises:
        ValueError: a settings document, the master key or the document of addresses cannot be used; each thing wrong
            in a line of its own.

    """
    settings = settings or EscalationSettings()
    try:
        policies = Policies(load_authorities(settings.authorities))
        master = master_key_at(settings.master_key_file, local=settings.local)
    except (SettingsInvalid, MasterKeyUnusable) as invalid:
        raise ValueError(str(invalid)) from invalid
    telling = telling or TellingSettings()
    addresses = address_book(telling, policies, local=WebSettings().local)
    aggregate = escalations(settings.escalation_late_entry_grace, Teller(policies, telling.escalation_tell_within))
    return ServiceParts(
        name=NAME,
        title="Sightline audit escalation",
        database=settings.escalation_database,
        port=settings.escalation_port,
        migrations=(EVENTSTORE, OUTBOX, MESSAGING, MIGRATIONS),
        aggregates=(aggregate,),
        open=_opening(aggregate, policies, settings, telling, addresses, master=master),
        beside=NoticeWriter(telling.escalation_notices_give_up_after),
    )


def _opening(
    aggregate: EscalationAggregate,
    policies: Policies,
    settings: EscalationSettings,
    telling: TellingSettings,
    addresses: AddressBook,
    *,
    master: MasterKey,
) -> Callable[[Runtime], AbstractAsyncContextManager[Opened]]:
    @asynccontextmanager
    async def opened(runtime: Runtime) -> AsyncIterator[Opened]:
        async with key_store(settings.escalation_keys_database, master) as keys:
            readings = StoredReadings(runtime.pool)
            texts = Texts(keys, Sealer(keys), readings, master.derive("escalation-requests"))
            erasures = Erasures(runtime.store, aggregate, keys, StoredErasures(runtime.pool), runtime.clock)
            await make_anew(runtime.pool, runtime.store, aggregate, OLD_ROWS)
            await erasures.finish()
            casework = Casework(runtime.store, aggregate, policies, runtime.clock, runtime.wake, texts)
            lists = PostgresLists(runtime.pool)
            reader = ConcernReader(runtime.store, aggregate, policies, runtime.clock, erasures)
            timer = OverdueTimer(runtime.store, aggregate, runtime.clock)
            recomputing = Recomputing(runtime.store, aggregate, policies, runtime.clock)
            messages, notices = sender(telling, settings, runtime, policies, addresses)
            keeping = Keeping(notices, timedelta(days=telling.escalation_notices_kept_days), runtime.clock)
            referring = Referring(
                store=runtime.store,
                aggregate=aggregate,
                texts=texts,
                erasures=erasures,
                audit=audit_service(settings, runtime.web),
                turn=lambda: turn(runtime.pool),
                clock=runtime.clock,
            )
            watchman = Watchman(StoredStanding(runtime.pool), policies, runtime.clock)
            exporting = Exporting(runtime.store, aggregate, texts, readings)

            def waking(work: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
                async def worked() -> int:
                    done = await work()
                    if done:
                        runtime.wake()
                    return done

                return worked

            yield Opened(
                routers=[
                    router(casework, lists),
                    children_router(exporting, runtime.clock),
                    pages_router(casework, lists, links_of(telling, settings, runtime).audit),
                ],
                static=STATIC,
                page=message,
                consumer=consumer_spec(reader),
                timers=[
                    Timer("overdue", settings.escalation_timer_seconds, waking(timer.run)),
                    Timer("clocks", settings.escalation_clocks_seconds, waking(recomputing.run)),
                    Timer("notices", telling.escalation_notices_seconds, messages.run),
                    Timer("notices-kept", _KEEPING_SECONDS, keeping.run),
                    Timer("references", settings.escalation_references_seconds, referring.run),
                    Timer("districts", settings.escalation_clocks_seconds, watchman.run),
                    Timer("erasures", _ERASURES_SECONDS, erasures.finish),
                ],
                error_types=ERROR_TYPES,
                overdue=lambda: count_overdue(runtime.pool, runtime.clock()),
                notices=lambda: notices.figures(runtime.clock()),
                attention=watchman.look,
            )

    return opened


async def count_overdue(pool: Pool, now: datetime) -> int:
    """Return how many raised audit escalations are overdue at a moment, for `sightline status`."""
    return int(await pool.fetchval(_OVERDUE, CATEGORY, microseconds(now)))


if __name__ == "__main__":
    main(build)
