"""Reckons open clocks anew when the settings or the calendar changed: visibly, as an event each, and no closed one.

What is open is looked through when the service starts, when the settings valid today are others than before (a later
version of a document begins at midnight, London time), and now and then, for what was recorded meanwhile with an
earlier date. A clock whose reckoning comes out the same is left alone. History that is being entered (a raise recorded
only after its own due moment) keeps the settings of its own time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.policies import BY_POLICY
from services.escalation.app.policy import Policies, Policy
from services.escalation.app.summaries import Status
from services.escalation.domain.commands import Command, RecomputeClock
from services.escalation.domain.events import Event
from services.escalation.domain.model import Clocks
from services.escalation.domain.states import Considering, Raised, State
from shared.calendar.working_days import BeyondCalendar
from shared.eventstore.batches import Asked, Outcome, handle_many
from shared.eventstore.model import Meta, Stream, SummaryRow
from shared.eventstore.store import EventStore
from shared.telemetry import events, logs

PAGE: Final = 500
TOGETHER: Final = 100
"""So many clocks are reckoned anew in one transaction."""

AGAIN_AFTER: Final = timedelta(hours=1)
"""How long a round holds for an authority whose settings did not change."""

log = logs.get_logger()

events.register(
    events.LogEvent(
        "clock_recomputed",
        "warning",
        ("stream_id", "authority", "deadline"),
        "The settings or the calendar changed: an open audit escalation has another clock, due at `deadline`.",
        "Nothing; its history shows both clocks, and those who are told of it are told of the change.",
    )
)
events.register(
    events.LogEvent(
        "clock_not_recomputed",
        "warning",
        ("stream_id", "authority"),
        "By the settings of today an open clock would end beyond the published bank holidays: it stays as it is.",
        "Install a version of Sightline with a newer calendar, or shorten the clock in the settings.",
    )
)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """By which settings document and which calendar a clock was reckoned."""

    policy_version: str
    calendar_version: str


@dataclass(slots=True)
class _Round:
    """What was found of an authority: by what it was looked through, when, and which clocks stay as they are."""

    reckoned: Reckoned
    finished_at: datetime | None = None
    same: set[UUID] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Recomputing:
    """Reckons open clocks anew. Several replicas may run it: who comes second finds the clock as it should be."""

    store: EventStore
    aggregate: EscalationAggregate
    policies: Policies
    clock: Callable[[], datetime]
    _rounds: dict[str, _Round] = field(default_factory=dict)

    async def run(self) -> int:
        """Reckon anew what needs it, in every authority; return how many clocks are other than before.

        One that cannot be reckoned keeps no other waiting; the errors are raised together at the end, and the next
        run looks through that authority again.

        Raises:
            ExceptionGroup: some could not be reckoned, for the reasons it holds.

        """
        changed = 0
        failures: list[Exception] = []
        for authority in self.policies.authorities.keys:
            now = self.clock()
            policy = self.policies.policy(authority, now)
            current = self._round(authority, policy)
            if current.finished_at is not None and now < current.finished_at + AGAIN_AFTER:
                continue
            failed = len(failures)
            async for page in self._open(authority):
                rows = [row for row in page if _reckoned(row) != current.reckoned and row.stream_id not in current.same]
                for start in range(0, len(rows), TOGETHER):
                    changed += await self._again(rows[start : start + TOGETHER], policy, current, failures)
            if len(failures) == failed:
                current.finished_at = now
        if failures:
            raise ExceptionGroup("clocks of audit escalations could not be reckoned anew", failures)
        return changed

    def _round(self, authority: str, policy: Policy) -> _Round:
        reckoned = Reckoned(policy.version, policy.calendar.version)
        current = self._rounds.get(authority)
        if current is None or current.reckoned != reckoned:
            current = self._rounds[authority] = _Round(reckoned)
        return current

    async def _open(self, authority: str) -> AsyncIterator[Sequence[SummaryRow]]:
        for status in (Status.CONSIDERING, Status.RAISED):
            after: UUID | None = None
            while True:
                rows = await self.store.find(
                    self.aggregate.category, authority=authority, status=status, limit=PAGE, after=after
                )
                yield rows
                if len(rows) < PAGE:
                    break
                after = rows[-1].stream_id

    async def _again(
        self, rows: Sequence[SummaryRow], policy: Policy, current: _Round, failures: list[Exception]
    ) -> int:
        """Reckon these clocks anew; return how many are other than before, and add what failed."""
        by_id = {row.stream_id: row for row in rows}
        now = self.clock()

        def ask(stream_id: UUID, stream: Stream, state: State) -> Asked[Command] | None:
            row = by_id[stream_id]
            if not isinstance(state, Considering | Raised) or state.watch.late_since is not None:
                return None
            try:
                clocks = _clocks(policy, state)
            except BeyondCalendar:
                log.warning("clock_not_recomputed", stream_id=stream_id, authority=row.authority)
                return None
            because: Literal["settings", "calendar"] = "settings"
            if state.clock is not None and state.clock.calendar_version != policy.calendar.version:
                because = "calendar"
            command = RecomputeClock(
                happened_at=now,
                recorded_at=now,
                actor=BY_POLICY,
                settings_version=policy.settings_version,
                clocks=clocks,
                because=because,
            )
            meta = Meta(
                authority=row.authority,
                recorded_at=now,
                correlation_id=stream.events[-1].correlation_id,
                causation_id=None,
                idempotency_key=None,  # decided on the newest state it changes nothing twice; the next run tries again
                actor="policy:clocks",
            )
            return Asked(command, meta)

        changed = 0
        for outcome in await handle_many(self.store, self.aggregate, by_id, ask):
            if outcome.error is not None:
                failures.append(outcome.error)
            elif _changed(outcome, by_id[outcome.stream_id].authority):
                changed += 1
            else:
                current.same.add(outcome.stream_id)
        return changed


def _changed(outcome: Outcome[State, Event], authority: str) -> bool:
    """Return whether a clock is another than before, and say so."""
    handled = outcome.handled
    if handled is None or not handled.events:
        return False
    if isinstance(handled.state, Considering | Raised) and handled.state.clock is not None:
        deadline = handled.state.clock.due_at
        log.warning("clock_recomputed", stream_id=outcome.stream_id, authority=authority, deadline=deadline)
    return True


def _clocks(policy: Policy, state: Considering | Raised) -> Clocks:
    """Reckon anew from where it started; a consideration of before there was a clock for it, from when it came up."""
    if isinstance(state, Raised):
        return policy.clocks(state.clock.started_at)
    return policy.consideration_clocks(state.considered_at if state.clock is None else state.clock.started_at)


def _reckoned(row: SummaryRow) -> Reckoned | None:
    """Return by what a row's clock was reckoned; rows of before that was kept say nothing, and are looked into."""
    by = row.data.get("reckoned_by")
    return None if by is None else Reckoned(by["policy_version"], by["calendar_version"])
