"""What the OpenAPI document promises beside forms: examples that work as pasted, lists that are paged and capped."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.audit.app.queue.service import ModerationQueues
from shared.web.principal import Role
from tests.integration.audit.support import Service, publish_tool, service
from tests.support.stack import Stack

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[3]
MODERATOR = UUID("6f2d1f3a-90c1-4f0e-8b1b-3f6f0b9c5a01")
AUDIT = "/v1/audits/{audit_id}"
QUEUE = "/v1/moderation-queue"
EXERCISE = "/v1/calibrations/{calibration_id}"


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    settings = (ROOT / "infra/sample/authorities/northmoor.yaml").read_text(encoding="utf-8")
    settings = settings.replace("share: sample", "share: all").replace(
        "people:\n", f"people:\n  - {{role: moderator, person: {MODERATOR}}}\n", 1
    )
    settings = settings.replace("\nmoderation:\n", "\nmoderation:\n  dispute_decided_by: panel\n", 1)
    settings = settings.replace("  blind: false", "  blind: true", 1)
    async with service(stack.postgres, tmp_path_factory.mktemp("document"), settings) as opened:
        for file in ("infra/sample/tools/standard-case-file-audit.1", "infra/sample/tools/standard-case-file-audit.2"):
            await publish_tool(opened, json.loads((ROOT / f"{file}.json").read_text(encoding="utf-8")))
        exercise = (ROOT / "services/audit/tools/calibration-exercise.json").read_text(encoding="utf-8")
        await publish_tool(opened, json.loads(exercise))
        yield opened


async def document_of(audit: Service) -> dict[str, Any]:
    return dict((await audit.http.get("/openapi.json")).json())


class Pasting:
    """Sends the document's examples, each as it is, and remembers which."""

    def __init__(self, audit: Service, document: dict[str, Any]) -> None:
        self.audit = audit
        self.left = {
            (method.upper(), path): said["requestBody"]["content"]["application/json"]
            for path, methods in document["paths"].items()
            for method, said in methods.items()
            if "application/json" in said.get("requestBody", {}).get("content", {})
        }
        self.pasted: dict[tuple[str, str], dict[str, Any]] = {}
        self.names: dict[str, str] = {"tool": "supervision-check"}

    async def __call__(self, method: str, path: str, role: Role = Role.QA_MANAGER, **who: Any) -> dict[str, Any]:
        content = self.left.pop((method, path))
        [example] = content["examples"].values()
        self.pasted[method, path] = example["value"]
        headers = self.audit.headers(role, key=uuid4().hex, **who)
        address = path.format(**self.names)
        answer = await self.audit.http.request(method, address, json=example["value"], headers=headers)
        assert answer.is_success, (method, path, answer.text)
        return dict(answer.json())

    async def again(self, path: str, body: Any = None) -> dict[str, Any]:
        """Post an example once more, or another body in its place."""
        given = self.pasted["POST", path] if body is None else body
        headers = self.audit.headers(Role.QA_MANAGER, key=uuid4().hex)
        answer = await self.audit.http.post(path.format(**self.names), json=given, headers=headers)
        assert answer.is_success, (path, answer.text)
        return dict(answer.json())


async def test_every_example_of_the_document_works_as_pasted_in_order(audit: Service) -> None:
    audit.clock[0] = audit.clock[0].replace(year=2026, month=12, day=1)  # the examples' days lie in November 2026
    paste = Pasting(audit, await document_of(audit))
    await paste("POST", "/v1/tools")
    await paste("PUT", "/v1/tools/{tool}/draft")
    await paste("POST", "/v1/tools/{tool}/comparison")
    paste.names["audit_id"] = (await paste("POST", "/v1/audits"))["audit_id"]
    await paste("PATCH", f"{AUDIT}/draft")
    await paste("PUT", f"{AUDIT}/draft")
    await paste("POST", f"{AUDIT}/practitioner-feedback")
    await paste("POST", f"{AUDIT}/concern")
    done = await paste("POST", f"{AUDIT}/completion")
    paste.names |= {"recommendation_id": done["recommendations"][0], "moderation_id": done["open_moderation"]}
    await ModerationQueues(audit.parts).run_for("northmoor")
    await paste("POST", f"{QUEUE}/carry-over")
    seen = await audit.get(f"/audits/{paste.names['audit_id']}", Role.QA_OFFICER)
    if seen.json()["moderations"][0]["moderator"] is not None:  # the round gave it to the one moderator
        await paste("POST", f"{QUEUE}/{{moderation_id}}/release")
    await paste("POST", f"{QUEUE}/{{moderation_id}}/moderator")
    await paste("POST", f"{AUDIT}/amendment")
    await paste("POST", f"{AUDIT}/moderation/blind-grades", Role.MODERATOR, person=MODERATOR)
    await paste("POST", f"{AUDIT}/moderation", Role.MODERATOR, person=MODERATOR)
    await paste("POST", f"{AUDIT}/practitioner-response")
    await paste("POST", f"{AUDIT}/recommendations")
    await paste("POST", f"{AUDIT}/recommendations/{{recommendation_id}}/follow-up", Role.TEAM_MANAGER)
    await paste("POST", f"{AUDIT}/dispute", Role.TEAM_MANAGER)
    await paste("POST", f"{AUDIT}/reflective-note", Role.TEAM_MANAGER)
    disputes = (await audit.get(f"/audits/{paste.names['audit_id']}", Role.QA_OFFICER)).json()["disputes"]
    paste.names["dispute_id"] = disputes[0]["dispute_id"]
    await paste("POST", f"{AUDIT}/disputes/{{dispute_id}}/settlement")
    paste.names["calibration_id"] = (await paste("POST", "/v1/calibrations"))["calibration_id"]
    await paste("POST", f"{EXERCISE}/grades")
    grades = {**paste.pasted["POST", f"{EXERCISE}/grades"], "auditor": str(MODERATOR)}
    await paste.again(f"{EXERCISE}/grades", grades)
    await paste("POST", f"{EXERCISE}/closure")
    await a_second_audit(paste)
    given = await paste("POST", "/v1/children")
    paste.names["reference"] = (await paste("POST", "/v1/children/reference"))["case_reference"]
    assert paste.names["reference"] == given["case_reference"]
    await paste("POST", "/v1/children/{reference}/erasure")
    assert set(paste.left) == set(), "bodies of the document without an example that was tried"


async def a_second_audit(paste: Pasting) -> None:
    """What cannot follow on the first one: its moderation is passed on, another is asked for, it is withdrawn."""
    paste.names["audit_id"] = (await paste.again("/v1/audits"))["audit_id"]
    done = await paste.again(f"{AUDIT}/completion")
    paste.names["moderation_id"] = done["open_moderation"]
    await ModerationQueues(paste.audit.parts).run_for("northmoor")
    await paste.again(f"{QUEUE}/{{moderation_id}}/moderator")
    await paste("POST", f"{QUEUE}/{{moderation_id}}/pass-on", Role.MODERATOR, person=MODERATOR)
    moderation = {**paste.pasted["POST", f"{AUDIT}/moderation"], "moderator": str(uuid4())}
    await paste.again(f"{AUDIT}/moderation", moderation)
    await paste("POST", f"{AUDIT}/moderation-request")
    await paste("POST", f"{AUDIT}/withdrawal")
