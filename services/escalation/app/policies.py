"""Policies: what another service's event means for us. Each maps one event to a command, or to nothing.

Which findings count is the authority's own list of triggers. Nothing here knows what was considered before: the
decider settles whether a cause is new, joins, or re-opens, so a repeated or late event changes nothing (G2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

from services.escalation.app.policy import Policy
from services.escalation.domain.commands import (
    AtOnce,
    Consider,
    NoteAuditWithdrawn,
    NoteReAudit,
    NoteReAuditGrade,
    NoteReAuditWithdrawn,
    NoteStandingGrade,
)
from services.escalation.domain.model import (
    Actor,
    Category,
    Cause,
    Changed,
    Finding,
    Novelty,
    Organisation,
    Origin,
    Place,
)
from services.escalation.domain.roles import AUDITOR, MODERATOR, SERVICE
from shared.calendar.working_days import BeyondCalendar
from shared.contracts.audit import (
    AuditAmendedV1,
    AuditCompletedV1,
    AuditOutcome,
    AuditPlace,
    AuditWithdrawnV1,
    ConcernFlaggedV1,
    Decider,
    DisputeOutcome,
    DisputeSettledV1,
    ModerationDoneV1,
)
from shared.contracts.base import Concern, Grade, PublicEvent
from shared.contracts.envelope import Envelope

CONCERN_FLAGGED: Final = "concern-flagged"
INADEQUATE_LIKELY: Final = "inadequate-likely"
SECTION_GRADE: Final = "section-grade"

NEW: Final = Novelty.NEW
BY_POLICY: Final = Actor(role=SERVICE)


def grade_code(grade: Grade) -> str:
    """Return the coded cause of a grade on the authority's trigger list, such as `inadequate-grade`."""
    return f"{grade.value}-grade"


def escalation_of(audit_id: UUID) -> UUID:
    """Return the id of an audit's one consideration: derived, so that even a lost position cannot open two."""
    return uuid5(audit_id, "escalation")


def escalation_by_person(authority: str, idempotency_key: str) -> UUID:
    """Return the id of an escalation that a person started without an audit: the same for the same request."""
    return uuid5(NAMESPACE_URL, f"urn:sightline:escalation:{authority}:{idempotency_key}")


@dataclass(frozen=True, slots=True)
class Occasion:
    """An incoming event as a policy sees it: the event, its envelope, the authority's policy and the moment now."""

    envelope: Envelope
    policy: Policy
    recorded_at: datetime


Reaction: TypeAlias = Consider | NoteAuditWithdrawn | NoteStandingGrade | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What an event means for the escalation of another audit: which one, and what is noted there."""

    escalation_id: UUID
    command: NoteReAudit | NoteReAuditWithdrawn


def when_concern_flagged(event: ConcernFlaggedV1, on: Occasion) -> Consider | None:
    """Consider at once, before the audit is complete (Appendix E, trigger)."""
    return _consider(
        event,
        on,
        _concern(event.concern, Origin.AUDIT, on),
        _likely(event.inadequate_likely, Origin.AUDIT, on),
        by=Actor(role=event.flagged_by.role, reference=event.flagged_by.reference),
    )


def when_audit_completed(event: AuditCompletedV1, on: Occasion) -> Consider | None:
    """Consider what the audit found; what was flagged before only says itself again."""
    return _consider(event, on, *_found(event, on, novelty=Novelty.CONFIRMING), by=_auditor(event))


def when_audit_amended(event: AuditAmendedV1, on: Occasion) -> Consider | None:
    """Consider what appeared with the amendment: a finding that stood before is not found anew."""

    def novelty(field: str) -> Novelty:
        return NEW if field in event.changed else Novelty.STANDING

    return _consider(
        event,
        on,
        _concern(event.concern, Origin.AUDIT, on, novelty=novelty("concern")),
        _likely(event.inadequate_likely, Origin.AUDIT, on, novelty=novelty("inadequate_likely")),
        _grade(event.overall_grade, Origin.AUDIT, on, novelty=novelty("overall_grade")),
        _section_grade(event, on, novelty=novelty("sections")),
        by=_auditor(event),
    )


def when_moderation_done(event: ModerationDoneV1, on: Occasion) -> Consider | NoteStandingGrade | None:
    """Consider the moderator's concern, and a grade the moderator gave or that stands.

    Where both graders agree, the grade confirms what the audit's completion brought up: it re-opens nothing that was
    already acted on; nor does the second look at a disputed grade. A moderator's concern is always somebody's own
    finding. A grade that was moderated upwards is noted where it is no cause: it closes nothing by itself.
    """
    agreed = event.auditor_grade is not None and event.auditor_grade is event.moderator_grade
    novelty = Novelty.CONFIRMING if agreed or event.final else NEW
    graver = min((g for g in (event.moderator_grade, event.standing_grade) if g), key=lambda g: g.rank, default=None)
    considered = _consider(
        event,
        on,
        _concern(event.concern, Origin.MODERATION, on),
        _likely(event.inadequate_likely, Origin.MODERATION, on, novelty=novelty),
        _grade(graver, Origin.MODERATION, on, novelty=novelty),
        by=Actor(role=MODERATOR, reference=event.moderator_reference),
    )
    stands = event.standing_grade
    upwards = stands is not None and event.auditor_grade is not None and stands.rank > event.auditor_grade.rank
    if considered is not None or stands is None or not upwards:
        return considered
    return _standing(stands, on, Changed.MODERATION)


def when_dispute_settled(event: DisputeSettledV1, on: Occasion) -> Consider | NoteStandingGrade | None:
    """Consider a grade on the list that stands from now on; another one that was changed is noted, and no more.

    What a panel changed is heard of here alone, and is new. A grade that was upheld, or that the second moderation
    told already, only confirms.
    """
    changed = event.outcome is DisputeOutcome.CHANGED
    novelty = NEW if changed and event.decided_by is Decider.PANEL else Novelty.CONFIRMING
    grave = _grade(event.standing_grade, Origin.MODERATION, on, novelty=novelty)
    if grave is not None or not changed or event.standing_grade is None:
        return _consider(event, on, grave, by=Actor(role=event.settled_by.role, reference=event.settled_by.reference))
    return _standing(event.standing_grade, on, Changed.DISPUTE)


def when_audit_withdrawn(event: AuditWithdrawnV1, on: Occasion) -> NoteAuditWithdrawn:
    """Note it: a withdrawn audit never closes an escalation by itself."""
    del event
    return NoteAuditWithdrawn(
        happened_at=on.envelope.time,
        recorded_at=on.recorded_at,
        actor=BY_POLICY,
        settings_version=on.policy.settings_version,
    )


def when_re_audited(event: PublicEvent, on: Occasion) -> Beside | None:
    """Note a re-audit, done or withdrawn, at the escalation of the audit it was asked for after."""
    if not isinstance(event, AuditCompletedV1 | AuditWithdrawnV1) or event.re_audit_of is None:
        return None
    of_policy: dict[str, Any] = {
        "happened_at": on.envelope.time,
        "recorded_at": on.recorded_at,
        "actor": BY_POLICY,
        "settings_version": on.policy.settings_version,
        "audit_id": event.audit_id,
    }
    if isinstance(event, AuditWithdrawnV1):
        return Beside(escalation_of(event.re_audit_of), NoteReAuditWithdrawn(**of_policy))
    grade = None if event.overall_grade is None else event.overall_grade.value
    return Beside(escalation_of(event.re_audit_of), NoteReAudit(**of_policy, grade=grade))


def when_re_audit_stands(event: PublicEvent, on: Occasion) -> NoteReAuditGrade | None:
    """Note that another grade of an audit stands, for the escalation whose re-audit it is, if it is one's.

    A disputed grade stands until the dispute is settled; of an amendment only a changed grade counts.
    """
    match event:
        case ModerationDoneV1() if event.standing_grade is not None:
            grade, because = event.standing_grade, Changed.MODERATION
        case DisputeSettledV1() if event.standing_grade is not None:
            grade, because = event.standing_grade, Changed.DISPUTE
        case AuditAmendedV1() if "overall_grade" in event.changed and event.overall_grade is not None:
            grade, because = event.overall_grade, Changed.AMENDMENT
        case _:
            return None
    return NoteReAuditGrade(
        happened_at=on.envelope.time,
        recorded_at=on.recorded_at,
        actor=BY_POLICY,
        settings_version=on.policy.settings_version,
        audit_id=event.audit_id,
        grade=grade.value,
        because=because,
    )


AuditEvent: TypeAlias = (
    ConcernFlaggedV1 | AuditCompletedV1 | AuditAmendedV1 | ModerationDoneV1 | DisputeSettledV1 | AuditWithdrawnV1
)
"""The events that policies answer: each is about one audit."""

POLICIES: Final[dict[type[PublicEvent], Callable[[Any, Occasion], Reaction]]] = {
    ConcernFlaggedV1: when_concern_flagged,
    AuditCompletedV1: when_audit_completed,
    AuditAmendedV1: when_audit_amended,
    ModerationDoneV1: when_moderation_done,
    DisputeSettledV1: when_dispute_settled,
    AuditWithdrawnV1: when_audit_withdrawn,
}
"""The whole routing: which event is answered by which policy."""

INTERESTED: Final = frozenset(event.TYPE for event in POLICIES)
"""The event types this service reads; all others pass by."""


def _standing(grade: Grade, on: Occasion, because: Changed) -> NoteStandingGrade:
    return NoteStandingGrade(
        happened_at=on.envelope.time,
        recorded_at=on.recorded_at,
        actor=BY_POLICY,
        settings_version=on.policy.settings_version,
        grade=grade.value,
        because=because,
    )


def _auditor(event: AuditOutcome) -> Actor:
    return Actor(role=AUDITOR, reference=event.auditor_reference)


def _consider(event: AuditPlace, on: Occasion, *found: Cause | None, by: Actor) -> Consider | None:
    causes = tuple(cause.model_copy(update={"by": by}) for cause in found if cause is not None)
    if not causes:
        return None
    return Consider(
        happened_at=on.envelope.time,
        recorded_at=on.recorded_at,
        actor=BY_POLICY,
        place=Place(
            escalation_id=escalation_of(event.audit_id),
            audit_id=event.audit_id,
            case_reference=event.case_reference,
            organisation=Organisation(
                area=event.organisation.area, district=event.organisation.district, team=event.organisation.team
            ),
            service=event.service,
        ),
        causes=causes,
        policy_version=on.policy.version,
        settings_version=on.policy.settings_version,
        clocks=on.policy.consideration_clocks_if_known(on.envelope.time, on.recorded_at),
        at_once=at_once(on.policy, on.envelope.time),
        steps_required=on.policy.steps_required,
    )


def at_once(policy: Policy, at: datetime) -> AtOnce | None:
    """Return what a safeguarding concern is raised with at once; None where it is considered first.

    Where the due moment lies beyond the calendar, it is considered first as well: a concern is never lost for a date.
    """
    if not policy.safeguarding_raised_at_once:
        return None
    try:
        return AtOnce(clocks=policy.clocks(at), told=policy.told_when_raised)
    except BeyondCalendar:
        return None


def _found(event: AuditOutcome, on: Occasion, *, novelty: Novelty) -> Iterator[Cause | None]:
    yield _concern(event.concern, Origin.AUDIT, on, novelty=novelty)
    yield _likely(event.inadequate_likely, Origin.AUDIT, on, novelty=novelty)
    yield _grade(event.overall_grade, Origin.AUDIT, on, novelty=novelty)
    yield _section_grade(event, on, novelty=novelty)


def _concern(concern: Concern, origin: Origin, on: Occasion, *, novelty: Novelty = NEW) -> Cause | None:
    if concern is Concern.NONE or concern.value not in on.policy.triggers.concerns:
        return None
    return Cause(
        origin=origin,
        code=CONCERN_FLAGGED,
        finding=Finding.CONCERN,
        category=Category(concern.value),
        event_id=on.envelope.id,
        novelty=novelty,
    )


def _likely(likely: bool, origin: Origin, on: Occasion, *, novelty: Novelty = NEW) -> Cause | None:
    if not likely or not on.policy.triggers.likely_inadequate:
        return None
    return _of_grade(INADEQUATE_LIKELY, origin, on, novelty=novelty)


def _grade(grade: Grade | None, origin: Origin, on: Occasion, *, novelty: Novelty = NEW) -> Cause | None:
    if grade is None or grade.value not in on.policy.triggers.grades:
        return None
    return _of_grade(grade_code(grade), origin, on, novelty=novelty)


def _section_grade(event: AuditOutcome, on: Occasion, *, novelty: Novelty = NEW) -> Cause | None:
    grades = on.policy.triggers.section_grades
    if not any(section.grade is not None and section.grade.value in grades for section in event.sections):
        return None
    return _of_grade(SECTION_GRADE, Origin.AUDIT, on, novelty=novelty)


def _of_grade(code: str, origin: Origin, on: Occasion, *, novelty: Novelty) -> Cause:
    return Cause(
        origin=origin,
        code=code,
        finding=Finding.GRADE,
        category=Category.PRACTICE,
        event_id=on.envelope.id,
        novelty=novelty,
    )
