"""The rules of following through: copy, actions, oversight, sign-off, assistant director told (steps 3 to 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from services.escalation.domain import commands, events
from services.escalation.domain.events import Event
from services.escalation.domain.model import RequiredStep
from services.escalation.domain.parts import Action, Oversight
from services.escalation.domain.refusals import (
    ActionsOpen,
    MomentImpossible,
    NotIndependent,
    OversightMissing,
    OwnerMissing,
    StepOutOfOrder,
    ToldMissing,
    UnknownAction,
)
from services.escalation.domain.repeating import Record, is_repeated, taken_before
from services.escalation.domain.requiring import (
    require_district,
    require_moment,
    require_person,
    require_steps_before,
)
from services.escalation.domain.states import Closed, Raised, SignedOff
from services.escalation.domain.steps import NextStep, in_words, missing

_LONDON = ZoneInfo("Europe/London")


def record_copy_sent(command: commands.RecordCopySent, state: Raised) -> Sequence[Event]:
    """Record that the copy was sent, once a round, to everyone who is told of the raise.

    Where it was reopened, the copy of before stands, and one that is sent anew is recorded anew.
    """
    sent = state.copy_sent
    if sent is not None and sent.at >= state.raised_at:
        return taken_before(
            command,
            Record(f"The copy of the audit tool was sent to {', '.join(sent.roles)}", sent.at, sent.by),
            alike=set(command.to) == set(sent.roles),
            field="to",
            way_out="Go on with the next step. It is a link: the audit service checks and records who opens it.",
        )
    if state.facts.place.audit_id is None:
        raise StepOutOfOrder(
            "It came without an audit, so there is no audit tool to send a copy of.",
            way_out="Go on with the next step: the actions discussed with practitioner and team manager.",
        )
    left_out = tuple(role for role in state.told if role not in command.to)
    if left_out:
        raise ToldMissing(left_out)
    require_moment(command, state.raised_at, "it was raised")
    return [events.CopySent(at=command.happened_at, to=command.to, by=command.actor)]


def record_actions_discussed(command: commands.RecordActionsDiscussed, state: Raised) -> Sequence[Event]:
    """Record, once a round, that the service manager discussed the actions; what else they say becomes actions."""
    require_district(command, state.facts.place.organisation, "records that the actions were discussed")
    discussed = state.actions_discussed
    if discussed is not None:
        return taken_before(
            command,
            Record("The actions were discussed", discussed.at, discussed.by),
            way_out="What came of a further talk is added as actions, or written into the management oversight.",
        )
    require_steps_before(NextStep.ACTIONS_DISCUSSED, state)
    require_moment(command, state.raised_at, "it was raised")
    if state.copy_sent is not None and RequiredStep.COPY in state.steps_required:
        require_moment(command, max(state.copy_sent.at, state.raised_at), "the copy of the audit tool was sent")
    return [events.ActionsDiscussed(at=command.happened_at, by=command.actor)]


def add_action(command: commands.AddAction, state: Raised) -> Sequence[Event]:
    """Add an action to the child's file, with who is to do it."""
    known = state.action(command.action_id)
    if known is not None:
        return taken_before(
            command,
            Record(f"Action {command.action_id} was added", known.added_at, known.added_by),
            alike=(known.kind, known.due_on, known.owner) == (command.kind, command.due_on, command.owner),
            field="action_id",
            way_out="Add it as an action of its own: with an Idempotency-Key of its own.",
        )
    if not command.owner.is_somebody:
        raise OwnerMissing
    require_steps_before(NextStep.ACTIONS, state)
    require_moment(command, state.raised_at, "it was raised")
    if state.actions_discussed is not None and RequiredStep.ACTIONS_DISCUSSED in state.steps_required:
        require_moment(command, state.actions_discussed.at, "the actions were discussed")
    if command.due_on is not None and command.due_on < state.raised_at.astimezone(_LONDON).date():
        raise MomentImpossible("An action is not due before the raise.", bound=state.raised_at, field="due_on")
    return [
        events.ActionAdded(
            at=command.happened_at,
            action_id=command.action_id,
            kind=command.kind,
            due_on=command.due_on,
            by=command.actor,
            owner=command.owner,
            text=command.text,
        )
    ]


def complete_action(command: commands.CompleteAction, state: Raised) -> Sequence[Event]:
    """Complete an action."""
    action = _action(state, command)
    if action.completed_at is not None and action.completed_by is not None:
        return taken_before(
            command,
            Record(f"Action {action.id} was completed", action.completed_at, action.completed_by),
            way_out="It stands as it is recorded. What is still to be done is an action of its own.",
        )
    if action.withdrawn_at is not None:
        raise StepOutOfOrder(
            f"Action {action.id} was withdrawn.", way_out="Add it as an action of its own.", field="action_id"
        )
    require_person(command)
    require_moment(command, action.added_at, "the action was added")
    return [events.ActionCompleted(at=command.happened_at, action_id=action.id, by=command.actor)]


def withdraw_action(command: commands.WithdrawAction, state: Raised) -> Sequence[Event]:
    """Withdraw an action that is not to be done after all."""
    action = _action(state, command)
    if action.withdrawn_at is not None and action.withdrawn_by is not None:
        return taken_before(
            command,
            Record(
                f"Action {action.id} was withdrawn ({action.withdrawn_because})",
                action.withdrawn_at,
                action.withdrawn_by,
            ),
            alike=action.withdrawn_because == command.reason,
            field="reason",
            way_out="Nothing is left to withdraw. If it is to be done after all, add it as an action of its own.",
        )
    if not action.is_open:
        raise StepOutOfOrder(
            f"Action {action.id} is already completed.", way_out="Nothing is left to withdraw.", field="action_id"
        )
    require_person(command)
    require_moment(command, action.added_at, "the action was added")
    return [
        events.ActionWithdrawn(
            at=command.happened_at, action_id=action.id, reason=command.reason, by=command.actor, text=command.text
        )
    ]


def record_oversight(command: commands.RecordOversight, state: Raised) -> Sequence[Event]:
    """Record management oversight, which follows the actions it oversees (step 4 before step 5).

    Oversight goes on: what a manager adds later, at another moment, with something written or as somebody else, is a
    further record, kept beside the first. The step is taken, and overseen in time, by the first.
    """
    require_district(command, state.facts.place.organisation, "records the oversight")
    if any(is_repeated(command, one.recorded_at, one.by) for one in state.every_oversight):
        return []
    _require_actions(state)
    require_moment(command, state.raised_at, "it was raised")
    require_moment(command, min(one.added_at for one in state.actions), "the first action was added")
    return [
        events.OversightRecorded(at=command.happened_at, by=command.actor, covering=command.covering, text=command.text)
    ]


def sign_off(command: commands.SignOff, state: Raised) -> Sequence[Event]:
    """Sign off: every action done or withdrawn, oversight recorded, by the district's service manager, independently.

    Whether the clock was met goes by when it happened, not by when it was recorded.
    """
    require_person(command)
    require_district(command, state.facts.place.organisation, "signs this off")
    still = tuple(step for step in missing(state) if step is not NextStep.SIGN_OFF)
    if len(still) > 1:
        raise StepOutOfOrder(
            f"Steps before the sign-off are not recorded yet. Missing: {in_words(still)}.",
            way_out="Record them in this order, each with the moment it happened; then sign off.",
        )
    require_steps_before(NextStep.ACTIONS, state)
    _require_actions(state)
    if state.open_actions:
        raise ActionsOpen(tuple(action.id for action in state.open_actions))
    if state.oversight is None:
        raise OversightMissing
    _require_independent(command, state)
    require_moment(
        command, _last_thing_done(state, state.oversight), "the last action was completed and the oversight recorded"
    )
    due_at = state.clock.due_at
    return [
        events.ActionsSignedOff(
            at=command.happened_at,
            due_at=due_at,
            within_clock=command.happened_at <= due_at,
            by=command.actor,
            covering=command.covering,
        )
    ]


def signed_off_before(command: commands.SignOff, state: SignedOff) -> Sequence[Event]:
    """Take the same sign-off once; by somebody else, or of another moment, it is refused."""
    return taken_before(
        command,
        Record("The actions were signed off", state.signed_off_at, state.signed_off_by),
        way_out="Record that the assistant director was told, or reopen it with a reason: a new clock runs then.",
    )


def closed_before(command: commands.TellAssistantDirectorAndClose, state: Closed) -> Sequence[Event]:
    """Take the same closing once; by somebody else, or of another moment, it is refused."""
    return taken_before(
        command,
        Record("The assistant director was told, and it was closed", state.closed_at, state.closed_by),
        way_out="Nothing is left to do. Reopen it with a reason if it did not hold.",
    )


def close(command: commands.TellAssistantDirectorAndClose, state: SignedOff) -> Sequence[Event]:
    """Close, since the assistant director of the district was told."""
    require_district(command, state.facts.place.organisation, "records that the assistant director was told")
    require_moment(command, state.signed_off_at, "the actions were signed off")
    return [events.EscalationClosed(at=command.happened_at, by=command.actor)]


def _last_thing_done(state: Raised, oversight: Oversight) -> datetime:
    ends = [action.completed_at or action.withdrawn_at for action in state.actions]
    return max(oversight.recorded_at, *(moment for moment in ends if moment is not None))


def _require_actions(state: Raised) -> None:
    if not state.actions:
        raise StepOutOfOrder(
            "No action has been added to the child's file yet.",
            way_out="The team manager adds the actions first.",
        )


def _require_independent(command: commands.SignOff, state: Raised) -> None:
    """Refuse who found a cause of it, raised or reopened it, or did an action, in whatever round of it.

    A round that ended, even as raised in error, makes nobody independent of the next. Who reclassified it, withdrew an
    action or recorded the oversight judged somebody else's work, and may sign off.
    """
    actor, facts, another = command.actor, state.facts, "Ask another service manager who covers it."
    if any(actor.is_the_same_person_as(one) for one in facts.found_by):
        raise NotIndependent("Who found the concern, now or earlier, does not sign it off.", way_out=another)
    if any(actor.is_the_same_person_as(one) for one in facts.raised_by):
        raise NotIndependent("Who raised an audit escalation, now or earlier, does not sign it off.", way_out=another)
    if any(actor.is_the_same_person_as(one) for one in facts.acted):
        raise NotIndependent("Who did an action of it, now or earlier, does not sign it off.", way_out=another)


def _action(state: Raised, command: commands.CompleteAction | commands.WithdrawAction) -> Action:
    action = state.action(command.action_id)
    if action is None:
        raise UnknownAction(command.action_id)
    return action
