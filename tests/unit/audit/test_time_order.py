"""What follows a completion, or a recommendation, cannot have happened before it; a withdrawal keeps its reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.audit.domain.audits.decider import AuditWithdrawnOtherwise, decide
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.recommending import HappenedBeforeRecommendation
from services.audit.domain.audits.states import INITIAL
from services.audit.domain.moderation.refusals import HappenedBeforeCompletion
from services.audit.domain.refusals import RecommendationInvalid
from tests.support.decider_spec import Spec, spec
from tests.unit.audit import builders as b

BEFORE = b.COMPLETED_AT - timedelta(days=1)


def after(*commands: Any) -> Spec[Any, Any, Any]:
    story: Spec[Any, Any, Any] = spec(decide, evolve, INITIAL)
    for command in (b.allocate(practitioner=b.PRACTITIONER), *commands):
        story = story.given(*story.when(command).then_events())
    return story


@pytest.mark.parametrize(
    "command", [b.amend(at=BEFORE), b.respond(at=BEFORE), b.withdraw(at=BEFORE), b.recommend(at=BEFORE)]
)
def test_nothing_that_follows_a_completion_happened_before_it(command: Any) -> None:
    after(b.complete()).when(command).refused(HappenedBeforeCompletion)


def test_a_follow_up_did_not_happen_before_its_recommendation() -> None:
    made = after(b.complete(), b.recommend(at=b.MODERATED_AT))
    early = b.follow_up(at=b.MODERATED_AT - timedelta(days=1), discussed_in_supervision_on=None)
    made.when(early).refused(HappenedBeforeRecommendation)
    [problem] = (
        made.when(b.follow_up(discussed_in_supervision_on=date(2025, 12, 1))).refused(RecommendationInvalid).problems
    )
    assert problem.place == "discussed_in_supervision_on"


def test_an_audit_that_is_under_way_is_withdrawn_at_any_time_since_it_was_allocated() -> None:
    assert after().when(b.withdraw(at=BEFORE)).then_events()


def test_a_second_withdrawal_for_another_reason_is_told_so() -> None:
    gone = after(b.complete(), b.withdraw())
    gone.when(b.withdraw()).then_nothing_happened()
    gone.when(b.withdraw(reason="duplicate")).refused(AuditWithdrawnOtherwise)
