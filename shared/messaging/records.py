"""Kafka records as the consumer sees them: raw as they came, and received once they are understood."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.contracts.base import PublicEvent
from shared.contracts.envelope import Envelope
from shared.eventstore.database import Connection

Headers = Sequence[tuple[str, bytes | None]]


class RawRecord(Protocol):
    """What is used of a Kafka record: aiokafka's own, or one read back from where it was parked."""

    @property
    def topic(self) -> str:
        """The topic's name in Kafka."""

    @property
    def partition(self) -> int:
        """The partition it came from."""

    @property
    def offset(self) -> int:
        """Where in the partition: to find it again, never to identify it (restored topics reuse offsets)."""

    @property
    def key(self) -> bytes | None:
        """The stream id as text, if the message is a proper one."""

    @property
    def headers(self) -> Headers:
        """The headers as they came; a value may be null or not text."""

    @property
    def value(self) -> bytes | None:
        """The value as it came."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A raw record that was kept in the database."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was understood and is to take effect: its envelope and its event, parsed.

    `late` is one that had been missing: later ones of its stream took effect before it, or stand before it here.
    """

    topic: str
    partition: int
    offset: int
    key: bytes
    envelope: Envelope
    event: PublicEvent
    late: bool = False


BatchHandler = Callable[[Connection, Sequence[Received]], Awaitable[None]]
"""A service's reaction to messages, inside the batch's transaction; what it raises is retried, then parked."""

StreamKey = tuple[str, UUID]
"""A stream as a reader knows it: topic and stream id."""

KeyClass = tuple[str, bytes]
"""Messages that must keep their order among themselves: topic, and the key (or the partition, for a null key)."""


def key_class_of(record: RawRecord) -> KeyClass:
    """Return the order a record belongs to; messages without a key are ordered by their partition."""
    if record.key is None:
        return (record.topic, b"partition:%d" % record.partition)
    return (record.topic, b"key:" + record.key)


def lock_number(key_class: KeyClass) -> int:
    """Return the advisory lock that guards a parked key: 64 bits, signed, as PostgreSQL wants them."""
    digest = hashlib.sha256(key_class[0].encode() + b"\0" + key_class[1]).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def fingerprint(topic: str, key: bytes | None, headers: Headers, value: bytes | None) -> bytes:
    """Return a message's identity: SHA-256 over topic, key, headers and value, each with its length.

    It stays the same when a restored or republished topic gives the same message another offset.
    """
    parts = [topic.encode(), key, *(part for name, header in headers for part in (name.encode(), header)), value]
    digest = hashlib.sha256()
    for part in parts:
        if part is None:
            digest.update(b"-")
        else:
            digest.update(b"%d:" % len(part))
            digest.update(part)
    return digest.digest()


def fingerprint_of(record: RawRecord) -> bytes:
    """Return `fingerprint` of a record."""
    return fingerprint(record.topic, record.key, record.headers, record.value)
