"""Audit's pages on the real service: what was said after completion, and the practitioner's own copy."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.support import Service, allocated, completion, moderation, publish_tool, service
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR, MODERATOR, OTHER_MODERATOR, PRACTITIONER, TOOL_JSON, settings_text

pytestmark = pytest.mark.stack

SURE = {
    "id": "sure",
    "text": "Is the plan sure to work?",
    "scale": "yes-no",
    "answered_by": "practitioner",
    "evidence": "optional",
    "required": False,
}
FAIR = {"id": "fair", "text": "Is it fair?", "scale": "yes-no", "answered_by": "moderator", "evidence": "required"}
FINDING = {
    "section": "planning",
    "theme": "drift-and-delay",
    "polarity": "development",
    "text": "Canary of the finding",
}
SAID_SINCE = ("Canary of the feedback", "Canary of the plan", "Canary of the answer")
BY_MODERATOR = ("Canary of the section", "Canary of fairness", "Canary of the grade", "Canary to the auditor")
OF_MANAGERS = ("Canary of the dispute", "Canary of the note")
WORKER: dict[str, Any] = {"person": PRACTITIONER}


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    document = copy.deepcopy(TOOL_JSON)
    document["sections"][-1]["questions"] += [SURE, FAIR]
    settings = settings_text("northmoor", blind=True)
    async with service(stack.postgres, tmp_path_factory.mktemp("pages"), settings) as opened:
        await publish_tool(opened, document)
        yield opened


async def page(audit: Service, path: str, role: Role, **who: Any) -> str:
    answer = await audit.http.get(path, headers=audit.headers(role, **who))
    assert answer.status_code == 200, answer.text
    return answer.text


async def say(audit: Service, path: str, body: dict[str, Any], role: Role, **who: Any) -> None:
    answer = await audit.post(path, body, role, **who)
    assert answer.is_success, answer.text


@pytest_asyncio.fixture(scope="module")
async def audit_id(audit: Service) -> str:
    """An audit that is completed, and answered by its practitioner since."""
    found = await allocated(audit, practitioner=str(PRACTITIONER))
    outcome = completion(findings=[FINDING])
    await say(audit, f"/audits/{found}/completion", outcome, Role.AUDITOR, person=AUDITOR)
    feedback = {"score": 1, "text": SAID_SINCE[0], "answers": {"sure": {"value": True, "evidence": SAID_SINCE[1]}}}
    await say(audit, f"/audits/{found}/practitioner-feedback", feedback, Role.PRACTITIONER, **WORKER)
    response = {"agrees": "partly", "text": SAID_SINCE[2]}
    await say(audit, f"/audits/{found}/practitioner-response", response, Role.PRACTITIONER, **WORKER)
    return found


async def test_what_was_said_after_completion_is_shown_and_hidden_as_over_the_api(
    audit: Service, audit_id: str
) -> None:
    path = f"/audits/{audit_id}"
    blind = await page(audit, path, Role.MODERATOR, person=OTHER_MODERATOR)
    assert "What the practitioner said" not in blind
    assert not [text for text in SAID_SINCE if text in blind]

    record = moderation(
        sections={"planning": "inadequate"},
        section_reasons={"planning": BY_MODERATOR[0]},
        answers={"fair": {"value": False, "evidence": BY_MODERATOR[1]}},
        rationale=BY_MODERATOR[2],
        quality={"thorough": "yes", "evidenced": "partly", "actions_right": "no"},
        feedback=BY_MODERATOR[3],
        meetings=[{"role": "team-manager", "on": "2025-12-02"}],
        happened_at="2025-12-04T10:00:00+00:00",
    )
    await say(audit, f"{path}/moderation", record, Role.MODERATOR, person=MODERATOR)
    disputes = (await audit.get(path, Role.QA_OFFICER)).json()["disputes"]
    if not disputes:
        body = {"reason": "evidence", "text": OF_MANAGERS[0], "happened_at": "2025-12-05T10:00:00+00:00"}
        await say(audit, f"{path}/dispute", body, Role.TEAM_MANAGER)
    note = {"discussed_with": ["moderator", "practitioner"], "text": OF_MANAGERS[1]}
    await say(audit, f"{path}/reflective-note", note, Role.TEAM_MANAGER)

    seen = await page(audit, path, Role.QA_OFFICER)
    wanted = [
        *SAID_SINCE,
        FINDING["text"],
        *BY_MODERATOR,
        OF_MANAGERS[1],
        "Agrees: partly",
        "Thorough: yes. Evidenced: partly. Its actions are right: no.",
        "Team manager, on 2 December 2025",
    ]
    assert not [text for text in wanted if text not in seen]
    assert "Dispute" in seen
    assert "after talking with the moderator and the practitioner" in seen
    asked = seen.index("Is the plan sure to work?")
    assert "Not answered" not in seen[asked : asked + 200]

    without_text = await page(audit, path, Role.SERVICE_MANAGER)
    assert "Canary" not in without_text
    assert "Agrees: partly" in without_text
    assert "Team manager, on 2 December 2025" in without_text


async def test_a_practitioner_opens_their_own_copy_and_the_reading_is_recorded(audit: Service, audit_id: str) -> None:
    path = f"/audits/{audit_id}"
    listed = await page(audit, "/", Role.PRACTITIONER, **WORKER)
    assert f'href="{path}"' in listed
    assert "Audits to be done" not in listed
    assert path not in await page(audit, "/", Role.PRACTITIONER)
    mine = await page(audit, path, Role.PRACTITIONER, **WORKER)
    assert not [
        text for text in (*SAID_SINCE, FINDING["text"], "The plan works, and the family says so.") if text not in mine
    ]
    assert not [text for text in (*BY_MODERATOR, *OF_MANAGERS, FAIR["text"], "RS-000123") if text in mine]
    assert "s status" not in mine
    assert str(AUDITOR) not in mine
    read = (await audit.get(f"/text-readings?audit_id={audit_id}&limit=500", Role.QA_OFFICER)).json()["readings"]
    own = [one for one in read if one["reader_role"] == "practitioner"]
    assert [(one["what"], one["reader"]) for one in own] == [("audit-as-practitioner", str(PRACTITIONER))]
    assert "practitioner/response" in own[0]["boxes"]
