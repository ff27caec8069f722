"""Disputes about a moderated grade, and the reflective case note (domain.md sections 2 and 3; practice.md section 4).

A difference of grades opens a dispute by itself, or the auditee's manager does. A second moderator or a panel decides,
and that is final. Nobody decides who audited, moderated or disputed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from services.audit.domain import people
from services.audit.domain.audits.states import Completed, Dispute, Moderation
from services.audit.domain.moderation import independence as moderation_independence
from services.audit.domain.moderation import judging
from services.audit.domain.moderation import refusals as moderation_refusals
from services.audit.domain.moderation.commands import (
    DisputeModeration,
    DisputeTerms,
    RecordReflectiveNote,
    SettleDispute,
)
from services.audit.domain.moderation.events import (
    DisputeSettled,
    ModerationDisputed,
    ModerationDone,
    ModerationEvent,
    ModerationRequested,
    ReflectiveNoteRecorded,
)
from services.audit.domain.moderation.evolving import decider_of
from services.audit.domain.moderation.words import (
    DISPUTED,
    TWO_GRADES_APART,
    Decider,
    DisputeOutcome,
    dispute_id,
    moderation_id,
)
from services.audit.domain.refusals import Problem, ToolDoesNotMatch
from services.audit.domain.words import Actor, Code, SealedText, business_date

BY_POLICY = Actor(role="service")
"""Who opens a dispute that nobody in particular opened."""


def after(
    event: ModerationDone, moderation: Moderation, terms: DisputeTerms | None, state: Completed
) -> Sequence[ModerationEvent]:
    """Return what follows: a final moderation settles its dispute, one too far from the auditor's opens one."""
    if moderation.requested.dispute_id is not None:
        return [_settled_by(event, state.disputes[moderation.requested.dispute_id], state)]
    if terms is None or terms.second_at_distance is None or state.open_dispute is not None:
        return []
    if event.auditor_grade is None or event.moderator_grade is None:
        return []
    if abs(event.moderator_grade.rank - event.auditor_grade.rank) < terms.second_at_distance:
        return []
    return _opened(event, event.at, BY_POLICY, reason=TWO_GRADES_APART, terms=terms, state=state)


def dispute(command: DisputeModeration, state: Completed) -> Sequence[ModerationEvent]:
    """Dispute the grade that the last moderation left standing, within the days the authority gives."""
    last = state.last_moderation
    if last is None:
        raise moderation_refusals.NothingToDispute
    before = state.disputes.get(dispute_id(last.moderation_id))
    if before is not None and _same(command, before):
        return []
    if any(each.settled is not None for each in state.disputes.values()):
        raise moderation_refusals.DecisionIsFinal
    if state.open_dispute is not None:
        raise moderation_refusals.DisputeIsOpen
    if state.open_moderation is not None:
        raise moderation_refusals.ModerationUnderWay
    if command.at < last.at:
        raise moderation_refusals.NothingToDispute
    if business_date(command.at) > business_date(last.at) + timedelta(days=command.terms.within_days):
        raise moderation_refusals.DisputeTooLate
    return _opened(
        last, command.at, command.by, reason=command.reason, terms=command.terms, state=state, text=command.text
    )


def _same(command: DisputeModeration, before: Dispute) -> bool:
    """Say whether a dispute was opened alike; a text is never dropped, and cannot be compared once sealed."""
    opened = before.opened
    return (opened.by, opened.reason) == (command.by, command.reason) and command.text in (None, opened.text)


def settle(command: SettleDispute, state: Completed) -> Sequence[ModerationEvent]:
    """Settle a dispute as its panel decided, or as noted; it stays settled.

    Who is to decide is said first: nobody mends the panel of what a second moderator decides.
    """
    found = state.disputes.get(command.dispute_id)
    if found is None:
        raise moderation_refusals.DisputeNotFound
    opened = found.opened
    event = _settlement(command, opened, state)
    if found.settled is not None:
        if _coded(event) != _coded(found.settled):
            raise moderation_refusals.DisputeAlreadySettled
        if not _texts(event) <= _texts(found.settled):
            raise moderation_refusals.SettledWithOtherText
        return []
    if command.outcome is DisputeOutcome.NOTED:
        moderation_independence.check_unjudged(state, command.by.reference)
    elif opened.decided_by is not Decider.PANEL:
        raise moderation_refusals.SettledByModeration
    if (state.allocation.tool, state.allocation.tool_version) != (command.tool.tool, command.tool.version):
        raise ToolDoesNotMatch
    problems = tuple(_problems(command, opened, state))
    if problems:
        raise moderation_refusals.SettlementInvalid(problems)
    if command.at < opened.at:
        raise moderation_refusals.HappenedBeforeCompletion
    return [event]


def _settlement(command: SettleDispute, opened: ModerationDisputed, state: Completed) -> DisputeSettled:
    changed = command.outcome is DisputeOutcome.CHANGED
    return DisputeSettled(
        at=command.at,
        by=command.by,
        dispute_id=command.dispute_id,
        moderation_id=opened.moderation_id,
        outcome=command.outcome,
        decided_by=_decided_by(command, opened, state),
        grade_before=opened.disputed_grade,
        standing_grade=command.standing_grade if changed else opened.disputed_grade,
        panel=tuple(sorted(member.person for member in command.panel)),
        text=command.text,
        sections=dict(command.sections),
        overridden_limits=dict(command.overridden_limits),
    )


def note(command: RecordReflectiveNote, state: Completed) -> Sequence[ModerationEvent]:
    """Record a reflective case note; each has an id of its own."""
    if business_date(command.at) < state.completed_on:
        raise moderation_refusals.HappenedBeforeCompletion
    before = next((each for each in state.reflective_notes if each.note_id == command.note_id), None)
    if before is not None:
        same = set(before.discussed_with) == set(command.discussed_with)
        if not same or command.text not in (None, before.text):
            raise moderation_refusals.NoteRecordedOtherwise
        return []
    if problems := tuple(people.problems_in_list("discussed_with", command.discussed_with)):
        raise moderation_refusals.NoteInvalid(problems)
    return [
        ReflectiveNoteRecorded(
            at=command.at,
            by=command.by,
            note_id=command.note_id,
            discussed_with=command.discussed_with,
            text=command.text,
        )
    ]


def _opened(
    moderation: ModerationDone,
    at: datetime,
    by: Actor,
    *,
    reason: Code,
    terms: DisputeTerms,
    state: Completed,
    text: SealedText | None = None,
) -> Sequence[ModerationEvent]:
    """Return a dispute, and the second moderation that is to decide it where the authority has it so."""
    opened = ModerationDisputed(
        at=at,
        by=by,
        dispute_id=dispute_id(moderation.moderation_id),
        moderation_id=moderation.moderation_id,
        reason=reason,
        disputed_grade=moderation.standing_grade,
        decided_by=terms.decided_by,
        text=text,
    )
    if terms.decided_by is Decider.PANEL:
        return [opened]
    second = ModerationRequested(
        at=at,
        by=by,
        moderation_id=moderation_id(state.allocation.audit_id, len(state.moderations) + 1),
        selected_because=TWO_GRADES_APART if reason == TWO_GRADES_APART else DISPUTED,
        policy_version=terms.policy_version,
        due_on=terms.second_due_on,
        blind=terms.blind,
        dispute_id=opened.dispute_id,
    )
    return [opened, second]


def _settled_by(event: ModerationDone, dispute_: Dispute, state: Completed) -> DisputeSettled:
    """Return the settlement that a final moderation is."""
    before = dispute_.opened.disputed_grade
    return DisputeSettled(
        at=event.at,
        by=event.by,
        dispute_id=dispute_.opened.dispute_id,
        moderation_id=dispute_.opened.moderation_id,
        outcome=DisputeOutcome.UPHELD if event.standing_grade == before else DisputeOutcome.CHANGED,
        decided_by=decider_of(state, event),
        grade_before=before,
        standing_grade=event.standing_grade,
        panel=event.panel,
    )


def _problems(command: SettleDispute, opened: ModerationDisputed, state: Completed) -> Iterator[Problem]:
    grade, before = command.standing_grade, opened.disputed_grade
    if command.outcome is DisputeOutcome.CHANGED and (grade is None or grade == before):
        yield Problem("standing_grade", "the grade that stands now is missing, or is the disputed one", "Give it.")
    if command.outcome is not DisputeOutcome.CHANGED and grade not in (None, before):
        message = "another grade than the disputed one is given, and the outcome says that it stays"
        yield Problem("standing_grade", message, "Leave it out, or say outcome: changed.")
    if command.outcome is DisputeOutcome.NOTED:
        for place in ("panel", "sections", "overridden_limits"):
            if getattr(command, place):
                yield Problem(place, "this is a panel's, and there was nothing to decide", "Leave it out.")
    else:
        standing = grade if command.outcome is DisputeOutcome.CHANGED else before
        yield from judging.problems_of_settlement(command, opened.moderation_id, standing, state)
        yield from moderation_independence.panel_problems(
            state, command.panel, own_team_allowed=command.own_team_allowed
        )


def _decided_by(command: SettleDispute, opened: ModerationDisputed, state: Completed) -> Decider:
    """Return whose the grade is: the panel's, or, where there was nothing to decide, still the moderator's."""
    if command.outcome is not DisputeOutcome.NOTED:
        return Decider.PANEL
    disputed = state.moderations[opened.moderation_id].done
    assert disputed is not None
    return decider_of(state, disputed)


def _coded(event: DisputeSettled) -> dict[str, object]:
    coded = event.model_dump(exclude={"at", "by", "settings_version", "text", "overridden_limits"})
    return {**coded, "overridden_limits": set(event.overridden_limits)}


def _texts(event: DisputeSettled) -> set[tuple[str, SealedText]]:
    """Return the texts with their places: one that is not stored may not be dropped in silence."""
    return {*event.overridden_limits.items(), *(() if event.text is None else (("text", event.text),))}
