"""A child's erasure here: keys destroyed first, then noted at each audit escalation of the child (G8).

Order and repetition do not matter. The erasure is kept whether or not there is an escalation of the child, so that no
key is made later; one that is opened afterwards is noted as it is opened. `finish` repeats every erasure known to
either database, whichever of the two was restored from a backup.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID, uuid5

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.policies import BY_POLICY
from services.escalation.app.summaries import CaseNumber
from services.escalation.app.texts import number_holder
from services.escalation.domain.commands import NoteChildErased
from shared.eventstore.database import Connection
from shared.eventstore.handling import handle
from shared.eventstore.model import Meta, SummaryRow
from shared.eventstore.store import EventStore
from shared.privacy.keystore import Erased, KeyStore
from shared.telemetry import events, logs

_PAGE: Final = 500

log = logs.get_logger()

events.register(
    events.LogEvent(
        "child_erasure_noted",
        "warning",
        ("stream_id", "authority"),
        "The key of this audit escalation's child is destroyed here: its texts can never be read again.",
        "Nothing; figures stay.",
    )
)


class ErasedChildren(Protocol):
    """The children whose erasure this service has heard of, in its own database."""

    async def add(self, reference: UUID, at: datetime, connection: Connection | None = None) -> None:
        """Keep one; nothing where it is kept."""

    async def every(self) -> Collection[UUID]:
        """Return them all."""


@dataclass(frozen=True, slots=True)
class Because:
    """What made a note: the correlation of its story, and the event that caused it, where one did."""

    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Erasures:
    """Destroys the keys of erased children, and notes it."""

    store: EventStore
    aggregate: EscalationAggregate
    keys: KeyStore
    children: ErasedChildren
    clock: Callable[[], datetime]

    async def erase(self, reference: UUID, because: Because, connection: Connection | None = None) -> int:
        """Destroy everything that opens a text about a child; return how many escalations that was news for."""
        now = self.clock()
        rows = [row async for row in self._rows({"case_reference": str(reference)}, connection)]
        await self.keys.destroy([reference, *_own_keys(rows)], now)
        await self.children.add(reference, now, connection)
        open_ones = [row for row in rows if not row.data.get("child_erased")]
        return sum([await self.note(row.stream_id, row.authority, because, connection) for row in open_ones])

    async def is_erased(self, reference: UUID) -> bool:
        """Return whether a child's key was destroyed here."""
        return isinstance((await self.keys.keys([reference], make=False)).get(reference), Erased)

    async def note(
        self, escalation_id: UUID, authority: str, because: Because, connection: Connection | None = None
    ) -> int:
        """Note the erasure at one escalation; return 1 where it was not noted before."""
        now = self.clock()
        handled = await handle(
            self.store,
            self.aggregate,
            escalation_id,
            NoteChildErased(happened_at=now, recorded_at=now, actor=BY_POLICY),
            Meta(
                authority=authority,
                recorded_at=now,
                correlation_id=because.correlation_id,
                causation_id=because.causation_id,
                idempotency_key=None,
                actor="policy:child-erased",
                traceparent=because.traceparent,
            ),
            connection=connection,
        )
        if handled.events:
            log.warning("child_erasure_noted", stream_id=escalation_id, authority=authority)
        return len(handled.events)

    async def finish(self) -> int:
        """Repeat every erasure that either database knows of; return for how many escalations that was news."""
        now = self.clock()
        kept = set(await self.children.every())
        await self.keys.destroy(kept, now)
        noted = [row async for row in self._rows({"child_erased": True})]
        references = {UUID(row.data["case_reference"]) for row in noted if row.data["case_reference"] is not None}
        await self.keys.destroy([*references, *_own_keys(noted)], now)
        settled = [row async for row in self._rows({"case_number": CaseNumber.SETTLED.value})]
        await self.keys.destroy([number_holder(row.stream_id) for row in settled], now)
        found = 0
        for holder in set(await self.keys.erased()) - set(_own_keys(settled)):
            rows = [row async for row in self._rows({"case_reference": str(holder), "child_erased": False})]
            await self.keys.destroy(_own_keys(rows), now)
            for row in rows:
                found += await self.note(row.stream_id, row.authority, Because(uuid5(row.stream_id, "erasure-replay")))
            if rows:
                await self.children.add(holder, now)
        return found

    async def _rows(self, where: dict[str, object], connection: Connection | None = None) -> AsyncIterator[SummaryRow]:
        after: UUID | None = None
        while rows := await self.store.find(
            self.aggregate.category, where=where, limit=_PAGE, after=after, connection=connection
        ):
            for row in rows:
                yield row
            after = rows[-1].stream_id


def _own_keys(rows: Collection[SummaryRow]) -> list[UUID]:
    """Return whose keys, beside the child's, open texts of these escalations."""
    numbered = [row.stream_id for row in rows if row.data.get("case_number", "none") != CaseNumber.NONE]
    return [*numbered, *(number_holder(one) for one in numbered)]
