"""The fold: public events in, rows of facts out. Pure, and the same for live traffic and for a rebuild.

Every event of a stream in its order, and the current versions of that stream's facts, are all it looks at: streams
may come in any order and be folded apart. It is total: an event that comes without the ones before it (a hole) makes
the best row it can. It refuses only what the tables could not hold, before anything is written, so that a message is
refused alike whichever way it comes (G5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from services.reporting.facts.fold_audits import AUDIT_FOLDS
from services.reporting.facts.fold_disputes import DISPUTE_FOLDS
from services.reporting.facts.fold_escalations import ESCALATION_FOLDS
from services.reporting.facts.fold_follow_ups import FOLLOW_UP_FOLDS
from services.reporting.facts.fold_tools import TOOL_FOLDS
from services.reporting.facts.ledger import Facts
from services.reporting.facts.refusal import FactRefused
from services.reporting.facts.rows import (
    AUDITS,
    DISPUTES,
    ESCALATIONS,
    MODERATION_REQUESTS,
    MODERATIONS,
    RECOMMENDATIONS,
    Table,
)
from shared.contracts import audit
from shared.contracts.base import PublicEvent
from shared.messaging.records import Received

Fold = Callable[[Facts, Any, Any], None]

FOLDS: Final[dict[type[PublicEvent], Fold]] = {
    **AUDIT_FOLDS,
    **FOLLOW_UP_FOLDS,
    **DISPUTE_FOLDS,
    **TOOL_FOLDS,
    **ESCALATION_FOLDS,
}

INTERESTED: Final = frozenset(event.TYPE for event in FOLDS)
"""The event types that make facts."""

REPLACES: Final[dict[type[PublicEvent], tuple[Table, ...]]] = {
    audit.AuditAllocatedV1: (AUDITS,),
    audit.AuditCompletedV1: (AUDITS,),
    audit.AuditAmendedV1: (AUDITS,),
    audit.AuditWithdrawnV1: (AUDITS,),
    audit.ModerationRequestedV1: (MODERATION_REQUESTS,),
    audit.ModerationDoneV1: (MODERATIONS,),
    audit.ModerationDisputedV1: (DISPUTES,),
    audit.DisputeSettledV1: (DISPUTES, MODERATIONS),
    audit.RecommendationMadeV1: (RECOMMENDATIONS,),
    audit.RecommendationFollowedUpV1: (RECOMMENDATIONS,),
    **dict.fromkeys(ESCALATION_FOLDS, (ESCALATIONS,)),
}
"""The tables whose current versions an event may replace; the others only add rows."""


def apply(facts: Facts, received: Received) -> None:
    """Fold one message in.

    Raises:
        FactRefused: the tables cannot hold what it says; nothing of it was folded.

    """
    if "\0" in received.envelope.authority:
        raise FactRefused("header ce_authority holds a zero character")
    FOLDS[type(received.event)](facts, received.envelope, received.event)
