"""What is noted of the audit and the child behind it, each once: it closes nothing and takes no step by itself."""

from __future__ import annotations

from collections.abc import Sequence

from services.escalation.domain import commands, events
from services.escalation.domain.events import Event
from services.escalation.domain.parts import Facts
from services.escalation.domain.refusals import ChildIsErased, NotTheirs, StepOutOfOrder
from services.escalation.domain.requiring import require_moment, require_person
from services.escalation.domain.roles import QA_MANAGER, QA_OFFICER
from services.escalation.domain.states import Known


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
    """Enter which child it is about while its reference is awaited; by the QA unit, or by who brought it in.

    The reference that is known already says nothing new, whoever gives it: mostly audit has given it meanwhile.
    """
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
