"""What to do with each message of a batch, decided before anything is written. Pure.

The rules are G2, G3 and G6 of the design: what is not newer than its stream's position is dropped; a skipped number is
noticed and does not stop anything; what cannot be understood is parked, and later messages of its key behind it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from shared.contracts.envelope import Envelope
from shared.messaging.reading import Fault, Interests, may_be_concern, read_envelope, salvage
from shared.messaging.records import KeyClass, RawRecord, Received, StreamKey, fingerprint_of, key_class_of


@dataclass(frozen=True, slots=True)
class Reading:
    """A record with its envelope, or with the fault that it has none."""

    record: RawRecord
    envelope: Envelope | None
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the database says about the streams and keys of a batch."""

    positions: Mapping[StreamKey, int]
    parked_keys: Collection[KeyClass] = frozenset()
    discarded: Collection[bytes] = frozenset()
    any_discarded: bool = False

    def without_parked(self) -> "Known":
        """Give the same with no key held back: to apply the very message the key waits for."""
        return replace(self, parked_keys=frozenset())


@dataclass(frozen=True, slots=True)
class ToPark:
    """A message that goes to messaging.parked: by its own fault, or behind one of its key."""

    record: RawRecord
    key_class: KeyClass
    behind: bool
    fault: Fault
    type: str | None
    stream_id: UUID | None
    sequence: int | None
    concern: bool
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Hole:
    """A stream's number was skipped: `expected` should have come, `found` came."""

    topic: str
    stream_id: UUID
    expected: int
    found: int


@dataclass(slots=True)
class Plan:
    """Everything one batch will do: what the handler gets, and what is written beside it."""

    received: list[Received] = field(default_factory=list)
    positions: dict[StreamKey, int] = field(default_factory=dict)
    parked: list[ToPark] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    duplicates: int = 0
    discarded_again: int = 0
    uninteresting: int = 0


BEHIND = Fault("behind-parked", "an earlier message of its key is parked")


def read_all(records: Iterable[RawRecord]) -> list[Reading]:
    """Read every record's envelope; the value is not looked at yet."""
    readings = []
    for record in records:
        found = read_envelope(record)
        if isinstance(found, Fault):
            readings.append(Reading(record, None, found))
        else:
            readings.append(Reading(record, found, None))
    return readings


def streams_of(readings: Iterable[Reading]) -> set[StreamKey]:
    """Return the streams whose positions have to be known before planning."""
    return {(reading.record.topic, reading.envelope.subject) for reading in readings if reading.envelope is not None}


def to_park(reading: Reading, fault: Fault, *, behind: bool = False, attempts: int = 1) -> ToPark:
    """Describe a message that has to be parked, with all that can be said of it."""
    record, envelope = reading.record, reading.envelope
    if envelope is None:
        known = salvage(record)
        event_type, stream_id, sequence = known.type, known.stream_id, known.sequence
    else:
        event_type, stream_id, sequence = envelope.type, envelope.subject, envelope.sequence
    return ToPark(
        record=record,
        key_class=key_class_of(record),
        behind=behind,
        fault=fault,
        type=event_type,
        stream_id=stream_id,
        sequence=sequence,
        concern=may_be_concern(event_type, record.value),
        attempts=attempts,
    )


def plan(readings: Sequence[Reading], known: Known, interests: Interests) -> Plan:
    """Decide what happens to each message, in order."""
    planner = _Planner(known, interests)
    for reading in readings:
        if reading.envelope is None:
            planner.unreadable(reading)
        else:
            planner.readable(reading, reading.envelope)
    return planner.made


class _Planner:
    """One pass over a batch: what is held back grows as messages of it are parked."""

    def __init__(self, known: Known, interests: Interests) -> None:
        self.made = Plan()
        self._known = known
        self._interests = interests
        self._held = set(known.parked_keys)

    def unreadable(self, reading: Reading) -> None:
        if self._is_discarded(reading.record):
            self.made.discarded_again += 1
            return
        assert reading.fault is not None, "a reading without envelope has a fault"
        self._park(reading, reading.fault)

    def readable(self, reading: Reading, envelope: Envelope) -> None:
        made, record = self.made, reading.record
        stream = (record.topic, envelope.subject)
        last = made.positions.get(stream)
        if last is None:
            last = self._known.positions.get(stream, 0)
        if envelope.sequence <= last:
            made.duplicates += 1
            return
        if self._held and key_class_of(record) in self._held:
            made.parked.append(to_park(reading, BEHIND, behind=True, attempts=0))
            return
        if self._is_discarded(record):
            made.discarded_again += 1
        elif self._interests.concerns(envelope.type):
            event = self._interests.parse(envelope)
            if isinstance(event, Fault):
                self._park(reading, event)
                return
            assert record.key is not None, "read_envelope refuses a message without a key"
            made.received.append(Received(record.topic, record.partition, record.offset, record.key, envelope, event))
        else:
            made.uninteresting += 1
        if envelope.sequence != last + 1:
            made.holes.append(Hole(record.topic, envelope.subject, last + 1, envelope.sequence))
        made.positions[stream] = envelope.sequence

    def _is_discarded(self, record: RawRecord) -> bool:
        return self._known.any_discarded and fingerprint_of(record) in self._known.discarded

    def _park(self, reading: Reading, fault: Fault) -> None:
        self.made.parked.append(to_park(reading, fault))
        self._held.add(key_class_of(reading.record))
