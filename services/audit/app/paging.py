"""A page of rows of which some may not be shown: where it ends tells nothing of those that it leaves out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from shared.eventstore.model import SummaryRow

FURTHER: Final = 500
"""Rows looked at together while a page is filled up."""


async def page_of(
    rows: Callable[[int, UUID | None], Awaitable[list[SummaryRow]]],
    shows: Callable[[SummaryRow], bool],
    *,
    limit: int,
    after: UUID | None,
) -> tuple[list[SummaryRow], UUID | None]:
    """Return the next rows that may be shown, at most `limit`, and the last one's id where further ones follow.

    `rows` gives so many rows after an id, in their order. A row that is not shown counts in no page, and neither ends
    nor begins one.
    """
    shown: list[SummaryRow] = []
    size, at = limit + 1, after
    while len(shown) <= limit:
        found = await rows(size, at)
        shown += filter(shows, found)
        if len(found) < size:
            break
        size, at = FURTHER, found[-1].stream_id
    page = shown[:limit]
    return page, page[-1].stream_id if len(shown) > limit else None
