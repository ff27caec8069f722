"""What others hear of an audit: from the state before and a private event to public contracts. Pure.

Nothing here reads a sealed text: public events are codes, numbers, dates and random references (G7).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from services.audit.app.moderation import publishing as publishing_moderation
from services.audit.app.publishing_places import actor_of, grade_of, place_of
from services.audit.domain.audits.answer_values import day_of
from services.audit.domain.audits.events import (
    AuditAllocated,
    AuditAmended,
    AuditCompleted,
    AuditWithdrawn,
    ConcernFlagged,
    Event,
    RecommendationFollowedUp,
    RecommendationMade,
)
from services.audit.domain.audits.outcome import AnswerValue, Feedback, Outcome, Recommendation
from services.audit.domain.audits.practitioner import PractitionerFeedbackGiven, PractitionerResponded
from services.audit.domain.audits.re_auditing import ReAuditEvent
from services.audit.domain.audits.states import (
    Allocated,
    Completed,
    FollowedRecommendation,
    NotAllocated,
    State,
    Withdrawn,
)
from services.audit.domain.moderation.events import ModerationEvent
from services.audit.domain.tools.decider import ToolEvent, ToolPublished, ToolState
from services.audit.domain.tools.document import Judgement, Section
from services.audit.domain.words import Happened, business_date
from shared.contracts import audit as contracts
from shared.contracts import base
from shared.contracts.base import PublicEvent
from shared.eventstore.model import Publication


def publish(  # noqa: C901, PLR0911 - a table, one return an event, and mypy sees that none is left out
    before: State, event: Event
) -> Sequence[Publication]:
    """Return the public events of a private one, in order; the first is the event itself."""
    if isinstance(event, ModerationEvent):
        return publishing_moderation.publish(_completed_state(before), event)
    if isinstance(event, ReAuditEvent):
        return []  # who asked knows, and the answer is told by the audit that gives it
    match event:
        case AuditAllocated():
            return [Publication(_allocated(event), event.at)]
        case ConcernFlagged():
            return [Publication(_concern(_allocation(before), event), event.at)]
        case AuditCompleted():
            allocation = _allocation(before)
            made = (_recommendation(allocation, event, each) for each in event.recommendations)
            return [Publication(each, event.at) for each in (_completed(allocation, event), *made)]
        case AuditAmended():
            return [Publication(_amended(_completed_state(before), event), event.at)]
        case AuditWithdrawn():
            return [Publication(_withdrawn(_allocation(before), event), event.at)]
        case RecommendationMade():
            return [Publication(_recommendation(_allocation(before), event, event.recommendation), event.at)]
        case RecommendationFollowedUp():
            return [Publication(_followed_up(_allocation(before), event), event.at)]
        case PractitionerFeedbackGiven():
            return []
        case PractitionerResponded():
            return [Publication(_responded(_completed_state(before), event), event.at)]
    assert_never(event)


def publish_tool(_before: ToolState, event: ToolEvent) -> Sequence[Publication]:
    """Return the public event of a published tool: sections, questions, scales and themes, without guidance.

    Drafts are nobody else's, and a retired version is no news to anyone: audits under way finish on it.
    """
    if not isinstance(event, ToolPublished):
        return []
    document = event.document
    published = contracts.ToolPublishedV1(
        tool=document.tool,
        version=event.version,
        title=document.title,
        kinds=document.kinds,
        graded=document.graded,
        sections=tuple(_tool_section(section) for section in document.sections),
        themes=tuple(
            contracts.ToolTheme(
                code=theme.code,
                label=theme.label,
                component=None if theme.component is None else base.FrameworkComponent(theme.component.value),
            )
            for theme in document.themes
        ),
        in_practice_figures=document.in_practice_figures,
    )
    return [Publication(published, event.at)]


def _tool_section(section: Section) -> contracts.ToolSection:
    """Return a section; one whose score stands for a grade has a grade too."""
    return contracts.ToolSection(
        id=section.id,
        title=section.title,
        graded=section.judgement is Judgement.GRADE or bool(section.score_grades),
        questions=tuple(
            contracts.ToolQuestion(
                id=question.id,
                text=question.text,
                scale=question.scale.value,
                compliance=question.compliance,
                answered_by=section.answered_by_whom(question).value,
                replaces=question.replaces,
                comparable=question.comparable,
            )
            for question in section.questions
        ),
    )


def _allocation(state: State) -> AuditAllocated:
    match state:
        case NotAllocated():
            raise AssertionError("an audit's first event is its allocation")
        case Allocated() | Completed() | Withdrawn():
            return state.allocation
    assert_never(state)


def _completed_state(state: State) -> Completed:
    assert isinstance(state, Completed)
    return state


def _feedback(feedback: Feedback) -> contracts.Feedback:
    return contracts.Feedback(obtained=feedback.obtained, why_not=feedback.why_not, score=feedback.score)


def _allocated(event: AuditAllocated) -> PublicEvent:
    return contracts.AuditAllocatedV1(
        **place_of(event, event),
        tool=event.tool,
        tool_version=event.tool_version,
        auditor_reference=event.auditor,
        selected_because=event.selected_because,
        due_on=event.due_on,
        in_practice_figures=event.in_practice_figures,
        re_audit_of=event.re_audit_of,
    )


def _concern(allocation: AuditAllocated, event: ConcernFlagged) -> PublicEvent:
    return contracts.ConcernFlaggedV1(
        **place_of(allocation, event),
        concern=base.Concern(event.concern.value),
        inadequate_likely=event.inadequate_likely,
        flagged_by=actor_of(event.by),
    )


def _outcome(
    allocation: AuditAllocated, event: AuditCompleted | AuditAmended, recommendations: Sequence[Recommendation]
) -> dict[str, Any]:
    """Return the fields of `AuditOutcome` but the day of completion."""
    outcome: Outcome = event.outcome
    return {
        **place_of(allocation, event),
        "tool": allocation.tool,
        "tool_version": allocation.tool_version,
        "auditor_reference": allocation.auditor,
        "took_part": base.TookPart(outcome.took_part.value),
        "reflective_discussion": outcome.reflective_discussion,
        "overall_grade": grade_of(outcome.overall_grade),
        "inadequate_likely": outcome.inadequate_likely,
        "concern": base.Concern(outcome.concern.value),
        "sections": tuple(
            contracts.SectionResult(section=id_, grade=grade_of(judged.grade), score=judged.score)
            for id_, judged in outcome.sections.items()
        ),
        "answers": _published_answers(outcome),
        "themes": tuple(
            contracts.ThemeMention(
                theme=found.theme,
                polarity=base.Polarity(found.polarity.value),
                component=None if found.component is None else base.FrameworkComponent(found.component.value),
                section=found.section,
            )
            for found in outcome.themes
        ),
        "child_feedback": _feedback(outcome.child_feedback),
        "parent_feedback": _feedback(outcome.parent_feedback),
        "practitioner_feedback": _feedback(outcome.practitioner_feedback),
        "recommendations": tuple(
            contracts.RecommendationReference(
                id=each.id,
                category=each.category,
                due_on=each.due_on,
                owner_role=each.owner_role,
                supervision_on=each.supervision_on,
            )
            for each in recommendations
        ),
        "due_on": allocation.due_on,
        "not_took_part_because": outcome.not_took_part_because,
        "reflective_discussion_on": outcome.reflective_discussion_on,
        "reflective_discussion_with": outcome.reflective_discussion_with,
        "overridden_limits": tuple(outcome.overridden_limits),
        "in_practice_figures": allocation.in_practice_figures,
        "re_audit_of": allocation.re_audit_of,
    }


def _published_answers(outcome: Outcome) -> dict[str, AnswerValue]:
    """Return the coded answers; a date stays at home, since a day such as a birth may name a child (docs/adr/0006)."""
    return {
        id_: answer.value
        for id_, answer in outcome.answers.items()
        if answer.value is not None and day_of(answer) is None
    }


def _completed(allocation: AuditAllocated, event: AuditCompleted) -> PublicEvent:
    fields, completed_on = _outcome(allocation, event, event.recommendations), business_date(event.at)
    late = (event.counted_on or completed_on) > allocation.due_on
    return contracts.AuditCompletedV1(**fields, completed_on=completed_on, late=late)


def _amended(state: Completed, event: AuditAmended) -> PublicEvent:
    made: list[FollowedRecommendation] = list(state.recommendations.values())
    return contracts.AuditAmendedV1(
        **_outcome(state.allocation, event, [each.recommendation for each in made]),
        completed_on=state.completed_on,
        late=state.late,
        reason=event.reason,
        amended_by=actor_of(event.by),
        changed=event.changed,
    )


def _withdrawn(allocation: AuditAllocated, event: AuditWithdrawn) -> PublicEvent:
    return contracts.AuditWithdrawnV1(
        **place_of(allocation, event),
        reason=event.reason,
        withdrawn_by=actor_of(event.by),
        re_audit_of=allocation.re_audit_of,
    )


def _recommendation(allocation: AuditAllocated, event: Happened, recommendation: Recommendation) -> PublicEvent:
    return contracts.RecommendationMadeV1(
        **place_of(allocation, event),
        recommendation_id=recommendation.id,
        category=recommendation.category,
        owner_role=recommendation.owner_role,
        due_on=recommendation.due_on,
        supervision_on=recommendation.supervision_on,
    )


def _followed_up(allocation: AuditAllocated, event: RecommendationFollowedUp) -> PublicEvent:
    return contracts.RecommendationFollowedUpV1(
        **place_of(allocation, event),
        recommendation_id=event.recommendation_id,
        discussed_in_supervision_on=event.discussed_in_supervision_on,
        done=event.done,
        made_a_difference=event.made_a_difference.value,
        followed_up_on=business_date(event.at),
    )


def _responded(state: Completed, event: PractitionerResponded) -> PublicEvent:
    feedback = state.outcome.practitioner_feedback if state.feedback is None else state.feedback.feedback
    return contracts.PractitionerRespondedV1(
        **place_of(state.allocation, event),
        agrees=contracts.Extent(event.agrees.value),
        feedback=_feedback(feedback),
        responded_on=business_date(event.at),
    )
