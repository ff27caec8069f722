"""What `sightline trace` tells of messages to people: who was to be told of what, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from shared.eventstore.database import Connection

_NOTICES: Final = """
    select id, escalation_id, version, kind, role, state, reason, channel, attempts, created_at, next_at, settled_at
    from escalation.notices where escalation_id = any($1) order by created_at, version, id
"""


@dataclass(frozen=True, slots=True)
class Told:
    """One message about an audit escalation: to a role, never to an address or a person.

    `version` is that of the event it tells of. `settled_at` is when it was sent, overtaken or given up (`state`); one
    that waits, or was tried in vain and is tried again (`failed`), has none.
    """

    id: UUID
    escalation_id: UUID
    version: int
    kind: str
    role: str
    state: str
    reason: str | None
    channel: str | None
    attempts: int
    created_at: datetime
    next_at: datetime
    settled_at: datetime | None


async def read_told(connection: Connection, escalations: Sequence[UUID]) -> list[Told]:
    """Read the messages about these audit escalations from the escalation service's database."""
    return [Told(**row) for row in await connection.fetch(_NOTICES, list(escalations))]


def with_notices(rows: Sequence[dict[str, Any]], notices: Sequence[Told]) -> list[dict[str, Any]]:
    """Put messages among the events' rows: queued after its event, settled when it was, and never before it was queued.

    The rows keep their order, which is not everywhere that of the services' clocks.
    """
    placed: list[tuple[datetime, int, int, dict[str, Any]]] = []
    events: dict[tuple[str, int], tuple[datetime, int, dict[str, Any]]] = {}
    latest: datetime | None = None
    for index, row in enumerate(rows):
        recorded = datetime.fromisoformat(row["recorded_at"])
        latest = recorded if latest is None else max(latest, recorded)
        placed.append((latest, index, 0, row))
        if row["service"] == "escalation":
            events[row["stream"], row["version"]] = (latest, index, row)
    for order, told in enumerate(notices, start=1):
        when, index, event = events.get((str(told.escalation_id), told.version), (told.created_at, len(rows), None))
        placed.append((when, index, order, _row(told, event, "queued", told.created_at)))
        if told.settled_at is not None:
            settled = _row(told, event, told.state, told.settled_at)
            placed.append((max(when, told.settled_at), len(rows), order + len(notices), settled))
    return [row for *_, row in sorted(placed, key=lambda one: one[:3])]


def _row(told: Told, event: dict[str, Any] | None, became: str, at: datetime) -> dict[str, Any]:
    return {
        "recorded_at": at.isoformat(),
        "happened_at": None,
        "service": "escalation",
        "stream": str(told.escalation_id),
        "version": told.version,
        "event": f"notice-{became}",
        "by": "",
        "because": None if event is None else f"escalation {event['event']} ({told.version})",
        "published_as": [],
        "state": told.state,
        "correlation_id": None if event is None else event["correlation_id"],
        "notice": {
            "id": str(told.id),
            "kind": told.kind,
            "role": told.role,
            "channel": told.channel,
            "reason": told.reason,
            "attempts": told.attempts,
            "next_at": None if told.settled_at is not None else told.next_at.isoformat(),
        },
    }
