"""The table of decisions: which step is possible in which state, and what then happens (Appendix E).

Pure: `decide(command, state)` returns what happened or raises `Refused`. The very same step said again returns nothing;
a step that was taken and now comes with other facts is refused (`repeating.py`), so that nothing a person wrote is
dropped in silence. Another service's event that is known, and a moment of the timer that was acted on, return nothing.
The rules behind each line are in `considering.py`, `following.py`, `clocks.py`, `afterwards.py` and `noting.py`, the
folding of history in `evolution.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from services.escalation.domain import afterwards, clocks, commands, considering, following, noting
from services.escalation.domain.commands import Command, Consider, Note, PersonsStep, Timed
from services.escalation.domain.events import Event
from services.escalation.domain.refusals import NothingToConsider, Refused, StepOutOfOrder
from services.escalation.domain.roles import require_role
from services.escalation.domain.states import (
    Closed,
    Considering,
    NotConsidered,
    NotRequired,
    Raised,
    SignedOff,
    State,
    Withdrawn,
)
from services.escalation.domain.steps import in_words, missing

_REOPENS = "A new cause re-opens the consideration."


def decide(command: Command, state: State) -> Sequence[Event]:
    """Return what happens when a step is asked for; nothing where it was taken already, by the same person and alike.

    Each event carries when it was recorded, whether that was late, and the version of the settings it went by.

    Raises:
        Refused: the step is out of order, recorded already with other facts, not this person's, or at an impossible
            moment; the sentence says what is missing and the way out.

    """
    require_role(command)
    stamp = {
        "recorded_at": command.recorded_at,
        "recorded_late": command.recorded_late,
        "settings_version": command.settings_version,
    }
    return [event.model_copy(update=stamp) for event in _decided(command, state)]


def _decided(command: Command, state: State) -> Sequence[Event]:
    if isinstance(command, Consider):
        return _consider(command, state)
    if isinstance(command, Note):
        return _note(command, state)
    if isinstance(command, Timed):
        return _timed(command, state)
    return _step(command, state)


def _consider(command: Consider, state: State) -> Sequence[Event]:
    match state:
        case NotConsidered():
            return considering.open_consideration(command)
        case Considering():
            return considering.join(command, state)
        case Raised():
            return considering.join_raised(command, state)
        case NotRequired() | Withdrawn():
            return considering.reconsider(command, state)
        case SignedOff() | Closed():
            return considering.reconsider_handled(command, state)
        case never:
            assert_never(never)


def _note(command: Note, state: State) -> Sequence[Event]:  # noqa: PLR0911 - a table, a line a note
    if isinstance(state, NotConsidered):
        return []
    match command:
        case commands.NoteAuditWithdrawn():
            return noting.note_withdrawal(command, state.facts)
        case commands.NoteStandingGrade():
            return noting.note_standing_grade(command, state.facts)
        case commands.NoteCaseReference():
            return noting.note_case_reference(command, state.facts)
        case commands.NoteCaseNumberRefused():
            return noting.note_number_refused(command, state.facts)
        case commands.NoteChildErased():
            return noting.note_child_erased(command, state.facts)
        case commands.NoteReAudit():
            return afterwards.note_reaudit(command, state)
        case commands.NoteReAuditGrade():
            return afterwards.note_reaudit_grade(command, state)
        case commands.NoteReAuditWithdrawn():
            return afterwards.note_reaudit_withdrawn(command, state)
        case never:
            assert_never(never)


def _timed(command: Timed, state: State) -> Sequence[Event]:
    match command, state:
        case commands.MarkOverdue(), Raised():
            return clocks.mark_overdue(command, state)
        case commands.MarkConsiderationOverdue(), Considering():
            return clocks.mark_consideration_overdue(command, state)
        case commands.SendChaser(), Considering() | Raised():
            return clocks.send_chaser(command, state)
        case commands.TellSecondLine(), Considering() | Raised():
            return clocks.tell_second_line(command, state)
        case commands.RecomputeClock(), Considering() | Raised():
            return clocks.recompute(command, state)
        case _:
            return []


def _step(command: PersonsStep, state: State) -> Sequence[Event]:  # noqa: C901, PLR0911, PLR0912 - a table, a line a rule
    if isinstance(command, commands.NameChild) and not isinstance(state, NotConsidered):
        return noting.name_child(command, state)
    match command, state:
        case commands.RecordDiscussion(), Considering() | Raised():
            return considering.record_discussion(command, state)
        case commands.RecordDecisionNotRequired(), Considering():
            return considering.find_not_required(command, state)
        case commands.RecordDecisionNotRequired(), NotRequired():
            return considering.found_not_required_before(command, state)
        case commands.RaiseEscalation(), Considering():
            return considering.raise_escalation(command, state)
        case commands.RaiseEscalation(), Raised():
            return considering.raised_before(command, state)
        case commands.Reclassify(), Raised():
            return clocks.reclassify(command, state)

        case commands.RecordCopySent(), Raised():
            return following.record_copy_sent(command, state)
        case commands.RecordActionsDiscussed(), Raised():
            return following.record_actions_discussed(command, state)
        case commands.AddAction(), Raised():
            return following.add_action(command, state)
        case commands.CompleteAction(), Raised():
            return following.complete_action(command, state)
        case commands.WithdrawAction(), Raised():
            return following.withdraw_action(command, state)
        case commands.RecordOversight(), Raised():
            return following.record_oversight(command, state)
        case commands.SignOff(), Raised():
            return following.sign_off(command, state)
        case commands.SignOff(), SignedOff():
            return following.signed_off_before(command, state)
        case commands.TellAssistantDirectorAndClose(), SignedOff():
            return following.close(command, state)
        case commands.TellAssistantDirectorAndClose(), Closed():
            return following.closed_before(command, state)

        case commands.AnswerClosing(), Closed():
            return afterwards.answer_closing(command, state)
        case commands.Reopen(), SignedOff() | Closed():
            return afterwards.reopen(command, state)
        case commands.Reopen(), Raised() if state.reopened_because is not None:
            return afterwards.reopened_before(command, state)
        case commands.Withdraw(), Raised() | SignedOff():
            return afterwards.withdraw(command, state)
        case commands.Withdraw(), Withdrawn():
            return afterwards.withdrawn_before(command, state)
        case commands.RequestReAudit(), Raised() | SignedOff() | Closed():
            return afterwards.request_reaudit(command, state)
        case _:
            raise _out_of_order(command, state)


def _out_of_order(command: PersonsStep, state: State) -> Refused:  # noqa: PLR0911 - a line a state
    match state:
        case NotConsidered():
            return NothingToConsider()
        case Considering() | Raised() | SignedOff() if isinstance(command, commands.AnswerClosing):
            return StepOutOfOrder(
                "It is not closed yet, so there is no closing to answer.",
                way_out="Answer once the assistant director was told; those who found or raised it are told of the "
                "closing.",
            )
        case Considering():
            return StepOutOfOrder(
                "It has not been escalated yet: the requirement to escalate is still being considered.",
                way_out="Raise it, or record that it is not required; then take this step.",
            )
        case NotRequired():
            return StepOutOfOrder(
                f"It was found not required ({state.reason}).",
                way_out=f"{_REOPENS} Without one, nothing is left to do.",
            )
        case Raised():
            return _out_of_order_when_raised(command, state)
        case SignedOff():
            return StepOutOfOrder(
                "Its actions are already signed off; only the assistant director is still to be told.",
                way_out=f"Record that the assistant director was told, or reopen it with a reason. {_REOPENS}",
            )
        case Closed():
            return StepOutOfOrder(
                "It is closed: the assistant director was told.",
                way_out=f"Reopen it with a reason. {_REOPENS}",
            )
        case Withdrawn():
            return StepOutOfOrder(f"It was withdrawn as raised in error ({state.reason}).", way_out=_REOPENS)
        case never:
            assert_never(never)


def _out_of_order_when_raised(command: PersonsStep, state: Raised) -> StepOutOfOrder:
    match command:
        case commands.TellAssistantDirectorAndClose():
            return StepOutOfOrder(
                f"Its actions are not signed off yet. Missing: {in_words(missing(state))}.",
                way_out="Sign off the completed actions, then tell the assistant director.",
            )
        case commands.Reopen():
            return StepOutOfOrder("It is open: its clock runs.", way_out="Follow it through.")
        case _:
            return StepOutOfOrder(
                "It is already escalated.",
                way_out="Follow it through: actions, management oversight, sign-off, assistant director told.",
            )
