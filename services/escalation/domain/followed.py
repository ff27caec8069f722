"""What an event makes of a raised audit escalation: its steps, its actions, its category and its clock."""

from __future__ import annotations

from dataclasses import replace

from services.escalation.domain import events
from services.escalation.domain.events import Event
from services.escalation.domain.parts import Action, Facts, Oversight, Reclassified, Taken
from services.escalation.domain.states import Raised, SignedOff
from services.escalation.domain.watching import recorded, rewatched, watched


def followed(state: Raised, event: Event) -> Raised | SignedOff | None:  # noqa: PLR0911 - a table, a line a step
    """Return the state after a step or a moment of a raised one; None for an event of another kind."""
    match event:
        case events.DiscussionRecorded():
            return replace(state, discussions=(*state.discussions, taken(event, event.with_whom)))
        case events.EscalationReclassified():
            return replace(
                state,
                facts=state.facts.with_another_clock(),
                category=event.category,
                watch=replace(state.watch, since=recorded(event), overdue_since=None, second_line_told_at=None),
                reclassified=Reclassified(event.at, event.by, event.reason, event.second_person),
            )
        case events.ClockRecomputed():
            clock = event.clocks.of(state.category)
            return replace(
                state,
                facts=state.facts.with_another_clock(),
                clocks=event.clocks,
                watch=rewatched(state.watch, event, clock),
            )
        case events.CopySent():
            return replace(state, copy_sent=taken(event, event.to))
        case events.ActionsDiscussed():
            return replace(state, actions_discussed=taken(event))
        case events.OversightRecorded():
            oversight = Oversight(recorded_at=event.at, by=event.by, covering=event.covering, text=event.text)
            return _overseen(state, oversight)
        case events.ActionsSignedOff():
            return SignedOff(
                facts=state.facts,
                raised=state,
                signed_off_at=event.at,
                signed_off_by=event.by,
                within_clock=event.within_clock,
                covering=event.covering,
            )
        case events.ActionAdded() | events.ActionCompleted() | events.ActionWithdrawn():
            return replace(state, facts=_who_acted(state, event), actions=_acted(state.actions, event))
        case _:
            after = watched(state.watch, event)
            return None if after is None else replace(state, watch=after)


def _overseen(state: Raised, oversight: Oversight) -> Raised:
    if state.oversight is None:
        return replace(state, oversight=oversight)
    return replace(state, further_oversight=(*state.further_oversight, oversight))


def _who_acted(state: Raised, event: events.ActionAdded | events.ActionCompleted | events.ActionWithdrawn) -> Facts:
    action = state.action(event.action_id)
    if action is None or not isinstance(event, events.ActionCompleted):
        return state.facts
    owner = () if action.owner is None else (action.owner,)
    return replace(state.facts, acted=(*state.facts.acted, event.by, *owner))


def _acted(
    actions: tuple[Action, ...], event: events.ActionAdded | events.ActionCompleted | events.ActionWithdrawn
) -> tuple[Action, ...]:
    match event:
        case events.ActionAdded():
            added = Action(
                id=event.action_id,
                kind=event.kind,
                due_on=event.due_on,
                added_at=event.at,
                added_by=event.by,
                owner=event.owner,
                text=event.text,
            )
            return (*actions, added)
        case events.ActionCompleted():
            return tuple(
                replace(one, completed_at=event.at, completed_by=event.by) if one.id == event.action_id else one
                for one in actions
            )
        case events.ActionWithdrawn():
            return tuple(
                replace(
                    one,
                    withdrawn_at=event.at,
                    withdrawn_by=event.by,
                    withdrawn_because=event.reason,
                    withdrawal_text=event.text,
                )
                if one.id == event.action_id
                else one
                for one in actions
            )


def taken(
    event: events.DiscussionRecorded | events.CopySent | events.ActionsDiscussed, roles: tuple[str, ...] = ()
) -> Taken:
    """Return a step as it was taken, with or to which roles."""
    return Taken(event.at, event.by, roles)
