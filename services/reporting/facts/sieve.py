"""What of the log takes effect in a rebuild: judged by the very function the live consumer judges by. Pure.

`shared.messaging.plan` decides message by message; here its answers are kept from batch to batch in memory, where the
live consumer keeps them in its tables. A message the fold refuses is parked here as there, and its key waits behind.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping, Sequence
from dataclasses import dataclass, field, replace

from services.reporting.facts.fold import INTERESTED, apply
from services.reporting.facts.ledger import Facts
from services.reporting.facts.refusal import FactRefused
from shared.messaging.faults import fault_of
from shared.messaging.plan import Hole, Known, Plan, Reading, ToPark, plan, to_park
from shared.messaging.reading import Interests
from shared.messaging.records import KeyClass, StoredRecord, StreamKey, fingerprint_of

INTERESTS = Interests(INTERESTED)


@dataclass(slots=True)
class Sieve:
    """Positions of streams, keys that wait behind a parked message, and what was set aside so far.

    `discarded` are the fingerprints of the messages people decided to leave out.
    """

    positions: MutableMapping[StreamKey, int]
    discarded: set[bytes]
    parked: list[ToPark] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    held: set[KeyClass] = field(default_factory=set)

    def plan(self, readings: Sequence[Reading]) -> Plan:
        """Say what would become of messages; nothing is kept yet."""
        return plan(readings, Known(self.positions, self.held, self.discarded, bool(self.discarded)), INTERESTS)

    def fold(self, facts: Facts, readings: Sequence[Reading], made: Plan) -> Plan:
        """Fold what a plan of these messages lets through; return what truly took effect."""
        for number, received in enumerate(made.received):
            try:
                apply(facts, received)
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
        self.held -= freed
        return waiting

    def _keep(self, made: Plan) -> None:
        self.positions.update(made.positions)
        self.holes.extend(made.holes)
        for message in made.parked:
            self.held.add(message.key_class)
            self.parked.append(replace(message, record=stored(message)))


def stored(message: ToPark) -> StoredRecord:
    """Return a set-aside message's record by itself, free of the client that read it."""
    record = message.record
    return StoredRecord(record.topic, record.partition, record.offset, record.key, tuple(record.headers), record.value)
