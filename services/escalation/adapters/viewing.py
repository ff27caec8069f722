"""How an audit escalation becomes the answer that shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.escalation.adapters.views import (
    ActionView,
    AnswerView,
    CauseView,
    ClockView,
    DecisionView,
    EscalationView,
    OversightView,
    ReAuditView,
    RoundView,
    SignOffView,
    StateView,
    StepView,
    TakenView,
    WithdrawalView,
    line_of,
)
from services.escalation.app.casework import Known
from services.escalation.app.summaries import status_of
from services.escalation.app.texts import text_of
from services.escalation.domain import events, parts, states
from services.escalation.domain.clocks import is_overdue, is_undecided
from services.escalation.domain.model import Clock
from services.escalation.domain.states import (
    Closed,
    Considering,
    NotConsidered,
    NotRequired,
    Raised,
    SignedOff,
    Withdrawn,
    category_of,
    raised_of,
    signed_off_of,
)
from services.escalation.domain.steps import WAITS_FOR, in_words, missing, next_step
from shared.eventstore.model import SummaryRow

_NO_TEXTS: Final[Mapping[str, str]] = {}


def view_of(
    known: Known, now: datetime, beside: Sequence[SummaryRow] = (), texts: Mapping[str, str] = _NO_TEXTS
) -> EscalationView:
    """Return the whole of an escalation as seen at a moment; `texts` are those its reader is shown, by sealed form.

    `beside` are the rows of others of the same child that the reader may see.
    """
    state = known.state
    assert not isinstance(state, NotConsidered)  # it has events
    facts, raised, signed = state.facts, raised_of(state), signed_off_of(state)
    oversight = None if raised is None else raised.oversight
    step = next_step(state)
    return EscalationView(
        version=known.version,
        escalation_id=known.id,
        status=status_of(state),
        category=category_of(state),
        audit_id=facts.place.audit_id,
        audit_withdrawn_at=facts.withdrawn_at,
        settled_grade=facts.settled_grade,
        settled_by=facts.settled_by,
        case_reference=facts.place.case_reference,
        case_reference_awaited=facts.case_number is not None,
        case_number_refused=facts.number_refused,
        child_erased_at=facts.child_erased_at,
        organisation=facts.place.organisation,
        service=facts.place.service,
        causes=tuple(
            CauseView(origin=one.origin, code=one.code, category=one.category, event_id=one.event_id, by=one.by)
            for one in facts.causes
        ),
        consider_by=_clock(state.clock) if isinstance(state, Considering) and state.clock is not None else None,
        undecided=is_undecided(state, now),
        discussions=tuple(_taken(one) for one in _discussions(state)),
        not_required=DecisionView(
            decided_at=state.decided_at,
            decided_by=state.decided_by,
            reason=state.reason,
            text=_plain(state.text, texts),
        )
        if isinstance(state, NotRequired)
        else None,
        raised_at=None if raised is None else raised.raised_at,
        raised_by=None if raised is None else raised.raised_by,
        told=() if raised is None else raised.told,
        clock=None if raised is None else _clock(raised.clock),
        overdue=is_overdue(state, now),
        overdue_since=_overdue_since(state, now),
        copy_sent=None if raised is None or raised.copy_sent is None else _taken(raised.copy_sent),
        actions_discussed=None
        if raised is None or raised.actions_discussed is None
        else _taken(raised.actions_discussed),
        actions=() if raised is None else tuple(_action(one, texts) for one in raised.actions),
        oversight=None if oversight is None else _oversight(oversight, texts),
        further_oversight=() if raised is None else tuple(_oversight(one, texts) for one in raised.further_oversight),
        oversight_recorded_at=None if oversight is None else oversight.recorded_at,
        oversight_recorded_by=None if oversight is None else oversight.by,
        signed_off=None if signed is None else _sign_off(signed),
        assistant_director_told_at=state.closed_at if isinstance(state, Closed) else None,
        answers=tuple(
            AnswerView(answer=one.answer, at=one.at, by=one.by, text=_plain(one.text, texts)) for one in state.answers
        )
        if isinstance(state, Closed)
        else (),
        withdrawn=_withdrawal(state, texts) if isinstance(state, Withdrawn) else None,
        reaudit=None if facts.reaudit is None else _reaudit(facts.reaudit),
        earlier_clocks=tuple(_round(one) for one in facts.rounds),
        missing=in_words(missing(state)),
        next_step=step,
        waits_for=None if step is None else WAITS_FOR[step],
        beside=tuple(line_of(row, now) for row in beside),
        steps=tuple(_steps(known, texts)),
    )


def state_view_of(known: Known, reader: UUID, now: datetime) -> StateView:
    """Return how an escalation stands at a moment, and no more, for one who raised it."""
    state = known.state
    assert not isinstance(state, NotConsidered)  # it has events
    raised = raised_of(state)
    closed = state if isinstance(state, Closed) else None
    return StateView(
        version=known.version,
        escalation_id=known.id,
        status=status_of(state),
        category=category_of(state),
        audit_id=state.facts.place.audit_id,
        raised_at=None if raised is None else raised.raised_at,
        due_at=None if raised is None else raised.clock.due_at,
        overdue=is_overdue(state, now),
        missing=in_words(missing(state)),
        closed_at=None if closed is None else closed.closed_at,
        own_answer=None
        if closed is None
        else next((one.answer for one in closed.answers if one.by.reference == reader), None),
    )


def _overdue_since(state: states.Known, now: datetime) -> datetime | None:
    """Return since when it is overdue, or was when it was signed off; None where it was in time."""
    if isinstance(state, Raised):
        return state.clock.due_at if is_overdue(state, now) else None
    raised: Raised | None = raised_of(state)
    return None if raised is None else raised.overdue_since


def _discussions(state: states.Known) -> tuple[parts.Taken, ...]:
    if isinstance(state, Considering | NotRequired):
        return state.discussions
    raised: Raised | None = raised_of(state)
    return () if raised is None else raised.discussions


def _clock(clock: Clock) -> ClockView:
    return ClockView.model_validate(clock.model_dump())


def _taken(taken: parts.Taken) -> TakenView:
    return TakenView(at=taken.at, by=taken.by, roles=taken.roles)


def _action(action: parts.Action, texts: Mapping[str, str]) -> ActionView:
    return ActionView(
        action_id=action.id,
        kind=action.kind,
        due_on=action.due_on,
        owner=action.owner,
        added_at=action.added_at,
        added_by=action.added_by,
        completed_at=action.completed_at,
        completed_by=action.completed_by,
        withdrawn_at=action.withdrawn_at,
        withdrawn_by=action.withdrawn_by,
        withdrawn_because=action.withdrawn_because,
        text=_plain(action.text, texts),
        withdrawal_text=_plain(action.withdrawal_text, texts),
    )


def _oversight(oversight: parts.Oversight, texts: Mapping[str, str]) -> OversightView:
    return OversightView(
        recorded_at=oversight.recorded_at,
        by=oversight.by,
        covering=oversight.covering,
        text=_plain(oversight.text, texts),
    )


def _sign_off(signed: SignedOff) -> SignOffView:
    return SignOffView(
        signed_off_at=signed.signed_off_at,
        signed_off_by=signed.signed_off_by,
        within_clock=signed.within_clock,
        covering=signed.covering,
    )


def _withdrawal(state: Withdrawn, texts: Mapping[str, str]) -> WithdrawalView:
    return WithdrawalView(
        withdrawn_at=state.withdrawn_at,
        withdrawn_by=state.withdrawn_by,
        second_person=state.second_person,
        reason=state.reason,
        text=_plain(state.text, texts),
    )


def _reaudit(asked: parts.ReAudit) -> ReAuditView:
    return ReAuditView(
        due_on=asked.due_on,
        requested_at=asked.requested_at,
        requested_by=asked.requested_by,
        done_at=asked.done_at,
        audit_id=asked.audit_id,
        grade=asked.grade,
        standing_grade=asked.standing_grade,
        changed=asked.changed,
    )


def _round(one: parts.Round) -> RoundView:
    return RoundView(
        category=one.category,
        raised_at=one.raised_at,
        raised_by=one.raised_by,
        clock=_clock(one.clock),
        signed_off_at=one.signed_off_at,
        within_clock=one.within_clock,
        closed_at=one.closed_at,
    )


def _plain(sealed: str | None, texts: Mapping[str, str]) -> str | None:
    return None if sealed is None else texts.get(sealed)


def _steps(known: Known, texts: Mapping[str, str]) -> list[StepView]:
    steps = []
    for stored in known.events:
        event = events.from_json(stored.type, stored.data)
        steps.append(
            StepView(
                step=stored.type,
                happened_at=event.at,
                recorded_at=stored.recorded_at,
                by=getattr(event, "by", None),
                recorded_late=event.recorded_late,
                settings_version=event.settings_version,
                has_text=text_of(event) is not None,
                text=_plain(text_of(event), texts),
            )
        )
    return steps
