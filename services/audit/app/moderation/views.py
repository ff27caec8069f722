"""What readers are shown of an audit's moderation: codes and references only; texts are shown with the audit."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field

from services.audit.app.moderation.access import Hidden
from services.audit.app.moderation.publishing import missed_inadequate, moderated_late
from services.audit.app.viewing import View, shown_answers
from services.audit.domain.audits.states import Completed, Dispute, Moderation
from services.audit.domain.moderation.evolving import decider_of, number_of
from services.audit.domain.moderation.words import Decider, Meeting, QualityOfAudit
from services.audit.domain.words import Concern, Grade, business_date


class BlindGradesView(View):
    """What the moderator gave before the auditor's grades were shown."""

    overall_grade: Grade | None
    sections: dict[str, Grade]
    answers: dict[str, Any] = Field(default_factory=dict)
    overridden_limits: tuple[str, ...] = ()


class ModerationView(View):
    """A moderation: asked for, and perhaps done. Its `moderator_grade` is the moderator's own."""

    moderation_id: UUID
    number: int
    final: bool = Field(description="whether it settles a dispute")
    selected_because: str | None = Field(description="none while grades are hidden from you: it can tell one")
    policy_version: str
    due_on: date
    blind: bool
    moderator: UUID | None = Field(description="none where it is open to any, or hidden from you")
    done: bool
    lapsed: bool = Field(description="its dispute was settled without it")
    blind_grades: BlindGradesView | None = None
    moderator_type: str | None = None
    auditor_grade: Grade | None = None
    moderator_grade: Grade | None = None
    standing_grade: Grade | None = None
    decided_by: Decider | None = None
    sections: dict[str, Grade] = Field(default_factory=dict)
    answers: dict[str, Any] = Field(default_factory=dict, description="to the tool's questions for the moderator")
    overridden_limits: tuple[str, ...] = Field(default=(), description="warnings of the tool that were set aside")
    quality: QualityOfAudit | None = None
    audit_quality: Grade | None = None
    missed_inadequate: bool | None = None
    concern: Concern | None = None
    met_team_manager: bool | None = None
    met_practitioner: bool | None = None
    meetings: tuple[Meeting, ...] = ()
    panel: tuple[UUID, ...] = ()
    moderated_on: date | None = None
    days_since_completion: int | None = None
    late: bool | None = Field(default=None, description="done after its day, or recorded after it by its moderator")


class DisputeView(View):
    """A dispute about a moderated grade, and perhaps its decision."""

    dispute_id: UUID
    moderation_id: UUID
    reason: str
    disputed_by: str = Field(description="a role")
    disputed_on: date
    disputed_grade: Grade | None
    to_be_decided_by: Decider
    settled: bool
    outcome: str | None = None
    decided_by: Decider | None = None
    standing_grade: Grade | None = None
    panel: tuple[UUID, ...] = ()
    sections: dict[str, Grade] = Field(default_factory=dict, description="those that the panel graded anew")
    overridden_limits: tuple[str, ...] = Field(default=(), description="warnings of the tool that were set aside")
    settled_on: date | None = None


class ReflectiveNoteView(View):
    """A reflective case note: that there is one, not what it says."""

    note_id: UUID
    recorded_by: str = Field(description="a role")
    discussed_with: tuple[str, ...]
    recorded_on: date


def moderations_of(state: Completed, hidden: Hidden, viewer: UUID | None) -> tuple[ModerationView, ...]:
    """Return an audit's moderations as a reader sees them; `viewer` may see their own part of a hidden one."""
    return tuple(_moderation(state, id_, each, hidden, viewer) for id_, each in state.moderations.items())


def _moderation(
    state: Completed, id_: UUID, moderation: Moderation, hidden: Hidden, viewer: UUID | None
) -> ModerationView:
    requested, done, graded = moderation.requested, moderation.done, moderation.graded
    moderator = requested.moderator if done is None else done.moderator
    shown = not hidden.grades and id_ not in hidden.under_way
    own_grades = graded is not None and (shown or graded.moderator == viewer)
    view = ModerationView(
        moderation_id=id_,
        number=number_of(state, id_),
        final=moderation.final,
        selected_because=None if hidden.grades else requested.selected_because,
        policy_version=requested.policy_version,
        due_on=requested.due_on,
        blind=requested.blind,
        moderator=None if hidden.people and moderator != viewer else moderator,
        done=done is not None,
        lapsed=state.lapsed(moderation),
        blind_grades=BlindGradesView(
            overall_grade=graded.overall_grade,
            sections=dict(graded.sections),
            answers=shown_answers(graded.answers),
            overridden_limits=tuple(sorted(graded.overridden_limits)),
        )
        if graded is not None and own_grades
        else None,
    )
    if done is None or hidden.grades:
        return view
    return view.model_copy(
        update={
            "moderator_type": done.moderator_type,
            "auditor_grade": done.auditor_grade,
            "moderator_grade": done.moderator_grade,
            "standing_grade": done.standing_grade,
            "decided_by": None if done.standing_grade is None else decider_of(state, done),
            "sections": dict(done.sections),
            "answers": shown_answers(done.answers),
            "overridden_limits": tuple(sorted(done.overridden_limits)),
            "quality": done.quality,
            "audit_quality": done.audit_quality,
            "missed_inadequate": missed_inadequate(done),
            "concern": done.concern,
            "met_team_manager": done.met_team_manager,
            "met_practitioner": done.met_practitioner,
            "meetings": _meetings(done.meetings, hidden),
            "panel": () if hidden.people else done.panel,
            "moderated_on": business_date(done.at),
            "days_since_completion": (business_date(done.at) - state.completed_on).days,
            "late": moderated_late(requested, done),
        }
    )


def _meetings(meetings: tuple[Meeting, ...], hidden: Hidden) -> tuple[Meeting, ...]:
    if not hidden.people:
        return meetings
    return tuple(each.model_copy(update={"person": None}) for each in meetings)


def disputes_of(state: Completed, hidden: Hidden) -> tuple[DisputeView, ...]:
    """Return an audit's disputes; none to whom its grades are hidden."""
    if hidden.grades:
        return ()
    return tuple(_dispute(each, hidden) for each in state.disputes.values())


def _dispute(dispute: Dispute, hidden: Hidden) -> DisputeView:
    opened, settled = dispute.opened, dispute.settled
    view = DisputeView(
        dispute_id=opened.dispute_id,
        moderation_id=opened.moderation_id,
        reason=opened.reason,
        disputed_by=opened.by.role,
        disputed_on=business_date(opened.at),
        disputed_grade=opened.disputed_grade,
        to_be_decided_by=opened.decided_by,
        settled=settled is not None,
    )
    if settled is None:
        return view
    return view.model_copy(
        update={
            "outcome": settled.outcome.value,
            "decided_by": settled.decided_by,
            "standing_grade": settled.standing_grade,
            "panel": () if hidden.people else settled.panel,
            "sections": dict(settled.sections),
            "overridden_limits": tuple(sorted(settled.overridden_limits)),
            "settled_on": business_date(settled.at),
        }
    )


def notes_of(state: Completed, hidden: Hidden) -> tuple[ReflectiveNoteView, ...]:
    """Return that reflective notes were recorded; a note says that somebody disagreed with the grade."""
    if hidden.grades:
        return ()
    return tuple(
        ReflectiveNoteView(
            note_id=each.note_id,
            recorded_by=each.by.role,
            discussed_with=each.discussed_with,
            recorded_on=business_date(each.at),
        )
        for each in state.reflective_notes
    )
