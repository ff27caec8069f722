"""Records what a made-up authority's quality board decided about each earlier report, and what became of it."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any, Final

from infra.sample.client import Client, Who

_BOARD: Final = "quality-board"
_SECTION: Final = "districts"
_FIGURE: Final = {"table": "grades-by-district", "row": "all", "column": "good_share"}


async def record_decisions(client: Client, qa_manager: Who) -> int:
    """Record two decisions about each published report of the board but the newest, and return how many; repeatable.

    The board met in the window after; by its end one decision is done and the other under way.
    """
    address = client.addresses.reporting
    windows = sorted({one["window"] for one in await _published(client, qa_manager) if one["kind"] == _BOARD})
    number = 0
    for window, after in pairwise(windows):
        met = date.fromisoformat(f"{after}-20")
        about: dict[str, Any] = {"board": _BOARD, "window": window, "section": _SECTION, "decided_on": met.isoformat()}
        plan = {
            **about,
            **({"figure": _FIGURE} if await _prints(client, qa_manager, window) else {}),
            "decision": "plan",
            "owner_role": "assistant-director",
            "due_on": _later(met, 2).isoformat(),
        }
        training = {
            **about,
            "decision": "train-auditors",
            "owner_role": "qa-manager",
            "due_on": _later(met, 4).isoformat(),
        }
        done = {"state": "done", "on": _later(met, 2).isoformat(), "difference": "partly"}
        under_way = {"state": "under-way", "on": _later(met, 1).isoformat()}
        for body, update in ((plan, done), (training, under_way)):
            key = f"decide/{window}/{body['decision']}"
            made = await client.post(qa_manager, f"{address}/v1/board-decisions", body, key=key)
            updates = f"{address}/v1/board-decisions/{made['id']}/updates"
            await client.post(qa_manager, updates, update, key=f"{key}/{update['state']}")
            number += 1
    return number


async def _published(client: Client, qa_manager: Who) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = await client.get(qa_manager, f"{client.addresses.reporting}/v1/publications", after=after)
        found += page["items"]
        after = page["after"]
        if after is None:
            return found


async def _prints(client: Client, qa_manager: Who, window: str) -> bool:
    """Tell whether the published report has the figure: a small authority's may hide the whole table."""
    address = f"{client.addresses.reporting}/boards/quality.json"
    document = await client.get(qa_manager, address, window=window, version=1)
    return any(
        block.get("id") == _FIGURE["table"]
        for section in document["report"]["sections"]
        if section["id"] == _SECTION
        for block in section["blocks"]
    )


def _later(day: date, months: int) -> date:
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, day.day)
