"""What end-to-end tests fill tools in with is complete for every shipped tool, by the tool's own rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import services.audit
from services.audit.app import sealing
from services.audit.app.forms import CompletionForm
from services.audit.domain.audits.answers import problems_of
from services.audit.domain.tools.document import read_tool
from services.audit.domain.words import ChildStatus
from tests.support.answering import completion_of

SHIPPED = sorted((Path(services.audit.__file__).parent / "tools").glob("*.json"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
@pytest.mark.parametrize("status", ["in-need", "in-care"])
@pytest.mark.parametrize("grade", ["good", "inadequate"])
def test_a_filled_in_tool_is_complete(path: Path, status: str, grade: str) -> None:
    tool = read_tool(json.loads(path.read_text()))
    form = CompletionForm.model_validate(completion_of(tool, status, grade, "2026-06-20T15:00:00+00:00"))
    outcome = sealing.outcome_of(form, sealing.present(form.texts()), tool)
    assert [(one.place, one.message) for one in problems_of(tool, ChildStatus(status), outcome)] == []
