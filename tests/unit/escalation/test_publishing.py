"""What others are told: the public contract of each private event, by the letter of shared.contracts.escalation."""

from __future__ import annotations

from collections.abc import Sequence

from services.escalation.app.publishing import publish
from services.escalation.domain import events
from services.escalation.domain.evolution import evolve
from services.escalation.domain.model import Novelty
from services.escalation.domain.states import NotConsidered, State
from shared.contracts import escalation as contracts
from shared.contracts.base import PublicEvent
from shared.contracts.registry import EVENTS
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import run


def published(history: Sequence[events.Event]) -> list[PublicEvent]:
    state: State = NotConsidered()
    told = []
    for event in history:
        for publication in publish(state, event):
            assert publication.happened_at == event.at
            told.append(publication.event)
        state = evolve(state, event)
    return told


def types(history: Sequence[events.Event]) -> list[str]:
    return [event.TYPE for event in published(history)]


def test_the_whole_road_is_told() -> None:
    history = run(
        [],
        s.consider(s.cause(1)),
        s.raise_(),
        s.reclassify(s.SAFEGUARDING),
        s.add_action(),
        s.mark_overdue(s.january(17)),
        s.complete_action(at=s.january(17)),
        s.record_oversight(s.january(17)),
        s.sign_off(s.january(17)),
        s.close(s.january(17)),
    )
    assert types(history) == [
        "escalation-considered.v1",
        "escalation-raised.v1",
        "escalation-reclassified.v1",
        "action-added.v1",
        "escalation-overdue.v1",
        "action-completed.v1",
        "oversight-recorded.v1",
        "actions-signed-off.v1",
        "escalation-closed.v1",
    ]
    assert {event.category for event in published(history)[2:]} == {  # type: ignore[attr-defined]
        contracts.Category.SAFEGUARDING
    }


def test_a_raise_tells_its_causes_clock_and_who_was_told() -> None:
    raised = published(s.RAISED_PRACTICE)[1]
    assert isinstance(raised, contracts.EscalationRaisedV1)
    assert raised.model_dump(mode="json") == {
        "escalation_id": str(s.ESCALATION),
        "audit_id": str(s.AUDIT),
        "case_reference": str(s.PLACE.case_reference),
        "organisation": {"area": "north", "district": "riverside", "team": "riverside-assessment"},
        "service": "childrens-social-work",
        "category": "practice",
        "causes": [{"origin": "audit", "code": "concern-flagged", "event_id": str(s.cause(1).event_id)}],
        "clock": {
            "started_at": "2026-01-14T10:00:00Z",
            "due_at": "2026-01-21T23:59:59.999999Z",
            "working_days": 5,
            "counted": ["2026-01-15", "2026-01-16", "2026-01-19", "2026-01-20", "2026-01-21"],
            "calendar_version": "test",
            "policy_version": "northmoor/1",
        },
        "told": ["service-manager", "qa-manager", "principal-social-worker"],
        "raised_by": {"role": "qa-officer", "reference": str(s.QA.reference)},
        "considered_at": "2026-01-14T09:00:00Z",
        "discussed_at": None,
        "consider_by": None,
        "settings_version": None,
        "recorded_late": False,
    }


def test_a_joined_cause_tells_all_causes_together() -> None:
    told = published(run([s.OPENED], s.consider(s.cause(2, s.SAFEGUARDING))))[-1]
    assert isinstance(told, contracts.EscalationConsideredV1)
    assert [cause.event_id for cause in told.causes] == [s.cause(1).event_id, s.cause(2).event_id]
    assert told.category is contracts.Category.SAFEGUARDING


def test_a_reopened_consideration_is_told() -> None:
    assert types(run(s.CLOSED, s.consider(s.cause(2), at=s.january(20))))[-1] == "escalation-considered.v1"


def test_a_withdrawal_and_a_mere_confirmation_stay_here() -> None:
    history = run(s.CLOSED, s.withdrawn(), s.consider(s.cause(2, novelty=Novelty.CONFIRMING)))
    assert len(history) == len(s.CLOSED) + 2
    assert types(history) == types(s.CLOSED)


def test_found_not_required_after_a_sign_off_keeps_the_category_that_was_considered() -> None:
    history = run(s.SIGNED_OFF, s.consider(s.cause(2, s.SAFEGUARDING), at=s.january(20)), s.not_required(s.january(21)))
    told = published(history)[-1]
    assert isinstance(told, contracts.EscalationNotRequiredV1)
    assert told.category is contracts.Category.SAFEGUARDING


def test_every_type_that_is_told_is_registered_for_readers() -> None:
    assert {type(event) for event in published(s.CLOSED)} <= set(EVENTS)
