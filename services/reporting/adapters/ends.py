"""Where the log ends, looked up now and then, so that a report can say how far it is behind (G9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from aiokafka.errors import KafkaError

from shared.messaging.kafka import KafkaSettings
from shared.messaging.offsets import Scout, TopicsMissing
from shared.messaging.storage import PartitionKey

_STALE_AFTER: Final = timedelta(seconds=60)


class LogEnds:
    """The end offsets of the topics reporting reads, as they were a moment ago."""

    def __init__(self, kafka: KafkaSettings, group: str, topics: Sequence[str]) -> None:
        """`topics` are names in Kafka, prefix included."""
        self._scout = Scout(kafka, group, topics)
        self._ends: Mapping[PartitionKey, int] | None = None
        self._looked_at = datetime.min.replace(tzinfo=UTC)

    async def look(self) -> int:
        """Ask Kafka and return how many ends it told; while a broker is away the last answer goes stale."""
        try:
            offsets = await self._scout.offsets()
        except (KafkaError, OSError, TopicsMissing):
            return 0
        self._ends = {partition: found.end for partition, found in offsets.items()}
        self._looked_at = datetime.now(UTC)
        return len(self._ends)

    def known(self, now: datetime) -> Mapping[PartitionKey, int] | None:
        """Return the ends, or None when they are unknown or were last seen too long ago to say anything."""
        if now - self._looked_at > _STALE_AFTER:
            return None
        return self._ends

    async def close(self) -> None:
        """Close the connections to Kafka."""
        await self._scout.close()
