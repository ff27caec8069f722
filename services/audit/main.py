"""Runs the audit service: `python -m services.audit.main`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from services.audit.adapters.consumer import consumer_spec
from services.audit.adapters.errors import ERROR_TYPES
from services.audit.adapters.http import routers
from services.audit.adapters.pages.routes import message
from services.audit.app.aggregates import AGGREGATES, CHILD
from services.audit.app.drafts import storing as draft_storing
from services.audit.app.handling import Parts
from services.audit.app.queue.service import ModerationQueues
from services.audit.app.resummarising import bring_up_to_date
from services.audit.app.tools.service import Tools
from services.audit.domain.child import EraseChild
from services.audit.domain.words import Actor
from services.audit.settings import AuditSettings
from shared.authority.settings import Authorities, SettingsInvalid, load_authorities
from shared.eventstore.handling import handle
from shared.eventstore.migrations import EVENTSTORE, OUTBOX
from shared.eventstore.model import Meta
from shared.eventstore.store import EventStore
from shared.messaging.storage import SCHEMA as MESSAGING
from shared.pages.rendering import STATIC
from shared.privacy import references
from shared.privacy.erasure import replay_erasures
from shared.privacy.master import MasterKey, MasterKeyUnusable
from shared.privacy.opening import key_store, master_key_at
from shared.privacy.references import References
from shared.privacy.sealing import Sealer
from shared.process.parts import Opened, Runtime, ServiceParts, Timer
from shared.process.service import main

NAME = "audit"
MIGRATIONS: Final = (OUTBOX, EVENTSTORE, MESSAGING, references.MIGRATIONS, Path(__file__).parent / "migrations")
_REPLAY = Actor(role="policy")


def build(settings: AuditSettings | None = None) -> ServiceParts:
    """Return the audit service's parts; reads its settings from the environment where none are given.

    Raises:
        ValueError: a setting, the master key or a settings document cannot be used; the sentence says what to do.

    """
    given = settings or AuditSettings()
    try:
        authorities = load_authorities(given.authorities)
        master = master_key_at(given.master_key_file, local=given.local)
    except (SettingsInvalid, MasterKeyUnusable) as unusable:
        raise ValueError(str(unusable)) from unusable

    @asynccontextmanager
    async def opened(runtime: Runtime) -> AsyncIterator[Opened]:
        async with open_parts(runtime, given.audit_keys_database, master, authorities) as parts:
            yield Opened(
                routers=routers(parts, master.derive("requests")),
                consumer=consumer_spec(runtime.store, runtime.clock),
                error_types=ERROR_TYPES,
                static=STATIC,
                page=message,
                timers=[Timer("moderation-queue", given.audit_moderation_queue_seconds, ModerationQueues(parts).run)],
                body_limit=given.audit_body_limit_bytes,
            )

    return ServiceParts(
        name=NAME,
        title="Sightline: audit",
        database=given.audit_database,
        port=given.audit_port,
        migrations=MIGRATIONS,
        aggregates=AGGREGATES,
        open=opened,
    )


@asynccontextmanager
async def open_parts(
    runtime: Runtime, keys_database: str, master: MasterKey, authorities: Authorities
) -> AsyncIterator[Parts]:
    """Open the key store, finish what a run, a restore or an update left to do, and give the handlers' parts."""
    async with key_store(keys_database, master) as keys:
        sealer = Sealer(keys)
        parts = Parts(
            store=runtime.store,
            pool=runtime.pool,
            keys=keys,
            sealer=sealer,
            references=References(master, sealer),
            authorities=authorities,
            tools=Tools(runtime.store, authorities),
            wake=runtime.wake,
            clock=runtime.clock,
        )
        await finish_erasures(parts)
        await bring_up_to_date(runtime.pool, runtime.store)
        yield parts


async def finish_erasures(parts: Parts) -> None:
    """Repeat every erasure known to the key store, the references or the event log, and append what is missing."""
    known = [reference async for reference in _erased_on_the_log(parts.store)]
    async with parts.pool.acquire() as connection, connection.transaction():
        now = parts.clock()
        for one in await replay_erasures(parts.keys, parts.references, connection, now, also=known):
            command = EraseChild(at=now, by=_REPLAY, case_reference=one.reference, reason="erasure-replayed")
            meta = Meta(
                authority=one.authority,
                recorded_at=now,
                correlation_id=uuid7(),
                causation_id=None,
                idempotency_key=None,
                actor="policy:erasure-replay",
            )
            await handle(parts.store, CHILD, one.reference, command, meta, connection=connection)
            known.append(one.reference)
        await draft_storing.drop_of_children(connection, known)
    parts.wake()


async def _erased_on_the_log(store: EventStore) -> AsyncIterator[UUID]:
    after: UUID | None = None
    while rows := await store.find(CHILD.category, limit=1000, after=after):
        for row in rows:
            yield row.stream_id
        after = rows[-1].stream_id


if __name__ == "__main__":
    main(build)
