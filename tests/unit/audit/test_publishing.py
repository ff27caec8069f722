"""What others hear of an audit: codes only, whatever was written into it (G7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.app.aggregates import AUDIT
from services.audit.app.publishing import publish
from services.audit.domain.audits.commands import Command
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.events import Event, from_json, to_json
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.outcome import Answer, Feedback, SectionJudgement
from services.audit.domain.audits.states import INITIAL, State
from services.audit.domain.words import Concern, Grade, SealedText
from shared.contracts import audit as contracts
from shared.contracts import base
from shared.contracts.base import PublicEvent
from shared.eventstore.model import Publication
from tests.unit.audit import builders as b

MARK = "CANARY"
texts = st.text(st.characters(codec="utf-8"), max_size=30).map(lambda text: SealedText(f"{MARK}{text}{MARK}"))


def story(*commands: Command) -> list[tuple[State, Event, Sequence[Publication]]]:
    """What each command led to: the state before, the private event, the public ones."""
    state: State = INITIAL
    told: list[tuple[State, Event, Sequence[Publication]]] = []
    for command in commands:
        for event in decide(command, state):
            told.append((state, event, publish(state, event)))
            state = evolve(state, event)
    return told


def public(*commands: Command) -> list[PublicEvent]:
    return [publication.event for _, _, publications in story(*commands) for publication in publications]


def whole_surface(text: Any) -> list[Command]:
    """Every command there is, with a text in every box there is."""
    answers = {
        **b.answers(),
        "plan-smart": Answer(value=True, evidence=text(), impact=text()),
        "own-words": Answer(text=text()),
    }
    outcome = b.outcome(
        overall_rationale=text(),
        concern=Concern.PRACTICE,
        concern_text=text(),
        sections={"planning": SectionJudgement(grade=Grade.GOOD, rationale=text())},
        answers=answers,
    )
    second = b.recommendation(id=b.CHILD, text=text())
    return [
        b.allocate(),
        b.flag(text=text()),
        b.complete(outcome=outcome, recommendations=(b.recommendation(text=text()),), moderation=b.selection()),
        b.flag(at=b.MODERATED_AT, concern=Concern.PRACTICE, text=text()),
        b.amend(outcome=outcome.model_copy(update={"overall_grade": Grade.INADEQUATE})),
        b.moderate(rationale=text(), concern_text=text()),
        b.recommend(at=b.MODERATED_AT, recommendation=second),
        b.follow_up(text=text()),
        b.request_moderation(at=b.MODERATED_AT, selection=b.selection(moderation_id=b.RECOMMENDATION_ID)),
        b.withdraw(),
    ]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_text_of_any_box_is_ever_published_or_listed(data: st.DataObject) -> None:
    told = story(*whole_surface(lambda: data.draw(texts)))
    assert sum(MARK in to_json(event)[1].decode() for _, event, _ in told) == 7
    for state, event, publications in told:
        for publication in publications:
            assert MARK not in publication.event.to_json().decode()
        summary = AUDIT.summarise(evolve(state, event))
        assert summary is not None
        assert MARK not in str(summary.data)


def test_every_kind_of_public_event_is_reached_by_the_surface() -> None:
    told = public(*whole_surface(lambda: SealedText(MARK)))
    assert {type(event) for event in told} == {
        contracts.AuditAllocatedV1,
        contracts.ConcernFlaggedV1,
        contracts.AuditCompletedV1,
        contracts.RecommendationMadeV1,
        contracts.ModerationRequestedV1,
        contracts.AuditAmendedV1,
        contracts.ModerationDoneV1,
        contracts.RecommendationFollowedUpV1,
        contracts.AuditWithdrawnV1,
    }


def test_a_stored_event_reads_back_as_it_was() -> None:
    for _, event, _ in story(*whole_surface(lambda: SealedText(MARK))):
        assert from_json(*to_json(event)) == event


def test_a_name_that_does_not_fit_its_data_is_noticed() -> None:
    _, data = to_json(decide(b.allocate(), INITIAL)[0])
    with pytest.raises(ValueError, match="stands under the name"):
        from_json("audit-withdrawn", data)


def test_a_completion_says_everything_in_codes() -> None:
    found = b.outcome(concern=Concern.SAFEGUARDING, inadequate_likely=True, reflective_discussion=False)
    completion = b.complete(outcome=found, recommendations=(b.recommendation(),))
    [_, completed, made] = public(b.allocate(), completion)
    assert completed == contracts.AuditCompletedV1(
        audit_id=b.AUDIT_ID,
        kind="case-file",
        cycle="2025-11",
        organisation=base.OrganisationPath(area="north", district="riverside", team="riverside-1"),
        service="childrens-social-work",
        case_reference=b.CHILD,
        child_status=base.ChildStatus.IN_NEED,
        tool="riverside-check",
        tool_version=1,
        auditor_reference=b.AUDITOR,
        took_part=base.TookPart.BOTH,
        reflective_discussion=False,
        overall_grade=base.Grade.GOOD,
        inadequate_likely=True,
        concern=base.Concern.SAFEGUARDING,
        sections=(contracts.SectionResult(section="planning", grade=base.Grade.GOOD),),
        answers={
            "plan-grade": "good",
            "plan-smart": True,
            "plan-shared": ("family", "school"),
            "plan-visits": 4,
            "heard": "in-part",
            "areas-to-develop": ("drift-and-delay",),
        },
        themes=(
            contracts.ThemeMention(
                theme="drift-and-delay",
                polarity=base.Polarity.DEVELOPMENT,
                component=base.FrameworkComponent.RESOURCES,
                section="reflection",
            ),
        ),
        child_feedback=contracts.Feedback(obtained=False, why_not="too-young"),
        parent_feedback=contracts.Feedback(obtained=True, score=2),
        practitioner_feedback=contracts.Feedback(obtained=True),
        recommendations=(
            contracts.RecommendationReference(
                id=b.RECOMMENDATION_ID, category="supervision", due_on=date(2025, 12, 20), owner_role="team-manager"
            ),
        ),
        due_on=b.DUE_ON,
        completed_on=date(2025, 11, 20),
        late=False,
    )
    assert isinstance(made, contracts.RecommendationMadeV1)
    assert (made.recommendation_id, made.owner_role) == (b.RECOMMENDATION_ID, "team-manager")


@pytest.mark.parametrize(
    ("auditor", "moderator", "distance", "direction"),
    [
        (Grade.GOOD, Grade.GOOD, 0, "same"),
        (Grade.GOOD, Grade.REQUIRES_IMPROVEMENT, -1, "lowered"),
        (Grade.OUTSTANDING, Grade.INADEQUATE, -3, "lowered"),
        (Grade.INADEQUATE, Grade.OUTSTANDING, 3, "raised"),
    ],
)
def test_a_moderation_says_how_far_and_which_way(
    auditor: Grade, moderator: Grade, distance: int, direction: str
) -> None:
    *_, done = public(
        b.allocate(),
        b.complete(outcome=b.outcome(overall_grade=auditor), moderation=b.selection(blind=True)),
        b.moderate(overall_grade=moderator, sections={}),
    )
    assert isinstance(done, contracts.ModerationDoneV1)
    assert (done.distance, done.direction) == (distance, direction)
    assert (done.blind, done.selected_because) == (True, "all")
    assert done.section_differences == ()


def test_an_amendment_after_a_moderation_leaves_dates_and_recommendations() -> None:
    *_, amended = public(b.allocate(), b.complete(recommendations=(b.recommendation(),)), b.amend(by=b.BY_QA))
    assert isinstance(amended, contracts.AuditAmendedV1)
    assert (amended.due_on, amended.completed_on) == (b.DUE_ON, date(2025, 11, 20))
    assert [each.id for each in amended.recommendations] == [b.RECOMMENDATION_ID]
    assert amended.changed == ("overall_grade",)
    assert amended.amended_by.role == "qa-officer"


def test_feedback_and_late_completion_are_counted_in_the_summary() -> None:
    state: State = INITIAL
    late = b.complete(at=b.MODERATED_AT, outcome=b.outcome(child_feedback=Feedback(obtained=True)))
    for _, event, _ in story(b.allocate(), late):
        state = evolve(state, event)
    summary = AUDIT.summarise(state)
    assert summary is not None
    assert (summary.status, summary.data["late"], summary.data["moderation"]) == ("completed", True, "none")
    assert summary.data["team"] == "riverside-1"
