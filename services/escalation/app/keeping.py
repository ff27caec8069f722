"""How long messages to people are kept once they are settled: deleted after a number of days, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

BATCH: Final = 500
"""So many are deleted in one transaction, so that nobody who sends waits for it."""
_BATCHES: Final = 20
"""So many batches in one round; the next round goes on."""


class Settled(Protocol):
    """Where notices are kept."""

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete some that were settled before this moment, the oldest first; return how many."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Deletes what was sent, overtaken or given up longer ago than `kept`."""

    notices: Settled
    kept: timedelta
    clock: Callable[[], datetime]

    async def run(self) -> int:
        """Delete what is kept long enough, for a while; return how many were deleted."""
        before = self.clock() - self.kept
        deleted = 0
        for _ in range(_BATCHES):
            batch = await self.notices.prune(before, BATCH)
            deleted += batch
            if batch < BATCH:
                break
        return deleted
