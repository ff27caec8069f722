"""What a message's faults say, and what they never say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.envelope import decode
from shared.messaging.reading import Fault, Interests, family_of, may_be_concern

GOLDEN = Path(__file__).parents[2] / "contract" / "contracts" / "golden" / "audit-completed.v1.json"
COMPLETED = "audit-completed.v1"


def _fault(change: dict[str, Any]) -> Fault:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    headers = [(name, value.encode()) for name, value in golden["headers"]]
    found = Interests({COMPLETED}).parse(decode(headers, json.dumps({**golden["value"], **change}).encode()))
    assert isinstance(found, Fault)
    return found


@pytest.mark.parametrize(
    "change",
    [
        {"overall_grade": "Alice Smith"},
        {"answers": {"Alice Smith": {"a": 1}}},
        {"organisation": {"area": "Alice Smith", "district": "x", "team": "y"}},
        {"sections": [{"section": "Alice Smith"}]},
        {"completed_on": "Alice Smith"},
    ],
)
def test_a_fault_names_places_and_never_what_stood_there(change: dict[str, Any]) -> None:
    fault = _fault(change)
    assert fault.reason == "event-invalid"
    assert next(iter(change)) in fault.sentence
    assert "Alice" not in fault.sentence


def test_another_version_of_an_interesting_type_is_of_concern_another_type_is_not() -> None:
    interests = Interests({COMPLETED})
    assert interests.concerns("audit-completed.v7")
    assert not interests.concerns("audit-withdrawn.v1")
    assert family_of("audit-completed.v1") == "audit-completed"


@pytest.mark.parametrize(
    ("event_type", "value", "answer"),
    [
        (None, b"{}", True),
        ("concern-flagged.v1", None, True),
        ("escalation-overdue.v1", b"{}", True),
        (COMPLETED, None, True),
        (COMPLETED, b"[]", True),
        (COMPLETED, b'{"concern": "none"}', True),
        (COMPLETED, b'{"concern": "none", "inadequate_likely": false, "overall_grade": "inadequate"}', True),
        (COMPLETED, b'{"concern": "none", "inadequate_likely": false, "overall_grade": "good"}', False),
        ("moderation-done.v1", b'{"concern": "none", "inadequate_likely": true}', True),
        ("recommendation-made.v1", b"{", False),
    ],
)
def test_what_may_be_about_a_child_in_danger_alerts(event_type: str | None, value: bytes | None, answer: bool) -> None:
    assert may_be_concern(event_type, value) is answer
