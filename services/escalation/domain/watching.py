"""What becomes of a running clock: from when it holds, whether it is overdue, whom the service has told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.escalation.domain import events
from services.escalation.domain.events import Event
from services.escalation.domain.model import Clock
from services.escalation.domain.parts import Watch


def recorded(event: events.Happened) -> datetime:
    """Return when an event was recorded; as it happened, for those that do not say."""
    return event.recorded_at or event.at


def watch(event: events.Happened, clock: Clock | None) -> Watch:
    """Watch a clock that was just set; set after the due moment of its own days, it is history being entered."""
    since = recorded(event)
    late = clock is not None and since > (clock.instead_of or clock.due_at)
    return Watch(since=since, late_since=since if late else None)


def rewatched(watch: Watch, event: events.ClockRecomputed, clock: Clock) -> Watch:
    """Watch the due moment that was reckoned anew: one that lies ahead again is not overdue."""
    ahead = clock.due_at > recorded(event)
    return replace(
        watch,
        since=recorded(event),
        overdue_since=None if ahead else watch.overdue_since,
        second_line_told_at=None if ahead else watch.second_line_told_at,
    )


def watched(watch: Watch, event: Event) -> Watch | None:
    """Return the watch after something was done about the clock; None for an event of another kind."""
    match event:
        case events.EscalationBecameOverdue() | events.ConsiderationBecameOverdue():
            return replace(watch, overdue_since=event.due_at)
        case events.ChaserSent():
            return replace(watch, chased=(*watch.chased, (event.moment, event.fell_due_at)))
        case events.SecondLineTold():
            return replace(watch, second_line_told_at=event.at)
        case _:
            return None
