"""The table of decisions: which step is possible in which state, and what then happens (Appendix E).

Pure: `decide(command, state)` returns what happened or raises `Refused`; a repeated step returns nothing. The rules
behind each line are in `rules.py`, the folding of history in `evolution.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, assert_never

from services.escalation.domain import rules
from services.escalation.domain.commands import (
    AddAction,
    Command,
    CompleteAction,
    Consider,
    MarkOverdue,
    NoteAuditWithdrawn,
    NoteStandingGrade,
    RaiseEscalation,
    Reclassify,
    RecordDecisionNotRequired,
    RecordOversight,
    SignOff,
    TellAssistantDirectorAndClose,
)
from services.escalation.domain.events import Event
from services.escalation.domain.refusals import NothingToConsider, Refused, StepOutOfOrder
from services.escalation.domain.roles import require_role
from services.escalation.domain.states import Closed, Considering, NotConsidered, NotRequired, Raised, SignedOff, State

PersonsStep: TypeAlias = (
    RecordDecisionNotRequired
    | RaiseEscalation
    | Reclassify
    | AddAction
    | CompleteAction
    | RecordOversight
    | SignOff
    | TellAssistantDirectorAndClose
)
"""The steps that people take; Consider is asked by policies too, the others by the service alone."""


def decide(command: Command, state: State) -> Sequence[Event]:  # noqa: C901, PLR0911, PLR0912 - a table, a line a rule
    """Return what happens when a step is asked for; nothing where it was already taken.

    Raises:
        Refused: the step is out of order, not this person's, or at an impossible moment; the sentence says what is
            missing and the way out.

    """
    require_role(command)
    match (command, state):
        case (Consider(), _):
            return _consider(command, state)
        case (NoteAuditWithdrawn() | NoteStandingGrade(), NotConsidered()):
            return []
        case (NoteAuditWithdrawn(), _):
            assert not isinstance(state, NotConsidered)  # the line above; mypy does not subtract pairs
            return rules.note_withdrawal(command, state.facts)
        case (NoteStandingGrade(), _):
            assert not isinstance(state, NotConsidered)  # likewise
            return rules.note_standing_grade(command, state.facts)

        case (RecordDecisionNotRequired(), Considering()):
            return rules.find_not_required(command, state)
        case (RecordDecisionNotRequired(), NotRequired()) if command.reason == state.reason:
            return []
        case (RaiseEscalation(), Considering()):
            return rules.raise_escalation(command, state)
        case (RaiseEscalation(), Raised()) if command.category in {None, state.category}:
            return []
        case (Reclassify(), Raised()):
            return rules.reclassify(command, state)

        case (AddAction(), Raised()):
            return rules.add_action(command, state)
        case (CompleteAction(), Raised()):
            return rules.complete_action(command, state)
        case (RecordOversight(), Raised()):
            return rules.record_oversight(command, state)
        case (SignOff(), Raised()):
            return rules.sign_off(command, state)
        case (SignOff(), SignedOff()):
            return []
        case (TellAssistantDirectorAndClose(), SignedOff()):
            return rules.close(command, state)
        case (TellAssistantDirectorAndClose(), Closed()):
            return []

        case (MarkOverdue(), Raised()):
            return rules.mark_overdue(command, state)
        case (MarkOverdue(), _):
            return []
        case (
            RecordDecisionNotRequired()
            | RaiseEscalation()
            | Reclassify()
            | AddAction()
            | CompleteAction()
            | RecordOversight()
            | SignOff()
            | TellAssistantDirectorAndClose(),
            _,
        ):
            raise _out_of_order(command, state)
        case never:
            assert_never(never)


def _consider(command: Consider, state: State) -> Sequence[Event]:
    match state:
        case NotConsidered():
            return rules.open_consideration(command)
        case Considering():
            return rules.join(command, state.facts, state.category)
        case Raised():
            return rules.join_raised(command, state)
        case NotRequired():
            return rules.reconsider(command, state)
        case SignedOff() | Closed():
            return rules.reconsider_handled(command, state)
        case never:
            assert_never(never)


def _out_of_order(command: PersonsStep, state: State) -> Refused:
    match state:
        case NotConsidered():
            return NothingToConsider()
        case Considering():
            return StepOutOfOrder(
                "It has not been escalated yet: the requirement to escalate is still being considered.",
                way_out="Raise it, or record that it is not required; then take this step.",
            )
        case NotRequired():
            return StepOutOfOrder(
                f"It was found not required ({state.reason}).",
                way_out="A new cause re-opens the consideration; without one, nothing is left to do.",
            )
        case Raised():
            return _out_of_order_when_raised(command, state)
        case SignedOff():
            return StepOutOfOrder(
                "Its actions are already signed off; only the assistant director is still to be told.",
                way_out="Record that the assistant director was told. A new cause re-opens the consideration.",
            )
        case Closed():
            return StepOutOfOrder(
                "It is closed: the assistant director was told.",
                way_out="A new cause re-opens the consideration.",
            )
        case never:
            assert_never(never)


def _out_of_order_when_raised(command: PersonsStep, state: Raised) -> StepOutOfOrder:
    match command:
        case TellAssistantDirectorAndClose():
            return StepOutOfOrder(
                f"Its actions are not signed off yet. Missing: {rules.missing_before_sign_off(state)}.",
                way_out="Sign off the completed actions, then tell the assistant director.",
            )
        case RaiseEscalation():
            return StepOutOfOrder(
                f"It is already escalated, as a {state.category} concern.",
                way_out="Reclassify it to change the category; its clock keeps the original raise.",
            )
        case _:
            return StepOutOfOrder(
                "It is already escalated.",
                way_out="Follow it through: actions, management oversight, sign-off, assistant director told.",
            )
