"""Messages for tests of the fold, from stories told in plain JSON."""

from __future__ import annotations

from collections.abc import Iterable

from services.reporting.facts.fold import apply
from services.reporting.facts.ledger import Facts
from services.reporting.facts.sieve import INTERESTS
from shared.contracts.base import PublicEvent
from shared.contracts.envelope import Envelope, decode
from shared.messaging.records import Received, StoredRecord
from tests.support.fact_log import Sent, Story


def record(sent: Sent, offset: int = 0, partition: int = 0) -> StoredRecord:
    """Give a message as Kafka would."""
    message = sent.message
    return StoredRecord(sent.topic, partition, offset, message.key, tuple(message.headers), message.value)


def received(sent: Sent, offset: int = 0) -> Received:
    """Give a message as the consumer hands it to its handler."""
    envelope: Envelope = decode(sent.message.headers, sent.message.value)
    event = INTERESTS.parse(envelope)
    assert isinstance(event, PublicEvent), event
    return Received(sent.topic, 0, offset, sent.message.key, envelope, event)


def folded(stories: Iterable[Story]) -> Facts:
    """Fold stories one after the other, in memory."""
    facts = Facts()
    for story in stories:
        for sent in story.sealed():
            apply(facts, received(sent))
    return facts
