"""Reads `escalation.events`: a re-audit that is asked for stands at its audit in the batch's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from services.audit.app import re_audits
from shared.contracts.base import ESCALATION_EVENTS
from shared.contracts.escalation import ReAuditRequestedV1
from shared.eventstore.database import Connection
from shared.eventstore.store import EventStore
from shared.messaging.records import Received
from shared.process.parts import BatchHandler, ConsumerSpec
from shared.telemetry import context

INTERESTED: Final = frozenset({ReAuditRequestedV1.TYPE})
"""The event types this service reads; all others pass by."""


def reading(store: EventStore, clock: Callable[[], datetime]) -> BatchHandler:
    """Return the handler of the batches; what it raises is the message's own fault, and is retried and parked."""

    async def handle(connection: Connection, batch: Sequence[Received]) -> None:
        for received in batch:
            envelope, event = received.envelope, received.event
            if not isinstance(event, ReAuditRequestedV1):
                continue
            with context.bind(
                correlation_id=envelope.correlation_id,
                causation_id=envelope.id,
                stream_id=envelope.subject,
                authority=envelope.authority,
            ):
                await re_audits.ask(event, envelope, store=store, recorded_at=clock(), connection=connection)

    return handle


def consumer_spec(store: EventStore, clock: Callable[[], datetime]) -> ConsumerSpec:
    """Return what the process is to consume."""
    return ConsumerSpec(topics=(ESCALATION_EVENTS,), interested=INTERESTED, handler=reading(store, clock))
