"""What is missing of each stream, in the database: noticed when a number is skipped, narrowed when it comes after all.

Always on the connection of the batch's transaction, so that a message that was lost takes effect exactly once: its
number leaves the hole together with its effect.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from shared.eventstore.database import Connection
from shared.messaging.plan import Hole
from shared.messaging.records import StreamKey

_OPEN = """
select hole.topic, hole.stream_id, hole.expected, hole.found, hole.noticed_at
from unnest($1::text[], $2::uuid[]) as asked (topic, stream_id)
join messaging.holes as hole using (topic, stream_id)
order by hole.topic, hole.stream_id, hole.expected
"""

_NOTE = """
insert into messaging.holes as hole (topic, stream_id, expected, found)
select * from unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[])
on conflict (topic, stream_id, expected) do update set found = greatest(hole.found, excluded.found)
"""

_LOCK = """
select from unnest($1::text[], $2::uuid[]) as asked (topic, stream_id)
join messaging.stream_position as position using (topic, stream_id)
order by position.topic, position.stream_id for update of position
"""


async def open_of(connection: Connection, streams: Iterable[StreamKey]) -> dict[StreamKey, list[Hole]]:
    """Give what is missing of these streams, those with nothing missing left out."""
    found: dict[StreamKey, list[Hole]] = {}
    for topic, stream_id, expected, end, _ in await connection.fetch(_OPEN, *_columns(sorted(streams))):
        found.setdefault((topic, stream_id), []).append(Hole(topic, stream_id, expected, end))
    return found


async def note(connection: Connection, holes: Sequence[Hole]) -> None:
    """Keep the numbers that were skipped, for people, for `sightline status` and for when they come after all."""
    await connection.execute(
        _NOTE,
        [hole.topic for hole in holes],
        [hole.stream_id for hole in holes],
        [hole.expected for hole in holes],
        [hole.found for hole in holes],
    )


async def lock_streams(connection: Connection, streams: Collection[StreamKey]) -> None:
    """Hold streams' positions until the transaction ends, in one order for everybody.

    The table's lock is the one a batch takes that moves a position: whoever holds all batches off (a rebuild's switch)
    holds off those too that only fill a hole.
    """
    await connection.execute("lock table messaging.stream_position in row exclusive mode")
    await connection.fetch(_LOCK, *_columns(sorted(streams)))


async def fill(
    connection: Connection, filled: Mapping[StreamKey, AbstractSet[int]], moving: Collection[StreamKey] = ()
) -> bool:
    """Take numbers out of the holes they are in; False if one is in none any more: another consumer was faster.

    `moving` are the streams whose positions the batch moves besides.
    """
    await lock_streams(connection, filled.keys() | set(moving))
    rows = await connection.fetch(_OPEN, *_columns(sorted(filled)))
    outstanding = {(stream, number) for stream, numbers in filled.items() for number in numbers}
    gone, left = [], []
    for row in rows:
        stream = (row["topic"], row["stream_id"])
        hole = Hole(*stream, row["expected"], row["found"])
        numbers = filled[stream]
        if not any(hole.holds(number) for number in numbers):
            continue
        outstanding -= {(stream, number) for number in numbers if hole.holds(number)}
        gone.append((*stream, hole.expected))
        left += [(*stream, one.expected, one.found, row["noticed_at"]) for one in hole.without(numbers)]
    if outstanding:
        return False
    await connection.executemany(
        "delete from messaging.holes where topic = $1 and stream_id = $2 and expected = $3", gone
    )
    await connection.executemany(
        "insert into messaging.holes (topic, stream_id, expected, found, noticed_at) values ($1, $2, $3, $4, $5)", left
    )
    return True


async def missing(connection: Connection) -> float:
    """Count the messages that are missing, all streams together.

    Not a whole number of any size, since a stranger's message may claim any number.
    """
    return float(
        await connection.fetchval("select coalesce(sum(found - expected), 0)::float8 from messaging.holes") or 0
    )


def _columns(streams: Sequence[StreamKey]) -> tuple[list[str], list[object]]:
    return [topic for topic, _ in streams], [stream_id for _, stream_id in streams]
