"""Moderation of a completed audit: asked for once, done once, by somebody independent (domain.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import assert_never

from services.audit.domain import refusals
from services.audit.domain.moderation_commands import (
    ModerationCommand,
    ModerationSelection,
    RecordModeration,
    RequestModeration,
)
from services.audit.domain.moderation_events import ModerationDone, ModerationEvent, ModerationRequested
from services.audit.domain.refusals import Problem
from services.audit.domain.states import Completed
from services.audit.domain.tool import Judgement
from services.audit.domain.words import Actor, SealedText


def decide(command: ModerationCommand, state: Completed) -> Sequence[ModerationEvent]:
    """Return what follows from a command on a completed audit's moderation."""
    match command:
        case RequestModeration():
            return request(command, state)
        case RecordModeration():
            return record(command, state)
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
    """Ask for a moderation; one at a time is open."""
    if command.selection.moderation_id in state.moderations:
        return []
    if state.open_moderation is not None:
        raise refusals.ModerationAlreadyRequested
    if command.selection.moderator == state.allocation.auditor:
        raise refusals.ModeratorIsTheAuditor
    return [requested(command.selection, command.at, command.by)]


def record(command: RecordModeration, state: Completed) -> Sequence[ModerationEvent]:
    """Record what a moderator found, once: of two moderators the second is told so."""
    moderation = state.moderations.get(command.moderation_id)
    if moderation is None:
        raise refusals.ModerationNotRequested
    _check_independence(command, state)
    if moderation.requested.moderator not in (None, command.moderator):
        raise refusals.ModeratorNotAssigned
    if (state.allocation.tool, state.allocation.tool_version) != (command.tool.tool, command.tool.version):
        raise refusals.ToolDoesNotMatch
    problems = tuple(_problems(command, state))
    if problems:
        raise refusals.ModerationInvalid(problems)
    event = ModerationDone(
        at=command.at,
        by=command.by,
        moderation_id=command.moderation_id,
        moderator=command.moderator,
        moderator_type=command.moderator_type,
        auditor_grade=state.outcome.overall_grade,
        moderator_grade=command.overall_grade,
        standing_grade=command.standing_grade or command.overall_grade,
        sections=dict(command.sections),
        concern=command.concern,
        inadequate_likely=command.inadequate_likely,
        met_team_manager=command.met_team_manager,
        met_practitioner=command.met_practitioner,
        audit_quality=command.audit_quality,
        rationale=command.rationale,
        concern_text=command.concern_text,
    )
    if moderation.done is None:
        return [event]
    if _coded(event) != _coded(moderation.done):
        raise refusals.ModerationAlreadyDone
    if not _texts(event) <= _texts(moderation.done):
        raise refusals.ModerationDoneWithOtherText
    return []


def _check_independence(command: RecordModeration, state: Completed) -> None:
    if command.moderator == state.allocation.auditor:
        raise refusals.ModeratorIsTheAuditor
    team = str(state.allocation.place.organisation)
    if team in command.moderator_teams and not command.own_team_allowed:
        raise refusals.ModeratorIsOfTheTeam


def _problems(command: RecordModeration, state: Completed) -> Iterator[Problem]:
    tool, status = command.tool, state.allocation.place.child_status
    if tool.graded and command.overall_grade is None:
        yield Problem("overall_grade", "the moderator's overall grade is missing", "Give the grade.")
    if not tool.graded and (command.overall_grade is not None or command.standing_grade is not None):
        yield Problem("overall_grade", "this tool is not graded", "Leave the grades out.")
    graded = {
        section.id for section in tool.sections if section.judgement is Judgement.GRADE and section.applies(status)
    }
    for id_ in command.sections:
        if id_ not in graded:
            message = "the tool has no such graded section for this child's status"
            yield Problem(f"sections.{id_}", message, "Leave it out, or check its id.")


def _coded(event: ModerationDone) -> dict[str, object]:
    """Return what two recordings of a moderation are compared by: all but the moment and the sealed text."""
    return event.model_dump(exclude={"at", "by", "settings_version", "rationale", "concern_text", "auditor_grade"})


def _texts(event: ModerationDone) -> set[tuple[str, SealedText]]:
    """Return the texts with their places: one that is not stored may not be dropped in silence."""
    found = {("rationale", event.rationale), ("concern_text", event.concern_text)}
    return {(place, text) for place, text in found if text is not None}
