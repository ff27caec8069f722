from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from shared.contracts.envelope import Envelope
from shared.telemetry import context, tracing
from shared.telemetry.following import following

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def envelope(traceparent: str | None) -> Envelope:
    return Envelope(
        id=UUID(int=1),
        type="audit-completed.v1",
        source="/audit",
        subject=UUID(int=2),
        time=AT,
        recorded_at=AT,
        authority="northmoor",
        sequence=1,
        correlation_id=UUID(int=3),
        causation_id=UUID(int=4),
        data_schema="schema",
        traceparent=traceparent,
        data=b"{}",
    )


def test_work_for_a_message_belongs_to_its_story() -> None:
    with following(envelope(None)):
        assert dict(context.bound()) == {
            "event_id": str(UUID(int=1)),
            "stream_id": str(UUID(int=2)),
            "correlation_id": str(UUID(int=3)),
            "causation_id": str(UUID(int=4)),
            "authority": "northmoor",
        }
    assert not context.bound()


def test_its_trace_goes_on() -> None:
    tracing.configure("test", environment={})
    with following(envelope(PARENT)) as onward:
        assert onward is not None
        assert onward.split("-")[1] == PARENT.split("-")[1]
