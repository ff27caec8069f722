"""What `sightline trace` tells of messages to people: to which role, when queued and settled, among the events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from infra.cli import trace
from infra.cli.trace_notices import Told, with_notices
from infra.errors import SightlineError

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AUDIT, ESCALATION = UUID(int=1), UUID(int=2)


def event(version: int, at: datetime, service: str = "escalation") -> trace.Step:
    stream = AUDIT if service == "audit" else ESCALATION
    return trace.Step(service, stream, version, 1, 0, at, None, UUID(int=3), None, "", f"{service}-{version}")


def told(number: int, version: int, state: str, settled: datetime | None, queued: datetime = NOON) -> Told:
    return Told(
        id=UUID(int=100 + number),
        escalation_id=ESCALATION,
        version=version,
        kind="raised",
        role="assistant-director",
        state=state,
        reason=None if state in ("sent", "waiting") else "mail-server-away",
        channel="mail" if settled else None,
        attempts=0 if state == "waiting" else 2,
        created_at=queued,
        next_at=queued + 60 * SECOND,
        settled_at=settled,
    )


def rows(steps: list[trace.Step], notices: list[Told]) -> list[dict[str, Any]]:
    story = trace.Story(steps, notices, frozenset(), {})
    return with_notices([trace._row(story, one) for one in steps], notices)


def order(steps: list[trace.Step], notices: list[Told]) -> list[str]:
    return [one["event"] for one in rows(steps, notices)]


def test_queued_after_its_event_and_sent_among_the_later_ones() -> None:
    steps = [event(1, NOON), event(2, NOON), event(3, NOON + 5 * SECOND)]
    notices = [told(1, 1, "sent", NOON + 2 * SECOND), told(2, 3, "given-up", NOON + 9 * SECOND, NOON + 5 * SECOND)]
    assert order(steps, notices) == [
        "escalation-1",
        "notice-queued",
        "escalation-2",
        "notice-sent",
        "escalation-3",
        "notice-queued",
        "notice-given-up",
    ]


def test_whatever_the_clocks_say_nothing_is_sent_before_it_was_queued_nor_events_told_otherwise() -> None:
    steps = [event(1, NOON, "audit"), event(1, NOON - SECOND), event(2, NOON + 3 * SECOND)]
    notices = [told(1, 1, "sent", NOON - SECOND, NOON - SECOND)]
    assert order(steps, notices) == ["audit-1", "escalation-1", "notice-queued", "notice-sent", "escalation-2"]


def test_one_that_fails_still_has_no_end_and_says_when_it_is_tried_again() -> None:
    [_, queued] = rows([event(1, NOON)], [told(1, 1, "failed", None)])
    assert (queued["event"], queued["state"]) == ("notice-queued", "failed")
    assert queued["notice"] == {
        "id": str(UUID(int=101)),
        "kind": "raised",
        "role": "assistant-director",
        "channel": None,
        "reason": "mail-server-away",
        "attempts": 2,
        "next_at": "2026-01-15T12:01:00+00:00",
    }


def test_every_row_has_the_same_fields() -> None:
    event_row, *notice_rows = rows([event(1, NOON)], [told(1, 1, "sent", NOON + SECOND)])
    assert event_row["notice"] is None
    assert {tuple(one) for one in notice_rows} == {tuple(event_row)}
    assert {one["because"] for one in notice_rows} == {"escalation escalation-1 (1)"}


def test_printed_with_the_role_the_channel_and_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    notices = [told(1, 1, "sent", NOON + SECOND), told(2, 1, "failed", None)]
    story = trace.Story([event(1, NOON)], notices, frozenset(), {})
    monkeypatch.setattr(trace, "read_story", lambda _: story)
    trace.trace(str(ESCALATION))
    said = capsys.readouterr().out
    assert "15 Jan 2026 12:00:01  escalation  notice-sent (1)" in said
    assert "raised, to the assistant-director; sent by mail; tried 2 times" in said
    assert "failed; tried 2 times; reason mail-server-away; next attempt 15 Jan 2026 12:01:00" in said


def test_no_address_and_no_person_is_in_what_is_read() -> None:
    assert {"person", "address", "to"}.isdisjoint(Told.__dataclass_fields__)
    assert replace(told(1, 1, "waiting", None), role="director").role == "director"


def test_what_is_no_id_is_refused_without_being_repeated() -> None:
    with pytest.raises(SightlineError) as refused:
        trace.trace("Jamie")
    assert "Jamie" not in str(refused.value)
