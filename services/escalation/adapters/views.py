"""What the HTTP API answers with: one audit escalation with its clock, and a line of the list."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.escalation.app.casework import Known
from services.escalation.app.publishing import category_of
from services.escalation.app.summaries import Status, status_of
from services.escalation.domain import events
from services.escalation.domain.model import Actor, Category, Cause, Clock, LeftOut, Organisation
from services.escalation.domain.rules import missing_before_sign_off
from services.escalation.domain.states import (
    Closed,
    Considering,
    NotConsidered,
    NotRequired,
    Raised,
    SignedOff,
)
from shared.eventstore.model import SummaryRow


class View(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)


class ClockView(View):
    """Why it is due on that day: each day counted, and each left out with the reason."""

    started_at: datetime
    due_at: datetime
    due_on: date
    working_days: int
    counted: tuple[date, ...]
    left_out: tuple[LeftOut, ...]
    calendar_version: str
    policy_version: str


class ActionView(View):
    """An action on the child's file."""

    action_id: UUID
    kind: str
    due_on: date | None
    added_at: datetime
    added_by: Actor
    completed_at: datetime | None
    completed_by: Actor | None


class StepView(View):
    """A step that was taken: when it happened, and when it was recorded here."""

    step: str
    happened_at: datetime
    recorded_at: datetime


class CauseView(View):
    """A cause it is or was considered for."""

    origin: str
    code: str
    category: Category
    event_id: UUID | None


class DecisionView(View):
    """Found not required: when, by whom, and the coded reason."""

    decided_at: datetime
    decided_by: Actor
    reason: str


class SignOffView(View):
    """The sign-off, and whether it happened within the clock."""

    signed_off_at: datetime
    signed_off_by: Actor
    within_clock: bool


class EscalationView(View):
    """One audit escalation as it stands."""

    escalation_id: UUID
    status: Status
    category: Category
    audit_id: UUID | None
    audit_withdrawn_at: datetime | None = Field(description="noted only; a person decides what it means")
    settled_grade: str | None = Field(
        default=None, description="what a dispute left standing, where it is no cause: noted only"
    )
    case_reference: UUID | None
    organisation: Organisation
    service: str
    causes: tuple[CauseView, ...]
    not_required: DecisionView | None
    raised_at: datetime | None
    raised_by: Actor | None
    told: tuple[str, ...]
    clock: ClockView | None
    overdue: bool
    overdue_since: datetime | None
    actions: tuple[ActionView, ...]
    oversight_recorded_at: datetime | None
    oversight_recorded_by: Actor | None
    signed_off: SignOffView | None
    assistant_director_told_at: datetime | None
    missing: str = Field(description="in words, what Appendix E asks for next")
    steps: tuple[StepView, ...]


class EscalationLine(View):
    """A line of the list."""

    escalation_id: UUID
    status: Status
    category: Category
    team: str = Field(description="area/district/team")
    service: str
    audit_id: UUID | None
    raised_at: datetime | None
    due_at: datetime | None
    overdue: bool


class EscalationList(View):
    """A page of the list; `next` is the `after` of the following page, none at the end."""

    escalations: tuple[EscalationLine, ...]
    next: UUID | None


def line_of(row: SummaryRow) -> EscalationLine:
    """Return the line of a summary."""
    fields = ("category", "team", "service", "audit_id", "raised_at", "due_at", "overdue")
    return EscalationLine.model_validate(
        {"escalation_id": row.stream_id, "status": row.status, **{name: row.data[name] for name in fields}}
    )


def view_of(known: Known) -> EscalationView:
    """Return the whole of an escalation."""
    state = known.state
    assert not isinstance(state, NotConsidered)  # it has events
    facts, raised, signed = state.facts, _raised(state), _signed(state)
    oversight = None if raised is None else raised.oversight
    return EscalationView(
        escalation_id=known.id,
        status=status_of(state),
        category=category_of(state),
        audit_id=facts.place.audit_id,
        audit_withdrawn_at=facts.withdrawn_at,
        settled_grade=facts.settled_grade,
        case_reference=facts.place.case_reference,
        organisation=facts.place.organisation,
        service=facts.place.service,
        causes=tuple(_cause(cause) for cause in facts.causes),
        not_required=DecisionView(decided_at=state.decided_at, decided_by=state.decided_by, reason=state.reason)
        if isinstance(state, NotRequired)
        else None,
        raised_at=None if raised is None else raised.raised_at,
        raised_by=None if raised is None else raised.raised_by,
        told=() if raised is None else raised.told,
        clock=None if raised is None else _clock(raised.clock),
        overdue=isinstance(state, Raised) and state.overdue_since is not None,
        overdue_since=None if raised is None else raised.overdue_since,
        actions=() if raised is None else tuple(_actions(raised)),
        oversight_recorded_at=None if oversight is None else oversight.recorded_at,
        oversight_recorded_by=None if oversight is None else oversight.by,
        signed_off=None
        if signed is None
        else SignOffView(
            signed_off_at=signed.signed_off_at, signed_off_by=signed.signed_off_by, within_clock=signed.within_clock
        ),
        assistant_director_told_at=state.closed_at if isinstance(state, Closed) else None,
        missing=_missing(state),
        steps=tuple(_steps(known)),
    )


def _missing(state: Considering | NotRequired | Raised | SignedOff | Closed) -> str:
    match state:
        case Considering():
            return "the decision: raise it, or record that it is not required"
        case Raised():
            return missing_before_sign_off(state)
        case SignedOff():
            return "the assistant director told"
        case NotRequired() | Closed():
            return ""


def _raised(state: Considering | NotRequired | Raised | SignedOff | Closed) -> Raised | None:
    match state:
        case Raised():
            return state
        case SignedOff():
            return state.raised
        case Closed():
            return state.signed_off.raised
        case Considering() | NotRequired():
            return None


def _signed(state: Considering | NotRequired | Raised | SignedOff | Closed) -> SignedOff | None:
    match state:
        case SignedOff():
            return state
        case Closed():
            return state.signed_off
        case Considering() | NotRequired() | Raised():
            return None


def _cause(cause: Cause) -> CauseView:
    return CauseView(origin=cause.origin, code=cause.code, category=cause.category, event_id=cause.event_id)


def _clock(clock: Clock) -> ClockView:
    return ClockView.model_validate(clock.model_dump())


def _actions(raised: Raised) -> list[ActionView]:
    return [
        ActionView(
            action_id=action.id,
            kind=action.kind,
            due_on=action.due_on,
            added_at=action.added_at,
            added_by=action.added_by,
            completed_at=action.completed_at,
            completed_by=action.completed_by,
        )
        for action in raised.actions
    ]


def _steps(known: Known) -> list[StepView]:
    return [
        StepView(
            step=stored.type,
            happened_at=events.from_json(stored.type, stored.data).at,
            recorded_at=stored.recorded_at,
        )
        for stored in known.events
    ]
