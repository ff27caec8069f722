"""The durable timer: what is due is kept beside the events, so a deadline that passed while nothing ran is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.policies import BY_POLICY
from services.escalation.domain.clocks import Falls
from services.escalation.domain.commands import (
    MarkConsiderationOverdue,
    MarkOverdue,
    SendChaser,
    TellSecondLine,
    Timed,
)
from services.escalation.domain.events import ConsiderationBecameOverdue, EscalationBecameOverdue
from shared.eventstore.handling import handle
from shared.eventstore.model import Meta, SummaryRow
from shared.eventstore.store import EventStore
from shared.telemetry import events, logs

PAGE: Final = 100

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

        One that cannot be acted on, and one that nothing is left to do of, keeps nobody else waiting: the others have
        their turn first, then the errors are raised together, and the next round tries again.

        Raises:
            ExceptionGroup: some could not be acted on, for the reasons it holds.

        """
        marked = 0
        failures: list[Exception] = []
        passed_over: set[UUID] = set()
        while True:
            due = await self.store.due(self.clock(), PAGE + len(passed_over))
            rows = [row for row in due if row.stream_id not in passed_over]
            for row in rows:
                acted = 0
                try:
                    acted = await self._mark(row)
                except Exception as error:  # noqa: BLE001 - raised below, once everyone else had their turn
                    failures.append(error)
                if acted == 0:
                    passed_over.add(row.stream_id)
                marked += acted
            if not rows:
                break
        if failures:
            raise ExceptionGroup("moments of audit escalations could not be acted on", failures)
        return marked

    async def _mark(self, row: SummaryRow) -> int:
        now = self.clock()
        command = command_for(row, now)
        story = (await self.store.load(row.stream_id)).events[-1].correlation_id
        handled = await handle(
            self.store,
            self.aggregate,
            row.stream_id,
            command,
            Meta(
                authority=row.authority,
                recorded_at=now,
                correlation_id=story,
                causation_id=None,
                idempotency_key=_key(row),
                actor="policy:overdue-timer",
            ),
        )
        for event in handled.events:
            if isinstance(event, EscalationBecameOverdue):
                log.warning(
                    "escalation_overdue", stream_id=row.stream_id, authority=row.authority, deadline=event.due_at
                )
            elif isinstance(event, ConsiderationBecameOverdue):
                log.warning(
                    "consideration_overdue", stream_id=row.stream_id, authority=row.authority, deadline=event.due_at
                )
        return len(handled.events)


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
