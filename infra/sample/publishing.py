"""Publishes a made-up authority's reports as its QA manager would: every kind, for every window that has ended."""

from __future__ import annotations

from infra.sample.client import Client, Refused, Who

_DONE_BEFORE = "published-already"


async def publish_everything(client: Client, qa_manager: Who) -> int:
    """Publish what is not published yet and return how many reports that were; safe to repeat.

    Raises `SightlineError` with the service's own words where it refuses for another reason.
    """
    address = f"{client.addresses.reporting}/v1/publications"
    number = 0
    for window in await client.get(qa_manager, f"{address}/windows"):
        if not window["ended"]:
            continue
        for kind, published_at in window["published"].items():
            if published_at is not None:
                continue
            body = {"kind": kind, "window": window["window"]}
            try:
                await client.post(qa_manager, address, body, key=f"publish/{kind}/{window['window']}")
            except Refused as refused:
                if refused.problem != _DONE_BEFORE:
                    raise
            else:
                number += 1
    return number
