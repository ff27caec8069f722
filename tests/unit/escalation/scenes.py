"""One audit escalation in Riverside, step by step: moments, people, commands and what they lead to.

Wednesday 14 January 2026, 10:00 is the raise. By the official list there is no bank holiday near: safeguarding is due
at the end of Thursday 15, practice at the end of Wednesday 21.
"""

# ruff: noqa: B008 - january() gives a moment, which nothing can change

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from services.escalation.domain import commands, events
from services.escalation.domain.model import (
    Actor,
    Category,
    Cause,
    Clock,
    Clocks,
    Finding,
    LeftOut,
    Novelty,
    Organisation,
    Origin,
    Place,
)

PRACTICE, SAFEGUARDING = Category.PRACTICE, Category.SAFEGUARDING


def january(day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


END_OF_15 = datetime(2026, 1, 15, 23, 59, 59, 999999, UTC)
END_OF_21 = datetime(2026, 1, 21, 23, 59, 59, 999999, UTC)
CONSIDERED = january(14, 9)
RAISED = january(14, 10)
ONE_MICROSECOND = timedelta(microseconds=1)

SERVICE = Actor(role="service")
QA = Actor(role="qa-officer", reference=UUID(int=1))
QA_MANAGER = Actor(role="qa-manager", reference=UUID(int=2))
TEAM_MANAGER = Actor(role="team-manager", reference=UUID(int=3))
AUDITOR = Actor(role="auditor", reference=UUID(int=10))
MODERATOR = Actor(role="moderator", reference=UUID(int=12))
PRACTITIONER = Actor(role="practitioner", reference=UUID(int=9))
DSM = Actor(role="service-manager", reference=UUID(int=4))
OTHER_DSM = Actor(role="service-manager", reference=UUID(int=5))

AUDIT = UUID(int=100)
ESCALATION = UUID(int=101)
PLACE = Place(
    escalation_id=ESCALATION,
    audit_id=AUDIT,
    case_reference=UUID(int=102),
    organisation=Organisation(area="north", district="riverside", team="riverside-assessment"),
    service="childrens-social-work",
)
POLICY = "northmoor/1"


def cause(
    number: int,
    category: Category = PRACTICE,
    *,
    code: str = "concern-flagged",
    origin: Origin = Origin.AUDIT,
    finding: Finding = Finding.CONCERN,
    novelty: Novelty = Novelty.NEW,
) -> Cause:
    return Cause(
        origin=origin,
        code=code,
        finding=finding,
        category=category,
        event_id=UUID(int=number),
        novelty=novelty,
    )


def consider(*causes: Cause, at: datetime = CONSIDERED, actor: Actor = SERVICE) -> commands.Consider:
    return commands.Consider(
        happened_at=at,
        recorded_at=at,
        actor=actor,
        place=PLACE,
        causes=causes,
        policy_version=POLICY,
        steps_required=(),
    )


def clock(due_at: datetime, counted: tuple[date, ...], left_out: tuple[LeftOut, ...] = ()) -> Clock:
    return Clock(
        started_at=RAISED,
        due_at=due_at,
        due_on=due_at.date(),
        working_days=len(counted),
        counted=counted,
        left_out=left_out,
        calendar_version="test",
        policy_version=POLICY,
    )


WEEKEND = (LeftOut(date=date(2026, 1, 17), why="Saturday"), LeftOut(date=date(2026, 1, 18), why="Sunday"))
CLOCKS = Clocks(
    practice=clock(END_OF_21, tuple(date(2026, 1, day) for day in (15, 16, 19, 20, 21)), WEEKEND),
    safeguarding=clock(END_OF_15, (date(2026, 1, 15),)),
)
TOLD = ("service-manager", "qa-manager", "principal-social-worker")


def raise_(
    at: datetime = RAISED,
    *,
    actor: Actor = QA,
    category: Category | None = None,
    recorded_at: datetime | None = None,
) -> commands.RaiseEscalation:
    return commands.RaiseEscalation(
        happened_at=at,
        recorded_at=recorded_at or at,
        actor=actor,
        clocks=CLOCKS,
        told=TOLD,
        category=category,
        steps_required=(),
    )


def not_required(at: datetime = RAISED, reason: str = "already-acted-on") -> commands.RecordDecisionNotRequired:
    return commands.RecordDecisionNotRequired(happened_at=at, recorded_at=at, actor=QA, reason=reason)


def reclassify(
    category: Category,
    at: datetime = january(16),
    *,
    actor: Actor = DSM,
    second: Actor | None = None,
    reason: str = "new-information",
) -> commands.Reclassify:
    return commands.Reclassify(
        happened_at=at, recorded_at=at, actor=actor, category=category, reason=reason, second_person=second
    )


def discuss(at: datetime = january(14, 9, 30), *whom: str, actor: Actor = AUDITOR) -> commands.RecordDiscussion:
    return commands.RecordDiscussion(
        happened_at=at, recorded_at=at, actor=actor, with_whom=whom or ("practitioner", "team-manager")
    )


def send_copy(at: datetime = january(14, 10, 30), to: tuple[str, ...] = TOLD) -> commands.RecordCopySent:
    return commands.RecordCopySent(happened_at=at, recorded_at=at, actor=QA, to=to)


def discuss_actions(at: datetime = january(14, 11)) -> commands.RecordActionsDiscussed:
    return commands.RecordActionsDiscussed(happened_at=at, recorded_at=at, actor=DSM, scope=("north/riverside",))


def add_action(
    number: int = 1, at: datetime = january(14, 12), kind: str = "visit-the-child", owner: Actor = PRACTITIONER
) -> commands.AddAction:
    return commands.AddAction(
        happened_at=at,
        recorded_at=at,
        actor=TEAM_MANAGER,
        action_id=UUID(int=200 + number),
        kind=kind,
        owner=owner,
        due_on=date(2026, 1, 15),
    )


def complete_action(
    number: int = 1, at: datetime = january(15, 11), actor: Actor = TEAM_MANAGER
) -> commands.CompleteAction:
    return commands.CompleteAction(happened_at=at, recorded_at=at, actor=actor, action_id=UUID(int=200 + number))


def record_oversight(at: datetime = january(15, 12)) -> commands.RecordOversight:
    return commands.RecordOversight(happened_at=at, recorded_at=at, actor=DSM, scope=("north/riverside",))


def sign_off(
    at: datetime = january(15, 16),
    *,
    actor: Actor = DSM,
    scope: tuple[str, ...] = ("north/riverside",),
    recorded_at: datetime | None = None,
) -> commands.SignOff:
    return commands.SignOff(happened_at=at, recorded_at=recorded_at or at, actor=actor, scope=scope)


def close(at: datetime = january(15, 17)) -> commands.TellAssistantDirectorAndClose:
    return commands.TellAssistantDirectorAndClose(happened_at=at, recorded_at=at, actor=DSM, scope=("north/riverside",))


def mark_overdue(now: datetime, due_at: datetime = END_OF_21) -> commands.MarkOverdue:
    return commands.MarkOverdue(happened_at=due_at, recorded_at=now, actor=SERVICE)


def withdrawn(at: datetime = january(20)) -> commands.NoteAuditWithdrawn:
    return commands.NoteAuditWithdrawn(happened_at=at, recorded_at=at, actor=SERVICE)


def settled(grade: str = "good", at: datetime = january(20)) -> commands.NoteStandingGrade:
    return commands.NoteStandingGrade(happened_at=at, recorded_at=at, actor=SERVICE, grade=grade)


OPENED = events.ConsiderationOpened(
    at=CONSIDERED, place=PLACE, causes=(cause(1),), category=PRACTICE, policy_version=POLICY
)
OPENED_SAFEGUARDING = events.ConsiderationOpened(
    at=CONSIDERED, place=PLACE, causes=(cause(1, SAFEGUARDING),), category=SAFEGUARDING, policy_version=POLICY
)


def was_raised(
    category: Category = PRACTICE, *, by: Actor = QA, recorded_at: datetime = RAISED
) -> events.EscalationRaised:
    return events.EscalationRaised(
        at=RAISED, category=category, clocks=CLOCKS, told=TOLD, by=by, recorded_at=recorded_at
    )


RAISED_PRACTICE = (OPENED, was_raised())
RAISED_SAFEGUARDING = (OPENED_SAFEGUARDING, was_raised(SAFEGUARDING))
NOT_REQUIRED = (OPENED, events.EscalationFoundNotRequired(at=RAISED, reason="already-acted-on", by=QA))


def was_added(number: int = 1) -> events.ActionAdded:
    return events.ActionAdded(
        at=january(14, 12),
        action_id=UUID(int=200 + number),
        kind="visit-the-child",
        due_on=date(2026, 1, 15),
        by=TEAM_MANAGER,
        owner=PRACTITIONER,
    )


def was_completed(number: int = 1, by: Actor = TEAM_MANAGER) -> events.ActionCompleted:
    return events.ActionCompleted(at=january(15, 11), action_id=UUID(int=200 + number), by=by)


OVERSIGHT = events.OversightRecorded(at=january(15, 12), by=DSM)
READY = (*RAISED_PRACTICE, was_added(), was_completed(), OVERSIGHT)
SIGNED = events.ActionsSignedOff(at=january(15, 16), due_at=END_OF_21, within_clock=True, by=DSM)
SIGNED_OFF = (*READY, SIGNED)
CLOSED = (*SIGNED_OFF, events.EscalationClosed(at=january(15, 17), by=DSM))
