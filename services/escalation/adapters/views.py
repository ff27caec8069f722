"""What the HTTP API answers with: one audit escalation with its clock, and a line of the list."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.escalation.app.lists import is_overdue, is_undecided
from services.escalation.app.summaries import Status
from services.escalation.domain.model import Actor, Answer, Category, Changed, LeftOut, Moment, Organisation
from services.escalation.domain.steps import NextStep
from shared.eventstore.model import SummaryRow
from shared.web.moments import SaidInUtc


class View(SaidInUtc):
    """A part of an answer; its moments are in UTC, however they were said to us or reckoned."""

    model_config = ConfigDict(frozen=True)


class ClockView(View):
    """Why it is due on that day: each day counted, and each left out with the reason; who is reminded, and told."""

    started_at: datetime
    due_at: datetime
    due_on: date
    working_days: int
    counted: tuple[date, ...]
    left_out: tuple[LeftOut, ...]
    calendar_version: str
    policy_version: str
    chasers: tuple[Moment, ...] = ()
    second_line: Moment | None = None
    instead_of: datetime | None = Field(
        default=None, description="the later moment its days lead to, where an earlier due moment stood and holds"
    )


class TakenView(View):
    """A step that was taken: when, by whom, and with or to which roles."""

    at: datetime
    by: Actor
    roles: tuple[str, ...] = ()


class ActionView(View):
    """An action on the child's file."""

    action_id: UUID
    kind: str
    due_on: date | None
    owner: Actor | None = Field(description="none for actions of before owners were asked for")
    added_at: datetime
    added_by: Actor
    completed_at: datetime | None
    completed_by: Actor | None
    withdrawn_at: datetime | None
    withdrawn_by: Actor | None
    withdrawn_because: str | None
    text: str | None = None
    withdrawal_text: str | None = None


class StepView(View):
    """A step that was taken: when it happened, when it was recorded here, by whom, and whether that was late.

    `text` is there for those who may read it, `[erased]` where the child was.
    """

    step: str
    happened_at: datetime
    recorded_at: datetime
    by: Actor | None
    recorded_late: bool
    settings_version: int | None
    has_text: bool = False
    text: str | None = None


class CauseView(View):
    """A cause it is or was considered for; `by` is who found it, where that is known."""

    origin: str
    code: str
    category: Category
    event_id: UUID | None
    by: Actor | None


class DecisionView(View):
    """Found not required: when, by whom, and the coded reason."""

    decided_at: datetime
    decided_by: Actor
    reason: str
    text: str | None = None


class OversightView(View):
    """Management oversight on the child's file; `covering` is whom the recorder stood in for."""

    recorded_at: datetime
    by: Actor
    covering: Actor | None
    text: str | None = None


class SignOffView(View):
    """The sign-off, and whether it happened within the clock; `covering` is whom the signer stood in for."""

    signed_off_at: datetime
    signed_off_by: Actor
    within_clock: bool
    covering: Actor | None


class AnswerView(View):
    """What one who raised it answered to its closing."""

    answer: Answer
    at: datetime
    by: Actor
    text: str | None = None


class WithdrawalView(View):
    """Withdrawn as raised in error: when, by which two people, and the coded reason."""

    withdrawn_at: datetime
    withdrawn_by: Actor
    second_person: Actor
    reason: str
    text: str | None = None


class ReAuditView(View):
    """A re-audit that was asked for, and what it found once it was done."""

    due_on: date
    requested_at: datetime
    requested_by: Actor
    done_at: datetime | None
    audit_id: UUID | None
    grade: str | None = Field(description="as it was completed")
    standing_grade: str | None = Field(default=None, description="what stands since, where something changed it")
    changed: Changed | None = Field(default=None, description="what changed it")


class RoundView(View):
    """A clock that ran to its end before it was reopened: kept on record."""

    category: Category
    raised_at: datetime
    raised_by: Actor
    clock: ClockView
    signed_off_at: datetime
    within_clock: bool
    closed_at: datetime | None


class EscalationLine(View):
    """A line of the list; `next_step` waits for the role `waits_for`, none where nothing is left to do."""

    escalation_id: UUID
    status: Status
    category: Category
    team: str = Field(description="area/district/team")
    service: str
    audit_id: UUID | None
    raised_at: datetime | None
    due_at: datetime | None
    overdue: bool = Field(description="not signed off, and its due moment is past as you read it")
    consider_by: datetime | None = None
    undecided: bool = Field(default=False, description="nobody decided in time whether to escalate")
    next_step: NextStep | None = None
    waits_for: str | None = None
    closed_at: datetime | None = None
    reopening_asked: bool = False
    reaudit: str = Field(default="none", description="none, asked or done")


class EscalationList(View):
    """A page of the list; `next` is the `after` of the following page, none at the end."""

    escalations: tuple[EscalationLine, ...]
    next: str | None


class StateView(View):
    """How an escalation stands, for the auditor or moderator who raised it: no actions, no people, no texts."""

    version: int
    escalation_id: UUID
    status: Status
    category: Category
    audit_id: UUID | None
    raised_at: datetime | None
    due_at: datetime | None
    overdue: bool
    missing: str = Field(description="in words, what Appendix E asks for next")
    closed_at: datetime | None
    own_answer: Answer | None = Field(description="what the reader answered to its closing")


class EscalationView(View):
    """One audit escalation as it stands."""

    version: int = Field(description="for If-Match: what the writer has seen")
    escalation_id: UUID
    status: Status
    category: Category
    audit_id: UUID | None
    audit_withdrawn_at: datetime | None = Field(description="noted only; a person decides what it means")
    settled_grade: str | None = Field(
        default=None, description="what a moderation or a dispute left standing, where it is no cause: noted only"
    )
    settled_by: Changed | None = Field(default=None, description="which of the two; none where that was not kept")
    case_reference: UUID | None
    case_reference_awaited: bool = Field(
        default=False, description="the child is named by a sealed case number, until audit has given the reference"
    )
    case_number_refused: str | None = Field(
        default=None, description="why nothing comes of that number: number-refused or key-lost; enter another"
    )
    child_erased_at: datetime | None
    organisation: Organisation
    service: str
    causes: tuple[CauseView, ...]
    consider_by: ClockView | None = Field(description="by when it is to be decided, while it is being considered")
    undecided: bool = Field(description="nobody decided in time whether to escalate")
    discussions: tuple[TakenView, ...]
    not_required: DecisionView | None
    raised_at: datetime | None
    raised_by: Actor | None
    told: tuple[str, ...]
    clock: ClockView | None
    overdue: bool
    overdue_since: datetime | None
    copy_sent: TakenView | None
    actions_discussed: TakenView | None
    actions: tuple[ActionView, ...]
    oversight: OversightView | None
    further_oversight: tuple[OversightView, ...] = Field(
        default=(), description="what was recorded after it, in the same round"
    )
    oversight_recorded_at: datetime | None
    oversight_recorded_by: Actor | None
    signed_off: SignOffView | None
    assistant_director_told_at: datetime | None
    answers: tuple[AnswerView, ...]
    withdrawn: WithdrawalView | None
    reaudit: ReAuditView | None
    earlier_clocks: tuple[RoundView, ...]
    missing: str = Field(description="in words, what Appendix E asks for next")
    next_step: NextStep | None
    waits_for: str | None = Field(description="the role the next step waits for")
    beside: tuple[EscalationLine, ...] = Field(description="other audit escalations of the same child, in your scope")
    steps: tuple[StepView, ...]


_RECKONED = {"escalation_id", "status", "overdue", "undecided"}
_LINE = tuple(name for name in EscalationLine.model_fields if name not in _RECKONED)


def line_of(row: SummaryRow, now: datetime) -> EscalationLine:
    """Return the line of a summary as seen at a moment; a row of before some fields were kept has their defaults."""
    fields = {name: row.data[name] for name in _LINE if name in row.data}
    reckoned = {"overdue": is_overdue(row, now), "undecided": is_undecided(row, now)}
    return EscalationLine.model_validate({"escalation_id": row.stream_id, "status": row.status, **reckoned, **fields})
