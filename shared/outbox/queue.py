"""The outbox table as a queue: read in order, delete by id what Kafka has acknowledged.

No cursor is kept anywhere: what is in the table is not sent yet, so a writer that commits late is never stepped over
(G4). Deleting names each id: "everything up to the last one" would take a late commit with it, unsent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from shared.eventstore.database import Connection

_READ: Final = "SELECT id, topic, key, key_hash, headers, value FROM outbox.messages ORDER BY id LIMIT $1"
_READ_OTHERS: Final = (
    "SELECT m.id, m.topic, m.key, m.key_hash, m.headers, m.value FROM outbox.messages m "
    "WHERE NOT EXISTS (SELECT FROM unnest($2::text[], $3::integer[], $4::integer[]) AS b (topic, number, partitions) "
    "WHERE b.topic = m.topic AND m.key_hash % b.partitions = b.number) ORDER BY m.id LIMIT $1"
)
_DELETE: Final = "DELETE FROM outbox.messages WHERE id = ANY($1::bigint[])"
_DEPTH: Final = (
    "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 FROM outbox.messages"
)


class Waiting(NamedTuple):
    """A message in the outbox: `topic` is without prefix, `headers` is JSON (see `headers.read`)."""

    id: int
    topic: str
    key: bytes
    key_hash: int
    headers: str
    value: bytes


class Partition(NamedTuple):
    """A partition of a topic (without prefix), and how many partitions the topic has."""

    topic: str
    number: int
    partitions: int


async def read(connection: Connection, limit: int, without: Iterable[Partition] = ()) -> list[Waiting]:
    """Return up to `limit` messages in the order of their ids, leaving out those of some partitions."""
    left_out = list(without)
    if not left_out:
        rows = await connection.fetch(_READ, limit)
    else:
        rows = await connection.fetch(
            _READ_OTHERS,
            limit,
            [partition.topic for partition in left_out],
            [partition.number for partition in left_out],
            [partition.partitions for partition in left_out],
        )
    return [Waiting(*row) for row in rows]


async def delete(connection: Connection, ids: Sequence[int]) -> None:
    """Take messages out of the outbox; only those that Kafka has acknowledged, one by one."""
    await connection.execute(_DELETE, ids)


async def depth(connection: Connection) -> tuple[int, float]:
    """Return how many messages wait, and for how many seconds the oldest has waited."""
    row = await connection.fetchrow(_DEPTH)
    assert row is not None, "an aggregate always has a row"
    return row[0], row[1]
