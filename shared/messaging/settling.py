"""Carries out what people decided about parked messages, with the service's own handler: retry, or discard.

Each message takes effect in a transaction of its own, under its key's lock, and those that waited behind it follow in
order. The first that is refused again is its key's parked message from then on.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from shared.eventstore.database import Connection, Pool, borrow
from shared.messaging import holes, storage
from shared.messaging.applying import Applier, claim, known_of
from shared.messaging.faults import Overtaken, fault_of, is_infrastructure
from shared.messaging.plan import Plan, plan, read_all
from shared.messaging.reading import Fault, Interests
from shared.messaging.records import KeyClass
from shared.messaging.report import Reporter, log
from shared.messaging.storage import ParkedMessage


@dataclass(frozen=True, slots=True)
class Discard:
    """A recorded decision: this message shall never take effect here. `reason` is a code, `by` a reference."""

    fingerprint: bytes
    topic: str
    type: str | None
    stream_id: UUID | None
    sequence: int | None
    reason: str
    by: str
    at: datetime


OnDiscard = Callable[[Connection, ParkedMessage, Discard], Awaitable[None]]
"""A service's own record of a discard, in the same transaction."""


@dataclass(frozen=True, slots=True)
class _Request:
    id: int
    parked_id: int
    action: str
    reason: str
    by: str
    key_class: KeyClass | None


@dataclass(frozen=True, slots=True)
class _Settled:
    asked: ParkedMessage | None
    outcome: str
    detail: str
    applied: int


_OPEN_REQUEST: Final = """
select id, parked_id, action, coalesce(reason, '') as reason, requested_by, topic, key_class
from messaging.parked_requests where done_at is null order by id limit 1 for update skip locked
"""
_WRITE_OUTCOME: Final = """
update messaging.parked_requests set done_at = now(), outcome = $2, detail = $3, applied = $4 where id = $1
"""


class _Refused(Exception):
    """A message was refused again; carries the fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class Settler:
    """Looks for requests and carries them out, one at a time."""

    def __init__(
        self,
        *,
        pool: Pool,
        applier: Applier,
        interests: Interests,
        reporter: Reporter,
        on_discard: OnDiscard | None = None,
    ) -> None:
        self._pool = pool
        self._reporter = reporter
        self._applier = applier
        self._interests = interests
        self._on_discard = on_discard

    async def parked_now(self) -> tuple[int, float]:
        """Give the number of messages set aside and the age of the oldest in seconds (0 if there is none)."""
        async with borrow(self._pool) as connection:
            row = await connection.fetchrow(
                "select count(*), coalesce(extract(epoch from now() - min(parked_at)), 0)::float8 from messaging.parked"
            )
        assert row is not None, "an aggregate gives one row"
        return int(row[0]), float(row[1])

    async def missing_now(self) -> float:
        """Give the number of messages that never came."""
        async with borrow(self._pool) as connection:
            return await holes.missing(connection)

    async def settle_next(self) -> bool:
        """Carry out the oldest open request; False if there is none that another replica is not at already."""
        async with borrow(self._pool) as holder:
            async with holder.transaction():  # holds the request until its outcome is written: one replica at a time
                row = await holder.fetchrow(_OPEN_REQUEST)
                if row is None:
                    return False
                key_class = None if row["topic"] is None else (row["topic"], row["key_class"])
                request = _Request(
                    row["id"], row["parked_id"], row["action"], row["reason"], row["requested_by"], key_class
                )
                settled = await self._settle(request)
                await holder.execute(_WRITE_OUTCOME, request.id, settled.outcome, settled.detail, settled.applied)
            _tell(request, settled)
        return True

    async def _settle(self, request: _Request) -> _Settled:
        async with borrow(self._pool) as connection:
            asked = await storage.parked_by_id(connection, request.parked_id)
            key_class = request.key_class if asked is None else asked.key_class
            first = None if key_class is None else await storage.first_of_key(connection, key_class)
        if first is None or (asked is None and not first.behind):
            return _Settled(asked, "gone", "it is not parked any more", 0)
        if asked is not None and first.id != asked.id:
            return _Settled(asked, "behind", f"it waits behind {first.id}: settle that one first", 0)
        applied = 0
        if asked is not None:
            try:
                applied = await self._first(request, asked)
            except _Refused as refused:
                return _Settled(asked, "refused", refused.fault.sentence, 0)
        # Without it, the process died after it was settled and before those behind it were: they follow now.
        try:
            while await self._apply_first(first.key_class):
                applied += 1
        except _Refused as refused:
            detail = f"{applied} took effect, the next of its key was refused: {refused.fault.sentence}"
            return _Settled(asked, "partly", detail, applied)
        outcome = "discarded" if request.action == "discard" else "applied"
        return _Settled(asked, outcome, f"{applied} took effect", applied)

    async def _first(self, request: _Request, asked: ParkedMessage) -> int:
        """Settle the message that was asked for; return how many took effect (a discarded one did not)."""
        if request.action == "discard":
            await self._discard(request, asked)
            return 0
        await self._apply_first(asked.key_class)
        return 1

    async def _apply_first(self, key_class: KeyClass) -> bool:
        """Apply the next message of a key in a transaction of its own; False if none is left."""
        message: ParkedMessage | None = None
        try:
            async with borrow(self._pool) as connection, connection.transaction():
                await storage.lock_keys(connection, [key_class])
                message = await storage.first_of_key(connection, key_class)
                if message is None:
                    return False
                made = await self._apply(connection, message)
                await storage.unpark(connection, message.id)
        except Exception as error:
            if is_infrastructure(error) or isinstance(error, Overtaken) or message is None:
                raise  # the request stays open and is tried again
            fault = error.fault if isinstance(error, _Refused) else fault_of(error)
            async with borrow(self._pool) as connection:
                await storage.refuse_again(connection, message.id, fault.reason, fault.sentence)
            raise _Refused(fault) from error
        self._reporter.holes(made)
        return True

    async def _apply(self, connection: Connection, message: ParkedMessage) -> Plan:
        readings = read_all([message.record])
        known = await known_of(connection, readings)
        made = plan(readings, known.without_parked(), self._interests)
        if made.parked:
            raise _Refused(made.parked[0].fault)
        await claim(connection, made)
        if made.received:
            await self._applier.handle(connection, made.received)
        return made

    async def _discard(self, request: _Request, asked: ParkedMessage) -> None:
        decision = Discard(
            asked.fingerprint,
            asked.record.topic,
            asked.type,
            asked.stream_id,
            asked.sequence,
            request.reason,
            request.by,
            datetime.now(UTC),
        )
        try:
            async with borrow(self._pool) as connection, connection.transaction():
                await storage.lock_keys(connection, [asked.key_class])
                await storage.record_discard(connection, asked, decision.reason, decision.by, decision.at)
                if self._on_discard is not None:
                    await self._on_discard(connection, asked, decision)
                await storage.unpark(connection, asked.id)
        except Exception as error:
            if is_infrastructure(error) or isinstance(error, Overtaken):
                raise
            raise _Refused(fault_of(error)) from error


def _tell(request: _Request, settled: _Settled) -> None:
    asked = settled.asked
    log.warning(
        "parked_settled",
        action=request.action,
        outcome=settled.outcome,
        applied=settled.applied,
        topic=asked.record.topic if asked else None,
        event_type=asked.type if asked else None,
        stream_id=asked.stream_id if asked else None,
        sequence=asked.sequence if asked else None,
        reason_code=request.reason or None,
    )
