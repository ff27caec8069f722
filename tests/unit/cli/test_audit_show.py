"""`sightline audit show` and `sightline child export`, as a person at a terminal meets them."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from infra.cli import audit as audit_module
from infra.cli import child as child_module
from infra.cli.main import outcome
from infra.cli.show import console

AUDIT_ID = "01930000-0000-7000-8000-000000000001"
EXPORT: dict[str, Any] = {
    "case_reference": str(uuid4()), "authority": "northmoor", "case_number": "[erased]", "erased": True,
    "events": [{
        "happened_at": "2025-11-20T15:00:00Z", "what": "audit-completed", "by_role": "auditor", "audit_id": AUDIT_ID,
        "fields": {"reason": "mistyped"}, "texts": {"overall_rationale": "[erased]"},
    }],
    "drafts": [], "readings": [{
        "read_at": "2025-11-21T09:00:00Z", "reader_role": "qa-manager", "reader": "r1", "what": "audit",
        "boxes": ["overall_rationale"],
    }],
}  # fmt: skip
ESCALATION: dict[str, Any] = {
    "case_reference": EXPORT["case_reference"], "authority": "northmoor", "erased": True,
    "events": [{
        "happened_at": "2025-11-22T10:00:00Z", "what": "oversight-recorded", "by_role": "service-manager",
        "escalation_id": "0193aaaa-0000-7000-8000-000000000001", "fields": {}, "texts": {"oversight": "[erased]"},
    }],
    "readings": [{
        "read_at": "2025-11-20T09:00:00Z", "reader_role": "assistant-director", "reader": "r2", "what": "escalation",
        "boxes": ["oversight"],
    }],
}  # fmt: skip
AUDIT: dict[str, Any] = {
    "audit_id": AUDIT_ID, "status": "allocated", "version": 1, "kind": "case-file", "cycle": "2025-11",
    "organisation": "north/riverside/riverside-1", "service": "childrens-social-work", "tool": "riverside-check",
    "tool_version": 1, "child_status": "in-need", "selected_because": "random", "due_on": "2025-11-30",
    "completed_on": None, "withdrawn_because": None, "outcome": None, "recommendations": [], "texts": None,
    "practitioner_feedback": {"answers": {
        "sure": {"value": False, "reason": None}, "why": {"value": ["time", "travel"], "reason": None},
        "gone": {"value": "not-applicable", "reason": "moved"}, "wish": {"value": None, "reason": None},
    }},
    "concerns": [{"by_role": "auditor", "concern": "practice", "inadequate_likely": True}],
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the commands ask the service for, which answers with what is made up here."""
    found: list[tuple[str, dict[str, Any]]] = []

    def get(path: str, _authority: str, service: str = "audit", **request: Any) -> dict[str, Any]:
        found.append((path, request.get("params", {})))
        if service == "escalation":
            return ESCALATION
        return {**EXPORT} if path.endswith("/export") else {"versions": []} if path.endswith("/versions") else AUDIT

    monkeypatch.setattr(console, "width", 200)  # no line is broken, whatever terminal the tests run in
    monkeypatch.setattr(audit_module, "get", get)
    monkeypatch.setattr(child_module, "get", get)
    return found


def test_an_audit_is_shown_without_text_unless_it_is_asked_for(
    asked: list[tuple[str, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["audit", "show", AUDIT_ID, "--authority", "northmoor"]) == 0
    printed = capsys.readouterr().out
    assert f"Audit {AUDIT_ID}: allocated, version 1" in printed
    assert "concern flagged by auditor: practice, inadequate likely" in printed
    answered = [line.strip() for line in printed.splitlines() if "practitioner answered" in line]
    assert answered == [
        "practitioner answered sure: no",
        "practitioner answered why: time, travel",
        "practitioner answered gone: not-applicable (moved)",
    ]
    assert outcome(["audit", "show", AUDIT_ID, "--authority", "northmoor", "--text"]) == 0
    assert "not for this token to read" in capsys.readouterr().out
    assert [params for path, params in asked if path == f"audits/{AUDIT_ID}"] == [{"text": "false"}, {}]


def test_an_export_is_readable_and_says_that_the_child_is_erased(
    asked: list[tuple[str, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["child", "export", EXPORT["case_reference"], "--authority", "northmoor"]) == 0
    printed = capsys.readouterr().out
    for part in ("The child is erased", "audit-completed by auditor", 'reason: "mistyped"', "qa-manager r1: audit"):
        assert part in printed
    assert "Audit escalations (1)" in printed
    assert "oversight-recorded by service-manager, audit escalation 0193aaaa-0000" in printed
    assert "oversight:\n      [erased]" in printed
    assert "Who read it (2)\n  2025-11-20T09:00:00Z assistant-director r2: escalation, oversight\n" in printed
    assert outcome(["child", "export", EXPORT["case_reference"], "--authority", "northmoor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {**EXPORT, "escalation": ESCALATION}
    assert {path for path, _ in asked} == {f"children/{EXPORT['case_reference']}/export"}


@pytest.mark.parametrize("command", [["audit", "show"], ["child", "export"]])
def test_what_is_no_id_is_said_in_a_sentence(
    command: list[str], asked: list[tuple[str, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome([*command, "RS-000123", "--authority", "northmoor"]) == 2
    told = capsys.readouterr().err
    assert "it looks like" in told
    assert "RS-000123" not in told
    assert asked == []
