"""The examples of the OpenAPI document are for what a demonstration has: its authority, its tool."""

from __future__ import annotations

import pytest

from infra.sample.demonstration import sample_authorities, sample_tools
from services.audit.adapters import examples, moderation_examples
from services.audit.app import sealing
from services.audit.app.audits.allocating import problems_of as problems_of_allocation
from services.audit.app.forms import AllocationForm, AmendmentForm, CompletionForm, OutcomeForm
from services.audit.app.moderation.forms import ModerationForm
from services.audit.domain.audits.answers import problems_of
from services.audit.domain.tools.document import ToolDocument, read_tool

ALLOCATION = AllocationForm.model_validate(examples.ALLOCATION["example"]["value"])
COMPLETION = CompletionForm.model_validate(examples.COMPLETION["example"]["value"])
AMENDMENT = AmendmentForm.model_validate(examples.AMENDMENT["example"]["value"])
MODERATION = ModerationForm.model_validate(moderation_examples.MODERATION["example"]["value"])


def newest() -> ToolDocument:
    """The tool that an allocation without a version gets."""
    return read_tool(sample_tools()[-1])


def test_the_allocation_is_of_a_tool_and_a_team_that_a_demonstration_has() -> None:
    tool, form = newest(), ALLOCATION
    assert (form.tool, form.tool_version) == (tool.tool, None)
    settings = sample_authorities().get("northmoor")
    assert not list(problems_of_allocation(settings, form.organisation, form.service, form.kind, tool))


@pytest.mark.parametrize("form", [COMPLETION, AMENDMENT], ids=["completion", "amendment"])
def test_the_outcome_is_complete_as_the_tool_asks(form: OutcomeForm) -> None:
    outcome = sealing.outcome_of(form, sealing.present(form.texts()), newest())
    assert not problems_of(newest(), ALLOCATION.child_status, outcome)


def test_the_moderator_grades_sections_that_the_tool_has() -> None:
    assert MODERATION.sections
    assert set(MODERATION.sections) <= {section.id for section in newest().sections}
