"""The rules of closing and after: answered, reopened, withdrawn as raised in error, a re-audit asked for and done."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from services.escalation.domain import commands, events
from services.escalation.domain.events import Event
from services.escalation.domain.model import Actor
from services.escalation.domain.refusals import MomentImpossible, NotTheirs, StepOutOfOrder
from services.escalation.domain.repeating import Record, is_repeated, taken_before
from services.escalation.domain.requiring import (
    require_moment,
    require_no_lowering,
    require_person,
    require_second_person,
)
from services.escalation.domain.states import Closed, Known, Raised, SignedOff, Withdrawn, raised_of

_LONDON = ZoneInfo("Europe/London")


def finders(state: Known) -> tuple[Actor, ...]:
    """Return everyone who found a cause of it or raised it, as far as they are known."""
    everyone = (*state.facts.found_by, *state.facts.raised_by)
    return tuple(dict.fromkeys(one for one in everyone if one.is_somebody))


def answer_closing(command: commands.AnswerClosing, state: Closed) -> Sequence[Event]:
    """Record what one who raised it says to the closing; the last one of each counts, the same is one."""
    require_person(command)
    if not any(command.actor.is_the_same_person_as(one) for one in finders(state)):
        raise NotTheirs(
            "Only somebody who found its cause or who raised it answers its closing.",
            way_out="Ask whoever found the cause; a manager or QA officer can reopen it with a reason.",
        )
    if any(is_repeated(command, one.at, one.by, alike=one.answer is command.answer) for one in state.answers):
        return []
    require_moment(command, state.closed_at, "it was closed")
    return [events.ClosingAnswered(at=command.happened_at, answer=command.answer, by=command.actor, text=command.text)]


def reopen(command: commands.Reopen, state: SignedOff | Closed) -> Sequence[Event]:
    """Reopen it with a reason: a new clock runs from now, and what was done stays on record."""
    require_person(command)
    raised = raised_of(state)
    assert raised is not None  # it was signed off
    ended = state.closed_at if isinstance(state, Closed) else state.signed_off_at
    require_moment(command, ended, "it was closed" if isinstance(state, Closed) else "it was signed off")
    category = command.category or raised.category
    require_no_lowering(raised.category, category)
    return [
        events.EscalationReopened(
            at=command.happened_at,
            category=category,
            clocks=command.clocks,
            told=command.told,
            reason=command.reason,
            by=command.actor,
            steps_required=command.steps_required,
            text=command.text,
        )
    ]


def reopened_before(command: commands.Reopen, state: Raised) -> Sequence[Event]:
    """Take the same reopening once; for another reason, by somebody else or in another category it is refused."""
    return taken_before(
        command,
        Record(f"It was reopened ({state.reopened_because})", state.raised_at, state.raised_by),
        alike=command.reason == state.reopened_because and command.category in {None, state.category},
        field="reason" if command.reason != state.reopened_because else "category",
        way_out="Its clock runs. Follow it through: actions, management oversight, sign-off, assistant director told.",
    )


def withdrawn_before(command: commands.Withdraw, state: Withdrawn) -> Sequence[Event]:
    """Take the same withdrawal once; for another reason, or by other people, it is refused."""
    return taken_before(
        command,
        Record(f"It was withdrawn as raised in error ({state.reason})", state.withdrawn_at, state.withdrawn_by),
        alike=command.reason == state.reason and state.second_person.is_the_same_person_as(command.second_person),
        field="reason" if command.reason != state.reason else "second_person",
        way_out="A new cause re-opens the consideration.",
    )


def withdraw(command: commands.Withdraw, state: Raised | SignedOff) -> Sequence[Event]:
    """Withdraw what was raised in error; two people say so."""
    require_person(command)
    second = require_second_person(
        command.second_person, command.actor, "An audit escalation is withdrawn only when a second person agrees."
    )
    raised = raised_of(state)
    assert raised is not None  # both were raised
    require_moment(command, raised.raised_at, "it was raised")
    return [
        events.EscalationWithdrawn(
            at=command.happened_at, reason=command.reason, by=command.actor, second_person=second, text=command.text
        )
    ]


def request_reaudit(command: commands.RequestReAudit, state: Raised | SignedOff | Closed) -> Sequence[Event]:
    """Ask for a re-audit by a date; another date before it is done takes the place of the one before.

    The same date is asked for once; by somebody else, or at another moment, it is refused. What was asked for
    before it was signed off or closed was asked of something else than what stands now, and a re-audit done before
    would answer it: such a date is refused.
    """
    asked = state.facts.reaudit
    if asked is not None and asked.done_at is None and asked.due_on == command.due_on:
        return taken_before(
            command,
            Record(f"A re-audit by {asked.due_on.isoformat()} was asked for", asked.requested_at, asked.requested_by),
            way_out="It is tracked until it is done. Ask for another day to change it.",
        )
    if state.facts.place.audit_id is None:
        raise StepOutOfOrder(
            "It came without an audit, so there is none to be done again.",
            way_out="Ask the QA unit to allocate an audit of the case.",
        )
    raised = raised_of(state)
    assert raised is not None  # all three were raised
    require_moment(command, raised.raised_at, "it was raised")
    if isinstance(state, Closed):
        require_moment(command, state.closed_at, "it was closed")
    if isinstance(state, SignedOff):
        require_moment(command, state.signed_off_at, "it was signed off")
    if asked is not None:
        require_moment(command, asked.requested_at, "a re-audit was asked for the last time")
        require_moment(command, asked.done_at, "the re-audit that was asked for was done")
    if command.due_on < command.happened_at.astimezone(_LONDON).date():
        raise MomentImpossible(
            "A re-audit is not due before it is asked for.", bound=command.happened_at, field="due_on"
        )
    return [events.ReAuditRequested(at=command.happened_at, due_on=command.due_on, by=command.actor)]


def note_reaudit(command: commands.NoteReAudit, state: Known) -> Sequence[Event]:
    """Note the re-audit that was asked for, once; one that nobody asked for is the audit service's own business.

    One that was completed before anybody asked answers nothing; the audit service counts the same way.
    """
    asked = state.facts.reaudit
    if asked is None or asked.done_at is not None or command.happened_at < asked.requested_at:
        return []
    return [events.ReAuditNoted(at=command.happened_at, audit_id=command.audit_id, grade=command.grade)]


def note_reaudit_grade(command: commands.NoteReAuditGrade, state: Known) -> Sequence[Event]:
    """Note another grade of the re-audit that was done, each change once; of another audit it is none of this."""
    asked = state.facts.reaudit
    if asked is None or asked.audit_id != command.audit_id or asked.stands == command.grade:
        return []
    return [
        events.ReAuditGradeNoted(
            at=command.happened_at, audit_id=command.audit_id, grade=command.grade, because=command.because
        )
    ]


def note_reaudit_withdrawn(command: commands.NoteReAuditWithdrawn, state: Known) -> Sequence[Event]:
    """Note that the re-audit which was done was withdrawn; another one's withdrawal is none of this."""
    asked = state.facts.reaudit
    if asked is None or asked.audit_id != command.audit_id:
        return []
    return [events.ReAuditWithdrawalNoted(at=command.happened_at, audit_id=command.audit_id)]
