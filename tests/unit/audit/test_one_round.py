"""Faults of an outcome and of the recommendations made with it are told in one round, also where neither is all."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.audit.app.forms import RecommendationForm
from services.audit.app.making import problems_of_recommendations
from services.audit.domain import refusals
from services.audit.domain.refusals import Problem
from services.audit.domain.words import Grade
from shared.authority.settings import parse_settings
from tests.unit.audit import builders as b
from tests.unit.audit.stories import after

EARLY = b.recommendation(due_on=date(2025, 11, 19))
NO_SUCH = Problem("recommendations.0.category", "the authority has no such category of recommendation", "Give one.")


def places(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.place for problem in problems]


def test_both_come_as_faults_of_the_outcome() -> None:
    wrong = b.complete(outcome=b.outcome(overall_grade=None), recommendations=(EARLY,), unknown_categories=(NO_SUCH,))
    refused = after(b.allocate()).when(wrong).refused(refusals.OutcomeInvalid)
    assert places(refused.problems) == ["overall_grade", "recommendations.0.category", "recommendations.0.due_on"]


@pytest.mark.parametrize("unknown", [(), (NO_SUCH,)])
def test_those_of_recommendations_alone_are_faults_of_theirs(unknown: tuple[Problem, ...]) -> None:
    wrong = b.complete(recommendations=(EARLY,), unknown_categories=unknown)
    refused = after(b.allocate()).when(wrong).refused(refusals.RecommendationInvalid)
    assert places(refused.problems) == [*places(unknown), "recommendations.0.due_on"]


def test_a_category_alone_is_enough_to_be_refused() -> None:
    wrong = b.complete(recommendations=(b.recommendation(),), unknown_categories=(NO_SUCH,))
    after(b.allocate()).when(wrong).refused(refusals.RecommendationInvalid)


def test_an_import_tells_both_too() -> None:
    row = b.complete(outcome=b.outcome(overall_grade=None), recommendations=(EARLY,))
    refused = after().when(b.import_completed(complete=row)).refused(refusals.OutcomeInvalid)
    assert places(refused.problems) == ["overall_grade", "recommendations.0.due_on"]


def test_a_completion_that_is_repeated_is_not_held_to_what_was_allowed_then() -> None:
    """A category that the settings lost since, and a day that is past by now, are no faults of what was done."""
    done = b.complete(recommendations=(b.recommendation(),))
    again = b.complete(
        recommendations=(b.recommendation(),), unknown_categories=(NO_SUCH,), at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    after(b.allocate(), done).when(again).then_nothing_happened()
    other = b.complete(outcome=b.outcome(overall_grade=Grade.OUTSTANDING), recommendations=(b.recommendation(),))
    after(b.allocate(), done).when(other).refused(refusals.AuditAlreadyCompleted)


def test_an_unknown_category_hides_no_other_fault_of_a_list() -> None:
    forms = [
        RecommendationForm(category="gardening"),
        RecommendationForm(category="supervision", due_on=date(2025, 11, 1)),
    ]
    settings = parse_settings(b.settings_text("northmoor"), "northmoor.yaml")
    found = tuple(problems_of_recommendations(settings, b.AUDIT_ID, forms, b.COMPLETED_AT))
    assert places(found) == ["recommendations.0.category", "recommendations.1.due_on"]
