"""What others hear of an audit's moderation: from the state before and a private event to public contracts. Pure.

What a moderator gave blind is heard with the moderation it belongs to, and to whom one was given is nobody's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from services.audit.app.publishing_places import actor_of, grade_of, place_of
from services.audit.domain.audits.outcome import Outcome
from services.audit.domain.audits.states import Completed
from services.audit.domain.moderation.events import (
    DisputeSettled,
    ModerationAssigned,
    ModerationDisputed,
    ModerationDone,
    ModerationEvent,
    ModerationRequested,
    ModeratorGraded,
    ReflectiveNoteRecorded,
)
from services.audit.domain.moderation.evolving import decider_of, number_of
from services.audit.domain.words import Code, Grade, business_date
from shared.contracts import audit as contracts
from shared.contracts.base import Concern, PublicEvent
from shared.eventstore.model import Publication


def publish(before: Completed, event: ModerationEvent) -> Sequence[Publication]:
    """Return the public events of a private one of moderation."""
    match event:
        case ModerationAssigned() | ModeratorGraded():
            return []
        case ModerationRequested():
            return [Publication(_requested(before, event), event.at)]
        case ModerationDone():
            return [Publication(_moderated(before, event), event.at)]
        case ModerationDisputed():
            return [Publication(_disputed(before, event), event.at)]
        case DisputeSettled():
            return [Publication(_settled(before, event), event.at)]
        case ReflectiveNoteRecorded():
            return [Publication(_noted(before, event), event.at)]
    assert_never(event)


def _requested(state: Completed, event: ModerationRequested) -> PublicEvent:
    return contracts.ModerationRequestedV1(
        **place_of(state.allocation, event),
        moderation_id=event.moderation_id,
        moderator_reference=event.moderator,
        selected_because=event.selected_because,
        policy_version=event.policy_version,
        due_on=event.due_on,
        number=number_of(state, event.moderation_id),
        final=event.dispute_id is not None,
        blind=event.blind,
    )


def _moderated(state: Completed, event: ModerationDone) -> PublicEvent:
    moderation = state.moderations[event.moderation_id]
    requested, graded = moderation.requested, moderation.graded
    distance = (
        0
        if event.auditor_grade is None or event.moderator_grade is None
        else event.moderator_grade.rank - event.auditor_grade.rank
    )
    own: Mapping[Code, Grade] = event.sections if graded is None else {**event.sections, **graded.sections}
    days = (business_date(event.at) - state.completed_on).days
    return contracts.ModerationDoneV1(
        **place_of(state.allocation, event),
        moderation_id=event.moderation_id,
        moderator_reference=event.moderator,
        moderator_type=event.moderator_type,
        auditor_reference=state.allocation.auditor,
        auditor_grade=grade_of(event.auditor_grade),
        moderator_grade=grade_of(event.moderator_grade),
        distance=distance,
        direction=_direction(distance),
        standing_grade=grade_of(event.standing_grade),
        section_differences=_differences(state.outcome, own),
        concern=Concern(event.concern.value),
        inadequate_likely=event.inadequate_likely,
        blind=requested.blind,
        selected_because=requested.selected_because,
        audit_quality=grade_of(event.audit_quality),
        met_team_manager=event.met_team_manager,
        met_practitioner=event.met_practitioner,
        moderated_on=business_date(event.at),
        number=number_of(state, event.moderation_id),
        final=moderation.final,
        decided_by=None if event.standing_grade is None else contracts.Decider(decider_of(state, event).value),
        missed_inadequate=missed_inadequate(event),
        section_grades=tuple(
            contracts.SectionResult(section=section, grade=grade_of(grade)) for section, grade in own.items()
        ),
        quality_of_audit=_quality(event),
        days_since_completion=days if days >= 0 else None,
        late=moderated_late(requested, event),
    )


def moderated_late(requested: ModerationRequested, done: ModerationDone) -> bool:
    """Say whether a moderation was done after its due day, or recorded after it by its own moderator."""
    return (done.counted_on or business_date(done.at)) > requested.due_on


def missed_inadequate(event: ModerationDone) -> bool:
    """Say whether the auditor graded above inadequate what the moderator found inadequate (practice.md section 4)."""
    return (
        event.auditor_grade is not None
        and event.auditor_grade is not Grade.INADEQUATE
        and event.moderator_grade is Grade.INADEQUATE
    )


def _quality(event: ModerationDone) -> contracts.AuditQuality | None:
    if event.quality is None:
        return None
    return contracts.AuditQuality(
        thorough=contracts.Extent(event.quality.thorough.value),
        evidenced=contracts.Extent(event.quality.evidenced.value),
        actions_right=contracts.Extent(event.quality.actions_right.value),
    )


def _direction(distance: int) -> contracts.Direction:
    if distance == 0:
        return contracts.Direction.SAME
    return contracts.Direction.RAISED if distance > 0 else contracts.Direction.LOWERED


def _differences(outcome: Outcome, own: Mapping[Code, Grade]) -> tuple[contracts.SectionDifference, ...]:
    """Return the sections the moderator graded otherwise; one left ungraded by the moderator is no difference."""
    auditors = {id_: judged.grade for id_, judged in outcome.sections.items()}
    return tuple(
        contracts.SectionDifference(
            section=id_, auditor_grade=grade_of(auditors.get(id_)), moderator_grade=grade_of(grade)
        )
        for id_, grade in own.items()
        if auditors.get(id_) != grade
    )


def _disputed(state: Completed, event: ModerationDisputed) -> PublicEvent:
    return contracts.ModerationDisputedV1(
        **place_of(state.allocation, event),
        dispute_id=event.dispute_id,
        moderation_id=event.moderation_id,
        disputed_by=actor_of(event.by),
        reason=event.reason,
        disputed_grade=grade_of(event.disputed_grade),
        disputed_on=business_date(event.at),
    )


def _settled(state: Completed, event: DisputeSettled) -> PublicEvent:
    return contracts.DisputeSettledV1(
        **place_of(state.allocation, event),
        dispute_id=event.dispute_id,
        moderation_id=event.moderation_id,
        outcome=contracts.DisputeOutcome(event.outcome.value),
        decided_by=contracts.Decider(event.decided_by.value),
        settled_by=actor_of(event.by),
        grade_before=grade_of(event.grade_before),
        standing_grade=grade_of(event.standing_grade),
        settled_on=business_date(event.at),
    )


def _noted(state: Completed, event: ReflectiveNoteRecorded) -> PublicEvent:
    return contracts.ReflectiveNoteRecordedV1(
        **place_of(state.allocation, event),
        note_id=event.note_id,
        recorded_by=actor_of(event.by),
        discussed_with=event.discussed_with,
        recorded_on=business_date(event.at),
    )
