"""Streams of which a message came late are folded anew, a moment after it came, while everything else runs.

The batch that brought the message noted its stream. All of the stream is then read from the log, and its facts are
replaced in one transaction that holds its position, so that no batch comes between. Done twice, or by two processes,
it changes nothing; killed in the middle, it has not happened and is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Final

from aiokafka.errors import KafkaError

from services.reporting.facts import refolding, switching
from services.reporting.facts.live import FactsOfAnotherVersion, live_schema
from services.reporting.facts.refolding import Gathered, Standing
from shared.eventstore.database import Connection, Pool, borrow
from shared.messaging import holes, storage
from shared.messaging.kafka import KafkaSettings
from shared.messaging.offsets import Scout, TopicsMissing
from shared.messaging.records import Received, StreamKey
from shared.telemetry import events, logs

log = logs.get_logger()

_AGAIN_AFTER: Final = 300.0

events.register(
    events.LogEvent(
        "facts_refolded",
        "info",
        ("count",),
        "Messages that had been missing came late; the facts of `count` streams were folded anew, in order.",
        "Nothing.",
    ),
    events.LogEvent(
        "facts_refold_refused",
        "error",
        ("count", "topics"),
        "The log lacks messages that took effect before in `count` streams of which a late one came: the late one is "
        "not in the facts. Reports go on, and say that they are behind.",
        "Publish the store again (`sightline republish`) if the topic lost messages; then run `sightline rebuild`.",
    ),
)


class Refolding:
    """Folds late streams anew whenever there are any."""

    def __init__(self, pool: Pool, kafka: KafkaSettings, scout: Scout, clock: Callable[[], float] = monotonic) -> None:
        """`scout` tells where the topics begin and end."""
        self._pool = pool
        self._kafka = kafka
        self._scout = scout
        self._clock = clock
        self._refused: dict[StreamKey, float] = {}

    async def look(self) -> int:
        """Fold the streams anew that wait for it; return how many. While Kafka is away they go on waiting."""
        async with borrow(self._pool) as connection:
            waiting = await refolding.late_streams(connection)
        now = self._clock()
        self._refused = {stream: at for stream, at in self._refused.items() if now - at < _AGAIN_AFTER}
        wanted = {stream: partition for stream, partition in waiting.items() if stream not in self._refused}
        if not wanted:
            return 0
        try:
            offsets = await self._scout.offsets()
            edges = {key: (found.begin, found.end) for key, found in offsets.items()}
            gathered = await refolding.gather(self._kafka, edges, wanted)
        except (KafkaError, OSError, TopicsMissing):
            return 0
        async with borrow(self._pool) as connection, connection.transaction():
            try:
                done, short = await _replace(connection, wanted, gathered)
            except FactsOfAnotherVersion:  # they are rebuilt, and this with them
                return 0
        if done:
            log.info("facts_refolded", count=len(done))
        if short:
            self._refused |= dict.fromkeys(short, now)
            log.error("facts_refold_refused", count=len(short), topics=sorted({topic for topic, _ in short}))
        return len(done)


async def _replace(
    connection: Connection, wanted: Mapping[StreamKey, int], gathered: Gathered
) -> tuple[list[StreamKey], list[StreamKey]]:
    """Replace the facts of these streams; return those done, and those the log is too short for."""
    await holes.lock_streams(connection, list(wanted))
    schema = await live_schema(connection)
    streams = [stream for stream in await refolding.late_streams(connection) if stream in wanted]
    standings = await _standings(connection, streams)
    read_to = await storage.partition_positions(connection, sorted({topic for topic, _ in streams}))
    done: dict[StreamKey, list[Received]] = {}
    short = []
    for stream in streams:
        at = (stream[0], wanted[stream])
        received = refolding.in_order(gathered.records[stream], standings[stream])
        if received is not None:
            done[stream] = received
        elif at not in read_to or read_to[at].next_offset <= gathered.ends.get(at, 0):
            short.append(stream)  # otherwise more of it came while the log was read: next time
    if done:
        await refolding.replace(connection, schema, {stream_id: done[topic, stream_id] for topic, stream_id in done})
        await connection.execute(
            "DELETE FROM reporting.late_streams USING unnest($1::text[], $2::uuid[]) AS done (topic, stream_id)"
            " WHERE late_streams.topic = done.topic AND late_streams.stream_id = done.stream_id",
            [topic for topic, _ in done],
            [stream_id for _, stream_id in done],
        )
    return list(done), short


async def _standings(connection: Connection, streams: Sequence[StreamKey]) -> dict[StreamKey, Standing]:
    positions = (await storage.look(connection, streams)).positions
    missing = await holes.open_of(connection, streams)
    discarded = await switching.discarded(connection)
    numbers = await refolding.stepped_over(connection, streams)
    return {
        stream: Standing(positions.get(stream, 0), missing.get(stream, ()), discarded, numbers.get(stream, frozenset()))
        for stream in streams
    }
