"""Moderation of a completed audit: asked for once, done once, by somebody independent (domain.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from services.audit.domain import refusals
from services.audit.domain.audits.outcome import Answer, answer_texts, coded_answers
from services.audit.domain.audits.states import Completed, Moderation
from services.audit.domain.moderation import disputes as moderation_disputes
from services.audit.domain.moderation import independence as moderation_independence
from services.audit.domain.moderation import judging
from services.audit.domain.moderation import refusals as moderation_refusals
from services.audit.domain.moderation.commands import (
    AssignModeration,
    DisputeModeration,
    GiveBlindGrades,
    ModerationCommand,
    ModerationSelection,
    RecordModeration,
    RecordReflectiveNote,
    RequestModeration,
    SettleDispute,
)
from services.audit.domain.moderation.events import (
    ModerationAssigned,
    ModerationDone,
    ModerationEvent,
    ModerationRequested,
    ModeratorGraded,
)
from services.audit.domain.moderation.words import PRACTITIONER, TEAM_MANAGER
from services.audit.domain.planning import too_far_ahead
from services.audit.domain.words import Actor, Code, SealedText, business_date, counted_on

_DUE_BEFORE_IT_IS_ASKED_FOR: Final = refusals.Problem(
    "due_on",
    "the moderation would be due before it is asked for",
    "Give a day on or after that one, or leave it out.",
)


def decide(  # noqa: PLR0911 - a table, one return a command, and mypy sees that none is left out
    command: ModerationCommand, state: Completed
) -> Sequence[ModerationEvent]:
    """Return what follows from a command on a completed audit's moderation.

    Raises:
        Refused: the business does not allow it; the type says why.

    """
    match command:
        case RequestModeration():
            return request(command, state)
        case AssignModeration():
            return assign(command, state)
        case GiveBlindGrades():
            return grade_blind(command, state)
        case RecordModeration():
            return record(command, state)
        case DisputeModeration():
            return moderation_disputes.dispute(command, state)
        case SettleDispute():
            return moderation_disputes.settle(command, state)
        case RecordReflectiveNote():
            return moderation_disputes.note(command, state)
    assert_never(command)


def requested(selection: ModerationSelection, at: datetime, by: Actor) -> ModerationRequested:
    """Return the event of an audit selected for moderation."""
    return ModerationRequested(
        at=at,
        by=by,
        moderation_id=selection.moderation_id,
        selected_because=selection.selected_because,
        policy_version=selection.policy_version,
        due_on=selection.due_on,
        moderator=selection.moderator,
        blind=selection.blind,
    )


def request(command: RequestModeration, state: Completed) -> Sequence[ModerationEvent]:
    """Ask for a moderation; one at a time is open, and no more than the policy allows.

    One that is asked for already is asked for again only as it is: another moderator, or blind instead of sighted,
    would otherwise be dropped in silence.
    """
    before = state.moderations.get(command.selection.moderation_id)
    if before is not None and not _asks_otherwise(command.selection, before):
        return []
    if before is not None or state.open_moderation is not None:
        raise refusals.ModerationAlreadyRequested
    _still_open(state)
    held = sum(not each.final for each in state.moderations.values())
    if command.most is not None and held >= command.most:
        raise moderation_refusals.NoFurtherModeration
    today = business_date(command.at)
    if today < state.completed_on:
        raise moderation_refusals.HappenedBeforeCompletion
    if command.selection.due_on < today:
        raise refusals.ModerationInvalid((_DUE_BEFORE_IT_IS_ASKED_FOR,))
    if too_far := tuple(too_far_ahead("due_on", command.selection.due_on, today)):
        raise refusals.ModerationInvalid(too_far)
    if command.selection.moderator is not None:
        moderation_independence.check(state, command.selection.moderator, command.moderator_teams)
    return [requested(command.selection, command.at, command.by)]


def _asks_otherwise(selection: ModerationSelection, before: Moderation) -> bool:
    """Say whether a moderator is named who is not to do it, or another way to see it is asked for."""
    who = before.requested.moderator if before.done is None else before.done.moderator
    return selection.moderator not in {None, who} or selection.blind is not before.requested.blind


def assign(command: AssignModeration, state: Completed) -> Sequence[ModerationEvent]:
    """Give an open moderation to somebody independent; who has begun it keeps it."""
    moderation = _moderation(command.moderation_id, state)
    if moderation.requested.moderator == command.moderator:
        return []
    if moderation.done is not None:
        raise refusals.ModerationAlreadyDone
    _not_lapsed(moderation, state)
    if moderation.graded is not None:
        raise moderation_refusals.BlindGradesGiven
    if command.moderator is not None:
        moderation_independence.check(
            state, command.moderator, command.moderator_teams, moderation_id=command.moderation_id
        )
    return [
        ModerationAssigned(
            at=command.at, by=command.by, moderation_id=command.moderation_id, moderator=command.moderator
        )
    ]


def grade_blind(command: GiveBlindGrades, state: Completed) -> Sequence[ModerationEvent]:
    """Take a blind moderator's own grades, once: they stay whatever is recorded after."""
    moderation = _to_moderate(command, state)
    if not moderation.requested.blind:
        raise moderation_refusals.ModerationIsSighted
    event = ModeratorGraded(
        at=command.at,
        by=command.by,
        moderation_id=command.moderation_id,
        moderator=command.moderator,
        overall_grade=command.overall_grade,
        sections=dict(command.sections),
        quality=command.quality,
        rationale=command.rationale,
        section_reasons=dict(command.section_reasons),
        answers=dict(command.answers),
        overridden_limits=dict(command.overridden_limits),
    )
    before = moderation.graded
    if before is not None and _coded(event) == _coded(before) and _texts(event) <= _texts(before):
        return []
    if before is not None or moderation.done is not None:
        raise moderation_refusals.BlindGradesGiven  # whatever else is wrong: no other grades can be given
    problems = tuple(judging.problems_of_blind(command, state))
    if problems:
        raise refusals.ModerationInvalid(problems)
    return [event]


def record(command: RecordModeration, state: Completed) -> Sequence[ModerationEvent]:
    """Record what a moderator found, once: of two moderators the second is told so."""
    moderation = _to_moderate(command, state)
    if moderation.done is not None and moderation.done.moderator != command.moderator:
        raise refusals.ModerationAlreadyDone  # whatever else is wrong: it is another's, and may be hidden from them
    problems = tuple(judging.problems_of(command, state, moderation))
    if problems:
        raise refusals.ModerationInvalid(problems)
    event = _done(command, state, moderation.graded)
    if moderation.done is None:
        return [event, *moderation_disputes.after(event, moderation, command.terms, state)]
    if _coded(event) != _coded(moderation.done):
        raise refusals.ModerationAlreadyDone
    if not _texts(event) <= _texts(moderation.done):
        raise refusals.ModerationDoneWithOtherText
    return []


def _done(command: RecordModeration, state: Completed, graded: ModeratorGraded | None) -> ModerationDone:
    """Return the moderation: the moderator's own grade is the one given blind, and the final one stands."""
    own = command.overall_grade if graded is None else graded.overall_grade
    met = {meeting.role for meeting in command.meetings}
    return ModerationDone(
        at=command.at,
        by=command.by,
        moderation_id=command.moderation_id,
        moderator=command.moderator,
        moderator_type=command.moderator_type,
        auditor_grade=state.outcome.overall_grade,
        moderator_grade=own,
        standing_grade=command.standing_grade or command.overall_grade or own,
        sections=dict(command.sections) or ({} if graded is None else dict(graded.sections)),
        concern=command.concern,
        inadequate_likely=command.inadequate_likely,
        met_team_manager=command.met_team_manager or TEAM_MANAGER in met,
        met_practitioner=command.met_practitioner or PRACTITIONER in met,
        audit_quality=command.audit_quality,
        rationale=command.rationale,
        concern_text=command.concern_text,
        quality=command.quality or (None if graded is None else graded.quality),
        section_reasons=dict(command.section_reasons),
        meetings=command.meetings,
        feedback=command.feedback,
        panel=tuple(sorted(member.person for member in command.panel)),
        answers=dict(command.answers) or ({} if graded is None else _without_texts(graded.answers)),
        overridden_limits=dict(command.overridden_limits),
        counted_on=counted_on(command.at, command.recorded_on),
    )


def _without_texts(answers: Mapping[Code, Answer]) -> dict[Code, Answer]:
    """Return the codes of answers that were given blind: their texts are in boxes of their own."""
    coded = coded_answers(answers)
    return {id_: Answer(value=value, reason=reason) for id_, (value, reason) in coded.items()}


def _to_moderate(command: GiveBlindGrades | RecordModeration, state: Completed) -> Moderation:
    """Return the moderation, if it may be done by this moderator with this tool."""
    moderation = _moderation(command.moderation_id, state)
    moderation_independence.check(
        state,
        command.moderator,
        command.moderator_teams,
        own_team_allowed=command.own_team_allowed,
        moderation_id=command.moderation_id,
    )
    if moderation.requested.moderator not in (None, command.moderator):
        raise refusals.ModeratorNotAssigned
    if moderation.done is None:
        _not_lapsed(moderation, state)
        if business_date(command.at) < state.completed_on:
            raise moderation_refusals.HappenedBeforeCompletion
        if moderation.graded is not None and moderation.graded.moderator != command.moderator:
            raise moderation_refusals.BlindGradesGiven
    if (state.allocation.tool, state.allocation.tool_version) != (command.tool.tool, command.tool.version):
        raise refusals.ToolDoesNotMatch
    return moderation


def _moderation(id_: UUID, state: Completed) -> Moderation:
    moderation = state.moderations.get(id_)
    if moderation is None:
        raise refusals.ModerationNotRequested
    return moderation


def _not_lapsed(moderation: Moderation, state: Completed) -> None:
    if state.lapsed(moderation):
        raise moderation_refusals.DecisionIsFinal


def _still_open(state: Completed) -> None:
    """Refuse a further moderation once a dispute was settled, or while one waits for its decision."""
    if any(each.settled is not None for each in state.disputes.values()):
        raise moderation_refusals.DecisionIsFinal
    if state.open_dispute is not None:
        raise moderation_refusals.DisputeIsOpen


_NOT_COMPARED = {
    "at",
    "by",
    "settings_version",
    "rationale",
    "concern_text",
    "feedback",
    "section_reasons",
    "auditor_grade",
    "answers",
    "overridden_limits",
}


def _coded(event: ModerationDone | ModeratorGraded) -> dict[str, object]:
    """Return what two recordings of a moderation are compared by: all but the moment and the sealed text."""
    coded = event.model_dump(exclude=_NOT_COMPARED)
    return {**coded, "answers": coded_answers(event.answers), "overridden_limits": set(event.overridden_limits)}


def _texts(event: ModerationDone | ModeratorGraded) -> set[tuple[str, SealedText]]:
    """Return the texts with their places: one that is not stored may not be dropped in silence."""
    limits = {(f"overridden_limits/{limit}", why) for limit, why in event.overridden_limits.items()}
    found = {
        ("rationale", event.rationale),
        *event.section_reasons.items(),
        *answer_texts(event.answers).items(),
        *limits,
    }
    if isinstance(event, ModerationDone):
        found |= {("concern_text", event.concern_text), ("feedback", event.feedback)}
    return {(place, text) for place, text in found if text is not None}
