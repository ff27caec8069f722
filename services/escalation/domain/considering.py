"""The rules of considering: causes join and reopen, it is discussed, and decided (Appendix E, steps 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence

from services.escalation.domain import commands, events
from services.escalation.domain.events import Event
from services.escalation.domain.model import Category, Cause, Clock, Novelty, RequiredStep, gravest
from services.escalation.domain.refusals import ChildIsErased, NotTheirs, StepOutOfOrder
from services.escalation.domain.requiring import (
    require_moment,
    require_no_lowering,
    require_person,
    require_steps_before,
)
from services.escalation.domain.roles import QA_MANAGER, QA_OFFICER, SERVICE
from services.escalation.domain.states import (
    Closed,
    Considering,
    Facts,
    Known,
    NotRequired,
    Raised,
    SignedOff,
    Taken,
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


def note_withdrawal(command: commands.NoteAuditWithdrawn, facts: Facts) -> Sequence[Event]:
    """Note, once, that the audit was withdrawn: it never closes anything by itself."""
    return [] if facts.withdrawn_at is not None else [events.AuditWithdrawalNoted(at=command.happened_at)]


def note_standing_grade(command: commands.NoteStandingGrade, facts: Facts) -> Sequence[Event]:
    """Note the grade that a moderation or a dispute left standing: it never closes anything by itself."""
    if facts.settled_grade == command.grade:
        return []
    return [events.StandingGradeNoted(at=command.happened_at, grade=command.grade, because=command.because)]


def note_case_reference(command: commands.NoteCaseReference, facts: Facts) -> Sequence[Event]:
    """Note the child's reference, once: one that is known is never changed."""
    if facts.place.case_reference is not None:
        return []
    return [events.CaseReferenceNoted(at=command.happened_at, case_reference=command.case_reference)]


def note_number_refused(command: commands.NoteCaseNumberRefused, facts: Facts) -> Sequence[Event]:
    """Note, once a number, that nothing comes of it; one that was corrected meanwhile is another."""
    if facts.case_number != command.case_number or facts.number_refused is not None:
        return []
    return [events.CaseNumberRefused(at=command.happened_at, reason=command.reason)]


def name_child(command: commands.NameChild, state: Known) -> Sequence[Event]:
    """Enter which child it is about while its reference is awaited; by the QA unit, or by who brought it in."""
    require_person(command)
    facts = state.facts
    brought_in = any(command.actor.is_the_same_person_as(one) for one in (*facts.found_by, *facts.raised_by))
    if command.actor.role not in {QA_OFFICER, QA_MANAGER} and not brought_in:
        raise NotTheirs(
            "Only the QA unit, or who brought this in, says which child it is about.",
            way_out="Ask a QA officer or QA manager.",
        )
    known = facts.place.case_reference
    if known is not None and known == command.case_reference:
        return []
    if facts.child_erased_at is not None:
        raise ChildIsErased
    if facts.case_number is None:
        raise StepOutOfOrder(
            "Which child it is about is known already.",
            way_out="Was it raised about another child? Withdraw it, and start one about the right child.",
            field="case_reference",
        )
    require_moment(command, None)
    if command.case_reference is not None:
        return [
            events.CaseReferenceNoted(at=command.happened_at, case_reference=command.case_reference, by=command.actor)
        ]
    assert command.case_number is not None  # one of the two
    return [events.CaseNumberCorrected(at=command.happened_at, case_number=command.case_number, by=command.actor)]


def note_child_erased(command: commands.NoteChildErased, facts: Facts) -> Sequence[Event]:
    """Note, once, that the child was erased: the figures stay, the texts are unreadable."""
    return [] if facts.child_erased_at is not None else [events.ChildErasureNoted(at=command.happened_at)]


def record_discussion(command: commands.RecordDiscussion, state: Considering | Raised) -> Sequence[Event]:
    """Record a discussion; with people it was discussed with already, and without a text, it changes nothing.

    It may have been held before the concern was flagged, and after the raise where that was at once.
    """
    known = {role for one in state.discussions for role in one.roles}
    if set(command.with_whom) <= known and command.text is None:
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
