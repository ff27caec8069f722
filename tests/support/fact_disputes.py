"""Makes up disputes about moderated grades, in plain JSON, without a draw of the year's: what else is told stays."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import UUID

from tests.support.fact_stories import GRADES, Json, Story

_DISPUTED, _OPEN, _SECOND = 0.25, 0.3, 0.7
"""How many moderations are disputed; of those, under which draw a dispute is still open, or a second moderator's."""


def chance(story: Story, number: int) -> float:
    """Draw for a stream: always the same for the same stream and number."""
    return random.Random(story.stream.int + number).random()


def dispute(story: Story, place: Json, done: Json) -> Iterator[tuple[str, Json]]:
    """Tell of a moderation that is disputed, and how a panel or a second moderator settled it, if anybody did yet."""
    if chance(story, 1) >= _DISPUTED:
        return
    about = {"dispute_id": str(UUID(int=story.stream.int ^ 1)), "moderation_id": done["moderation_id"]}
    opened = {
        "disputed_by": {"role": "team-manager"},
        "reason": "evidence",
        "disputed_grade": done["standing_grade"],
        "disputed_on": "2026-06-22",
    }
    yield "moderation-disputed.v1", place | about | opened
    fate = chance(story, 2)
    if fate < _OPEN:
        return
    stands = GRADES[int(chance(story, 3) * len(GRADES))]
    second = fate < _SECOND
    if second:
        distance = GRADES.index(stands) - GRADES.index(done["auditor_grade"])
        seen = {
            "moderation_id": str(UUID(int=story.stream.int ^ 2)),
            "moderator_grade": stands,
            "standing_grade": stands,
            "distance": distance,
            "direction": "same" if distance == 0 else "raised" if distance > 0 else "lowered",
            "selected_because": "disputed",
            "moderated_on": "2026-07-02",
            "number": 2,
            "final": True,
            "decided_by": "second-moderator",
        }
        yield "moderation-done.v1", place | done | seen
    settled = {
        "outcome": "upheld" if stands == done["standing_grade"] else "changed",
        "decided_by": "second-moderator" if second else "panel",
        "settled_by": {"role": "qa-manager"},
        "grade_before": done["standing_grade"],
        "standing_grade": stands,
        "settled_on": "2026-07-02",
    }
    yield "dispute-settled.v1", place | about | settled
