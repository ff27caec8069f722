"""The rules of Appendix E, a function a step: what happens, or why not. See `decider.py` for when each applies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.escalation.domain import commands, events
from services.escalation.domain.events import Event
from services.escalation.domain.model import Actor, Category, Cause, Novelty, covers, gravest
from services.escalation.domain.refusals import (
    ActionsOpen,
    MomentImpossible,
    NotIndependent,
    NotTheirs,
    OversightMissing,
    PersonNeeded,
    SecondPersonNeeded,
    StepOutOfOrder,
    UnknownAction,
)
from services.escalation.domain.roles import SERVICE
from services.escalation.domain.states import Closed, Considering, Facts, NotRequired, Raised, SignedOff

NEW_CAUSE = "new-cause"
"""The coded reason of a reclassification that a new safeguarding cause brought about."""


def open_consideration(command: commands.Consider) -> Sequence[Event]:
    """Open the consideration; a safeguarding cause among them lifts the whole."""
    causes = _new(command.causes, ())
    if not causes:
        return []
    if command.actor.role != SERVICE:  # a person's clock is ours; another service's may run a little ahead
        _require_moment(command, command.happened_at, "it was reported")
    return [
        events.ConsiderationOpened(
            at=command.happened_at,
            place=command.place,
            causes=causes,
            category=_category(causes),
            policy_version=command.policy_version,
        )
    ]


def join(command: commands.Consider, facts: Facts, category: Category) -> Sequence[Event]:
    """Keep each new cause; a repeated one changes nothing."""
    causes = _new(command.causes, facts.causes)
    if not causes:
        return []
    return [
        events.CauseJoined(
            at=command.happened_at,
            causes=causes,
            category=gravest(category, _category(causes)),
            policy_version=command.policy_version,
        )
    ]


def join_raised(command: commands.Consider, state: Raised) -> Sequence[Event]:
    """Keep each new cause; a safeguarding one reclassifies at once, since the shorter clock holds from the raise."""
    joined = list(join(command, state.facts, state.category))
    if joined and _category(_new(command.causes, state.facts.causes)).is_graver_than(state.category):
        joined.append(
            events.EscalationReclassified(
                at=command.happened_at,
                category=Category.SAFEGUARDING,
                from_category=state.category,
                reason=NEW_CAUSE,
                by=command.actor,
            )
        )
    return joined


def reconsider(command: commands.Consider, state: NotRequired) -> Sequence[Event]:
    """Re-open what was found not required: nothing was done about the earlier causes, so they count again."""
    causes = _new(command.causes, state.facts.causes)
    if not causes:
        return []
    return [
        events.ConsiderationReopened(
            at=command.happened_at,
            causes=causes,
            category=gravest(state.category, _category(causes)),
            policy_version=command.policy_version,
        )
    ]


def reconsider_handled(command: commands.Consider, state: SignedOff | Closed) -> Sequence[Event]:
    """Re-open what was already acted on when something new was found.

    A cause that only confirms what was acted on (the completion of an audit says again what was flagged, a moderator
    gives the auditor's own grade) is kept and re-opens nothing.
    """
    causes = _new(command.causes, state.facts.causes)
    if not causes:
        return []
    category = _category(causes)
    if all(cause.only_confirms(state.facts.causes) for cause in causes):
        return [
            events.CauseJoined(
                at=command.happened_at, causes=causes, category=category, policy_version=command.policy_version
            )
        ]
    return [
        events.ConsiderationReopened(
            at=command.happened_at, causes=causes, category=category, policy_version=command.policy_version
        )
    ]


def note_withdrawal(command: commands.NoteAuditWithdrawn, facts: Facts) -> Sequence[Event]:
    """Note, once, that the audit was withdrawn: it never closes anything by itself."""
    return [] if facts.withdrawn_at is not None else [events.AuditWithdrawalNoted(at=command.happened_at)]


def note_standing_grade(command: commands.NoteStandingGrade, facts: Facts) -> Sequence[Event]:
    """Note the grade that a dispute left standing: it never closes anything by itself."""
    if facts.settled_grade == command.grade:
        return []
    return [events.StandingGradeNoted(at=command.happened_at, grade=command.grade)]


def find_not_required(command: commands.RecordDecisionNotRequired, state: Considering) -> Sequence[Event]:
    """Record the decision, with its reason."""
    _require_moment(command, state.considered_at, "it came to be considered")
    return [events.EscalationFoundNotRequired(at=command.happened_at, reason=command.reason, by=command.actor)]


def raise_escalation(command: commands.RaiseEscalation, state: Considering) -> Sequence[Event]:
    """Raise it in the category of its causes, or lifted to safeguarding by whoever raises it."""
    _require_person(command)
    _require_moment(command, state.considered_at, "it came to be considered")
    category = command.category or state.category
    if state.category.is_graver_than(category):
        raise SecondPersonNeeded(
            "A safeguarding cause stands, so it cannot be raised as a practice concern.",
            way_out="Raise it as safeguarding, then reclassify it with a reason and a second person.",
            field="category",
        )
    return [
        events.EscalationRaised(
            at=command.happened_at,
            category=category,
            clocks=command.clocks,
            told=command.told,
            by=command.actor,
            recorded_at=command.recorded_at,
        )
    ]


def reclassify(command: commands.Reclassify, state: Raised) -> Sequence[Event]:
    """Change the category; from safeguarding down only with a second person."""
    if command.category is state.category:
        return []
    _require_person(command)
    _require_moment(command, state.raised_at, "it was raised")
    if state.category.is_graver_than(command.category):
        second = command.second_person
        if second is None or not second.is_somebody or _same_person(second, command.actor):
            raise SecondPersonNeeded(
                "A safeguarding concern becomes a practice one only when a second person agrees.",
                way_out="Name the second person who agreed, someone else than yourself.",
                field="second_person",
            )
    return [
        events.EscalationReclassified(
            at=command.happened_at,
            category=command.category,
            from_category=state.category,
            reason=command.reason,
            by=command.actor,
            second_person=command.second_person,
        )
    ]


def add_action(command: commands.AddAction, state: Raised) -> Sequence[Event]:
    """Add an action to the child's file."""
    known = state.action(command.action_id)
    if known is not None:
        if (known.kind, known.due_on) == (command.kind, command.due_on):
            return []
        raise StepOutOfOrder(
            f"Action {command.action_id} already says something else.",
            way_out="Add it as an action of its own.",
            field="action_id",
        )
    _require_moment(command, state.raised_at, "it was raised")
    return [
        events.ActionAdded(
            at=command.happened_at,
            action_id=command.action_id,
            kind=command.kind,
            due_on=command.due_on,
            by=command.actor,
        )
    ]


def complete_action(command: commands.CompleteAction, state: Raised) -> Sequence[Event]:
    """Complete an action."""
    action = state.action(command.action_id)
    if action is None:
        raise UnknownAction(command.action_id)
    if action.completed_at is not None:
        return []
    _require_person(command)
    _require_moment(command, action.added_at, "the action was added")
    return [events.ActionCompleted(at=command.happened_at, action_id=action.id, by=command.actor)]


def record_oversight(command: commands.RecordOversight, state: Raised) -> Sequence[Event]:
    """Record management oversight, which follows the actions it oversees (step 4 before step 5)."""
    if state.oversight is not None:
        return []
    _require_actions(state)
    _require_moment(command, state.raised_at, "it was raised")
    return [events.OversightRecorded(at=command.happened_at, by=command.actor)]


def sign_off(command: commands.SignOff, state: Raised) -> Sequence[Event]:
    """Sign off: every action completed, oversight recorded, by the district's service manager, independently.

    Whether the clock was met goes by when it happened, not by when it was recorded.
    """
    _require_person(command)
    district = state.facts.place.organisation.district_path
    if not covers(command.scope, district):
        raise NotTheirs(
            f"Only the service manager of {district} signs this off.",
            way_out="Ask the service manager of that district, or a cover whose scope includes it.",
        )
    _require_actions(state)
    if state.open_actions:
        raise ActionsOpen(tuple(action.id for action in state.open_actions))
    if state.oversight is None:
        raise OversightMissing
    if _same_person(command.actor, state.raised_by):
        raise NotIndependent(
            "Who raised an escalation does not sign it off.", way_out="Ask another service manager who covers it."
        )
    if any(
        action.completed_by is not None and _same_person(command.actor, action.completed_by) for action in state.actions
    ):
        raise NotIndependent(
            "Who did an action does not sign it off.", way_out="Ask another service manager who covers it."
        )
    done = max((state.oversight.recorded_at, *(action.completed_at for action in state.actions if action.completed_at)))
    _require_moment(command, done, "the last action was completed and the oversight recorded")
    due_at = state.clock.due_at
    return [
        events.ActionsSignedOff(
            at=command.happened_at, due_at=due_at, within_clock=command.happened_at <= due_at, by=command.actor
        )
    ]


def close(command: commands.TellAssistantDirectorAndClose, state: SignedOff) -> Sequence[Event]:
    """Close, since the assistant director of the district was told."""
    _require_moment(command, state.signed_off_at, "the actions were signed off")
    return [events.EscalationClosed(at=command.happened_at, by=command.actor)]


def mark_overdue(command: commands.MarkOverdue, state: Raised) -> Sequence[Event]:
    """Mark it overdue, once a clock, when its due moment is really past; it happened at that moment."""
    due_at = state.clock.due_at
    if state.overdue_since is not None or command.recorded_at <= due_at:
        return []
    return [events.EscalationBecameOverdue(at=due_at, due_at=due_at)]


def missing_before_sign_off(state: Raised) -> str:
    """Return in words what Appendix E still asks for before the sign-off."""
    missing = []
    if not state.actions:
        missing.append("actions on the child's file")
    elif state.open_actions:
        missing.append("completion of each action")
    if state.oversight is None:
        missing.append("management oversight")
    return ", ".join([*missing, "sign-off"])


def _require_actions(state: Raised) -> None:
    if not state.actions:
        raise StepOutOfOrder(
            "No action has been added to the child's file yet.",
            way_out="The team manager adds the actions first.",
        )


def _require_person(command: commands.Step) -> None:
    """Refuse a step by nobody in particular: whether who signs off is someone else could not be told."""
    if not command.actor.is_somebody:
        raise PersonNeeded


def _require_moment(command: commands.Step, earliest: datetime, what: str) -> None:
    if command.happened_at < earliest:
        raise MomentImpossible(f"This cannot have happened before {what} ({earliest.isoformat()}).", bound=earliest)
    if command.happened_at > command.recorded_at:
        raise MomentImpossible("This lies in the future.", bound=command.recorded_at)


def _same_person(one: Actor, other: Actor) -> bool:
    return one.reference is not None and one.reference == other.reference


def _new(causes: tuple[Cause, ...], known: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Return the causes that are not known yet, each once, in the order given.

    What stood before the event that carries it is a cause only where nothing like it was ever heard of: the event
    that first told of it was then lost to us, and the concern must not be.
    """
    return tuple(
        dict.fromkeys(
            cause
            for cause in causes
            if cause not in known and not (cause.novelty is Novelty.STANDING and cause.only_confirms(known))
        )
    )


def _category(causes: tuple[Cause, ...]) -> Category:
    return gravest(*(cause.category for cause in causes))
