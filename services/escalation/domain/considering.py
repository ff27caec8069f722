"""The rules of considering: causes join and reopen, it is discussed, and decided (Appendix E, steps 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence

from services.escalation.domain import commands, events
from services.escalation.domain.events import Event
from services.escalation.domain.model import Category, Cause, Clock, Novelty, RequiredStep, gravest
from services.escalation.domain.parts import Taken
from services.escalation.domain.repeating import Record, is_repeated, taken_before
from services.escalation.domain.requiring import (
    require_moment,
    require_no_lowering,
    require_person,
    require_steps_before,
)
from services.escalation.domain.roles import SERVICE
from services.escalation.domain.states import (
    Closed,
    Considering,
    NotRequired,
    Raised,
    SignedOff,
    Withdrawn,
)
from services.escalation.domain.steps import NextStep

NEW_CAUSE = "new-cause"
"""The coded reason of a reclassification that a new safeguarding cause brought about."""


def open_consideration(command: commands.Consider) -> Sequence[Event]:
    """Open the consideration; a safeguarding cause among them lifts the whole."""
    causes = _new(command.causes, ())
    if not causes:
        return []
    if command.actor.role != SERVICE:  # a person's clock is ours; another service's may run a little ahead
        require_moment(command, None)
    category = _category(causes)
    return [
        events.ConsiderationOpened(
            at=command.happened_at,
            place=command.place,
            causes=causes,
            category=category,
            policy_version=command.policy_version,
            clock=_clock(command, category),
            steps_required=command.steps_required,
            case_number=command.case_number,
        ),
        *_at_once(command, category),
    ]


def join(command: commands.Consider, state: Considering) -> Sequence[Event]:
    """Keep each new cause; a repeated one changes nothing. What it makes due sooner, is due sooner.

    Where its clock is over by then, it is overdue at once.
    """
    causes = _new(command.causes, state.facts.causes)
    if not causes:
        return []
    category = gravest(state.category, _category(causes))
    clock = _taking_over(_clock(command, _category(causes)), _category(causes), state)
    return [
        _joined(command, causes, category, clock),
        *(_at_once(command, category) or _overdue_at_once(command, clock)),
    ]


def join_raised(command: commands.Consider, state: Raised) -> Sequence[Event]:
    """Keep each new cause; a safeguarding one reclassifies at once, since the shorter clock holds from the raise."""
    causes = _new(command.causes, state.facts.causes)
    if not causes:
        return []
    joined: list[Event] = [_joined(command, causes, gravest(state.category, _category(causes)))]
    if _category(causes).is_graver_than(state.category):
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


def reconsider(command: commands.Consider, state: NotRequired | Withdrawn) -> Sequence[Event]:
    """Re-open what was found not required or withdrawn: nothing was done about its causes, so they count again."""
    causes = _new(command.causes, state.facts.causes)
    if not causes:
        return []
    stood = state.category if isinstance(state, NotRequired) else _category(state.raised.causes)
    return _reopened(command, causes, gravest(stood, _category(causes)))


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
        return [_joined(command, causes, category)]
    return _reopened(command, causes, category)


def record_discussion(command: commands.RecordDiscussion, state: Considering | Raised) -> Sequence[Event]:
    """Record a discussion; each further one is kept beside those before.

    There may be several of a case: with somebody else, by somebody else, at another moment, or with something written
    of it. Only the same person's discussion with the same people, of the same or no moment and with no text, is taken
    for the one that is recorded. It may have been held before the concern was flagged, and after the raise where that
    was at once.
    """
    if any(
        is_repeated(command, one.at, one.by, alike=set(one.roles) == set(command.with_whom))
        for one in state.discussions
    ):
        return []
    require_moment(command, None)
    return [
        events.DiscussionRecorded(
            at=command.happened_at, with_whom=command.with_whom, by=command.actor, text=command.text
        )
    ]


def find_not_required(command: commands.RecordDecisionNotRequired, state: Considering) -> Sequence[Event]:
    """Record the decision, with its reason."""
    _require_to_be_decided(command, state)
    return [
        events.EscalationFoundNotRequired(
            at=command.happened_at, reason=command.reason, by=command.actor, text=command.text
        )
    ]


def found_not_required_before(command: commands.RecordDecisionNotRequired, state: NotRequired) -> Sequence[Event]:
    """Take the same decision once; one for another reason, or by somebody else, is refused."""
    return taken_before(
        command,
        Record(f"It was found not required ({state.reason})", state.decided_at, state.decided_by),
        alike=command.reason == state.reason,
        field="reason",
        way_out="Read the decision. A new cause re-opens the consideration: report it with what you found.",
    )


def raised_before(command: commands.RaiseEscalation, state: Raised) -> Sequence[Event]:
    """Take the same raise once; by somebody else, at another moment or in another category it is refused."""
    reopened = state.reopened_because is not None
    return taken_before(
        command,
        Record(
            f"It was {'reopened' if reopened else 'escalated'} as a {state.category} concern",
            state.raised_at,
            state.raised_by,
        ),
        alike=command.category in {None, state.category},
        field="category",
        way_out="Reclassify it to change the category: its clock keeps the original raise. If it was raised in error, "
        "withdraw it with a second person.",
    )


def raise_escalation(command: commands.RaiseEscalation, state: Considering) -> Sequence[Event]:
    """Raise it in the category of its causes, or lifted to safeguarding by whoever raises it."""
    require_person(command)
    _require_to_be_decided(command, state)
    category = command.category or state.category
    require_no_lowering(state.category, category)
    return [
        events.EscalationRaised(
            at=command.happened_at,
            category=category,
            clocks=command.clocks,
            told=command.told,
            by=command.actor,
            recorded_at=command.recorded_at,
            steps_required=command.steps_required,
        )
    ]


def discussed_at(discussions: tuple[Taken, ...]) -> Taken | None:
    """Return the first discussion by when it was held."""
    return min(discussions, key=lambda one: one.at, default=None)


def _require_to_be_decided(command: commands.Step, state: Considering) -> None:
    require_steps_before(NextStep.DECISION, state)
    require_moment(command, state.considered_at, "it came to be considered")
    first = discussed_at(state.discussions)
    if first is not None and RequiredStep.DISCUSSION in state.steps_required:
        require_moment(command, first.at, "it was discussed")


def _at_once(command: commands.Consider, category: Category) -> Sequence[Event]:
    """Raise a safeguarding concern by itself, where the authority wants it so."""
    if command.at_once is None or category is not Category.SAFEGUARDING:
        return []
    return [
        events.EscalationRaised(
            at=command.happened_at,
            category=category,
            clocks=command.at_once.clocks,
            told=command.at_once.told,
            by=command.actor,
            recorded_at=command.recorded_at,
            steps_required=command.steps_required,
        )
    ]


def _taking_over(clock: Clock | None, category: Category, state: Considering) -> Clock | None:
    """Return the clock that holds from now on, since a new cause came; None where what stood goes on.

    A graver concern has a clock of its own, with reminders of its own, also where what stood is overdue already; it is
    never due later than what stood. A lesser one whose decision is due sooner brings a graver one's clock forward.
    """
    stood = state.clock
    if clock is None or stood is None:
        return clock
    if category.is_graver_than(state.clock_category):
        return clock.no_later_than(stood)
    if clock.due_at >= stood.due_at:
        return None
    return stood.no_later_than(clock) if state.clock_category.is_graver_than(category) else clock


def _overdue_at_once(command: commands.Consider, clock: Clock | None) -> Sequence[Event]:
    """Mark what was set to a due moment that stood before and is past; history being entered is left to the timer."""
    if clock is None or clock.instead_of is None or not clock.due_at < command.recorded_at <= clock.instead_of:
        return []
    return [events.ConsiderationBecameOverdue(at=clock.due_at, due_at=clock.due_at)]


def _joined(
    command: commands.Consider, causes: tuple[Cause, ...], category: Category, clock: Clock | None = None
) -> events.CauseJoined:
    return events.CauseJoined(
        at=command.happened_at,
        causes=causes,
        category=category,
        policy_version=command.policy_version,
        clock=clock,
    )


def _reopened(command: commands.Consider, causes: tuple[Cause, ...], category: Category) -> Sequence[Event]:
    return [
        events.ConsiderationReopened(
            at=command.happened_at,
            causes=causes,
            category=category,
            policy_version=command.policy_version,
            clock=_clock(command, category),
            steps_required=command.steps_required,
        ),
        *_at_once(command, category),
    ]


def _clock(command: commands.Consider, category: Category) -> Clock | None:
    return None if command.clocks is None else command.clocks.of(category)


def _new(causes: tuple[Cause, ...], known: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Return the causes that are not known yet, each once, in the order given.

    What stood before the event that carries it is a cause only where nothing like it was ever heard of: the event
    that first told of it was then lost to us, and the concern must not be.
    """
    return tuple(
        dict.fromkeys(
            cause
            for cause in causes
            if not cause.is_one_of(known) and not (cause.novelty is Novelty.STANDING and cause.only_confirms(known))
        )
    )


def _category(causes: tuple[Cause, ...]) -> Category:
    return gravest(*(cause.category for cause in causes))
