"""Pages of rows of which some may not be shown, by their numbers."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.audit.app import paging
from shared.eventstore.model import SummaryRow


def row(number: int) -> SummaryRow:
    return SummaryRow(UUID(int=number), "audit", "northmoor", "completed", 1, None, {})


async def page(
    hidden: set[int], *, limit: int, after: int | None = None, there: int = 9
) -> tuple[list[int], int | None]:
    async def rows(size: int, at: UUID | None) -> list[SummaryRow]:
        return [row(number) for number in range(1, there + 1) if at is None or UUID(int=number) > at][:size]

    shown, further = await paging.page_of(
        rows,
        lambda one: one.stream_id.int not in hidden,
        limit=limit,
        after=None if after is None else UUID(int=after),
    )
    return [one.stream_id.int for one in shown], None if further is None else further.int


@pytest.mark.parametrize(
    ("hidden", "limit", "after", "shown", "further"),
    [
        (set(), 2, None, [1, 2], 2),
        (set(), 2, 8, [9], None),
        ({1}, 1, None, [2], 2),  # never 1
        ({2, 3}, 1, None, [1], 1),
        ({2, 3, 4, 5, 6, 7, 8, 9}, 1, None, [1], None),  # no further page is promised
        (set(range(1, 10)), 1, None, [], None),
        ({4, 5, 6}, 3, None, [1, 2, 3], 3),
        ({9}, 8, None, [1, 2, 3, 4, 5, 6, 7, 8], None),
    ],
)
async def test_a_page_is_as_if_what_is_not_shown_were_not_there(
    hidden: set[int], limit: int, after: int | None, shown: list[int], further: int | None
) -> None:
    assert await page(hidden, limit=limit, after=after) == (shown, further)


async def test_a_page_is_filled_up_over_many_hidden_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "FURTHER", 3)
    assert await page(set(range(2, 40)), limit=2, there=41) == ([1, 40], 40)
