"""Reads `audit.events`: each batch's reactions happen in the batch's own transaction, in the order they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.policies import INTERESTED
from services.escalation.app.policy import Policies
from services.escalation.app.reacting import react
from shared.contracts.base import AUDIT_EVENTS
from shared.eventstore.database import Connection
from shared.eventstore.store import EventStore
from shared.messaging.records import Received
from shared.process.parts import ConsumerSpec
from shared.telemetry import context


@dataclass(frozen=True, slots=True)
class ConcernReader:
    """The handler of the batches: reacts to each event by its policy, on the batch's connection."""

    store: EventStore
    aggregate: EscalationAggregate
    policies: Policies
    clock: Callable[[], datetime]

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
                await react(
                    received.event,
                    envelope,
                    store=self.store,
                    aggregate=self.aggregate,
                    policies=self.policies,
                    recorded_at=self.clock(),
                    connection=connection,
                )


def consumer_spec(reader: ConcernReader) -> ConsumerSpec:
    """Return what the process is to consume."""
    return ConsumerSpec(topics=(AUDIT_EVENTS,), interested=INTERESTED, handler=reader.handle)
