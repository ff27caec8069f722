"""What operators hear of the moderation queue: how much waits and for how long, and what was given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.telemetry import events, logs, metrics

events.register(
    events.LogEvent(
        "moderations_assigned",
        "info",
        ("authority", "count"),
        "The moderation queue gave moderations to moderators.",
        "Nothing.",
    ),
    events.LogEvent(
        "moderations_waiting",
        "warning",
        ("authority", "count", "age_seconds"),
        "Moderations wait for a moderator; logged when their number changes.",
        "GET /v1/moderation-queue says why each waits: add moderators or capacity, give by hand, or carry over.",
    ),
)
_log = logs.get_logger()


class Telling:
    """Tells logs and metrics how the queues stand; knows what it told last."""

    def __init__(self) -> None:
        self._queued: dict[str, Sequence[datetime]] = {}

    def tell(self, authority: str, now: datetime, queued: Sequence[datetime], given: int, *, assigning: bool) -> None:
        """Tell what a round found, given when each that waits was asked for.

        Where people assign, that something waits for them is no warning.
        """
        before, self._queued[authority] = self._queued.get(authority), queued
        age = self.measure(authority, now)
        if given:
            _log.info("moderations_assigned", authority=authority, count=given)
        if assigning and queued and (before is None or len(before) != len(queued)):
            _log.warning("moderations_waiting", authority=authority, count=len(queued), age_seconds=round(age))

    def measure(self, authority: str, now: datetime) -> float:
        """Set the metrics, since what waits grows older where nothing changes; give the oldest's age in seconds."""
        queued = self._queued.get(authority, ())
        age = (now - min(queued)).total_seconds() if queued else 0.0
        metrics.MODERATION_QUEUE_DEPTH.labels(authority).set(len(queued))
        metrics.MODERATION_QUEUE_OLDEST_AGE.labels(authority).set(age)
        return age
