"""What the reporting service publishes on `reporting.events`: decisions people took in it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.base import REPORTING_EVENTS, Actor, Code, PublicEvent


class ParkedMessageDiscardedV1(PublicEvent):
    """A parked message was discarded by a person: a rebuild leaves it out as well (G5)."""

    TYPE: ClassVar[str] = "parked-message-discarded.v1"
    TOPIC: ClassVar[str] = REPORTING_EVENTS

    fingerprint: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of topic, key, headers and value")
    message_topic: Code
    message_type: Code | None
    message_stream: UUID | None
    message_sequence: int | None
    reason: Code
    discarded_by: Actor
