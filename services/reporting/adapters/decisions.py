"""What people decide in reporting: a small event stream of its own, published on `reporting.events`.

So far that is the discarding of a parked message. A stream is one decision about one message, and its id follows from
the message's fingerprint, so that the same decision twice is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.contracts.base import Actor, PublicEvent
from shared.contracts.reporting import ParkedMessageDiscardedV1
from shared.eventstore.database import Connection
from shared.eventstore.handling import handle
from shared.eventstore.model import Aggregate, Meta, Publication, Summary
from shared.eventstore.store import EventStore
from shared.messaging.settling import Discard
from shared.messaging.storage import ParkedMessage
from shared.messaging.topics import TopicSettings

CATEGORY: Final = "decision"
SOURCE: Final = "/reporting"
NO_AUTHORITY: Final = "none"
"""Stands for the authority where the message does not say whose it was."""

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:sightline:reporting:parked-message")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9._/-]{0,79}")


class ParkedMessageDiscarded(BaseModel):
    """A person decided that a parked message shall never take effect here."""

    model_config = ConfigDict(frozen=True)

    type: Literal["parked-message-discarded"] = "parked-message-discarded"
    at: AwareDatetime
    fingerprint: str
    topic: str
    message_type: str | None
    message_stream: UUID | None
    message_sequence: int | None
    reason: str
    by: Actor


@dataclass(frozen=True, slots=True)
class DiscardMessage:
    """Record the decision."""

    decided: ParkedMessageDiscarded


def decide(command: DiscardMessage, state: ParkedMessageDiscarded | None) -> Sequence[ParkedMessageDiscarded]:
    """Decide once; a message that was discarded before stays so."""
    return [command.decided] if state is None else []


def publish(_before: ParkedMessageDiscarded | None, event: ParkedMessageDiscarded) -> Sequence[Publication]:
    """Tell everybody: a rebuild anywhere may have to know."""
    public: PublicEvent = ParkedMessageDiscardedV1(
        fingerprint=event.fingerprint,
        message_topic=event.topic,
        message_type=event.message_type,
        message_stream=event.message_stream,
        message_sequence=event.message_sequence,
        reason=event.reason,
        discarded_by=event.by,
    )
    return [Publication(public, event.at)]


def summarise(state: ParkedMessageDiscarded | None) -> Summary | None:
    """Make decisions findable."""
    if state is None:
        return None
    return Summary(CATEGORY, "discarded", {"fingerprint": state.fingerprint, "topic": state.topic})


DECISIONS: Final[Aggregate[DiscardMessage, ParkedMessageDiscarded | None, ParkedMessageDiscarded]] = Aggregate(
    category=CATEGORY,
    source=SOURCE,
    initial=None,
    decide=decide,
    evolve=lambda _before, event: event,
    to_json=lambda event: (event.type, event.model_dump_json().encode()),
    from_json=lambda _type, data: ParkedMessageDiscarded.model_validate_json(data),
    publish=publish,
    summarise=summarise,
)


class Decisions:
    """Records decisions in the service's own event store."""

    def __init__(self, store: EventStore, topics: TopicSettings) -> None:
        self._store = store
        self._topics = topics

    async def on_discard(self, connection: Connection, message: ParkedMessage, discard: Discard) -> None:
        """Record that a parked message was discarded, in the transaction that discards it."""
        stream_id = uuid5(_NAMESPACE, discard.fingerprint.hex())
        decided = ParkedMessageDiscarded(
            at=discard.at,
            fingerprint=discard.fingerprint.hex(),
            topic=self._topics.plain(discard.topic),
            message_type=discard.type,
            message_stream=discard.stream_id,
            message_sequence=discard.sequence,
            reason=discard.reason,
            by=actor_of(discard.by),
        )
        meta = Meta(
            authority=_authority_of(message),
            recorded_at=discard.at,
            correlation_id=stream_id,
            causation_id=None,
            idempotency_key=None,
            actor=discard.by,
        )
        await handle(self._store, DECISIONS, stream_id, DiscardMessage(decided), meta, connection=connection)


def actor_of(by: str) -> Actor:
    """Return who decided: a role, or a person's pseudonymous reference."""
    try:
        return Actor(role="person", reference=UUID(by))
    except ValueError:
        return Actor(role=by if _CODE.fullmatch(by) else "operator")


def _authority_of(message: ParkedMessage) -> str:
    """Return the authority a parked message names, if it does so readably."""
    found = dict(message.record.headers).get("ce_authority") or b""
    name = found.decode("ascii", "replace")
    return name if _CODE.fullmatch(name) else NO_AUTHORITY
