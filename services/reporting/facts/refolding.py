"""Folds streams anew of which a message came late, so that their facts are those of events in order.

The fold takes each stream's events in their order. One that had been missing and came after later ones is therefore
not folded where it came: its stream is noted, all its messages are read from the log again, put in the order of their
numbers, and its rows replaced by what they make. Live traffic and a rebuild do the same, so that both end alike (G5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from services.reporting.facts.fold import apply
from services.reporting.facts.ledger import Facts
from services.reporting.facts.loading import log_reader, read_until
from services.reporting.facts.refusal import FactRefused
from services.reporting.facts.rows import FIXED, VERSIONED
from services.reporting.facts.sieve import INTERESTS
from services.reporting.facts.tables import quoted, write
from shared.contracts.envelope import key_of
from shared.eventstore.database import Connection
from shared.messaging.kafka import KafkaSettings
from shared.messaging.plan import Hole, read_all
from shared.messaging.reading import Fault
from shared.messaging.records import RawRecord, Received, StoredRecord, StreamKey, fingerprint_of
from shared.messaging.storage import PartitionKey

AT_ONCE: Final = 2000
"""How many streams are folded anew in one reading of the log: their messages are held in memory."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a stream was applied: up to `position`, but for what is missing and what people discarded.

    `discarded` are fingerprints, `stepped_over` the numbers of such messages of this stream.
    """

    position: int
    missing: Sequence[Hole] = ()
    discarded: Collection[bytes] = frozenset()
    stepped_over: Collection[int] = frozenset()

    def reached(self, number: int) -> bool:
        """Say whether a number took effect or was discarded."""
        return number <= self.position and not any(hole.holds(number) for hole in self.missing)

    def count(self) -> int:
        """Return how many numbers took effect or were discarded."""
        return self.position - sum(hole.found - hole.expected for hole in self.missing)


@dataclass(slots=True)
class Gathered:
    """The messages of some streams, as the log has them, and up to where each partition was read."""

    records: dict[StreamKey, list[RawRecord]] = field(default_factory=lambda: defaultdict(list))
    ends: Mapping[PartitionKey, int] = field(default_factory=dict)


async def gather(
    kafka: KafkaSettings, edges: Mapping[PartitionKey, tuple[int, int]], streams: Mapping[StreamKey, int]
) -> Gathered:
    """Read all messages of these streams (with their partitions) from the log.

    `edges` is where each partition begins, and up to where it is read.
    """
    wanted = {(topic, number) for (topic, _), number in streams.items()}
    keys = {(topic, key_of(stream_id)): (topic, stream_id) for topic, stream_id in streams}
    begins = {key: edges[key][0] for key in wanted if key in edges}
    found = Gathered(ends={key: edges[key][1] for key in begins})
    async with log_reader(kafka, begins) as reader:
        async for batch in read_until(reader, found.ends):
            for at, records in batch.items():
                for record in records:
                    stream = None if record.key is None else keys.get((at.topic, record.key))
                    if stream is not None:
                        found.records[stream].append(_kept(record))
    return found


def _kept(record: RawRecord) -> StoredRecord:
    return StoredRecord(record.topic, record.partition, record.offset, record.key, tuple(record.headers), record.value)


def in_order(records: Sequence[RawRecord], standing: Standing) -> list[Received] | None:
    """Return a stream's messages that take effect, in the order of their numbers; None if some are not in the log.

    Of several with one number the first in the log counts, as it does when they come one by one.
    """
    done = {number for number in standing.stepped_over if standing.reached(number)}
    received: list[Received] = []
    for reading in read_all(records):
        envelope, record = reading.envelope, reading.record
        if envelope is None or envelope.sequence in done or not standing.reached(envelope.sequence):
            continue
        if INTERESTS.concerns(envelope.type) and fingerprint_of(record) not in standing.discarded:
            event = INTERESTS.parse(envelope)
            if isinstance(event, Fault):
                continue
            one = Received(record.topic, record.partition, record.offset, record.key or b"", envelope, event)
            if not can_be_held(one):
                continue
            received.append(one)
        done.add(envelope.sequence)
    return sorted(received, key=lambda one: one.envelope.sequence) if len(done) >= standing.count() else None


def can_be_held(received: Received) -> bool:
    """Say whether the tables can hold what a message says: a refusal is of the message alone, whatever came before."""
    try:
        apply(Facts(), received)
    except FactRefused:
        return False
    return True


async def replace(connection: Connection, schema: str, streams: Mapping[UUID, Sequence[Received]]) -> None:
    """Put what these messages make in the place of all that a schema holds of their streams, in the transaction."""
    facts = Facts()
    for received in streams.values():
        for one in received:
            apply(facts, one)
    for table in (*VERSIONED, *FIXED):
        await connection.execute(
            f"DELETE FROM {quoted(schema)}.{table.name} WHERE {table.columns[0]} = ANY($1::uuid[])",  # noqa: S608 - names of ours
            list(streams),
        )
    await write(connection, schema, facts)


async def mark_late(connection: Connection, streams: Mapping[StreamKey, int]) -> None:
    """Note streams (with their partitions) that have to be folded anew."""
    await connection.execute(
        "INSERT INTO reporting.late_streams (topic, stream_id, partition)"
        " SELECT * FROM unnest($1::text[], $2::uuid[], $3::integer[]) ON CONFLICT DO NOTHING",
        [topic for topic, _ in streams],
        [stream_id for _, stream_id in streams],
        list(streams.values()),
    )


async def late_streams(connection: Connection, limit: int = AT_ONCE) -> dict[StreamKey, int]:
    """Return the streams that have to be folded anew, with their partitions, the oldest first."""
    rows = await connection.fetch(
        "SELECT topic, stream_id, partition FROM reporting.late_streams ORDER BY noticed_at, stream_id LIMIT $1", limit
    )
    return {(row["topic"], row["stream_id"]): row["partition"] for row in rows}


async def stepped_over(connection: Connection, streams: Collection[StreamKey]) -> dict[StreamKey, set[int]]:
    """Return the numbers of these streams that people discarded."""
    rows = await connection.fetch(
        "SELECT topic, stream_id, sequence FROM unnest($1::text[], $2::uuid[]) AS asked (topic, stream_id)"
        " JOIN messaging.discarded USING (topic, stream_id) WHERE sequence IS NOT NULL",
        [topic for topic, _ in streams],
        [stream_id for _, stream_id in streams],
    )
    numbers: dict[StreamKey, set[int]] = defaultdict(set)
    for row in rows:
        numbers[row["topic"], row["stream_id"]].add(row["sequence"])
    return numbers
