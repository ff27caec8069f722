"""A log of public events as an authority's year leaves it.

Seeded: the same arguments give the same bytes.
"""

from __future__ import annotations

import random

from tests.support.fact_stories import AUDIT, ESCALATION, Json, Sent, Story, Told
from tests.support.fact_teller import Teller

__all__ = ["AUDIT", "ESCALATION", "Json", "Sent", "Story", "Teller", "Told", "interleaved", "year"]


def year(seed: int, audits: int) -> list[Story]:
    """Tell a year: a tool, audits, an escalation for every tenth, and an erasure for every fiftieth."""
    teller = Teller(seed)
    stories = [teller.tool()]
    for number in range(audits):
        story = teller.audit()
        stories.append(story)
        if number % 10 == 0:
            stories.append(teller.escalation())
        if number % 50 == 49 and story.events:
            stories.append(teller.erasure(story.events[0].data["case_reference"]))
    return stories


def interleaved(stories: list[Story], seed: int) -> list[Sent]:
    """Mix streams as traffic does: each in its own order, several at a time."""
    draw = random.Random(seed)
    waiting = [list(story.sealed())[::-1] for story in reversed(stories)]
    waiting = [story for story in waiting if story]
    open_streams: list[list[Sent]] = []
    sent: list[Sent] = []
    while waiting or open_streams:
        while waiting and len(open_streams) < 40:
            open_streams.append(waiting.pop())
        at = draw.randrange(len(open_streams))
        sent.append(open_streams[at].pop())
        if not open_streams[at]:
            del open_streams[at]
    return sent
