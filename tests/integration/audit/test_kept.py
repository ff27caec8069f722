"""What is kept of an audit: versions of its outcome, who read its texts, lists that find it, a child's export."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from infra.cli.audit import lines
from infra.cli.child import export_lines
from shared.web.principal import Role
from tests.integration.audit.support import (
    NOW,
    Service,
    allocated,
    completed,
    completion,
    moderation,
    publish_tool,
    service,
)
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR, PRACTITIONER, settings_text

pytestmark = pytest.mark.stack

MANAGER = uuid4()
FIRST, SECOND = "The first words.", "The second words."

NOTHING_IN_ESCALATION: dict[str, list[Any]] = {"events": [], "readings": []}
"""What the escalation service, which does not run here, would say of a child it never heard of."""


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("kept")) as opened:
        await publish_tool(opened)
        yield opened


async def got(audit: Service, path: str, role: Role = Role.QA_MANAGER, **who: Any) -> dict[str, Any]:
    answer = await audit.get(path, role, **who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def amended(audit: Service, **changes: Any) -> str:
    audit_id = await allocated(audit, due_on="2025-11-19", **changes)
    done = completion(overall_rationale=FIRST)
    await audit.post(f"/audits/{audit_id}/completion", done, Role.AUDITOR, person=AUDITOR)
    amendment = completion(overall_rationale=SECOND, overall_grade="requires-improvement", reason="mistyped")
    amendment["happened_at"] = "2025-12-01T09:00:00+00:00"
    del amendment["recommendations"]
    answer = await audit.post(f"/audits/{audit_id}/amendment", amendment, Role.QA_OFFICER)
    assert answer.status_code == 200, answer.text
    return audit_id


async def test_both_versions_of_an_amended_audit_are_read_and_late_stays_late(audit: Service) -> None:
    audit_id = await amended(audit)
    listed = await got(audit, f"/audits/{audit_id}/versions")
    assert (listed["completed_on"], listed["late"]) == ("2025-11-20", True)
    told = [(one["number"], one["what"], one["reason"], one["changed"], one["by_role"]) for one in listed["versions"]]
    assert told == [
        (1, "audit-completed", None, [], "auditor"),
        (2, "audit-amended", "mistyped", ["overall_grade", "overall_rationale"], "qa-officer"),
    ]
    assert "words" not in json.dumps(listed)
    first, second = [await got(audit, f"/audits/{audit_id}/versions/{number}") for number in (1, 2)]
    assert [each["outcome"]["overall_grade"] for each in (first, second)] == ["good", "requires-improvement"]
    assert [each["texts"]["overall_rationale"] for each in (first, second)] == [FIRST, SECOND]
    missing = await audit.get(f"/audits/{audit_id}/versions/3", Role.QA_MANAGER)
    assert (missing.status_code, missing.json()["type"].rsplit(":", 1)[1]) == (404, "version-not-found")
    assert (await got(audit, f"/audits/{audit_id}/versions/1", Role.SERVICE_MANAGER))["texts"] is None
    assert (await audit.get(f"/audits/{audit_id}/versions", Role.AUDITOR)).status_code == 404


async def test_a_blind_moderator_learns_no_grade_from_the_versions(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path, settings_text("northmoor", blind=True)) as blind:
        await publish_tool(blind)
        audit_id = await amended(blind)
        version = await got(blind, f"/audits/{audit_id}/versions/1", Role.MODERATOR)
        assert (version["outcome"]["overall_grade"], version["outcome"]["sections"]) == (None, {})
        assert "overall_rationale" not in version["texts"]
        listed = await got(blind, f"/audits/{audit_id}/versions", Role.MODERATOR)
        assert {one["by"] for one in listed["versions"]} == {None}
        read = (await got(blind, f"/text-readings?audit_id={audit_id}"))["readings"]
        assert [set(one["boxes"]) for one in read] == [set(version["texts"])]


async def test_every_reading_of_text_is_recorded_and_one_without_text_is_not(audit: Service) -> None:
    audit_id = await amended(audit, practitioner=str(PRACTITIONER))
    await got(audit, f"/audits/{audit_id}?text=false", person=MANAGER)
    await got(audit, f"/audits/{audit_id}", Role.SERVICE_MANAGER)
    assert (await got(audit, f"/text-readings?audit_id={audit_id}"))["readings"] == []
    await got(audit, f"/audits/{audit_id}", person=MANAGER)
    await got(audit, f"/audits/{audit_id}/versions/1", Role.TEAM_MANAGER)
    await got(audit, f"/audits/{audit_id}/as-practitioner", Role.PRACTITIONER, person=PRACTITIONER)
    drafted = await allocated(audit)
    draft = {"overall_rationale": "A canary draft."}
    await audit.http.patch(f"/v1/audits/{drafted}/draft", json=draft, headers=audit.headers(Role.QA_OFFICER))
    await got(audit, f"/audits/{drafted}/draft", Role.AUDITOR, person=AUDITOR)
    found = (await got(audit, f"/text-readings?audit_id={audit_id}"))["readings"]
    assert [(one["what"], one["reader_role"]) for one in found] == [
        ("audit", "qa-manager"), ("version/1", "team-manager"), ("audit-as-practitioner", "practitioner"),
    ]  # fmt: skip
    assert found[0]["reader"] == str(MANAGER)
    assert {"overall_rationale", "answers/plan-smart/evidence", "case_number"} <= set(found[0]["boxes"])
    drafts = (await got(audit, f"/text-readings?audit_id={drafted}"))["readings"]
    assert [(one["what"], one["reader_role"], one["boxes"]) for one in drafts] == [
        ("draft", "qa-officer", ["draft/overall_rationale"]), ("draft", "auditor", ["draft/overall_rationale"]),
    ]  # fmt: skip
    assert not {"words", "canary"} & set(json.dumps([found, drafts]).split())
    mine = (await got(audit, f"/text-readings?reader={MANAGER}&limit=1"))["readings"]
    assert [one["audit_id"] for one in mine] == [audit_id]
    pages = await got(audit, f"/text-readings?audit_id={audit_id}&limit=2")
    rest = await got(audit, f"/text-readings?audit_id={audit_id}&limit=2&after={pages['after']}")
    assert (len(pages["readings"]), len(rest["readings"]), rest["after"]) == (2, 1, None)
    assert (await audit.get("/text-readings", Role.QA_OFFICER, scope=("north/riverside",))).status_code == 403
    assert (await audit.get("/text-readings", Role.AUDITOR)).status_code == 403


async def test_lists_find_what_is_overdue_due_before_late_and_disputed(audit: Service) -> None:
    cycle = "2026-02"
    overdue = await allocated(audit, cycle=cycle, due_on="2026-03-01")
    today = await allocated(audit, cycle=cycle, due_on="2026-03-02")
    done = await completed(audit, cycle=cycle, due_on="2025-11-19")
    assert NOW.date().isoformat() == "2026-03-02"

    async def found(query: str) -> set[str]:
        return {row["audit_id"] for row in (await got(audit, f"/audits?cycle={cycle}&{query}"))["audits"]}

    assert await found("overdue=true") == {overdue}
    assert await found("overdue=true&status=completed") == set()
    assert await found("due_before=2026-03-02") == {overdue, done}
    assert await found("due_before=2026-03-03&status=allocated") == {overdue, today}
    assert await found("due_before=2026-02-01&overdue=true") == set()
    assert await found("late=true") == {done}
    assert await found("dispute=none") == {done}
    assert await found("dispute=open") == set()
    assert await found(f"auditor={AUDITOR}&status=completed") == {done}


async def test_a_child_is_exported_readable_and_erased_after_which_the_export_says_so(audit: Service) -> None:
    audit_id = await amended(audit, case_number="RS-export", practitioner=str(PRACTITIONER))
    concern = {"concern": "practice", "text": "A canary concern.", "happened_at": "2025-11-25T09:00:00+00:00"}
    await audit.post(f"/audits/{audit_id}/concern", concern, Role.AUDITOR, person=AUDITOR)
    await audit.post(f"/audits/{audit_id}/moderation", moderation(), Role.MODERATOR)
    drafted = await allocated(audit, case_number="RS-export")
    await audit.http.patch(
        f"/v1/audits/{drafted}/draft",
        json={"overall_rationale": "Half a thought."},
        headers=audit.headers(Role.QA_OFFICER),
    )
    view = await got(audit, f"/audits/{audit_id}", person=MANAGER)
    child = view["case_reference"]
    export = await got(audit, f"/children/{child}/export")
    assert (export["case_number"], export["erased"]) == ("RS-export", False)
    moments = [datetime.fromisoformat(one["happened_at"]) for one in export["events"]]
    assert moments == sorted(moments)
    assert all(moment.astimezone(UTC) for moment in moments)
    told = json.dumps(export)
    for words in (
        FIRST,
        SECOND,
        "A canary concern.",
        "stood still since spring",
        "Half a thought.",
        "Seen in the plan",
    ):
        assert words in told, words
    assert "s1." not in told
    assert (str(MANAGER), "audit") in {(one["reader"], one["what"]) for one in export["readings"]}
    printed = "\n".join(export_lines({**export, "escalation": NOTHING_IN_ESCALATION}))
    assert FIRST in printed
    assert str(MANAGER) in printed
    again = await got(audit, f"/children/{child}/export")
    exported = [one for one in again["readings"] if one["what"] == "child-export"]
    assert {one["audit_id"]: "draft/overall_rationale" in one["boxes"] for one in exported} == {
        audit_id: False,
        drafted: True,
    }
    await audit.post(f"/children/{child}/erasure", {}, Role.QA_MANAGER)
    erased = await got(audit, f"/children/{child}/export")
    assert (erased["erased"], erased["case_number"], erased["drafts"]) == (True, "[erased]", [])
    assert {text for one in erased["events"] for text in one["texts"].values()} == {"[erased]"}
    assert erased["events"][-1]["what"] == "child-erased"
    assert "erased" in list(export_lines({**erased, "escalation": NOTHING_IN_ESCALATION}))[1]


async def test_an_export_is_for_the_qa_manager_of_the_whole_authority(audit: Service) -> None:
    audit_id = await allocated(audit, case_number="RS-mine")
    child = (await got(audit, f"/audits/{audit_id}"))["case_reference"]
    path = f"/children/{child}/export"
    assert (await audit.get(path, Role.QA_OFFICER)).status_code == 403
    assert (await audit.get(path, Role.QA_MANAGER, scope=("north",))).status_code == 403
    assert (await audit.get(path, Role.QA_MANAGER, authority="saltmere")).status_code == 404
    assert (await audit.get(f"/children/{uuid4()}/export", Role.QA_MANAGER)).status_code == 404


async def test_an_audit_is_shown_in_lines_without_its_text_unless_asked(audit: Service) -> None:
    audit_id = await amended(audit)
    versions = (await got(audit, f"/audits/{audit_id}/versions"))["versions"]
    plain = "\n".join(lines(await got(audit, f"/audits/{audit_id}?text=false"), versions))
    for part in ("completed on 2025-11-20 (late)", "section planning: good", "amended (mistyped) by qa-officer"):
        assert part in plain
    assert SECOND not in plain
    assert SECOND in "\n".join(lines(await got(audit, f"/audits/{audit_id}"), versions))
