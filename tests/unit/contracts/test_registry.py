"""From a record's value to an event: known, unknown, older, broken."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest

from shared.contracts.audit import ChildErasedV1
from shared.contracts.base import TOPICS
from shared.contracts.envelope import Envelope, event_id, schema_of
from shared.contracts.registry import BY_TYPE, EVENTS, EventInvalid, parse
from shared.contracts.upcasters import Upcasters


def envelope(event_type: str, data: bytes) -> Envelope:
    subject, moment = uuid4(), datetime(2026, 3, 27, tzinfo=UTC)
    return Envelope(
        id=event_id("/audit", subject, 1),
        type=event_type,
        source="/audit",
        subject=subject,
        time=moment,
        recorded_at=moment,
        authority="northmoor",
        sequence=1,
        correlation_id=uuid4(),
        causation_id=None,
        data_schema=schema_of(event_type),
        traceparent=None,
        data=data,
    )


def test_every_type_is_a_versioned_literal_on_a_known_topic() -> None:
    assert len(BY_TYPE) == len(EVENTS)
    for event in EVENTS:
        name, version = event.TYPE.rsplit(".", 1)
        assert version == "v1"
        assert name.replace("-", "").islower()
        assert event.TOPIC in TOPICS


def test_an_unknown_type_is_nothing_to_us() -> None:
    assert parse(envelope("weather-changed.v1", b"not even json")) is None


def test_unknown_fields_are_ignored() -> None:
    case = uuid4()
    data = orjson.dumps({"case_reference": str(case), "reason": "retention-period-over", "new": 1})
    assert parse(envelope("child-erased.v1", data)) == ChildErasedV1(
        case_reference=case, reason="retention-period-over"
    )


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"reason": "Jamie Doe was here"}', b'{"case_reference": "Jamie"}']
)
def test_a_broken_value_is_refused_without_repeating_it(data: bytes) -> None:
    with pytest.raises(EventInvalid) as refused:
        parse(envelope("child-erased.v1", data))
    assert "Jamie" not in str(refused.value)


def test_an_older_event_is_lifted_step_by_step() -> None:
    """A made-up older chain: v-2 called the reference `case`, v-1 had no reason."""

    def rename(data: dict[str, Any]) -> dict[str, Any]:
        return {"case_reference": data["case"]}

    def give_reason(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "reason": "not-recorded"}

    chain = Upcasters({"erased.v8": ("erased.v9", rename), "erased.v9": ("child-erased.v1", give_reason)})
    case = uuid4()
    lifted = parse(envelope("erased.v8", orjson.dumps({"case": str(case)})), chain)
    assert lifted == ChildErasedV1(case_reference=case, reason="not-recorded")
    with pytest.raises(EventInvalid, match="not JSON"):
        parse(envelope("erased.v8", b"{"), chain)
