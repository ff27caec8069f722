"""The list of messages never leaves out why one was not sent, however narrow the window."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from uuid import UUID

import pytest
from rich.console import Console

from infra.cli import notices
from services.escalation.adapters.notifying.storage import NoticeRow
from services.escalation.app.notices import Kind, Notice

AT = datetime(2026, 1, 14, 9, tzinfo=UTC)
REASON = "the-mail-server-refused-the-login"


def row() -> NoticeRow:
    notice = Notice(
        kind=Kind.CONSIDERATION_CHASED,
        escalation_id=UUID(int=1),
        authority="northmoor",
        category="safeguarding",
        unit="north/riverside/riverside-assessment",
        audit_id=None,
        role="principal-social-worker",
        person=None,
        roles=("principal-social-worker",),
        due_at=AT,
        clock_number=1,
        happened_at=AT,
    )
    return NoticeRow(
        id=UUID(int=2),
        notice=notice,
        version=3,
        state="given-up",
        reason=REASON,
        channel="mail",
        attempts=9,
        created_at=AT,
        next_at=AT,
        give_up_at=AT,
        settled_at=AT,
    )


@pytest.mark.parametrize("width", [40, 80, 139, 140, 200])
def test_the_reason_is_whole_at_every_width(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    page = StringIO()
    monkeypatch.setattr(notices, "console", Console(file=page, width=width))
    monkeypatch.setattr(notices, "with_database", lambda *_: [row()])
    notices.list_command(state=notices.Which.ALL, escalation=None, limit=200, as_json=False)
    assert REASON in page.getvalue()
    assert str(UUID(int=2)) in page.getvalue()
