"""What happens to an audit when something is asked of it: pure, from a command and a state to events.

The same thing asked twice changes nothing; something else asked where it no longer fits is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from services.audit.domain import refusals
from services.audit.domain.audits import concerns, particulars, re_auditing, recommending, responding, theirs
from services.audit.domain.audits.answers import problems_of, themes_of
from services.audit.domain.audits.commands import (
    AllocateAudit,
    AmendAudit,
    Command,
    CompleteAudit,
    FlagConcern,
    FollowUpRecommendation,
    ImportCompletedAudit,
    MakeRecommendation,
    WithdrawAudit,
)
from services.audit.domain.audits.events import (
    AuditAllocated,
    AuditAmended,
    AuditCompleted,
    AuditWithdrawn,
    Event,
)
from services.audit.domain.audits.outcome import Outcome, Recommendation
from services.audit.domain.audits.practitioner import GivePractitionerFeedback, PractitionerCommand, RespondToOutcome
from services.audit.domain.audits.re_auditing import AskReAudit, ReAuditCommand
from services.audit.domain.audits.states import Allocated, Completed, NotAllocated, State, Withdrawn
from services.audit.domain.moderation import moderating
from services.audit.domain.moderation.commands import ModerationCommand
from services.audit.domain.moderation.refusals import HappenedBeforeCompletion
from services.audit.domain.planning import too_far_ahead
from services.audit.domain.tools.limits import graded
from services.audit.domain.tools.refusals import RETIRED_VERSION, ToolVersionRetired
from services.audit.domain.words import SealedText, business_date, counted_on


class AuditWithdrawnOtherwise(refusals.Refused):
    """The audit was withdrawn before, for another reason, which stays."""

    code = "audit-withdrawn-otherwise"
    sentence = "The audit was withdrawn already, for another reason; what was sent now is not stored."
    way_out = "Look at the audit; the first reason stays."


_OneCommand = (
    AllocateAudit
    | FlagConcern
    | CompleteAudit
    | AmendAudit
    | WithdrawAudit
    | ModerationCommand
    | MakeRecommendation
    | FollowUpRecommendation
    | PractitionerCommand
    | ReAuditCommand
)


def decide(command: Command, state: State) -> Sequence[Event]:
    """Return the events that follow, none where it was done before; each names the settings it was decided by.

    Raises:
        Refused: the business does not allow it; the type says why.

    """
    if isinstance(command, ImportCompletedAudit):
        return _import(command, state)
    return _by_settings(command.settings_version, _decide(command, state))


def _by_settings(version: int | None, events: Sequence[Event]) -> Sequence[Event]:
    """Stamp events with the version of the settings that they were decided by."""
    if version is None:
        return events
    return [
        event if event.settings_version == version else event.model_copy(update={"settings_version": version})
        for event in events
    ]


def _decide(  # noqa: C901, PLR0911 - a table, one line a command, and mypy sees that none is left out
    command: _OneCommand, state: State
) -> Sequence[Event]:
    if isinstance(command, ModerationCommand):
        return moderating.decide(command, _completed(command, state))
    if isinstance(command, ReAuditCommand):
        return re_auditing.decide(command, _known(command, state).re_audits)
    match command:
        case AllocateAudit():
            return _allocate(command, state)
        case WithdrawAudit():
            return _withdraw(command, state)
        case FlagConcern():
            return concerns.flag(command, _under_way(command, state))
        case CompleteAudit():
            return _complete(command, _under_way(command, state))
        case AmendAudit():
            return _amend(command, _completed(command, state))
        case MakeRecommendation():
            return recommending.make(command, _completed(command, state))
        case FollowUpRecommendation():
            return recommending.follow_up(command, _completed(command, state))
        case GivePractitionerFeedback():
            return responding.feedback(command, _under_way(command, state))
        case RespondToOutcome():
            return responding.response(command, _completed(command, state))
    assert_never(command)


def _known(command: ReAuditCommand, state: State) -> Allocated | Completed | Withdrawn:
    """Return an audit in whatever state; to another authority there is none."""
    if isinstance(state, NotAllocated):
        raise refusals.AuditNotFound
    if isinstance(command, AskReAudit) and command.authority != state.allocation.authority:
        raise refusals.AuditNotFound
    return state


def _under_way(command: FlagConcern | CompleteAudit | GivePractitionerFeedback, state: State) -> Allocated | Completed:
    match state:
        case NotAllocated():
            raise refusals.AuditNotFound
        case Withdrawn():
            raise refusals.AuditIsWithdrawn
        case Allocated() | Completed():
            if business_date(command.at) < business_date(state.allocation.at):
                raise refusals.HappenedBeforeAllocation
            return state
    assert_never(state)


def _completed(
    command: AmendAudit | ModerationCommand | MakeRecommendation | FollowUpRecommendation | RespondToOutcome,
    state: State,
) -> Completed:
    match state:
        case NotAllocated():
            raise refusals.AuditNotFound
        case Withdrawn():
            raise refusals.AuditIsWithdrawn
        case Allocated():
            raise refusals.AuditNotCompleted
        case Completed():
            if business_date(command.at) < business_date(state.allocation.at):
                raise refusals.HappenedBeforeAllocation
            return state
    assert_never(state)


def _allocate(command: AllocateAudit, state: State) -> Sequence[Event]:
    event = AuditAllocated(
        at=command.at,
        by=command.by,
        audit_id=command.audit_id,
        authority=command.authority,
        place=command.place,
        tool=command.tool,
        tool_version=command.tool_version,
        auditor=command.auditor,
        selected_because=command.selected_because,
        due_on=command.due_on,
        practitioner=command.practitioner,
        in_practice_figures=command.in_practice_figures,
        re_audit_of=command.re_audit_of,
    )
    match state:
        case NotAllocated():
            _refuse_beginning(command)
            return [event]
        case Allocated() | Completed() | Withdrawn():
            if _same_allocation(event, state.allocation):
                return []
            raise refusals.AuditAlreadyAllocated
    assert_never(state)


def _refuse_beginning(command: AllocateAudit) -> None:
    """Refuse an audit that may not begin: one that began before is not held to it."""
    if command.tool_retired:
        raise ToolVersionRetired([RETIRED_VERSION])
    if str(command.place.organisation) in command.auditor_teams and not command.own_team_allowed:
        raise refusals.AuditorIsOfTheTeam
    if command.practitioner == command.auditor:
        raise refusals.AuditorIsThePractitioner
    if command.re_audit_of == command.audit_id:
        raise refusals.AuditOfItself
    if command.re_audit_faults:
        raise re_auditing.refused(command.re_audit_faults)
    if command.due_on < business_date(command.at):
        raise refusals.DueBeforeAllocation([refusals.DUE_BEFORE_ALLOCATION])
    if too_far := tuple(too_far_ahead("due_on", command.due_on, business_date(command.at))):
        raise refusals.DueTooFarAhead(too_far)


def _same_allocation(one: AuditAllocated, other: AuditAllocated) -> bool:
    """Compare what was allocated, not when or by whom it was said."""
    heard = {"at": other.at, "by": other.by, "settings_version": other.settings_version}
    return one.model_copy(update=heard) == other


def _import(command: ImportCompletedAudit, state: State) -> Sequence[Event]:
    match state:
        case NotAllocated():
            [allocated] = _allocate(command.allocate, state)
            assert isinstance(allocated, AuditAllocated)
            completed = _complete(command.complete, Allocated(allocated))
            return [
                *_by_settings(command.allocate.settings_version, [allocated]),
                *_by_settings(command.complete.settings_version, completed),
            ]
        case Allocated() | Completed():
            _allocate(command.allocate, state)
            return _by_settings(command.complete.settings_version, _complete(command.complete, state))
        case Withdrawn():
            raise refusals.AuditIsWithdrawn
    assert_never(state)


def _complete(command: CompleteAudit, state: Allocated | Completed) -> Sequence[Event]:
    beside = tuple(_problems_of_recommendations(command)) if isinstance(state, Allocated) else ()
    outcome = _valid(command, state, beside)
    if isinstance(state, Completed):
        made = {recommendation.coded() for recommendation in state.completion.recommendations}
        again = outcome.coded() == state.completion.outcome.coded()
        if not again or made != {recommendation.coded() for recommendation in command.recommendations}:
            raise refusals.AuditAlreadyCompleted
        kept = _sealed(state.completion.outcome, state.completion.recommendations)
        if not _sealed(outcome, command.recommendations) <= kept:
            raise refusals.AuditCompletedWithOtherText
        return []
    if beside:
        raise refusals.RecommendationInvalid(beside)
    completed = AuditCompleted(
        at=command.at,
        by=command.by,
        outcome=outcome,
        recommendations=command.recommendations,
        counted_on=counted_on(command.at, command.recorded_on),
    )
    selection = concerns.selection_at_completion(command, state.concerns)
    if selection is None:
        return [completed]
    return [completed, moderating.requested(selection, command.at, command.by)]


def _problems_of_recommendations(command: CompleteAudit) -> Iterator[refusals.Problem]:
    yield from command.unknown_categories
    yield from recommending.problems_of(command.recommendations, command.at)


def _sealed(outcome: Outcome, recommendations: Sequence[Recommendation]) -> set[tuple[str, SealedText]]:
    """Return every text of a completion with its place: one that is not stored may not be dropped in silence."""
    made = {(f"recommendations/{each.id}", each.text) for each in recommendations if each.text is not None}
    return made | set(outcome.texts().items())


def _amend(command: AmendAudit, state: Completed) -> Sequence[Event]:
    if business_date(command.at) < state.completed_on:
        raise HappenedBeforeCompletion
    outcome = _valid(command, state)
    changed = _changes(state.outcome, outcome)
    if not changed:
        raise refusals.NothingToAmend
    amended = AuditAmended(at=command.at, by=command.by, outcome=outcome, reason=command.reason, changed=changed)
    if command.moderation is None or state.moderations:
        return [amended]
    return [amended, moderating.requested(command.moderation, command.at, command.by)]


def _changes(before: Outcome, after: Outcome) -> tuple[str, ...]:
    """Name the fields of the outcome that changed.

    A text counts as changed where it is another sealed text: the app keeps the sealed text of what was not rewritten.
    """
    fields = set(type(before).model_fields) - {"themes"}
    changed = {name for name in fields if getattr(before, name) != getattr(after, name)}
    if before.themes_named() != after.themes_named():
        changed.add("themes")
    return tuple(sorted(changed))


def _valid(
    command: CompleteAudit | AmendAudit, state: Allocated | Completed, beside: Sequence[refusals.Problem] = ()
) -> Outcome:
    """Return the outcome with the practitioner's own feedback and the themes found in it, if the tool allows it.

    `beside` is what else is wrong with what was handed in: it is told with the outcome's faults, if there are any.
    """
    allocation, tool = state.allocation, command.tool
    if (tool.tool, tool.version) != (allocation.tool, allocation.tool_version):
        raise refusals.ToolDoesNotMatch
    status, today = allocation.place.child_status, business_date(command.at)
    given = state.joined if isinstance(state, Completed) else state.feedback
    outcome = theirs.with_feedback(command.outcome, tool, status, given)
    problems = (
        *problems_of(tool, status, outcome, today),
        *particulars.problems_of(tool, status, outcome, today),
    )
    if problems:
        raise refusals.OutcomeInvalid((*problems, *beside))
    themes = particulars.with_findings(outcome, themes_of(tool, outcome))
    return graded(tool, outcome).model_copy(update={"themes": themes})


def _withdraw(command: WithdrawAudit, state: State) -> Sequence[Event]:
    match state:
        case NotAllocated():
            raise refusals.AuditNotFound
        case Withdrawn():
            if state.reason != command.reason:
                raise AuditWithdrawnOtherwise
            return []
        case Allocated() | Completed():
            if business_date(command.at) < business_date(state.allocation.at):
                raise refusals.HappenedBeforeAllocation
            if isinstance(state, Completed) and business_date(command.at) < state.completed_on:
                raise HappenedBeforeCompletion
            return [AuditWithdrawn(at=command.at, by=command.by, reason=command.reason)]
    assert_never(state)
