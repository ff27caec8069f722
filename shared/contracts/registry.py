"""Which event types exist, and how a record's value becomes one of them."""

from __future__ import annotations

from orjson import JSONDecodeError
from pydantic import ValidationError

from shared.contracts import audit, escalation, reporting
from shared.contracts.base import Contract, PublicEvent
from shared.contracts.envelope import Envelope
from shared.contracts.upcasters import UPCASTERS, Upcasters

EVENTS: tuple[type[PublicEvent], ...] = (
    audit.ToolPublishedV1,
    audit.AuditAllocatedV1,
    audit.ConcernFlaggedV1,
    audit.AuditCompletedV1,
    audit.AuditAmendedV1,
    audit.AuditWithdrawnV1,
    audit.ModerationRequestedV1,
    audit.ModerationDoneV1,
    audit.ModerationDisputedV1,
    audit.DisputeSettledV1,
    audit.ReflectiveNoteRecordedV1,
    audit.PractitionerRespondedV1,
    audit.RecommendationMadeV1,
    audit.RecommendationFollowedUpV1,
    audit.ChildErasedV1,
    escalation.EscalationConsideredV1,
    escalation.EscalationNotRequiredV1,
    escalation.EscalationRaisedV1,
    escalation.EscalationReclassifiedV1,
    escalation.EscalationClockRecomputedV1,
    escalation.ActionAddedV1,
    escalation.ActionCompletedV1,
    escalation.ActionWithdrawnV1,
    escalation.OversightRecordedV1,
    escalation.ActionsSignedOffV1,
    escalation.EscalationOverdueV1,
    escalation.SecondLineToldV1,
    escalation.EscalationClosedV1,
    escalation.EscalationReopenedV1,
    escalation.EscalationWithdrawnV1,
    escalation.ReAuditRequestedV1,
    reporting.ParkedMessageDiscardedV1,
    reporting.ReportPublishedV1,
    reporting.ReportSupersededV1,
    reporting.BoardDecisionRecordedV1,
    reporting.BoardActionUpdatedV1,
    reporting.ChartRebasedV1,
)
"""Every public event type in its newest version, in the order of docs/events.md."""


def _with_parts(model: type[Contract]) -> set[type[Contract]]:
    return {model}.union(*(_with_parts(part) for part in model.__subclasses__()))


BY_TYPE: dict[str, type[PublicEvent]] = {event.TYPE: event for event in EVENTS}


_FIELDS = frozenset(name for model in _with_parts(Contract) for name in model.model_fields)


class EventInvalid(ValueError):
    """A record's value is not what its type promises; the sentence names places, never values."""


def parse(envelope: Envelope, upcasters: Upcasters = UPCASTERS) -> PublicEvent | None:
    """Return the event in an envelope, lifted to its newest version; None for a type nobody here knows.

    Raises:
        EventInvalid: the value is not JSON, or not of the shape its type promises.

    """
    model = BY_TYPE.get(envelope.type)
    try:
        if model is not None:
            return model.model_validate_json(envelope.data)
        lifted = upcasters.lift(envelope.type, envelope.data)
        if lifted is None:
            return None
        newest, data = lifted
        return BY_TYPE[newest].model_validate(data)
    except JSONDecodeError:
        raise EventInvalid(f"{envelope.type}: the value is not JSON") from None
    except ValidationError as invalid:
        places = sorted({_place(error["loc"]) for error in invalid.errors()})
        kinds = sorted({error["type"] for error in invalid.errors()})
        raise EventInvalid(f"{envelope.type}: {', '.join(places[:10])} ({', '.join(kinds[:5])})") from None


def _place(location: tuple[str | int, ...]) -> str:
    """Write where in a value something is wrong; a key that came with the message is left out, it may be a name."""
    return ".".join(str(part) if isinstance(part, int) or part in _FIELDS else "*" for part in location) or "value"
