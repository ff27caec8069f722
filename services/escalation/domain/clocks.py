"""The rules of the clock: reclassified, reckoned anew, chased, overdue, the second line told; and what is next.

Each moment is acted on once, however late anyone gets to it, and never after the clock has stopped. What would have
fallen due before the clock held, since it was recorded or reclassified later, never falls due.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.escalation.domain import commands, events
from services.escalation.domain.events import Event
from services.escalation.domain.model import Clock, Moment
from services.escalation.domain.parts import Watch
from services.escalation.domain.refusals import AlreadyRecorded, MomentImpossible
from services.escalation.domain.repeating import Record, taken_before
from services.escalation.domain.requiring import require_moment, require_person, require_second_person
from services.escalation.domain.states import Considering, Raised, State


class Falls(StrEnum):
    """What falls due at a moment."""

    CHASER = "chaser"
    CONSIDERATION_OVERDUE = "consideration-overdue"
    OVERDUE = "overdue"
    SECOND_LINE = "second-line"


@dataclass(frozen=True, slots=True)
class NextMoment:
    """What falls due next: what, the code of the moment, and when it is to be acted on."""

    falls: Falls
    code: str
    at: datetime


def is_overdue(state: State, now: datetime) -> bool:
    """Return whether a raised one is past its due moment at `now`, and not signed off.

    Reckoned from the deadline whenever it is asked, marked by the timer or not: the one meaning of overdue everywhere.
    """
    return isinstance(state, Raised) and state.clock.due_at < now


def is_undecided(state: State, now: datetime) -> bool:
    """Return whether nobody has decided by the due moment whether to escalate, and it is past at `now`."""
    return isinstance(state, Considering) and state.clock is not None and state.clock.due_at < now


def next_moment(state: State, late_entry_grace: timedelta) -> NextMoment | None:
    """Return what falls due next on a running clock; None where none runs, or nothing is left to do.

    Where the clock was recorded only after its own due moment, nothing falls due before `late_entry_grace` is over.
    """
    if not isinstance(state, Considering | Raised) or state.clock is None:
        return None
    pending = min(_pending(state, state.clock), key=lambda one: one.at, default=None)
    late_since = state.watch.late_since
    if pending is None or late_since is None:
        return pending
    return NextMoment(pending.falls, pending.code, max(pending.at, late_since + late_entry_grace))


def reclassify(command: commands.Reclassify, state: Raised) -> Sequence[Event]:
    """Change the category; from safeguarding down only with a second person.

    To the category it has, it is the last change said again, or refused: a reason would be lost.
    """
    if command.category is state.category:
        return _reclassified_before(command, state)
    require_person(command)
    require_moment(command, state.raised_at, "it was raised")
    if state.category.is_graver_than(command.category):
        require_second_person(
            command.second_person,
            command.actor,
            "A safeguarding concern becomes a practice one only when a second person agrees.",
        )
    return [
        events.EscalationReclassified(
            at=command.happened_at,
            category=command.category,
            from_category=state.category,
            reason=command.reason,
            by=command.actor,
            second_person=command.second_person,
            text=command.text,
        )
    ]


def _reclassified_before(command: commands.Reclassify, state: Raised) -> Sequence[Event]:
    last, what = state.reclassified, f"{state.category} concern"
    way_out = "Read how it stands; it is reclassified only to the other category."
    if last is None:
        raised = Record(f"It was escalated as a {what}", state.raised_at, state.raised_by)
        raise AlreadyRecorded(str(raised), way_out=way_out, field="category")
    return taken_before(
        command,
        Record(f"It was reclassified as a {what} ({last.reason})", last.at, last.by),
        alike=(command.reason, command.second_person) == (last.reason, last.second_person),
        field="reason" if command.reason != last.reason else "second_person",
        way_out=way_out,
    )


def recompute(command: commands.RecomputeClock, state: Considering | Raised) -> Sequence[Event]:
    """Reckon an open clock anew, if it comes out otherwise than it runs; it starts when it started.

    A consideration of before considerations had a clock gets one, from when it came up: it waits in silence no more.
    """
    running = state.clock
    if running is None:
        return [events.ClockRecomputed(at=command.happened_at, clocks=command.clocks, because=command.because)]
    if isinstance(state, Raised):
        same, reckoned = state.clocks.run_as(command.clocks), command.clocks.of(state.category)
    else:
        reckoned = command.clocks.of(state.clock_category)
        if running.instead_of is not None:  # what stood when it was set still stands
            reckoned = reckoned.no_later_than(running)
        same = reckoned.runs_as(running)
    if same:
        return []
    if reckoned.started_at != running.started_at:
        raise MomentImpossible("A clock reckoned anew starts when it started.", bound=running.started_at)
    category = state.category if isinstance(state, Raised) else state.clock_category
    clocks = command.clocks.with_clock(category, reckoned)
    return [events.ClockRecomputed(at=command.happened_at, clocks=clocks, because=command.because)]


def mark_overdue(command: commands.MarkOverdue, state: Raised) -> Sequence[Event]:
    """Mark it overdue, once a clock, when its due moment is really past; it happened at that moment."""
    due_at = state.clock.due_at
    if state.watch.overdue_since is not None or command.recorded_at <= due_at:
        return []
    return [events.EscalationBecameOverdue(at=due_at, due_at=due_at)]


def mark_consideration_overdue(command: commands.MarkConsiderationOverdue, state: Considering) -> Sequence[Event]:
    """Mark, once a clock, that nobody decided in time; it happened at the due moment."""
    if state.clock is None or state.watch.overdue_since is not None or command.recorded_at <= state.clock.due_at:
        return []
    return [events.ConsiderationBecameOverdue(at=state.clock.due_at, due_at=state.clock.due_at)]


def send_chaser(command: commands.SendChaser, state: Considering | Raised) -> Sequence[Event]:
    """Remind once of the due moment to come, once the moment for it is there."""
    if state.clock is None:
        return []
    for moment in _chasers(state.clock, state.watch):
        if moment.code == command.moment and command.recorded_at >= moment.at:
            return [
                events.ChaserSent(
                    at=command.happened_at,
                    moment=moment.code,
                    fell_due_at=moment.at,
                    due_at=state.clock.due_at,
                    to=moment.to,
                )
            ]
    return []


def tell_second_line(command: commands.TellSecondLine, state: Considering | Raised) -> Sequence[Event]:
    """Tell the second line once of a clock that was breached, once the moment for it is there."""
    moment = None if state.clock is None else _second_line(state.clock, state.watch)
    if state.clock is None or moment is None or command.recorded_at < moment.at:
        return []
    return [
        events.SecondLineTold(
            at=command.happened_at,
            clock="sign-off" if isinstance(state, Raised) else "consideration",
            fell_due_at=moment.at,
            due_at=state.clock.due_at,
            to=moment.to,
        )
    ]


def _pending(state: Considering | Raised, clock: Clock) -> Iterator[NextMoment]:
    for moment in _chasers(clock, state.watch):
        yield NextMoment(Falls.CHASER, moment.code, moment.at)
    if state.watch.overdue_since is None:
        falls = Falls.OVERDUE if isinstance(state, Raised) else Falls.CONSIDERATION_OVERDUE
        yield NextMoment(falls, falls.value, clock.due_at)
    second_line = _second_line(clock, state.watch)
    if second_line is not None:
        yield NextMoment(Falls.SECOND_LINE, second_line.code, second_line.at)


def _chasers(clock: Clock, watch: Watch) -> Iterator[Moment]:
    for moment in clock.chasers:
        if moment.at >= watch.since and not watch.has_chased(moment):
            yield moment


def _second_line(clock: Clock, watch: Watch) -> Moment | None:
    """Return the second line's moment; there is none before the breach was marked."""
    if watch.overdue_since is None or watch.second_line_told_at is not None:
        return None
    return clock.second_line
