"""The durable timer: what is due is kept beside the events, so a deadline that passed while nothing ran is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.policies import BY_POLICY
from services.escalation.domain.clocks import Falls
from services.escalation.domain.commands import (
    Command,
    MarkConsiderationOverdue,
    MarkOverdue,
    SendChaser,
    TellSecondLine,
    Timed,
)
from services.escalation.domain.events import ConsiderationBecameOverdue, EscalationBecameOverdue, Event
from services.escalation.domain.states import State
from shared.eventstore.batches import Asked, handle_many
from shared.eventstore.model import Meta, Stream, SummaryRow
from shared.eventstore.store import EventStore
from shared.telemetry import events, logs

PAGE: Final = 100
"""So many are read together, and written together in one transaction: what a person does meanwhile hardly waits."""

log = logs.get_logger()

events.register(
    events.LogEvent(
        "escalation_overdue",
        "warning",
        ("stream_id", "authority", "deadline"),
        "The due moment of a raised audit escalation passed without sign-off.",
        "The service manager of its district signs it off; see GET /v1/escalations?overdue=true.",
    )
)

events.register(
    events.LogEvent(
        "consideration_overdue",
        "warning",
        ("stream_id", "authority", "deadline"),
        "Nobody decided in time whether to escalate a concern.",
        "A QA officer or manager raises it, or records that it is not required.",
    )
)


@dataclass(frozen=True, slots=True)
class OverdueTimer:
    """Acts on each moment of a running clock: chased, overdue, second line. Several replicas may run it: each once."""

    store: EventStore
    aggregate: EscalationAggregate
    clock: Callable[[], datetime]

    async def run(self) -> int:
        """Act on everything that is due by now; return how many moments were acted on.

        They are read and written a page at a time. One that cannot be acted on, and one that nothing is left to do of,
        keeps nobody else waiting: the others have their turn first, then the errors are raised together, and the next
        round tries again.

        Raises:
            ExceptionGroup: some could not be acted on, for the reasons it holds.

        """
        marked = 0
        failures: list[Exception] = []
        passed_over: set[UUID] = set()
        while True:
            due = await self.store.due(self.clock(), PAGE + len(passed_over))
            rows = [row for row in due if row.stream_id not in passed_over]
            if not rows:
                break
            for stream_id, acted in (await self._act(rows, failures)).items():
                if acted == 0:
                    passed_over.add(stream_id)
                marked += acted
        if failures:
            raise ExceptionGroup("moments of audit escalations could not be acted on", failures)
        return marked

    async def _act(self, rows: Sequence[SummaryRow], failures: list[Exception]) -> dict[UUID, int]:
        """Act on the moments of these rows; return for each how many were acted on, and add what failed."""
        by_id = {row.stream_id: row for row in rows}
        now = self.clock()

        def ask(stream_id: UUID, stream: Stream, _state: State) -> Asked[Command]:
            row = by_id[stream_id]
            meta = Meta(
                authority=row.authority,
                recorded_at=now,
                correlation_id=stream.events[-1].correlation_id,
                causation_id=None,
                idempotency_key=_key(row),
                actor="policy:overdue-timer",
            )
            return Asked(command_for(row, now), meta)

        acted: dict[UUID, int] = {}
        for outcome in await handle_many(self.store, self.aggregate, by_id, ask):
            if outcome.error is not None:
                failures.append(outcome.error)
            happened = () if outcome.handled is None else outcome.handled.events
            for event in happened:
                _say(event, by_id[outcome.stream_id])
            acted[outcome.stream_id] = len(happened)
        return acted


def _say(event: Event, row: SummaryRow) -> None:
    match event:
        case EscalationBecameOverdue():
            log.warning("escalation_overdue", stream_id=row.stream_id, authority=row.authority, deadline=event.due_at)
        case ConsiderationBecameOverdue():
            log.warning(
                "consideration_overdue", stream_id=row.stream_id, authority=row.authority, deadline=event.due_at
            )
        case _:
            pass


def command_for(row: SummaryRow, now: datetime) -> Timed:
    """Return what is asked of an escalation whose next moment is there; `now` is when it was got to."""
    moment = row.data.get("next_moment")
    falls = Falls.OVERDUE if moment is None else Falls(moment["kind"])  # a row of before there were other moments
    match falls:
        case Falls.OVERDUE:
            due_at = datetime.fromisoformat(row.data["due_at"])
            return MarkOverdue(happened_at=due_at, recorded_at=now, actor=BY_POLICY)
        case Falls.CONSIDERATION_OVERDUE:
            due_at = datetime.fromisoformat(row.data["consider_by"])
            return MarkConsiderationOverdue(happened_at=due_at, recorded_at=now, actor=BY_POLICY)
        case Falls.CHASER:
            return SendChaser(happened_at=now, recorded_at=now, actor=BY_POLICY, moment=row.data["next_moment"]["code"])
        case Falls.SECOND_LINE:
            return TellSecondLine(happened_at=now, recorded_at=now, actor=BY_POLICY)
        case never:
            assert_never(never)


def _key(row: SummaryRow) -> str:
    """Name what is done at a moment of a clock; the overdue mark keeps the name it always had."""
    moment, clock = row.data.get("next_moment"), row.data["clock_number"]
    if moment is None or moment["kind"] == Falls.OVERDUE:
        return f"timer:overdue:{row.stream_id}:{clock}"
    return f"timer:{moment['kind']}:{row.stream_id}:{clock}:{moment['code']}:{moment['at']}"
