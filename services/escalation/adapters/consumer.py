"""Reads `audit.events`: each batch's reactions happen in the batch's own transaction, in the order they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.erasing import Because, Erasures
from services.escalation.app.policies import INTERESTED, AuditEvent, escalation_of
from services.escalation.app.policy import Policies
from services.escalation.app.reacting import react
from shared.contracts.audit import ChildErasedV1
from shared.contracts.base import AUDIT_EVENTS
from shared.contracts.envelope import Envelope
from shared.eventstore.database import Connection
from shared.eventstore.store import EventStore
from shared.messaging.records import Received
from shared.process.parts import ConsumerSpec
from shared.telemetry import context
from shared.telemetry.following import following


@dataclass(frozen=True, slots=True)
class ConcernReader:
    """The handler of the batches: reacts to each event by its policy, on the batch's connection."""

    store: EventStore
    aggregate: EscalationAggregate
    policies: Policies
    clock: Callable[[], datetime]
    erasures: Erasures

    async def handle(self, connection: Connection, batch: Sequence[Received]) -> None:
        """React to a batch; what raises is the message's own fault, and is retried and parked by the consumer."""
        for received in batch:
            envelope = received.envelope
            with context.bind(
                correlation_id=envelope.correlation_id,
                causation_id=envelope.id,
                stream_id=envelope.subject,
                authority=envelope.authority,
            ):
                if isinstance(received.event, ChildErasedV1):
                    await self._erase(received.event.case_reference, envelope, connection)
                    continue
                happened = await react(
                    received.event,
                    envelope,
                    store=self.store,
                    aggregate=self.aggregate,
                    policies=self.policies,
                    recorded_at=self.clock(),
                    connection=connection,
                )
                if happened and isinstance(received.event, AuditEvent):
                    await self._note_if_erased(received.event, envelope, connection)

    async def _erase(self, child: UUID, envelope: Envelope, connection: Connection) -> None:
        with following(envelope) as traceparent:
            because = Because(envelope.correlation_id, envelope.id, traceparent)
            await self.erasures.erase(child, because, connection)

    async def _note_if_erased(self, event: AuditEvent, envelope: Envelope, connection: Connection) -> None:
        """Note at an escalation that its child was erased, where the erasure was heard of first."""
        if not await self.erasures.is_erased(event.case_reference):
            return
        with following(envelope) as traceparent:
            because = Because(envelope.correlation_id, envelope.id, traceparent)
            await self.erasures.note(escalation_of(event.audit_id), envelope.authority, because, connection)


def consumer_spec(reader: ConcernReader) -> ConsumerSpec:
    """Return what the process is to consume."""
    return ConsumerSpec(topics=(AUDIT_EVENTS,), interested=INTERESTED | {ChildErasedV1.TYPE}, handler=reader.handle)
