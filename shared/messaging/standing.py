"""How the topics stand against what was read of them, remembered from the last look."""

from collections.abc import Sequence
from time import monotonic

from aiokafka.errors import CommitFailedError

from shared.eventstore.database import Pool, borrow
from shared.messaging import storage
from shared.messaging.offsets import Begin, Restored, Scout, judge
from shared.messaging.report import log
from shared.messaging.storage import PartitionKey

Verdicts = dict[PartitionKey, Restored | Begin | None]


class Standing:
    """Looks at the topics now and then, from clients apart from the reading one, and judges each partition."""

    def __init__(self, *, pool: Pool, scout: Scout, topics: Sequence[str]) -> None:
        self.restored: list[Restored] = []
        self.ends: dict[PartitionKey, int] = {}
        self._pool = pool
        self._scout = scout
        self._topics = topics
        self._looked_at: float | None = None

    def known_within(self, seconds: float) -> bool:
        """Whether the last look that succeeded is no longer ago than this."""
        return self._looked_at is not None and monotonic() - self._looked_at < seconds

    async def look(self) -> Verdicts:
        """Ask the database, then Kafka, and judge.

        The database first: what it has read by then cannot lie beyond an end that is asked for later.
        """
        async with borrow(self._pool) as connection:
            read_to = await storage.partition_positions(connection, self._topics)
        found = await self._scout.offsets()
        verdicts = {key: judge(key, offsets, read_to.get(key)) for key, offsets in found.items()}
        self.ends = {key: offsets.end for key, offsets in found.items()}
        self._note([verdict for verdict in verdicts.values() if isinstance(verdict, Restored)])
        self._looked_at = monotonic()
        return verdicts

    async def prepare(self) -> bool:
        """Look, and give the group its first offsets; False while a topic is not what it was."""
        verdicts = await self.look()
        if self.restored:
            return False
        begins = {key: verdict.offset for key, verdict in verdicts.items() if isinstance(verdict, Begin)}
        if not begins:
            return True
        try:
            await self._scout.set_group(begins)
        except CommitFailedError:  # the group has members: they keep its offsets, once there are any
            if any(verdict is None for verdict in verdicts.values()):
                return True
            raise
        for (topic, partition), offset in begins.items():
            log.info("group_begins", topic=topic, partition=partition, offset=offset)
        return True

    def _note(self, restored: list[Restored]) -> None:
        """Say once of each partition that it is not what it was."""
        for one in restored:
            if one not in self.restored:
                log.error(
                    "topic_restored",
                    topic=one.topic,
                    partition=one.partition,
                    reason_code=one.reason,
                    position=one.position,
                    offset=one.begin,
                    end_offset=one.end,
                )
        self.restored = restored
