"""What to do with each message of a batch, decided before anything is written. Pure.

The rules are G2, G3 and G6 of the design: what is not newer than its stream's position is dropped, unless its number
is in a hole: then it was lost, and takes effect once, late; a skipped number is noticed and does not stop anything;
what cannot be understood is parked, and later messages of its key behind it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
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
    """What the database says about the streams and keys of a batch.

    `parked_keys` gives for each key that has parked messages the lowest number among them, 0 where one's is not known;
    `holes` what is missing of the streams whose position is not below a message of the batch.
    """

    positions: Mapping[StreamKey, int]
    parked_keys: Mapping[KeyClass, int] = field(default_factory=dict)
    discarded: Collection[bytes] = frozenset()
    any_discarded: bool = False
    holes: Mapping[StreamKey, Sequence["Hole"]] = field(default_factory=dict)

    def without_parked(self) -> "Known":
        """Give the same with no key held back: to apply the very message the key waits for."""
        return replace(self, parked_keys={})


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
    """Numbers of a stream that never came: from `expected`, which should have come, to before `found`, which came."""

    topic: str
    stream_id: UUID
    expected: int
    found: int

    def holds(self, number: int) -> bool:
        """Whether this number is missing."""
        return self.expected <= number < self.found

    def without(self, numbers: AbstractSet[int]) -> "list[Hole]":
        """Give what is still missing once these numbers have come: nothing, a narrower hole, or several."""
        left: list[Hole] = []
        begin = self.expected
        for number in sorted(number for number in numbers if self.holds(number)):
            if begin < number:
                left.append(replace(self, expected=begin, found=number))
            begin = number + 1
        if begin < self.found:
            left.append(replace(self, expected=begin))
        return left


@dataclass(slots=True)
class Plan:
    """Everything one batch will do: what the handler gets, and what is written beside it.

    `holes` are new ones, as far as the batch has not filled them itself; `filled` the numbers that earlier ones lose.
    """

    received: list[Received] = field(default_factory=list)
    positions: dict[StreamKey, int] = field(default_factory=dict)
    parked: list[ToPark] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    filled: dict[StreamKey, set[int]] = field(default_factory=dict)
    duplicates: int = 0
    discarded_again: int = 0
    uninteresting: int = 0


ENVELOPE_READ = frozenset({"event-invalid", "unknown-version", "handler-refused", "behind-parked"})
"""The reasons for parking that a message with a good envelope can have: its number is to be trusted."""

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


def lowest_parked(parked: Iterable[ToPark]) -> dict[KeyClass, int]:
    """Give the lowest number set aside of each key, 0 where one's cannot be trusted (`Known.parked_keys`)."""
    lowest: dict[KeyClass, int] = {}
    for message in parked:
        number = (message.sequence or 0) if message.fault.reason in ENVELOPE_READ else 0
        lowest[message.key_class] = min(lowest.get(message.key_class, number), number)
    return lowest


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
        self._held = dict(known.parked_keys)

    def unreadable(self, reading: Reading) -> None:
        if self._is_discarded(reading.record):
            self.made.discarded_again += 1
            return
        assert reading.fault is not None, "a reading without envelope has a fault"
        self._park(reading, reading.fault, number=0)

    def readable(self, reading: Reading, envelope: Envelope) -> None:
        made, record, number = self.made, reading.record, envelope.sequence
        stream = (record.topic, envelope.subject)
        last = made.positions.get(stream)
        if last is None:
            last = self._known.positions.get(stream, 0)
        late = number <= last
        if late and not self._is_missing(stream, number):
            made.duplicates += 1
            return
        if self._held and self._waits(key_class_of(record), number, late=late):
            made.parked.append(to_park(reading, BEHIND, behind=True, attempts=0))
            return
        if self._is_discarded(record):
            made.discarded_again += 1
        elif self._interests.concerns(envelope.type):
            event = self._interests.parse(envelope)
            if isinstance(event, Fault):
                self._park(reading, event, number=number)
                return
            assert record.key is not None, "read_envelope refuses a message without a key"
            made.received.append(
                Received(record.topic, record.partition, record.offset, record.key, envelope, event, late)
            )
        else:
            made.uninteresting += 1
        if late:
            self._fill(stream, number)
            return
        if number != last + 1:
            made.holes.append(Hole(record.topic, envelope.subject, last + 1, number))
        made.positions[stream] = number

    def _waits(self, key: KeyClass, number: int, *, late: bool) -> bool:
        """Whether a message is behind a parked one of its key; a late one is not where only later ones are parked."""
        lowest = self._held.get(key)
        return lowest is not None and not (late and number < lowest)

    def _is_missing(self, stream: StreamKey, number: int) -> bool:
        if any(hole.holds(number) for hole in self._known.holes.get(stream, ())):
            return number not in self.made.filled.get(stream, ())
        return any((hole.topic, hole.stream_id) == stream and hole.holds(number) for hole in self.made.holes)

    def _fill(self, stream: StreamKey, number: int) -> None:
        made = self.made
        if any(hole.holds(number) for hole in self._known.holes.get(stream, ())):
            made.filled.setdefault(stream, set()).add(number)
        made.holes = [
            left
            for hole in made.holes
            for left in (hole.without({number}) if (hole.topic, hole.stream_id) == stream else (hole,))
        ]

    def _is_discarded(self, record: RawRecord) -> bool:
        return self._known.any_discarded and fingerprint_of(record) in self._known.discarded

    def _park(self, reading: Reading, fault: Fault, *, number: int) -> None:
        self.made.parked.append(to_park(reading, fault))
        key = key_class_of(reading.record)
        self._held[key] = min(self._held.get(key, number), number)
