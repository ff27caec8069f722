"""A request that names more answers than any tool has is told so in one sentence, whatever else is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.audit.adapters.bodies import Body
from services.audit.app.calibration.service import ClosingForm, GradingForm
from services.audit.app.drafts.forms import DraftForm
from services.audit.app.forms import MOST_NAMED, AmendmentForm, CompletionForm, PractitionerFeedbackForm
from services.audit.app.moderation.forms import BlindGradesForm, ModerationForm
from tests.integration.audit.support import completion


@pytest.mark.parametrize(
    "form",
    [
        CompletionForm,
        AmendmentForm,
        DraftForm,
        PractitionerFeedbackForm,
        BlindGradesForm,
        ModerationForm,
        GradingForm,
        ClosingForm,
    ],
)
def test_no_form_takes_more_answers_than_any_tool_has(form: type[BaseModel]) -> None:
    def kinds_with(number: int) -> set[str]:
        try:
            form.model_validate({"answers": {f"question-{n}": {"value": True} for n in range(number)}})
        except ValidationError as wrong:
            return {one["type"] for one in wrong.errors() if one["loc"] == ("answers",)}
        return set()

    assert (kinds_with(MOST_NAMED), kinds_with(MOST_NAMED + 1)) == (set(), {"too_long"})


def test_of_fifty_thousand_unknown_answers_one_fault_is_told() -> None:
    body: dict[str, Any] = completion(answers={f"unknown-{n}": {"value": True} for n in range(50_000)})
    read: Body[CompletionForm] = TypeAdapter(Body[CompletionForm]).validate_python(body)
    assert read.unread == ("answers",)
    assert len(read.faults) == 1
