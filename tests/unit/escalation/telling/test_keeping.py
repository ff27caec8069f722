"""Messages that are settled are deleted in small batches, no longer ago than the setting says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.escalation.app.keeping import BATCH, Keeping

NOW = datetime(2027, 3, 1, 4, tzinfo=UTC)
MANY = 1_200


class Old:
    """So many that are kept long enough."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.asked: list[tuple[datetime, int]] = []

    async def prune(self, before: datetime, limit: int) -> int:
        self.asked.append((before, limit))
        deleted = min(limit, self.left)
        self.left -= deleted
        return deleted


async def test_all_of_them_a_batch_at_a_time() -> None:
    old = Old(MANY)
    assert await Keeping(old, timedelta(days=400), lambda: NOW).run() == MANY
    assert old.asked == [(datetime(2026, 1, 25, 4, tzinfo=UTC), BATCH)] * 3


async def test_a_round_comes_to_an_end_and_the_next_goes_on() -> None:
    old = Old(100_000)
    keeping = Keeping(old, timedelta(days=400), lambda: NOW)
    first = await keeping.run()
    assert 0 < first < MANY * 10
    assert await keeping.run() == first
