"""How moderation and recommendations become rows (contracts: shared/contracts/audit.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from services.reporting.facts.ledger import Facts, Stamp, begun, known_since
from services.reporting.facts.refusal import integer, same_stream
from services.reporting.facts.rows import RecommendationRow
from services.reporting.facts.rows_moderation import ModerationRequestRow, ModerationRow, SectionDifferenceRow
from shared.contracts import audit
from shared.contracts.base import Grade, PublicEvent


def _moderation_requested(facts: Facts, envelope: Stamp, event: audit.ModerationRequestedV1) -> None:
    same_stream(event.audit_id, envelope.subject, "audit_id")
    requests = facts.ledgers["moderation_requests"]
    key = (envelope.subject.int, event.moderation_id.int)
    known_from = known_since(requests.current.get(key), envelope.recorded_at)
    row = ModerationRequestRow(
        audit_id=envelope.subject,
        moderation_id=event.moderation_id,
        **begun(envelope, event, known_from),
        kind=event.kind,
        moderator_reference=event.moderator_reference,
        selected_because=event.selected_because,
        policy_version=event.policy_version,
        due_on=event.due_on,
        requested_at=envelope.time,
        number=integer(event.number, "number"),
        final=event.final,
    )
    requests.put(key, row, known_from)


def _moderation_done(facts: Facts, envelope: Stamp, event: audit.ModerationDoneV1) -> None:
    same_stream(event.audit_id, envelope.subject, "audit_id")
    moderations = facts.ledgers["moderations"]
    key = (envelope.subject.int, event.moderation_id.int)
    known_from = known_since(moderations.current.get(key), envelope.recorded_at)
    quality = event.quality_of_audit
    row = ModerationRow(
        audit_id=envelope.subject,
        moderation_id=event.moderation_id,
        **begun(envelope, event, known_from),
        kind=event.kind,
        cycle=event.cycle,
        child_status=event.child_status,
        moderator_reference=event.moderator_reference,
        moderator_type=event.moderator_type,
        auditor_reference=event.auditor_reference,
        auditor_grade=event.auditor_grade,
        moderator_grade=event.moderator_grade,
        distance=event.distance,
        direction=event.direction,
        standing_grade=event.standing_grade,
        decided_by=event.decided_by,
        missed_inadequate=_missed_inadequate(event),
        sections_different=len(event.section_differences),
        concern=event.concern,
        inadequate_likely=event.inadequate_likely,
        blind=event.blind,
        selected_because=event.selected_because,
        audit_quality=event.audit_quality,
        met_team_manager=event.met_team_manager,
        met_practitioner=event.met_practitioner,
        moderated_on=event.moderated_on,
        number=integer(event.number, "number"),
        final=event.final,
        thorough=None if quality is None else quality.thorough,
        evidenced=None if quality is None else quality.evidenced,
        actions_right=None if quality is None else quality.actions_right,
        done_sequence=envelope.sequence,
    )
    moderations.put(key, row, known_from)
    differences = facts.fixed["moderation_section_differences"]
    for difference in event.section_differences:
        differences.append(
            SectionDifferenceRow(
                envelope.subject,
                envelope.sequence,
                difference.section,
                difference.auditor_grade,
                difference.moderator_grade,
            )
        )


def _missed_inadequate(event: audit.ModerationDoneV1) -> bool:
    """Return what the event says; an event from before it did is judged by its grades, as it always was."""
    if "missed_inadequate" in event.model_fields_set:
        return event.missed_inadequate
    return event.moderator_grade == Grade.INADEQUATE and event.auditor_grade not in (None, Grade.INADEQUATE)


def _recommendation_made(facts: Facts, envelope: Stamp, event: audit.RecommendationMadeV1) -> None:
    same_stream(event.audit_id, envelope.subject, "audit_id")
    recommendations = facts.ledgers["recommendations"]
    key = (envelope.subject.int, event.recommendation_id.int)
    before: RecommendationRow | None = recommendations.current.get(key)
    known_from = known_since(before, envelope.recorded_at)
    row = RecommendationRow(
        audit_id=envelope.subject,
        recommendation_id=event.recommendation_id,
        **begun(envelope, event, known_from),
        kind=event.kind,
        category=event.category,
        owner_role=event.owner_role,
        due_on=event.due_on,
        made_at=envelope.time,
        discussed_on=None if before is None else before.discussed_on,
        done=False if before is None else before.done,
        difference=_UNKNOWN if before is None else before.difference,
        followed_up_on=None if before is None else before.followed_up_on,
        follow_ups=0 if before is None else before.follow_ups,
    )
    recommendations.put(key, row, known_from)


def _recommendation_followed_up(facts: Facts, envelope: Stamp, event: audit.RecommendationFollowedUpV1) -> None:
    """Take in a follow-up; a supervision once held stays held when a later follow-up does not repeat it."""
    same_stream(event.audit_id, envelope.subject, "audit_id")
    recommendations = facts.ledgers["recommendations"]
    key = (envelope.subject.int, event.recommendation_id.int)
    before: RecommendationRow | None = recommendations.current.get(key)
    known_from = known_since(before, envelope.recorded_at)
    discussed_on = event.discussed_in_supervision_on
    row = RecommendationRow(
        audit_id=envelope.subject,
        recommendation_id=event.recommendation_id,
        **begun(envelope, event, known_from),
        kind=event.kind,
        category=None if before is None else before.category,
        owner_role=None if before is None else before.owner_role,
        due_on=None if before is None else before.due_on,
        made_at=None if before is None else before.made_at,
        discussed_on=before.discussed_on if discussed_on is None and before is not None else discussed_on,
        done=event.done,
        difference=event.made_a_difference,
        followed_up_on=event.followed_up_on,
        follow_ups=1 if before is None else before.follow_ups + 1,
    )
    recommendations.put(key, row, known_from)


_UNKNOWN: Final = "not-yet-known"


FOLLOW_UP_FOLDS: Final[dict[type[PublicEvent], Callable[[Facts, Any, Any], None]]] = {
    audit.ModerationRequestedV1: _moderation_requested,
    audit.ModerationDoneV1: _moderation_done,
    audit.RecommendationMadeV1: _recommendation_made,
    audit.RecommendationFollowedUpV1: _recommendation_followed_up,
}
"""What moderation and the following-up of recommendations do to the facts."""
