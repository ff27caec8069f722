"""What others hear of an audit's moderation: from the state before and a private event to public contracts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from services.audit.app.publishing_places import grade_of, place_of
from services.audit.domain.events import AuditAllocated
from services.audit.domain.moderation_events import ModerationDone, ModerationEvent, ModerationRequested
from services.audit.domain.outcome import Outcome
from services.audit.domain.states import Completed
from services.audit.domain.words import business_date
from shared.contracts import audit as contracts
from shared.contracts import base
from shared.contracts.base import PublicEvent
from shared.eventstore.model import Publication


def publish(before: Completed, event: ModerationEvent) -> Sequence[Publication]:
    """Return the public events of a private one of moderation."""
    match event:
        case ModerationRequested():
            return [Publication(_requested(before.allocation, event), event.at)]
        case ModerationDone():
            return [Publication(_moderated(before, event), event.at)]
    assert_never(event)


def _requested(allocation: AuditAllocated, event: ModerationRequested) -> PublicEvent:
    return contracts.ModerationRequestedV1(
        **place_of(allocation, event),
        moderation_id=event.moderation_id,
        moderator_reference=event.moderator,
        selected_because=event.selected_because,
        policy_version=event.policy_version,
        due_on=event.due_on,
    )


def _moderated(state: Completed, event: ModerationDone) -> PublicEvent:
    requested = state.moderations[event.moderation_id].requested
    distance = (
        0
        if event.auditor_grade is None or event.moderator_grade is None
        else event.moderator_grade.rank - event.auditor_grade.rank
    )
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
        section_differences=_differences(state.outcome, event),
        concern=base.Concern(event.concern.value),
        inadequate_likely=event.inadequate_likely,
        blind=requested.blind,
        selected_because=requested.selected_because,
        audit_quality=grade_of(event.audit_quality),
        met_team_manager=event.met_team_manager,
        met_practitioner=event.met_practitioner,
        moderated_on=business_date(event.at),
    )


def _direction(distance: int) -> contracts.Direction:
    if distance == 0:
        return contracts.Direction.SAME
    return contracts.Direction.RAISED if distance > 0 else contracts.Direction.LOWERED


def _differences(outcome: Outcome, event: ModerationDone) -> tuple[contracts.SectionDifference, ...]:
    """Return the sections the moderator graded otherwise; one left ungraded by the moderator is no difference."""
    auditors = {id_: judged.grade for id_, judged in outcome.sections.items()}
    return tuple(
        contracts.SectionDifference(
            section=id_, auditor_grade=grade_of(auditors.get(id_)), moderator_grade=grade_of(grade)
        )
        for id_, grade in event.sections.items()
        if auditors.get(id_) != grade
    )
