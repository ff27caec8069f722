"""`sightline parked list`: what one must type is on the screen, however narrow that is."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from infra.cli import parked
from infra.cli.main import outcome
from infra.cli.show import console
from shared.messaging.records import StoredRecord
from shared.messaging.storage import ParkedMessage


def message(number: int) -> ParkedMessage:
    return ParkedMessage(
        id=number,
        fingerprint=b"\x01",
        record=StoredRecord("audit.events", 0, 1, b"key", (), b"{}"),
        key_class=("audit.events", b"key"),
        behind=True,
        reason="handler-raised-an-error",
        error="Nothing.",
        attempts=12,
        type="improvement-recommendation-followed-up.v1",
        stream_id=UUID(int=1),
        sequence=1,
        concern=True,
        parked_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_number_to_type_is_whole_at_any_width(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "width", width)
    monkeypatch.setattr(parked, "_of_each", lambda *_: {"escalation": [message(10), message(123456)]})
    assert outcome(["parked", "list"]) == 0
    shown = capsys.readouterr().out
    assert "escalation/10 " in shown
    assert "escalation/123456 " in shown
    assert "…" not in shown
