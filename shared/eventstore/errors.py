"""What can go wrong between a command and its events, each error with the way out in its sentence."""

from __future__ import annotations

from uuid import UUID


class EventStoreError(Exception):
    """What the event store refuses, or cannot do."""


class VersionConflict(EventStoreError):
    """Somebody else appended to the stream since it was loaded; nothing was stored. Load and decide again."""

    def __init__(self, stream_id: UUID, expected: int, actual: int | None = None) -> None:
        stands = "has moved on" if actual is None else f"stands at version {actual}"
        super().__init__(
            f"Stream {stream_id} {stands}, and version {expected} was expected: load it again and decide again."
        )
        self.stream_id = stream_id
        self.expected = expected
        self.actual = actual


class VersionSeenIsOld(EventStoreError):
    """The writer had seen another version of the stream than the one it stands at; nothing was stored."""

    def __init__(self, stream_id: UUID, seen: int, actual: int) -> None:
        super().__init__(f"Stream {stream_id} stands at version {actual}, and its writer had seen version {seen}.")
        self.stream_id = stream_id
        self.seen = seen
        self.actual = actual


class IdempotencyKeyReused(EventStoreError):
    """An idempotency key came back with another request; nothing was stored."""

    def __init__(self) -> None:
        super().__init__(
            "This idempotency key was used before with another request: "
            "send a new key with a new request, or the same request again."
        )


class MessageTooLarge(EventStoreError):
    """A public event would not fit into a Kafka message, and would block its partition; nothing was stored."""

    def __init__(self, event_type: str, size: int, limit: int) -> None:
        super().__init__(
            f"The public event {event_type} has {size:,} bytes and a message may have {limit:,}: "
            "shorten the lists it carries, or raise the limit here and max.message.bytes of the topic together."
        )
        self.event_type = event_type
        self.size = size
        self.limit = limit


class TopicAhead(EventStoreError):
    """A topic holds events that the store does not: the store was restored to an earlier state.

    To go on would give the numbers of those events to other events, which every reader would then ignore. `on_topic`
    above `in_store`: the store has not come so far; else it has, with `another` event under that number.
    """

    def __init__(
        self, topic: str, stream_id: UUID, on_topic: int, in_store: int, streams: int, *, another: bool = False
    ) -> None:
        store = "another one under that number" if another else f"published only {in_store} of it"
        super().__init__(
            f"{topic} holds event {on_topic} of stream {stream_id}, and the store has {store} "
            f"({streams} such streams in the last messages looked at). The store was restored to an earlier state, so "
            "nothing is sent. Restore the newest backup or replay the archived write-ahead log; or accept the loss: "
            "stop the service, make a new, empty topic, run `sightline republish`, and rebuild the readers from it."
        )
        self.topic = topic
        self.stream_id = stream_id
        self.on_topic = on_topic
        self.in_store = in_store


class TopicEmptied(TopicAhead):
    """A topic that was ahead of the store holds nothing now, and the store's events are not on it yet.

    To go on would send new events before the old ones, which readers would then take for repeats.
    """

    def __init__(self, ahead: TopicAhead) -> None:
        super().__init__(ahead.topic, ahead.stream_id, ahead.on_topic, ahead.in_store, 0)
        sentence = (
            f"{ahead.topic} was ahead of the store and is empty now, so nothing is sent: "
            "stop the service, run `sightline republish`, start it, and rebuild the readers."
        )
        self.args = (sentence,)


class MigrationEdited(EventStoreError):
    """A migration's file is no longer what was applied to this database."""

    def __init__(self, migration: str) -> None:
        super().__init__(
            f"Migration {migration} was applied to this database and its file was edited since: "
            "put the file back as it was, and write the change as a new migration."
        )
        self.migration = migration


class PublicationChanged(EventStoreError):
    """A private event makes another number of public events today than when it was stored."""

    def __init__(self, event_type: str, stream_id: UUID, version: int, stored: int, now: int) -> None:
        super().__init__(
            f"Event {version} ({event_type}) of stream {stream_id} brought its stream to {stored} public events when "
            f"it was stored, and would now bring it to {now}: the mapping in publishing.py was changed for events that "
            "exist. Give the old events their old mapping; sequence numbers already published are for ever."
        )
        self.event_type = event_type
        self.stream_id = stream_id


class CategoryUnknown(EventStoreError):
    """The store holds streams of a category that no given aggregate has."""

    def __init__(self, category: str) -> None:
        super().__init__(f"The store holds streams of the category {category}, and no aggregate of the service has it.")
        self.category = category


class RelayRuns(EventStoreError):
    """A relay is sending the outbox, and may not be joined by another sender."""

    def __init__(self) -> None:
        super().__init__("A relay is sending this service's outbox: stop the service, and republish then.")


class SendingHeldUp(EventStoreError):
    """Kafka did not take what was to be republished; the sentence says why."""
