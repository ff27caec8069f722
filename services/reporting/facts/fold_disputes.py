"""How disputes about moderated grades become rows (contracts: shared/contracts/audit.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from services.reporting.facts.ledger import Facts, Stamp, begun, known_since
from services.reporting.facts.refusal import same_stream
from services.reporting.facts.rows_moderation import DisputeRow, ModerationRow
from shared.contracts import audit
from shared.contracts.base import PublicEvent


def _begun(
    envelope: Stamp, event: audit.ModerationDisputedV1 | audit.DisputeSettledV1, known_from: datetime
) -> DisputeRow:
    return DisputeRow(
        audit_id=envelope.subject,
        dispute_id=event.dispute_id,
        **begun(envelope, event, known_from),
        kind=event.kind,
        moderation_id=event.moderation_id,
    )


def _disputed(facts: Facts, envelope: Stamp, event: audit.ModerationDisputedV1) -> None:
    """Open a dispute; one that is known to be settled stays so."""
    same_stream(event.audit_id, envelope.subject, "audit_id")
    disputes = facts.ledgers["disputes"]
    key = (envelope.subject.int, event.dispute_id.int)
    before: DisputeRow | None = disputes.current.get(key)
    known_from = known_since(before, envelope.recorded_at)
    row = (_begun(envelope, event, known_from) if before is None else before)._replace(
        sequence=envelope.sequence,
        known_from=known_from,
        disputed_by=event.disputed_by.role,
        reason=event.reason,
        disputed_on=event.disputed_on,
        grade_before=event.disputed_grade,
    )
    disputes.put(key, row, known_from)


def _settled(facts: Facts, envelope: Stamp, event: audit.DisputeSettledV1) -> None:
    """Settle a dispute, and let its grade stand in the moderation it was about, from now on."""
    same_stream(event.audit_id, envelope.subject, "audit_id")
    disputes = facts.ledgers["disputes"]
    key = (envelope.subject.int, event.dispute_id.int)
    before: DisputeRow | None = disputes.current.get(key)
    known_from = known_since(before, envelope.recorded_at)
    row = (_begun(envelope, event, known_from) if before is None else before)._replace(
        sequence=envelope.sequence,
        known_from=known_from,
        outcome=event.outcome,
        decided_by=event.decided_by,
        grade_before=event.grade_before,
        standing_grade=event.standing_grade,
        settled_on=event.settled_on,
    )
    disputes.put(key, row, known_from)
    moderations = facts.ledgers["moderations"]
    about = (envelope.subject.int, event.moderation_id.int)
    moderated: ModerationRow | None = moderations.current.get(about)
    if moderated is None:  # a hole: the moderation never came
        return
    since = known_since(moderated, envelope.recorded_at)
    stands = moderated._replace(
        sequence=envelope.sequence, known_from=since, standing_grade=event.standing_grade, decided_by=event.decided_by
    )
    moderations.put(about, stands, since)


DISPUTE_FOLDS: Final[dict[type[PublicEvent], Callable[[Facts, Any, Any], None]]] = {
    audit.ModerationDisputedV1: _disputed,
    audit.DisputeSettledV1: _settled,
}
"""What disputes do to the facts."""
