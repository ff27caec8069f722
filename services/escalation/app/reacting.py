"""From an incoming event to what it does here: policy, command, append, all in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.policies import (
    POLICIES,
    AuditEvent,
    Occasion,
    escalation_of,
    when_re_audit_stands,
    when_re_audited,
)
from services.escalation.app.policy import Policies
from services.escalation.domain.commands import Command
from shared.contracts.base import PublicEvent
from shared.contracts.envelope import Envelope
from shared.eventstore.database import Connection
from shared.eventstore.handling import handle
from shared.eventstore.model import Meta
from shared.eventstore.store import EventStore
from shared.telemetry import events as log_events
from shared.telemetry import logs
from shared.telemetry.following import following

log = logs.get_logger()

log_events.register(
    log_events.LogEvent(
        "audit_event_answered",
        "info",
        ("stream_id", "event_type", "outcome"),
        "An event of audit.events led to something here: a consideration opened, joined or re-opened, a withdrawal "
        "noted. Repeated in the log when its batch had to be applied again.",
        "Nothing; an opened consideration waits for a person's decision.",
    )
)


async def react(
    event: PublicEvent,
    envelope: Envelope,
    *,
    store: EventStore,
    aggregate: EscalationAggregate,
    policies: Policies,
    recorded_at: datetime,
    connection: Connection | None = None,
) -> bool:
    """Let the policy for an event decide and take effect; return whether anything happened.

    The idempotency key is derived from the incoming event, so that the same event takes effect once whatever becomes
    of positions; the story's correlation is copied and its cause is the incoming event (G2).

    Raises:
        UnknownAuthority: no settings document names the event's authority; the message is parked, and not lost.

    """
    if not isinstance(event, AuditEvent):
        return False
    react_to = POLICIES[type(event)]
    on = Occasion(envelope=envelope, policy=policies.policy(envelope.authority, envelope.time), recorded_at=recorded_at)
    command = react_to(event, on)
    beside = when_re_audited(event, on)
    happened = False
    if command is not None:
        happened = await _answer(
            escalation_of(event.audit_id),
            command,
            on,
            _Name(key="", policy=react_to.__name__),
            store=store,
            aggregate=aggregate,
            connection=connection,
        )
    if beside is not None:
        noted = await _answer(
            beside.escalation_id,
            beside.command,
            on,
            _Name(key=":re-audit", policy=when_re_audited.__name__),
            store=store,
            aggregate=aggregate,
            connection=connection,
        )
        happened = happened or noted
    standing = when_re_audit_stands(event, on)
    if standing is not None:
        where = {"reaudit_audit_id": str(standing.audit_id)}
        for row in await store.find(
            aggregate.category, authority=envelope.authority, where=where, connection=connection
        ):
            noted = await _answer(
                row.stream_id,
                standing,
                on,
                _Name(key=f":re-audit-of:{row.stream_id}", policy=when_re_audit_stands.__name__),
                store=store,
                aggregate=aggregate,
                connection=connection,
            )
            happened = happened or noted
    return happened


@dataclass(frozen=True, slots=True)
class _Name:
    """What an answer is known by: what its idempotency key adds to the event's, and the policy that gave it."""

    key: str
    policy: str


async def _answer(
    escalation_id: UUID,
    command: Command,
    on: Occasion,
    name: _Name,
    *,
    store: EventStore,
    aggregate: EscalationAggregate,
    connection: Connection | None,
) -> bool:
    envelope = on.envelope
    with following(envelope) as traceparent:
        handled = await handle(
            store,
            aggregate,
            escalation_id,
            command,
            Meta(
                authority=envelope.authority,
                recorded_at=on.recorded_at,
                correlation_id=envelope.correlation_id,
                causation_id=envelope.id,
                idempotency_key=f"policy:{envelope.id}{name.key}",
                actor=f"policy:{name.policy.replace('_', '-')}",
                traceparent=traceparent,
            ),
            connection=connection,
        )
        for made in handled.events:
            log.info("audit_event_answered", stream_id=handled.stream_id, event_type=envelope.type, outcome=made.type)
    return bool(handled.events)
