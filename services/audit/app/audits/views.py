"""What readers of the audit service are shown: codes to all who may see an audit, texts to those who may read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import Field

from services.audit.app.audits.practitioner_views import GivenFeedback, feedback_of
from services.audit.app.moderation.access import Hidden
from services.audit.app.moderation.texts import TELL, moderation_box
from services.audit.app.moderation.views import (
    DisputeView,
    ModerationView,
    ReflectiveNoteView,
    disputes_of,
    moderations_of,
    notes_of,
)
from services.audit.app.sealing import OF_PRACTITIONER
from services.audit.app.viewing import View, coded_outcome
from services.audit.domain.audits.events import AuditAllocated
from services.audit.domain.audits.outcome import Outcome
from services.audit.domain.audits.re_auditing import ReAudits
from services.audit.domain.audits.states import Allocated, Completed, State, Withdrawn
from services.audit.domain.moderation.words import Decider
from services.audit.domain.words import Extent, Grade

T = TypeVar("T", bound=str)


class AuditRow(View):
    """An audit in a list."""

    audit_id: UUID
    status: str
    version: int
    area: str
    district: str
    team: str
    service: str
    kind: str
    cycle: str
    child_status: str
    case_reference: UUID
    tool: str
    tool_version: int
    auditor: UUID | None
    due_on: date
    completed_on: date | None = None
    late: bool | None = None
    overall_grade: Grade | None = None
    standing_grade: Grade | None = None
    decided_by: str | None = Field(default=None, description="whose grade stands")
    dispute: str | None = Field(default=None, description="none, open or settled")
    concern: str | None = Field(default=None, description="the graver of what was flagged and what the outcome says")
    moderation: str | None = None
    moderator: UUID | None = None
    open_recommendations: int = 0
    re_audit: str = Field(default="none", description="none, or of one that was asked for: asked, allocated, done")
    re_audit_due_on: date | None = None


class AuditPage(View):
    """A page of audits; `after` leads to the next one, none on the last."""

    audits: tuple[AuditRow, ...]
    after: UUID | None = None


class ConcernView(View):
    """A flagged concern."""

    flagged_at: datetime
    by_role: str
    concern: str
    inadequate_likely: bool | None = Field(description="none while grades are hidden from you: it tells one")


class RecommendationView(View):
    """A recommendation and how far it was followed up."""

    id: UUID
    category: str
    owner_role: str
    due_on: date
    discussed_in_supervision_on: date | None = None
    done: bool = False
    made_a_difference: str | None = None
    supervision_on: date | None = None


class ReAuditView(View):
    """A re-audit that was asked for: after which audit escalation, by when, and which audit answers it."""

    escalation_id: UUID
    asked_at: datetime
    due_on: date
    stands: str = Field(description="asked, allocated or done")
    re_audit_id: UUID | None = None


class AuditView(View):
    """An audit as it stands. `case_number` and `texts` (by the name of their box) only for those who may read them.

    The text of the first of `concerns` is in the box `concerns/1`, that of the second in `concerns/2`, and so on.
    """

    audit_id: UUID
    status: str
    version: int
    kind: str
    cycle: str
    organisation: str
    service: str
    child_status: str
    case_reference: UUID
    case_number: str | None
    tool: str
    tool_version: int
    auditor: UUID | None
    practitioner: UUID | None = Field(default=None, description="whose work it is, where it is named")
    in_practice_figures: bool = True
    re_audit_of: UUID | None = None
    re_audit_asked: ReAuditView | None = Field(
        default=None, description="that the case is to be audited again; none while grades are hidden from you"
    )
    selected_because: str
    allocated_at: datetime
    due_on: date
    completed_on: date | None = None
    late: bool | None = Field(default=None, description="completed after its day, or recorded after it by its auditor")
    amendments: int = 0
    withdrawn_because: str | None = None
    outcome: dict[str, Any] | None = Field(default=None, description="the coded outcome as it stands")
    standing_grade: Grade | None = None
    blind: bool = Field(default=False, description="whether grades are hidden from you until you have given yours")
    concerns: tuple[ConcernView, ...] = ()
    decided_by: Decider | None = Field(default=None, description="whose grade stands")
    moderations: tuple[ModerationView, ...] = ()
    disputes: tuple[DisputeView, ...] = ()
    reflective_notes: tuple[ReflectiveNoteView, ...] = ()
    recommendations: tuple[RecommendationView, ...] = ()
    practitioner_feedback: GivenFeedback | None = Field(
        default=None, description="what the practitioner said last, and answered; none while grades are hidden from you"
    )
    practitioner_agrees: Extent | None = Field(default=None, description="the practitioner's latest answer")
    texts: dict[str, str] | None = None


class ReadingView(View):
    """Somebody was shown texts: which boxes, of which audit (or exercise), when, on which route."""

    reading: int
    audit_id: UUID
    case_reference: UUID
    reader: UUID
    reader_role: str
    what: str
    boxes: tuple[str, ...]
    read_at: datetime


class ReadingPage(View):
    """A page of readings; `after` leads to the next one, none on the last."""

    readings: tuple[ReadingView, ...]
    after: int | None = None


class AuditAnswer(View):
    """What became of a command: where the audit stands after it."""

    audit_id: UUID
    status: str
    version: int
    replayed: bool = Field(
        description="nothing new came of it: your command had been taken before, and this is its first answer; or it "
        "stood so already, by somebody else, and this is how it stands"
    )
    open_moderation: UUID | None = None
    recommendations: tuple[UUID, ...] = ()


def status_of(state: State) -> str:
    """Return the state's word."""
    return type(state).__name__.lower()


def answer_of(audit_id: UUID, state: State, version: int, *, replayed: bool) -> AuditAnswer:
    """Return what a command is answered with."""
    completed = state if isinstance(state, Completed) else None
    waiting = None if completed is None else completed.open_moderation
    return AuditAnswer(
        audit_id=audit_id,
        status=status_of(state),
        version=version,
        replayed=replayed,
        open_moderation=None if waiting is None else waiting.requested.moderation_id,
        recommendations=() if completed is None else tuple(completed.recommendations),
    )


def view_of(
    state: Allocated | Completed | Withdrawn,
    version: int,
    *,
    case_number: str | None,
    texts: Mapping[str, str] | None,
    hidden: Hidden,
    viewer: UUID | None = None,
) -> AuditView:
    """Return an audit as a reader sees it; what is hidden from a blind moderator is left out."""
    allocation: AuditAllocated = state.allocation
    place = allocation.place
    before = state.before if isinstance(state, Withdrawn) else state
    completed = before if isinstance(before, Completed) else None
    return AuditView(
        audit_id=allocation.audit_id,
        status=status_of(state),
        version=version,
        kind=place.kind,
        cycle=place.cycle,
        organisation=str(place.organisation),
        service=place.service,
        child_status=place.child_status,
        case_reference=place.case_reference,
        case_number=case_number,
        tool=allocation.tool,
        tool_version=allocation.tool_version,
        auditor=None if hidden.people else allocation.auditor,
        practitioner=allocation.practitioner,
        in_practice_figures=allocation.in_practice_figures,
        re_audit_of=allocation.re_audit_of,
        re_audit_asked=None if hidden.grades else _re_audit(state.re_audits),
        selected_because=allocation.selected_because,
        allocated_at=allocation.at,
        due_on=allocation.due_on,
        withdrawn_because=state.reason if isinstance(state, Withdrawn) else None,
        blind=hidden.grades,
        concerns=tuple(
            ConcernView(
                flagged_at=each.at,
                by_role=each.by.role,
                concern=each.concern,
                inadequate_likely=None if hidden.grades else each.inadequate_likely,
            )
            for each in before.concerns
        ),
        practitioner_feedback=None if hidden.grades or before.feedback is None else feedback_of(before.feedback),
        texts=None if texts is None else texts_shown(texts, hidden),
        **({} if completed is None else _completion(completed, hidden, viewer)),
    )


def _re_audit(re_audits: ReAudits) -> ReAuditView | None:
    asked, answer = re_audits.asked, re_audits.answer
    if asked is None:
        return None
    return ReAuditView(
        escalation_id=asked.escalation_id,
        asked_at=asked.at,
        due_on=asked.due_on,
        stands=re_audits.stands.value,
        re_audit_id=None if answer is None else answer.re_audit_id,
    )


def _completion(state: Completed, hidden: Hidden, viewer: UUID | None) -> dict[str, Any]:
    return {
        "completed_on": state.completed_on,
        "late": state.late,
        "amendments": state.amendments,
        "practitioner_agrees": None if hidden.grades or state.response is None else state.response.agrees,
        "outcome": coded_for(state.outcome, hidden),
        "standing_grade": None if hidden.grades else state.standing_grade,
        "decided_by": None if hidden.grades else state.decided_by,
        "moderations": moderations_of(state, hidden, viewer),
        "disputes": disputes_of(state, hidden),
        "reflective_notes": notes_of(state, hidden),
        "recommendations": tuple(
            RecommendationView(
                id=id_,
                category=each.recommendation.category,
                owner_role=each.recommendation.owner_role,
                due_on=each.recommendation.due_on,
                supervision_on=each.recommendation.supervision_on,
                **(
                    {}
                    if each.follow_up is None
                    else {
                        "discussed_in_supervision_on": each.follow_up.discussed_in_supervision_on,
                        "done": each.follow_up.done,
                        "made_a_difference": each.follow_up.made_a_difference,
                    }
                ),
            )
            for id_, each in state.recommendations.items()
        ),
    }


def coded_for(outcome: Outcome, hidden: Hidden) -> dict[str, Any]:
    """Return an outcome without its sealed texts, and without the auditor's judgements for a blind moderator."""
    coded = coded_outcome(outcome)
    if hidden.grades:
        coded.update(
            overall_grade=None,
            inadequate_likely=None,
            sections={},
            overridden_limits=[],
            answers={
                id_: answer
                for id_, answer in coded["answers"].items()
                if not hidden.hides_question(id_) and answer["value"] not in _GRADES
            },
            themes=[each for each in coded["themes"] if not hidden.hides_section(each["section"])],
            findings=[each for each in coded["findings"] if not hidden.hides_section(each["section"])],
        )
    return coded


_GRADES = tuple(Grade)
_TELLING = ("sections/", "concerns/", "overridden_limits/", "practitioner/response", OF_PRACTITIONER, *TELL)


def texts_shown(texts: Mapping[str, T], hidden: Hidden) -> dict[str, T]:
    """Return the texts that a reader is shown: a blind moderator none that tells a judgement."""
    under_way = tuple(moderation_box(each, "blind/") for each in hidden.under_way)
    return {
        box: text
        for box, text in texts.items()
        if not (hidden.grades and _tells(box, hidden)) and not box.startswith(under_way)
    }


def _tells(box: str, hidden: Hidden) -> bool:
    """Say whether a box's text tells the auditor's judgement, or another moderator's."""
    kind, _, rest = box.partition("/")
    if kind == "answers":
        return hidden.hides_question(rest.split("/")[0])
    if kind == "findings":
        return hidden.hides_section(rest.split("/")[0])
    return box in {"overall_rationale", "concern_text"} or box.startswith(_TELLING)
