"""Streams of public events told in plain JSON, and their messages as the relay would send them.

What each stream says is kept beside its messages, so that a test can count for itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from shared.contracts.envelope import Envelope, Message, encode, event_id, schema_of

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
GRADES = ("inadequate", "requires-improvement", "good", "outstanding")
STATUSES = ("early-help", "in-need", "protection", "in-care", "care-leaver", "disabled")
COMPONENTS = ("participation", "healing-centred", "family-solutions", "systemic", "resources", "inclusion")
AUDIT, ESCALATION = "audit.events", "escalation.events"

Json = dict[str, Any]


class Sent(NamedTuple):
    """A message for a topic (by the contracts' name)."""

    topic: str
    message: Message


@dataclass(slots=True)
class Told:
    """One event of a stream: its type, its JSON, and when it happened and was recorded."""

    type: str
    data: Json
    happened_at: datetime
    recorded_at: datetime


@dataclass(slots=True)
class Story:
    """A stream: its id, the topic it belongs to, and what it tells in order."""

    stream: UUID
    topic: str
    source: str
    events: list[Told] = field(default_factory=list)
    authority: str = "northmoor"

    def sealed(self) -> Iterator[Sent]:
        """Give the stream's messages as the relay would send them."""
        for sequence, told in enumerate(self.events, 1):
            yield Sent(self.topic, seal(self, sequence, told))


def seal(story: Story, sequence: int, told: Told) -> Message:
    """Write one event as a Kafka record."""
    return encode(
        Envelope(
            id=event_id(story.source, story.stream, sequence),
            type=told.type,
            source=story.source,
            subject=story.stream,
            time=told.happened_at,
            recorded_at=told.recorded_at,
            authority=story.authority,
            sequence=sequence,
            correlation_id=story.stream,
            causation_id=None,
            data_schema=schema_of(told.type),
            traceparent=None,
            data=_json(told.data),
        )
    )


def _json(data: Json) -> bytes:
    try:
        return orjson.dumps(data)
    except TypeError:  # a number beyond 64 bits, which is JSON all the same
        return json.dumps(data).encode()
