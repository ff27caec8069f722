"""Reckons open clocks anew when the settings or the calendar changed: visibly, as an event each, and no closed one.

What is open is looked through when the service starts, when the settings valid today are others than before (a later
version of a document begins at midnight, London time), and now and then, for what was recorded meanwhile with an
earlier date. A clock whose reckoning comes out the same is left alone. History that is being entered (a raise recorded
only after its own due moment) keeps the settings of its own time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.policies import BY_POLICY
from services.escalation.app.policy import Policies, Policy
from services.escalation.app.summaries import Status
from services.escalation.domain.commands import RecomputeClock
from services.escalation.domain.model import Clocks
from services.escalation.domain.states import Considering, Raised
from shared.calendar.working_days import BeyondCalendar
from shared.eventstore.handling import fold, handle
from shared.eventstore.model import Meta, SummaryRow
from shared.eventstore.store import EventStore
from shared.telemetry import events, logs

PAGE: Final = 500
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
            async for row in self._open(authority):
                if _reckoned(row) == current.reckoned or row.stream_id in current.same:
                    continue
                try:
                    changed += await self._again(row, policy, current)
                except Exception as error:  # noqa: BLE001 - raised below, once everyone else had their turn
                    failures.append(error)
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

    async def _open(self, authority: str) -> AsyncIterator[SummaryRow]:
        for status in (Status.CONSIDERING, Status.RAISED):
            after: UUID | None = None
            while True:
                rows = await self.store.find(
                    self.aggregate.category, authority=authority, status=status, limit=PAGE, after=after
                )
                for row in rows:
                    yield row
                if len(rows) < PAGE:
                    break
                after = rows[-1].stream_id

    async def _again(self, row: SummaryRow, policy: Policy, current: _Round) -> int:
        stored = (await self.store.load(row.stream_id)).events
        state = fold(self.aggregate, stored)
        if not isinstance(state, Considering | Raised) or state.watch.late_since is not None:
            current.same.add(row.stream_id)
            return 0
        try:
            clocks = _clocks(policy, state)
        except BeyondCalendar:
            log.warning("clock_not_recomputed", stream_id=row.stream_id, authority=row.authority)
            current.same.add(row.stream_id)
            return 0
        now = self.clock()
        because: Literal["settings", "calendar"] = "settings"
        if state.clock is not None and state.clock.calendar_version != policy.calendar.version:
            because = "calendar"
        handled = await handle(
            self.store,
            self.aggregate,
            row.stream_id,
            RecomputeClock(
                happened_at=now,
                recorded_at=now,
                actor=BY_POLICY,
                settings_version=policy.settings_version,
                clocks=clocks,
                because=because,
            ),
            Meta(
                authority=row.authority,
                recorded_at=now,
                correlation_id=stored[-1].correlation_id,
                causation_id=None,
                idempotency_key=None,  # decided on the newest state it changes nothing twice; the next run tries again
                actor="policy:clocks",
            ),
        )
        if not handled.events:
            current.same.add(row.stream_id)
            return 0
        if isinstance(handled.state, Considering | Raised) and handled.state.clock is not None:
            deadline = handled.state.clock.due_at
            log.warning("clock_recomputed", stream_id=row.stream_id, authority=row.authority, deadline=deadline)
        return 1


def _clocks(policy: Policy, state: Considering | Raised) -> Clocks:
    """Reckon anew from where it started; a consideration of before there was a clock for it, from when it came up."""
    if isinstance(state, Raised):
        return policy.clocks(state.clock.started_at)
    return policy.consideration_clocks(state.considered_at if state.clock is None else state.clock.started_at)


def _reckoned(row: SummaryRow) -> Reckoned | None:
    """Return by what a row's clock was reckoned; rows of before that was kept say nothing, and are looked into."""
    by = row.data.get("reckoned_by")
    return None if by is None else Reckoned(by["policy_version"], by["calendar_version"])
