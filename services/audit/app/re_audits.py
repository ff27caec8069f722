"""Re-audits: what the escalation service asks for, and what this service's own audits answer.

The answer is noted at the earlier audit in the transaction of the audit that gives it, whether or not it was asked for
by then: a request may come late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.audit.app.aggregates import AUDIT
from services.audit.domain.audits.events import AuditAllocated, AuditCompleted, AuditWithdrawn, Event
from services.audit.domain.audits.re_auditing import AskReAudit, NoteReAudit, Stage
from services.audit.domain.audits.states import NotAllocated, State
from services.audit.domain.refusals import AuditNotFound
from services.audit.domain.words import Actor
from shared.contracts.envelope import Envelope
from shared.contracts.escalation import ReAuditRequestedV1
from shared.eventstore.database import Connection
from shared.eventstore.handling import Handled, handle
from shared.eventstore.model import Meta
from shared.eventstore.store import EventStore
from shared.telemetry import events as log_events
from shared.telemetry import logs
from shared.telemetry.following import following

log = logs.get_logger()

log_events.register(
    log_events.LogEvent(
        "re_audit_asked",
        "info",
        ("stream_id", "event_type"),
        "A re-audit was asked for after an audit escalation, and stands at the audit that is to be looked at again.",
        "Nothing; the QA unit allocates it: `GET /v1/audits?re_audit=asked`.",
    )
)

_STAGES: Final[dict[type, Stage]] = {
    AuditAllocated: Stage.ALLOCATED,
    AuditCompleted: Stage.COMPLETED,
    AuditWithdrawn: Stage.WITHDRAWN,
}


async def ask(
    event: ReAuditRequestedV1,
    envelope: Envelope,
    *,
    store: EventStore,
    recorded_at: datetime,
    connection: Connection | None = None,
) -> bool:
    """Take in a request for a re-audit; return whether anything changed. Repeated, it changes nothing.

    Raises:
        AuditNotFound: it is for no audit of its authority; the message is parked, and not lost.

    """
    if event.audit_id is None:
        raise AuditNotFound
    command = AskReAudit(
        at=envelope.time,
        by=Actor(role=event.requested_by.role, reference=event.requested_by.reference),
        settings_version=event.settings_version,
        authority=envelope.authority,
        escalation_id=event.escalation_id,
        due_on=event.due_on,
    )
    with following(envelope) as traceparent:
        meta = Meta(
            authority=envelope.authority,
            recorded_at=recorded_at,
            correlation_id=envelope.correlation_id,
            causation_id=envelope.id,
            idempotency_key=f"policy:{envelope.id}",
            actor="policy:re-audit-requested",
            traceparent=traceparent,
        )
        handled = await handle(store, AUDIT, event.audit_id, command, meta, connection=connection)
        for _ in handled.events:
            log.info("re_audit_asked", stream_id=handled.stream_id, event_type=envelope.type)
    return bool(handled.events)


async def note_at_earlier(
    store: EventStore, handled: Handled[State, Event], meta: Meta, connection: Connection | None
) -> None:
    """Note at the audit that this one looks at again how far this one has come, in the same transaction."""
    if isinstance(handled.state, NotAllocated):
        return
    await note(store, handled.state.allocation, handled.events, meta, connection=connection)


async def note(
    store: EventStore,
    allocation: AuditAllocated,
    events: Sequence[Event],
    meta: Meta,
    *,
    connection: Connection | None = None,
    begins: bool | None = None,
) -> None:
    """Note at an audit's earlier audit, if it names one, the last of its own events that tells how far it has come.

    Whoever stores the audit's events does it in the same transaction, since one that begins may be refused here: of two
    at the same moment the earlier audit's stream takes only one. `begins` says so where its events alone do not.

    Raises:
        ReAuditUnderWay: the audit begins while another one looks at the earlier audit again.

    """
    told = [event for event in events if type(event) in _STAGES]
    if allocation.re_audit_of is None or not told:
        return
    last = told[-1]
    command = NoteReAudit(
        at=last.at,
        by=last.by,
        settings_version=last.settings_version,
        re_audit_id=allocation.audit_id,
        stage=_STAGES[type(last)],
        begins=any(isinstance(event, AuditAllocated) for event in told) if begins is None else begins,
    )
    # Known by what it says: a repeat changes nothing.
    meta = replace(meta, idempotency_key=None, fingerprint=b"")
    await handle(store, AUDIT, allocation.re_audit_of, command, meta, connection=connection)
