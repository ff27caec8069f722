"""The durable timer: what is due is kept beside the events, so a deadline that passed while nothing ran is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.policies import BY_POLICY
from services.escalation.domain.commands import MarkOverdue
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


@dataclass(frozen=True, slots=True)
class OverdueTimer:
    """Marks raised escalations whose due moment passed. Several replicas may run it: each is marked once."""

    store: EventStore
    aggregate: EscalationAggregate
    clock: Callable[[], datetime]

    async def run(self) -> int:
        """Mark everything that is due by now; return how many were marked.

        One that cannot be marked keeps nobody else waiting: the others are marked first, then the errors are raised
        together, and the next round tries again.

        Raises:
            ExceptionGroup: some could not be marked, for the reasons it holds.

        """
        marked = 0
        failures: list[Exception] = []
        while True:
            due = await self.store.due(self.clock(), PAGE)
            progress = 0
            for row in due:
                try:
                    progress += await self._mark(row)
                except Exception as error:  # noqa: BLE001 - raised below, once everyone else had their turn
                    failures.append(error)
            marked += progress
            if failures:
                raise ExceptionGroup("audit escalations could not be marked overdue", failures)
            if len(due) < PAGE or progress == 0:
                return marked

    async def _mark(self, row: SummaryRow) -> int:
        now = self.clock()
        due_at = datetime.fromisoformat(row.data["due_at"])
        story = (await self.store.load(row.stream_id)).events[-1].correlation_id
        handled = await handle(
            self.store,
            self.aggregate,
            row.stream_id,
            MarkOverdue(happened_at=due_at, recorded_at=now, actor=BY_POLICY),
            Meta(
                authority=row.authority,
                recorded_at=now,
                correlation_id=story,
                causation_id=None,
                idempotency_key=f"timer:overdue:{row.stream_id}:{row.data['clock_number']}",
                actor="policy:overdue-timer",
            ),
        )
        if handled.events:
            log.warning("escalation_overdue", stream_id=row.stream_id, authority=row.authority, deadline=due_at)
        return len(handled.events)
