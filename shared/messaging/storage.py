"""What the consumer reads and writes in schema `messaging`, always on the connection of the batch's transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.contracts.envelope import key_of
from shared.eventstore.database import Connection
from shared.messaging import holes
from shared.messaging.faults import Overtaken
from shared.messaging.plan import ENVELOPE_READ, Hole, ToPark
from shared.messaging.records import KeyClass, StoredRecord, StreamKey, fingerprint_of, lock_number

SCHEMA: Path = Path(__file__).parent / "schema"
"""The migrations of schema `messaging`."""

PartitionKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Looked:
    """Positions of a batch's streams, and whether anything is parked, discarded or missing at all."""

    positions: dict[StreamKey, int]
    any_parked: bool
    any_discarded: bool
    any_missing: bool


_LOOK = """
select position.topic, position.stream_id, position.sequence
from unnest($1::text[], $2::uuid[]) as asked (topic, stream_id)
join messaging.stream_position as position using (topic, stream_id)
union all
select 'parked', null, 0 where exists (select from messaging.parked)
union all
select 'discarded', null, 0 where exists (select from messaging.discarded)
union all
select 'missing', null, 0 where exists (select from messaging.holes)
"""


async def look(connection: Connection, streams: Collection[StreamKey]) -> Looked:
    """Read how far each stream was applied, in one round trip."""
    topics, stream_ids = _columns(streams, 2)
    positions: dict[StreamKey, int] = {}
    flags = set()
    for topic, stream_id, sequence in await connection.fetch(_LOOK, topics, stream_ids):
        if stream_id is None:
            flags.add(topic)
        else:
            positions[topic, stream_id] = sequence
    return Looked(positions, "parked" in flags, "discarded" in flags, "missing" in flags)


_PARKED_KEYS = """
select parked.topic, parked.key_class,
    min(case when parked.reason = any($3) then coalesce(parked.sequence, 0) else 0 end) as lowest
from unnest($1::text[], $2::bytea[]) as asked (topic, key_class)
join messaging.parked using (topic, key_class)
group by parked.topic, parked.key_class
"""


async def lock_parked_keys(connection: Connection, keys: Collection[KeyClass]) -> dict[KeyClass, int]:
    """Say which of these keys have parked messages, and keep them so until the transaction ends.

    Each with the lowest number among them, 0 where one's cannot be trusted (`plan.Known`). Whoever retries or discards
    takes the same locks, so that no message is parked behind one that was just settled.
    """
    found = await _parked_among(connection, keys)
    if not found:
        return {}
    await lock_keys(connection, found)
    return await _parked_among(connection, found)


async def lock_keys(connection: Connection, keys: Iterable[KeyClass]) -> None:
    """Take the advisory locks of these keys until the transaction ends, in one order for everybody."""
    numbers = sorted({lock_number(key) for key in keys})
    await connection.execute("select pg_advisory_xact_lock(number) from unnest($1::bigint[]) as number", numbers)


async def _parked_among(connection: Connection, keys: Collection[KeyClass]) -> dict[KeyClass, int]:
    topics, key_classes = _columns(keys, 2)
    rows = await connection.fetch(_PARKED_KEYS, topics, key_classes, list(ENVELOPE_READ))
    return {(row["topic"], row["key_class"]): row["lowest"] for row in rows}


async def discarded_among(connection: Connection, fingerprints: Collection[bytes]) -> set[bytes]:
    """Say which of these messages people decided to discard."""
    rows = await connection.fetch(
        "select fingerprint from messaging.discarded where fingerprint = any($1::bytea[])", list(fingerprints)
    )
    return {row["fingerprint"] for row in rows}


_CLAIM = """
insert into messaging.stream_position as position (topic, stream_id, sequence)
select * from unnest($1::text[], $2::uuid[], $3::bigint[])
on conflict (topic, stream_id) do update set sequence = excluded.sequence where position.sequence < excluded.sequence
"""


async def claim(connection: Connection, positions: Mapping[StreamKey, int]) -> bool:
    """Move streams forward; False if another consumer has moved one of them meanwhile.

    Rows are written in one order for everybody, so that two consumers wait for each other instead of deadlocking.
    """
    streams = sorted((topic, stream_id, sequence) for (topic, stream_id), sequence in positions.items())
    status = await connection.execute(_CLAIM, *_columns(streams, 3))
    return int(status.rpartition(" ")[2]) == len(streams)


_READ_TO = """
insert into messaging.partition_position as position (topic, partition, next_offset)
select * from unnest($1::text[], $2::integer[], $3::bigint[])
on conflict (topic, partition) do update
set next_offset = excluded.next_offset, accepted_at = null
where position.next_offset < excluded.next_offset or position.accepted_at is not null
"""


async def read_to(connection: Connection, offsets: Mapping[PartitionKey, int]) -> None:
    """Move partitions forward: each to the offset after the last message that was settled.

    The last statement of a batch, on purpose: PostgreSQL answers the commit of a failed transaction with a quiet
    rollback, and a handler that swallowed an error of its own would lose the batch; here such a transaction raises.
    """
    partitions = sorted((topic, partition, offset) for (topic, partition), offset in offsets.items())
    await connection.execute(_READ_TO, *_columns(partitions, 3))


_PARK = """
insert into messaging.parked (
    fingerprint, topic, partition, record_offset, key, header_names, header_values, value, key_class,
    state, reason, error, attempts, type, stream_id, sequence, concern
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
on conflict (fingerprint) do nothing
"""


async def park(connection: Connection, messages: Sequence[ToPark]) -> None:
    """Keep messages as they came; one that is parked already (a redelivery) stays as it is."""
    await connection.executemany(
        _PARK,
        [
            (
                fingerprint_of(message.record),
                message.record.topic,
                message.record.partition,
                message.record.offset,
                message.record.key,
                [name.encode() for name, _ in message.record.headers],
                [value for _, value in message.record.headers],
                message.record.value,
                message.key_class[1],
                "behind" if message.behind else "parked",
                message.fault.reason,
                message.fault.sentence.replace("\0", " "),
                message.attempts,
                message.type,
                message.stream_id,
                message.sequence,
                message.concern,
            )
            for message in messages
        ],
    )


async def partition_positions(connection: Connection, topics: Collection[str]) -> dict[PartitionKey, "ReadTo"]:
    """Give how far each partition of these topics was applied here."""
    rows = await connection.fetch(
        "select topic, partition, next_offset, accepted_at from messaging.partition_position where topic = any($1)",
        list(topics),
    )
    return {
        (row["topic"], row["partition"]): ReadTo(row["next_offset"], row["accepted_at"] is not None) for row in rows
    }


@dataclass(frozen=True, slots=True)
class ReadTo:
    """How far a partition was applied; `accepted` if a person accepted the topic as it is now, to be read anew."""

    next_offset: int
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A message set aside: what it was, why it is here, since when. Times are aware, in UTC."""

    id: int
    fingerprint: bytes
    record: StoredRecord
    key_class: KeyClass
    behind: bool
    reason: str
    error: str
    attempts: int
    type: str | None
    stream_id: UUID | None
    sequence: int | None
    concern: bool
    parked_at: datetime


def parked_from(row: Mapping[str, Any]) -> ParkedMessage:
    """Build a parked message from its row."""
    headers = [(name.decode(), value) for name, value in zip(row["header_names"], row["header_values"], strict=True)]
    return ParkedMessage(
        id=row["id"],
        fingerprint=row["fingerprint"],
        record=StoredRecord(
            row["topic"], row["partition"], row["record_offset"], row["key"], tuple(headers), row["value"]
        ),
        key_class=(row["topic"], row["key_class"]),
        behind=row["state"] == "behind",
        reason=row["reason"],
        error=row["error"],
        attempts=row["attempts"],
        type=row["type"],
        stream_id=row["stream_id"],
        sequence=row["sequence"],
        concern=row["concern"],
        parked_at=row["parked_at"],
    )


def _columns(rows: Collection[Sequence[Any]], width: int) -> list[list[Any]]:
    """Turn rows into the arrays `unnest` wants, also where there are none."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


async def first_of_key(connection: Connection, key_class: KeyClass) -> ParkedMessage | None:
    """Give the message that is next of a parked key, if any."""
    row = await connection.fetchrow(
        "select * from messaging.parked where topic = $1 and key_class = $2 order by id limit 1", *key_class
    )
    return None if row is None else parked_from(dict(row))


async def parked_by_id(connection: Connection, parked_id: int) -> ParkedMessage | None:
    """Give a parked message by its number."""
    row = await connection.fetchrow("select * from messaging.parked where id = $1", parked_id)
    return None if row is None else parked_from(dict(row))


async def unpark(connection: Connection, parked_id: int) -> None:
    """Remove a message that was settled."""
    await connection.execute("delete from messaging.parked where id = $1", parked_id)


async def refuse_again(connection: Connection, parked_id: int, reason: str, error: str) -> None:
    """Keep a message parked with what it failed with now; one that waited behind another is now its key's first."""
    await connection.execute(
        "update messaging.parked set state = 'parked', reason = $2, error = $3, attempts = attempts + 1 where id = $1",
        parked_id,
        reason,
        error,
    )


async def record_discard(
    connection: Connection, message: ParkedMessage, reason: str, discarded_by: str, at: datetime
) -> None:
    """Record that a message shall never take effect, and step its stream over it, so that it leaves no hole.

    Raises:
        Overtaken: its stream moved meanwhile; it is tried again.

    """
    await connection.execute(
        """
        insert into messaging.discarded
            (fingerprint, topic, type, stream_id, sequence, reason, discarded_by, discarded_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (fingerprint) do nothing
        """,
        message.fingerprint,
        message.record.topic,
        message.type,
        message.stream_id,
        message.sequence,
        reason,
        discarded_by,
        at,
    )
    if message.stream_id is None or message.sequence is None:
        return
    stream = (message.record.topic, message.stream_id)
    last = (await look(connection, [stream])).positions.get(stream, 0)
    if message.reason in ENVELOPE_READ:
        await _step_over(connection, stream, message.sequence, last)
    # Its headers cannot be trusted: only what is exactly the next number of its own key is stepped over.
    elif message.sequence == last + 1 and message.record.key == key_of(message.stream_id):
        await claim(connection, {stream: message.sequence})


async def _step_over(connection: Connection, stream: StreamKey, number: int, last: int) -> None:
    """Let a number count as come: it leaves its hole, or moves its stream and leaves what was lost before it missing.

    Raises:
        Overtaken: the stream moved meanwhile; it is tried again.

    """
    if number <= last:
        missing = (await holes.open_of(connection, [stream])).get(stream, [])
        moved = not any(hole.holds(number) for hole in missing) or await holes.fill(connection, {stream: {number}})
    else:
        moved = await claim(connection, {stream: number})
        if number > last + 1:
            await holes.note(connection, [Hole(*stream, last + 1, number)])
    if not moved:
        raise Overtaken
