"""What a notice is: one message to one recipient about one event, and what became of it.

A notice names roles, references, codes and moments. It knows nothing of a child, of a text or of an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from services.escalation.app.summaries import Status


class Kind(StrEnum):
    """What somebody is told."""

    CONSIDERED = "considered"
    CONSIDERATION_CHASED = "consideration-chased"
    UNDECIDED = "undecided"
    UNDECIDED_SECOND_LINE = "undecided-second-line"
    RAISED = "raised"
    RECLASSIFIED = "reclassified"
    CLOCK_CHANGED = "clock-changed"
    CHASED = "chased"
    OVERDUE = "overdue"
    SECOND_LINE = "second-line"
    SIGNED_OFF = "signed-off"
    CLOSED = "closed"
    REOPENING_ASKED = "reopening-asked"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"


class State(StrEnum):
    """What has become of a notice."""

    WAITING = "waiting"
    FAILED = "failed"
    SENT = "sent"
    OVERTAKEN = "overtaken"
    GIVEN_UP = "given-up"


OPEN: Final = (State.WAITING, State.FAILED)
"""The states of a notice that is still to be sent."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to be sent: `person` is told as `role`; `roles` are all that are told of the same event.

    `unit` is the path area/district/team of the audit escalation, by which a role's address is found; the message
    itself names the district alone. `due_at` is the due moment that the message is about.
    """

    kind: Kind
    escalation_id: UUID
    authority: str
    category: str
    unit: str
    audit_id: UUID | None
    role: str
    person: UUID | None
    roles: tuple[str, ...]
    due_at: datetime | None
    clock_number: int
    happened_at: datetime

    def id(self, version: int) -> UUID:
        """Return its id, the same whenever it is made of the event at this version of the stream."""
        return uuid5(self.escalation_id, f"notice:{version}:{self.kind}:{self.role}:{self.person or ''}")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the audit escalation stands now: its status, its clock and that clock's due moment."""

    status: str
    clock_number: int
    due_at: datetime | None


_WHILE_CONSIDERED: Final = frozenset({Status.CONSIDERING})
_WHILE_RAISED: Final = frozenset({Status.RAISED})
_UNTIL_CLOSED: Final = frozenset({Status.RAISED, Status.SIGNED_OFF})
_NEWS_WHILE: Final[dict[Kind, frozenset[Status]]] = {
    Kind.CONSIDERED: _WHILE_CONSIDERED,
    Kind.CONSIDERATION_CHASED: _WHILE_CONSIDERED,
    Kind.UNDECIDED: _WHILE_CONSIDERED,
    Kind.UNDECIDED_SECOND_LINE: _WHILE_CONSIDERED,
    Kind.RAISED: _UNTIL_CLOSED,
    Kind.RECLASSIFIED: _WHILE_RAISED,
    Kind.CLOCK_CHANGED: _WHILE_RAISED,
    Kind.CHASED: _WHILE_RAISED,
    Kind.OVERDUE: _WHILE_RAISED,
    Kind.SECOND_LINE: _WHILE_RAISED,
    Kind.SIGNED_OFF: frozenset({Status.SIGNED_OFF, Status.CLOSED}),
    Kind.CLOSED: frozenset({Status.CLOSED}),
    Kind.REOPENING_ASKED: frozenset({Status.CLOSED}),
    Kind.REOPENED: _UNTIL_CLOSED,
}
_OF_ONE_DUE_MOMENT: Final = frozenset(
    {Kind.RECLASSIFIED, Kind.CLOCK_CHANGED, Kind.CHASED, Kind.OVERDUE, Kind.SECOND_LINE}
)


def overtaken(kind: Kind, clock_number: int, due_at: datetime | None, now: Standing | None) -> bool:
    """Return whether what a notice says is over: it would only mislead, and is not sent.

    What was closed, signed off or decided meanwhile needs no reminder; a chaser or a breach belongs to one due moment
    of one clock, and another holds by now. Where another clock is due at the same moment (its reminders alone are
    others), what the notice says holds, and no other notice says it. That it was withdrawn is news whatever came after.
    """
    if kind is Kind.WITHDRAWN or now is None:
        return False
    if now.status not in _NEWS_WHILE[kind]:
        return True
    if now.status == Status.CONSIDERING:
        return False
    of_one_moment = kind in _OF_ONE_DUE_MOMENT or now.clock_number != clock_number
    return of_one_moment and now.due_at != due_at
