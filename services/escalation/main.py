"""The escalation service as one process: `python -m services.escalation.main`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from services.escalation.adapters.consumer import ConcernReader, consumer_spec
from services.escalation.adapters.http import router
from services.escalation.adapters.listing import PostgresLists
from services.escalation.adapters.notifying.addresses import AddressBook
from services.escalation.adapters.notifying.building import address_book, links_of, sender
from services.escalation.adapters.notifying.storage import MIGRATIONS, NoticeWriter
from services.escalation.adapters.pages.routes import message, pages_router
from services.escalation.adapters.problems import ERROR_TYPES
from services.escalation.app.aggregate import EscalationAggregate, escalations
from services.escalation.app.casework import Casework
from services.escalation.app.policy import Policies
from services.escalation.app.recomputing import Recomputing
from services.escalation.app.summaries import CATEGORY, OLD_ROWS
from services.escalation.app.telling import Teller
from services.escalation.app.timers import OverdueTimer
from services.escalation.settings import EscalationSettings, TellingSettings
from shared.authority.settings import SettingsInvalid, load_authorities
from shared.eventstore.database import Pool
from shared.eventstore.migrations import EVENTSTORE, OUTBOX
from shared.eventstore.resummarising import make_anew
from shared.messaging.storage import SCHEMA as MESSAGING
from shared.pages.rendering import STATIC
from shared.process.parts import Opened, Runtime, ServiceParts, Timer
from shared.process.service import main
from shared.web.settings import WebSettings

NAME = "escalation"

_OVERDUE = """
    select count(*) from eventstore.summaries
    where category = $1 and status = 'raised' and data @> '{"overdue": true}'
"""


def build(settings: EscalationSettings | None = None, telling: TellingSettings | None = None) -> ServiceParts:
    """Return what the process runs; settings come from the environment unless given.

    Raises:
        ValueError: a settings document or the document of addresses cannot be used; each thing wrong in a line of its
            own.

    """
    settings = settings or EscalationSettings()
    try:
        policies = Policies(load_authorities(settings.authorities))
    except SettingsInvalid as invalid:
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
        open=_opening(aggregate, policies, settings, telling, addresses),
        beside=NoticeWriter(telling.escalation_notices_give_up_after),
    )


def _opening(
    aggregate: EscalationAggregate,
    policies: Policies,
    settings: EscalationSettings,
    telling: TellingSettings,
    addresses: AddressBook,
) -> Callable[[Runtime], AbstractAsyncContextManager[Opened]]:
    @asynccontextmanager
    async def opened(runtime: Runtime) -> AsyncIterator[Opened]:
        await make_anew(runtime.pool, runtime.store, aggregate, OLD_ROWS)
        casework = Casework(runtime.store, aggregate, policies, runtime.clock, runtime.wake)
        lists = PostgresLists(runtime.pool)
        reader = ConcernReader(runtime.store, aggregate, policies, runtime.clock)
        timer = OverdueTimer(runtime.store, aggregate, runtime.clock)
        recomputing = Recomputing(runtime.store, aggregate, policies, runtime.clock)
        messages, notices = sender(telling, settings, runtime, policies, addresses)

        async def mark_overdue() -> int:
            marked = await timer.run()
            if marked:
                runtime.wake()
            return marked

        async def recompute() -> int:
            changed = await recomputing.run()
            if changed:
                runtime.wake()
            return changed

        yield Opened(
            routers=[
                router(casework, lists),
                pages_router(casework, lists, links_of(telling, settings, runtime).audit),
            ],
            static=STATIC,
            page=message,
            consumer=consumer_spec(reader),
            timers=[
                Timer("overdue", settings.escalation_timer_seconds, mark_overdue),
                Timer("clocks", settings.escalation_clocks_seconds, recompute),
                Timer("notices", telling.escalation_notices_seconds, messages.run),
            ],
            error_types=ERROR_TYPES,
            overdue=lambda: count_overdue(runtime.pool),
            notices=lambda: notices.figures(runtime.clock()),
        )

    return opened


async def count_overdue(pool: Pool) -> int:
    """Return how many raised audit escalations are overdue now, for `sightline status`."""
    return int(await pool.fetchval(_OVERDUE, CATEGORY))


if __name__ == "__main__":
    main(build)
