"""Questions of the practitioner's and the moderator's own, over HTTP: answered, refused, shown, recorded, and not sent."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from infra.cli.audit import lines
from shared.web.principal import Role
from tests.integration.audit.support import Service, allocated, completion, moderation, publish_tool, service
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR, MODERATOR, OTHER_MODERATOR, PRACTITIONER, TOOL_JSON, settings_text

pytestmark = pytest.mark.stack

HELP = {"id": "help", "text": "What would help?", "scale": "text", "answered_by": "practitioner", "required": False}
SURE = {
    "id": "sure",
    "text": "Is the plan sure to work?",
    "scale": "yes-no",
    "answered_by": "practitioner",
    "evidence": "optional",
}
FAIR = {"id": "fair", "text": "Is it fair?", "scale": "yes-no", "answered_by": "moderator", "evidence": "required"}
LIMIT = {
    "id": "unsure",
    "message": "Not outstanding while the worker is unsure",
    "effect": "warn",
    "when": [{"question": "sure", "answers": ["no"]}],
    "overall_at_most": "good",
}
TEXTS = {
    "help": "Canary of the worker's wish",
    "sure": "Canary of what the worker saw",
    "later": "Canary of what the worker said afterwards",
    "blind": "Canary of what was fair, blind",
    "fair": "Canary of what was fair",
    "limit": "Canary of why the limit was set aside",
}
WORKER: dict[str, Any] = {"person": PRACTITIONER}


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    document = copy.deepcopy(TOOL_JSON)
    document["limits"] = [LIMIT]
    document["sections"][-1]["questions"] += [HELP, SURE, FAIR]
    settings = settings_text("northmoor", blind=True)
    async with service(stack.postgres, tmp_path_factory.mktemp("own-questions"), settings) as opened:
        await publish_tool(opened, document)
        yield opened


async def places(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    assert not [text for text in TEXTS.values() if text in answer.text]
    return sorted(problem["place"] for problem in answer.json()["problems"])


async def test_the_practitioner_answers_before_completion(audit: Service) -> None:
    audit_id = await allocated(audit, practitioner=str(PRACTITIONER), case_number="RS-own-1")
    path, day = f"/audits/{audit_id}", "2025-11-10T09:00:00+00:00"
    told_at_the_start = (await audit.get(f"{path}/as-practitioner", Role.PRACTITIONER, **WORKER)).json()
    assert [(one["id"], one["required"]) for one in told_at_the_start["questions"]] == [("help", False), ("sure", True)]
    feedback = {"answers": {"help": {"text": TEXTS["help"]}, "fair": {"value": True}, "heard": {"value": "yes"}}}
    refused = await audit.post(f"{path}/practitioner-feedback", feedback, Role.PRACTITIONER, **WORKER)
    assert await places(refused) == ["body/answers/fair", "body/answers/heard", "body/answers/sure"]
    feedback["answers"] = {"help": {"text": TEXTS["help"]}, "sure": {"value": False, "evidence": TEXTS["sure"]}}
    given = await audit.post(
        f"{path}/practitioner-feedback", {**feedback, "happened_at": day}, Role.PRACTITIONER, **WORKER
    )
    assert given.status_code == 200, given.text
    early = (await audit.get(path, Role.AUDITOR, person=AUDITOR)).json()
    assert early["practitioner_feedback"]["answers"]["sure"] == {"value": False, "reason": None}
    assert early["texts"]["practitioner/own/answers/help/text"] == TEXTS["help"]

    done = await audit.post(f"{path}/completion", completion(), Role.AUDITOR, person=AUDITOR)
    assert done.status_code == 200, done.text
    for reader in ("", "/versions/1"):
        found = (await audit.get(f"{path}{reader}", Role.AUDITOR, person=AUDITOR)).json()
        assert found["outcome"]["answers"]["sure"]["value"] is False
        assert found["texts"]["answers/sure/evidence"] == TEXTS["sure"]
    mine = (await audit.get(f"{path}/as-practitioner", Role.PRACTITIONER, **WORKER)).json()
    assert mine["feedback"]["answers"]["sure"]["value"] is False
    assert mine["texts"]["practitioner/own/answers/help/text"] == TEXTS["help"]
    [told] = [data for type_, data in await audit.published(audit_id) if type_ == "audit-completed.v1"]
    assert told["answers"]["sure"] is False

    later = {"answers": {"sure": {"value": True, "evidence": TEXTS["later"]}}}
    said = await audit.post(f"{path}/practitioner-feedback", later, Role.PRACTITIONER, **WORKER)
    assert said.status_code == 200, said.text
    seen = (await audit.get(path, Role.QA_OFFICER)).json()
    assert (seen["outcome"]["answers"]["sure"]["value"], seen["practitioner_feedback"]["answers"]["sure"]["value"]) == (
        False,
        True,
    )
    assert seen["texts"]["answers/sure/evidence"] == TEXTS["sure"]
    assert seen["texts"]["practitioner/own/answers/sure/evidence"] == TEXTS["later"]
    assert "practitioner/own/answers/help/text" not in seen["texts"]
    blind = (await audit.get(path, Role.MODERATOR, person=OTHER_MODERATOR)).json()
    assert (blind["blind"], blind["practitioner_feedback"]) == (True, None)
    assert TEXTS["later"] not in json.dumps(blind)
    manager = (await audit.get(path, Role.SERVICE_MANAGER)).json()
    assert (manager["texts"], manager["practitioner_feedback"]["answers"]["sure"]["value"]) == (None, True)
    read = (await audit.get(f"/text-readings?audit_id={audit_id}&limit=500", Role.QA_OFFICER)).json()["readings"]
    box = "practitioner/own/answers/sure/evidence"
    assert {(one["what"], one["reader_role"]) for one in read if box in one["boxes"]} == {
        ("audit", "auditor"),
        ("audit", "qa-officer"),
        ("audit-as-practitioner", "practitioner"),
    }


async def test_the_moderator_answers_blind_and_when_it_is_recorded(audit: Service) -> None:
    audit_id = await allocated(audit, practitioner=str(PRACTITIONER), case_number="RS-own-2")
    path, who = f"/audits/{audit_id}", {"person": MODERATOR}
    body = completion(answers={**completion()["answers"], "sure": {"value": False}})
    done = await audit.post(f"{path}/completion", body, Role.AUDITOR, person=AUDITOR)
    assert done.status_code == 200, done.text
    grades = {
        "overall_grade": "outstanding",
        "rationale": "Warm and steady.",
        "happened_at": "2025-12-03T10:00:00+00:00",
    }
    wrong = {**grades, "answers": {"fair": {"value": True}, "sure": {"value": True}}}
    refused = await audit.post(f"{path}/moderation/blind-grades", wrong, Role.MODERATOR, **who)
    assert await places(refused) == [
        "body/answers/fair/evidence",
        "body/answers/sure",
        "body/overridden_limits/unsure",
    ]
    right = {
        **grades,
        "answers": {"fair": {"value": True, "evidence": TEXTS["blind"]}},
        "overridden_limits": {"unsure": TEXTS["limit"]},
    }
    given = await audit.post(f"{path}/moderation/blind-grades", right, Role.MODERATOR, **who)
    assert given.status_code == 200, given.text
    auditors = (await audit.get(path, Role.AUDITOR, person=AUDITOR)).json()
    assert TEXTS["blind"] not in json.dumps(auditors)
    record = moderation(overall_grade=None, sections={}, happened_at="2025-12-04T10:00:00+00:00")
    record["answers"] = {"fair": {"value": False, "evidence": TEXTS["fair"]}}
    recorded = await audit.post(f"{path}/moderation", record, Role.MODERATOR, **who)
    assert recorded.status_code == 200, recorded.text
    seen = (await audit.get(path, Role.QA_OFFICER)).json()
    [one] = seen["moderations"]
    assert (one["answers"]["fair"]["value"], one["blind_grades"]["answers"]["fair"]["value"]) == (False, True)
    assert one["blind_grades"]["overridden_limits"] == ["unsure"]
    begins = f"moderations/{one['moderation_id']}"
    assert seen["texts"][f"{begins}/answers/fair/evidence"] == TEXTS["fair"]
    assert seen["texts"][f"{begins}/blind/answers/fair/evidence"] == TEXTS["blind"]
    assert seen["texts"][f"{begins}/blind/overridden_limits/unsure/reason"] == TEXTS["limit"]
    practitioners = (await audit.get(f"{path}/as-practitioner", Role.PRACTITIONER, **WORKER)).json()
    assert "fair" not in json.dumps(practitioners)
    versions = (await audit.get(f"{path}/versions", Role.QA_OFFICER)).json()["versions"]
    printed = "\n".join(lines(seen, versions))
    assert "moderator answered fair: no" in printed
    export = await audit.get(f"/children/{seen['case_reference']}/export", Role.QA_MANAGER)
    told = {one["what"]: one for one in export.json()["events"]}
    assert told["moderator-graded"]["texts"][f"{begins}/blind/answers/fair/evidence"] == TEXTS["blind"]
    assert told["moderation-done"]["fields"]["answers"] == {"fair": {"value": False}}
    assert not [text for text in TEXTS.values() if text in str(await audit.published())]


async def test_the_export_has_what_the_practitioner_answered(audit: Service) -> None:
    audit_id = await allocated(audit, practitioner=str(PRACTITIONER), case_number="RS-own-3")
    path = f"/audits/{audit_id}"
    feedback = {"answers": {"help": {"text": TEXTS["help"]}, "sure": {"value": True}}}
    written_down = await audit.post(f"{path}/practitioner-feedback", feedback, Role.QA_OFFICER)
    assert written_down.status_code == 200, written_down.text
    seen = (await audit.get(path, Role.QA_OFFICER)).json()
    assert "practitioner answered sure: yes" in "\n".join(lines(seen, []))
    export = await audit.get(f"/children/{seen['case_reference']}/export", Role.QA_MANAGER)
    [told] = [one for one in export.json()["events"] if one["what"] == "practitioner-feedback-given"]
    assert told["texts"] == {"practitioner/own/answers/help/text": TEXTS["help"]}
    assert told["fields"]["answers"]["sure"] == {"value": True}
