"""What of the log takes effect in a rebuild: judged by the very function the live consumer judges by. Pure.

`shared.messaging.plan` decides message by message; here its answers are kept from batch to batch in memory, where the
live consumer keeps them in its tables. A message the fold refuses is parked here as there, and its key waits behind.
One that had been missing and came late is not folded after later ones of its stream: the stream is noted, to be folded
anew in its numbers' order (refolding.py).
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping, Sequence
from dataclasses import dataclass, field, replace

from services.reporting.facts.fold import INTERESTED, apply
from services.reporting.facts.ledger import Facts
from services.reporting.facts.refusal import FactRefused
from shared.messaging.faults import fault_of
from shared.messaging.plan import Hole, Known, Plan, Reading, ToPark, lowest_parked, plan, to_park
from shared.messaging.reading import Interests
from shared.messaging.records import KeyClass, StoredRecord, StreamKey, fingerprint_of

INTERESTS = Interests(INTERESTED)


@dataclass(slots=True)
class Sieve:
    """Positions of streams, keys that wait behind a parked message, and what was set aside so far.

    `discarded` are the fingerprints of the messages people decided to leave out; `holes` is what is missing of each
    stream, and `late` the streams, with their partitions, of which a missing message came after later ones.
    """

    positions: MutableMapping[StreamKey, int]
    discarded: set[bytes]
    parked: list[ToPark] = field(default_factory=list)
    holes: dict[StreamKey, list[Hole]] = field(default_factory=dict)
    late: dict[StreamKey, int] = field(default_factory=dict)
    held: dict[KeyClass, int] = field(default_factory=dict)

    def plan(self, readings: Sequence[Reading]) -> Plan:
        """Say what would become of messages; nothing is kept yet."""
        known = Known(self.positions, self.held, self.discarded, bool(self.discarded), self.holes)
        return plan(readings, known, INTERESTS)

    def fold(self, facts: Facts, readings: Sequence[Reading], made: Plan) -> Plan:
        """Fold what a plan of these messages lets through; return what truly took effect."""
        for number, received in enumerate(made.received):
            try:
                apply(Facts() if received.late else facts, received)
            except FactRefused as refused:
                place = next(
                    place
                    for place, reading in enumerate(readings)
                    if reading.record.offset == received.offset
                    and reading.record.partition == received.partition
                    and reading.record.topic == received.topic
                )
                self._keep(self.plan(readings[:place]))
                self._keep(Plan(parked=[to_park(readings[place], fault_of(refused))]))
                rest = readings[place + 1 :]
                after = self.fold(facts, rest, self.plan(rest))
                return replace(after, received=made.received[:number] + after.received)
        self._keep(made)
        return made

    def release(self, discarded: Collection[bytes]) -> list[StoredRecord]:
        """Take in new decisions; return the messages, in order, that waited behind what was discarded now."""
        self.discarded.update(discarded)
        freed = {
            message.key_class
            for message in self.parked
            if self.discarded and fingerprint_of(message.record) in self.discarded
        }
        waiting = [stored(message) for message in self.parked if message.key_class in freed]
        self.parked = [message for message in self.parked if message.key_class not in freed]
        self.held = lowest_parked(self.parked)
        return waiting

    def note(self, hole: Hole) -> None:
        """Keep what is missing of a stream."""
        self.holes.setdefault((hole.topic, hole.stream_id), []).append(hole)

    def _keep(self, made: Plan) -> None:
        self.positions.update(made.positions)
        for stream, numbers in made.filled.items():
            left = [one for hole in self.holes.pop(stream) for one in hole.without(numbers)]
            if left:
                self.holes[stream] = left
        for hole in made.holes:
            self.note(hole)
        for received in made.received:
            if received.late:
                self.late[received.topic, received.envelope.subject] = received.partition
        for message in made.parked:
            self.parked.append(replace(message, record=stored(message)))
        for key, number in lowest_parked(made.parked).items():
            self.held[key] = min(self.held.get(key, number), number)


def stored(message: ToPark) -> StoredRecord:
    """Return a set-aside message's record by itself, free of the client that read it."""
    record = message.record
    return StoredRecord(record.topic, record.partition, record.offset, record.key, tuple(record.headers), record.value)
