"""How far ahead a plan may reach: ten years from the day it is made, to the day, wherever a due day is named."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.audit.domain import refusals
from services.audit.domain.audits.commands import MakeRecommendation
from services.audit.domain.calibration.exercise import CalibrationInvalid
from services.audit.domain.planning import furthest
from tests.unit.audit import builders as b
from tests.unit.audit.stories import after as after_commands
from tests.unit.audit.stories import nothing
from tests.unit.audit.test_calibration import after, open_

NEVER = date(9999, 12, 31)


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2025, 11, 3), date(2035, 11, 3)),
        (date(2028, 2, 29), date(2038, 2, 28)),
        (date(2024, 1, 1), date(2034, 1, 1)),
    ],
)
def test_the_furthest_day_is_the_same_day_in_ten_years(today: date, day: date) -> None:
    assert furthest(today) == day


def test_an_audit_is_due_within_ten_years() -> None:
    nothing().when(b.allocate(due_on=date(2035, 11, 3))).then_events()
    for day in (date(2035, 11, 4), NEVER):
        refused = nothing().when(b.allocate(due_on=day)).refused(refusals.DueTooFarAhead)
        assert [(one.place, one.way_out) for one in refused.problems] == [
            ("due_on", "Give a day up to 2035-11-03; check the year.")
        ]


def test_a_recommendation_and_its_supervision_are_within_ten_years() -> None:
    far = b.recommendation(due_on=NEVER, supervision_on=NEVER)
    made = MakeRecommendation(at=datetime(2025, 12, 1, tzinfo=UTC), by=b.BY_QA, recommendation=far)
    refused = after_commands(b.allocate(), b.complete()).when(made).refused(refusals.RecommendationInvalid)
    assert [one.message for one in refused.problems] == [
        "it is due more than ten years ahead",
        "the supervision lies more than ten years ahead",
    ]


def test_a_moderation_is_due_within_ten_years() -> None:
    refused = (
        after_commands(b.allocate(), b.complete())
        .when(b.request_moderation(selection=b.selection(due_on=NEVER)))
        .refused(refusals.ModerationInvalid)
    )
    assert [one.place for one in refused.problems] == ["due_on"]


def test_a_calibration_exercise_is_due_within_ten_years() -> None:
    after().when(open_(due_on=date(2035, 11, 3))).then_events()
    refused = after().when(open_(due_on=NEVER)).refused(CalibrationInvalid)
    assert [(one.place, one.message) for one in refused.problems] == [("due_on", "it is due more than ten years ahead")]
