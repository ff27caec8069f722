"""docs/audit.md is true: each address is a route, each body one that the route takes, and its files are the examples."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast
from unittest.mock import MagicMock

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.audit.adapters.examples import AMENDMENT, COMPLETION
from services.audit.adapters.http import routers
from services.audit.app import forms
from services.audit.app.calibration import service as calibrations
from services.audit.app.drafts import forms as draft_forms
from services.audit.app.moderation import forms as moderation_forms

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "audit.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if "ask $" in line and "$AUDIT/v1" in line
]
FORMS: dict[str, type[BaseModel]] = {
    "audits": forms.AllocationForm,
    "draft": draft_forms.DraftForm,
    "concern": forms.ConcernForm,
    "amendment": forms.AmendmentForm,
    "practitioner-feedback": forms.PractitionerFeedbackForm,
    "practitioner-response": forms.PractitionerResponseForm,
    "moderation-request": moderation_forms.ModerationRequestForm,
    "blind-grades": moderation_forms.BlindGradesForm,
    "moderation": moderation_forms.ModerationForm,
    "dispute": moderation_forms.DisputeForm,
    "reflective-note": moderation_forms.ReflectiveNoteForm,
    "follow-up": forms.FollowUpForm,
    "calibrations": calibrations.OpeningForm,
    "grades": calibrations.GradingForm,
    "closure": calibrations.ClosingForm,
}
"""What each route takes, by the last step of its address."""


def variables() -> dict[str, str]:
    """Return what the page's shell knows, with a date and ids in place of what it asks a service for."""
    named = dict(re.findall(r"^([A-Z]+)='?([^'$\s(][^'\n]*?)'?(?:\s+#.*)?$", PAGE, re.MULTILINE))
    return {**named, "TODAY": "2026-11-24", **dict.fromkeys(("FINAL", "RECOMMENDATION"), named["ONE"])}


def body(command: str) -> Any:
    """Return the body a command sends; none where it sends none."""
    if named := re.search(r"-d @docs/(\S+)", command):
        return json.loads((DOCS / named.group(1)).read_text(encoding="utf-8"))
    if not (given := re.search(r" -d '(.*)'$", command)):
        return None
    known = variables()
    return json.loads(re.sub(r"""'"?\$([A-Z]+)"?'""", lambda found: known[found.group(1)], given.group(1)))


def address(command: str) -> str:
    """Return the path of a command's route, without the query."""
    found = re.search(r"\$AUDIT(/[^\s\"?]+)", command)
    assert found is not None
    return found.group(1)


def method(command: str) -> str:
    """Return the method that curl uses."""
    said = re.search(r" -X ([A-Z]+) ", command)
    return said.group(1) if said else "GET" if body(command) is None else "POST"


ROUTES = [route for router in routers(cast("Any", MagicMock()), b"") for route in router.routes]
SENDING = [command for command in COMMANDS if body(command) is not None]


@pytest.mark.parametrize("command", COMMANDS, ids=[address(command) for command in COMMANDS])
def test_each_address_is_a_route(command: str) -> None:
    path = re.sub(r"\$[A-Z]+", "5a1e0000-0000-4000-8000-000000000001", address(command))
    assert any(
        isinstance(route, APIRoute) and method(command) in (route.methods or ()) and route.path_regex.fullmatch(path)
        for route in ROUTES
    )


@pytest.mark.parametrize("command", SENDING, ids=[address(command) for command in SENDING])
def test_each_body_is_one_that_its_route_takes(command: str) -> None:
    FORMS[address(command).rsplit("/", 1)[-1]].model_validate(body(command))


def test_every_form_of_the_page_is_tried() -> None:
    assert {address(command).rsplit("/", 1)[-1] for command in SENDING} == set(FORMS)


@pytest.mark.parametrize(("name", "example"), [("completion", COMPLETION), ("amendment", AMENDMENT)])
def test_the_files_of_the_page_are_the_examples_of_the_api(name: str, example: dict[str, Any]) -> None:
    written = json.loads((DOCS / f"examples/{name}.json").read_text(encoding="utf-8"))
    assert written == example["example"]["value"]
