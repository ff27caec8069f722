"""Lists over the store in memory: every row looked at and sorted, which is what the database's index must equal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.escalation.app.lists import Counted, Day, Page, Place, Wanted
from shared.eventstore.memory import MemoryEventStore
from shared.eventstore.model import SummaryRow

LAST = 2**63 - 1
ERA = datetime(1970, 1, 1, tzinfo=UTC)


def order(row: SummaryRow) -> int:
    """Microseconds until which the next step is to be taken, by what the summary says; the ended ones last."""
    moments = {
        "considering": row.data.get("consider_by") or row.data.get("considered_at"),
        "raised": row.data.get("due_at"),
        "signed-off": row.data.get("due_at"),
    }
    at = moments.get(row.status)
    return LAST if at is None else micros(datetime.fromisoformat(at))


def clocked(row: SummaryRow) -> bool:
    """A concern of before considerations had a clock is past no moment."""
    return row.status != "considering" or row.data["consider_by"] is not None


def micros(moment: datetime) -> int:
    since = moment - ERA
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def within(row: SummaryRow, paths: tuple[str, ...] | None) -> bool:
    return paths is None or any(row.data["team"] == one or row.data["team"].startswith(f"{one}/") for one in paths)


def meets(row: SummaryRow, wanted: Wanted) -> bool:
    said: list[tuple[Any, bool]] = [
        (wanted.statuses, row.status in wanted.statuses),
        (wanted.category, row.data["category"] == wanted.category),
        (wanted.waits_for, row.data["waits_for"] in wanted.waits_for),
        (wanted.next_steps, row.data["next_step"] in wanted.next_steps),
        (wanted.due_from, wanted.due_from is None or (clocked(row) and order(row) >= micros(wanted.due_from))),
        (wanted.due_before, wanted.due_before is None or (clocked(row) and order(row) < micros(wanted.due_before))),
        (wanted.found_by, str(wanted.found_by) in row.data["found_by"]),
    ]
    past = clocked(row) and wanted.now is not None and order(row) < micros(wanted.now)
    marks = [
        wanted.overdue in {None, row.status == "raised" and past},
        wanted.undecided in {None, row.status == "considering" and past},
        wanted.reopening_asked in {None, row.data["reopening_asked"]},
    ]
    return within(row, wanted.paths) and all(marks) and all(holds for asked, holds in said if asked not in {None, ()})


@dataclass(frozen=True)
class MemoryLists:
    store: MemoryEventStore

    async def page(self, wanted: Wanted, limit: int, after: Place | None = None) -> Page:
        rows = [row for row in await self._rows(wanted.authority) if meets(row, wanted)]
        ordered = sorted(rows, key=lambda row: (order(row), row.stream_id))
        start = (-1, UUID(int=0)) if after is None else (after.left_until, after.id)
        left = [row for row in ordered if (order(row), row.stream_id) > start]
        last = left[limit - 1] if len(left) > limit else None
        return Page(left[:limit], None if last is None else Place(order(last), last.stream_id))

    async def closed(
        self, authority: str, paths: tuple[str, ...] | None, since: datetime, limit: int
    ) -> list[SummaryRow]:
        rows = [row for row in await self._rows(authority) if within(row, paths) and closed_since(row, since)]
        return sorted(rows, key=lambda row: row.data["closed_at"], reverse=True)[:limit]

    async def count(self, authority: str, paths: tuple[str, ...] | None, day: Day) -> list[Counted]:
        counts: dict[str, Counter[str]] = {}
        for row in await self._rows(authority):
            if not within(row, paths):
                continue
            counted = counts.setdefault(row.data["team"].rpartition("/")[0], Counter())
            counted["open"] += order(row) != LAST
            counted["closed"] += closed_since(row, day.month)
            if row.status in {"considering", "raised"} and clocked(row):
                counted["overdue"] += order(row) < micros(day.now)
                counted["today"] += micros(day.now) <= order(row) < micros(day.ends)
        return [
            Counted(district, one["open"], one["today"], one["overdue"], one["closed"])
            for district, one in sorted(counts.items())
            if one["open"] or one["closed"]
        ]

    async def _rows(self, authority: str) -> list[SummaryRow]:
        return await self.store.find("escalation", authority=authority, limit=100_000)


def closed_since(row: SummaryRow, since: datetime) -> bool:
    return row.status == "closed" and datetime.fromisoformat(row.data["closed_at"]) >= since
